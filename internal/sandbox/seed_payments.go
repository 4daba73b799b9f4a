package sandbox

import (
	"fmt"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// good is a service of the demonstration company's catalogue.
type good struct {
	sku, text string
	key       gigstack.ProductKey
	price     string // before 16 % IVA
	lot       string // how many are usually sold at once
}

// seedGoods is what the teams of the demonstration company sell, and to whom.
var seedGoods = map[string]struct {
	goods  [3]good
	buyers [2]string
	shift  int // days by which this team's charges are older than the next one's
}{
	TeamKemper: {[3]good{
		{"CUR-ING", "Curso de inglés empresarial, nivel", "86111600", "8500", "1"},
		{"CAP-PLANTA", "Capacitación en planta, jornada", "86101700", "12150.25", "1"},
		{"MAT-DID", "Material didáctico, paquete", "60101700", "318", "2"},
	}, [2]string{"ICV060329BY0", "FUNK671228PH6"}, 0},
	TeamXenon: {[3]good{
		{"ROD-6204", "Rodamiento de bola 6204", "31171500", "94.50", "40"},
		{"BAN-12", "Banda transportadora 12 m", "24101700", "48900", "1"},
		{"REF-KIT", "Kit de refacciones para banda", "24101700", "1325", "1"},
	}, [2]string{"H&E951128469", "ICV060329BY0"}, 2},
	TeamRobotica: {[3]good{
		{"DIP-ROB", "Diplomado en robótica", "86121700", "12900", "1"},
		{"ASE-AUT", "Asesoría en automatización, hora", "81101500", "950", "12"},
		{"KIT-SEN", "Kit de sensores", "41111900", "690", "3"},
	}, [2]string{"OÑO120726RX3", "MISC491214B86"}, 1},
}

// seedCatalogue gives a team its services, as old as its clients.
func (s *Sandbox) seedCatalogue(team string, live bool) error {
	c := s.pastCall(team, live, s.options.Now().AddDate(-1, 0, 0))
	for _, g := range seedGoods[team].goods {
		unit, name := unitOf(g.key)
		if _, err := c.createService(gigstack.CreateServiceInput{
			Description: g.text, UnitPrice: gigstack.Dec(g.price), SKU: &g.sku, ProductKey: &g.key, UnitKey: &unit, UnitName: &name, Taxes: seedTaxes("16"),
		}); err != nil {
			return err
		}
	}
	return nil
}

// unitOf is the unit a product key is sold by: the SAT's keys begin with goods,
// services follow.
func unitOf(key gigstack.ProductKey) (unit, name string) {
	if key < "70000000" {
		return "H87", "Pieza"
	}
	return "E48", "Servicio"
}

// seedCharge is a payment or receipt of the demonstration company, so many days
// before now.
type seedCharge struct {
	days       int
	walkIn     bool // a buyer without RFC
	buyer      int
	good       int
	automation gigstack.PaymentAutomation // of a payment
	refund     string                     // of a payment: half or all
	receipt    bool
	state      string
}

var seedCharges = []seedCharge{
	{days: 48, good: 0, automation: "pue_invoice", state: "succeeded"},
	{days: 41, buyer: 1, good: 1, automation: "ppd_invoice_and_complement", state: "succeeded"},
	{days: 33, walkIn: true, good: 2, automation: "pue_invoice", state: "succeeded"},
	{days: 26, good: 1, automation: "none", refund: "half", state: "succeeded"},
	{days: 20, buyer: 1, good: 2, automation: "none", refund: "all", state: "refunded"},
	{days: 15, good: 0, automation: "pue_invoice", state: "canceled"},
	{days: 9, buyer: 1, good: 2, automation: "pue_invoice", state: "failed"},
	{days: 6, good: 0, automation: "pue_invoice", state: "requires_payment_method"},
	{days: 4, buyer: 1, good: 1, automation: "ppd_invoice_and_complement", state: "pending"},
	{days: 1, good: 2, automation: "none", state: "processing"},
	{receipt: true, days: 62, good: 2, state: "expired"},
	{receipt: true, days: 24, buyer: 1, good: 0, state: "completed"},
	{receipt: true, days: 17, walkIn: true, good: 2, state: "canceled"},
	{receipt: true, days: 5, good: 2, state: "pending"},
	{receipt: true, days: 2, walkIn: true, good: 2, state: "pending"},
}

// chargesOf is a team's payments and receipts, and what followed, in one mode.
// Its clients and services must be there when they happen.
func (s *Sandbox) chargesOf(team string, live bool) (past []happening) {
	for i, v := range seedCharges {
		ago := func(days int) time.Time {
			return s.options.Now().AddDate(0, 0, -days).Add(-time.Duration(i*17) * time.Minute).Truncate(time.Second)
		}
		days := v.days + seedGoods[team].shift
		then := func(at time.Time, do func(*call)) {
			past = append(past, happening{at, func() error { do(s.pastCall(team, live, at)); return nil }})
		}
		if v.receipt {
			var id string
			then(ago(days), func(c *call) { id = c.seedReceipt(v) })
			then(ago(days-1), func(c *call) { c.seedReceiptsEnd(id, v.state) })
			continue
		}
		var p *gigstack.Payment
		then(ago(days), func(c *call) { p = c.seedPayment(v) })
		if v.refund != "" {
			then(ago(days-2), func(c *call) { c.seedRefund(p, v) })
		}
	}
	return past
}

func (c *call) seedPayment(v seedCharge) *gigstack.Payment {
	p := must(c.newPayment(gigstack.PaymentFields{Client: v.client(c.team.ID), Items: v.items(c.team.ID), Metadata: ofDemo()}, v.automation))
	if v.state == "succeeded" || v.state == "refunded" {
		succeed(p, "03", c.now)
		c.world().automate(c.sandbox, p, c.now)
	} else {
		openLink(p, must(c.payableBy(nil)))
		p.Status = v.state
	}
	return p
}

func (c *call) seedRefund(p *gigstack.Payment, v seedCharge) {
	amount, reason := p.Total, "El cliente devolvió la compra"
	if v.refund == "half" {
		amount, reason = exact(p.Total.Div(gigstack.Dec("2").Decimal).Round(2)), "El cliente canceló la mitad"
	}
	must(c.refundPayment(gigstack.RefundPaymentInput{ID: p.ID, Amount: amount, Reason: reason}))
	if p.Status != v.state {
		panic(fmt.Sprintf("the demonstration has a payment that is %s, not %s", p.Status, v.state))
	}
}

func (c *call) seedReceipt(v seedCharge) (id string) {
	form := gigstack.PaymentForm("04")
	if v.walkIn {
		form = "01"
	}
	return must(c.createReceipt(gigstack.CreateReceiptInput{
		Client: v.client(c.team.ID), Items: v.items(c.team.ID), PaymentForm: &form, Metadata: ofDemo(),
	})).ID
}

// seedReceiptsEnd is what became of a receipt; those that stay open or expire
// need nothing.
func (c *call) seedReceiptsEnd(id, state string) {
	switch state {
	case "completed":
		must(c.stampReceipt(gigstack.StampReceiptInput{ID: id, StampTo: "client"}))
	case "canceled":
		must(c.cancelReceipt(gigstack.ReceiptRef{ID: id}))
	}
}

func (v seedCharge) client(team string) gigstack.ClientInput {
	if v.walkIn {
		return gigstack.ClientInput{
			Search:       &gigstack.ClientSearch{OnKey: "email", OnValue: "caja@example.mx", AutoCreate: new(true)},
			ClientFields: gigstack.ClientFields{Name: new("Venta de mostrador"), Email: new("caja@example.mx")},
		}
	}
	return gigstack.ClientInput{Search: &gigstack.ClientSearch{OnKey: "tax_id", OnValue: seedGoods[team].buyers[v.buyer]}}
}

func (v seedCharge) items(team string) []gigstack.ItemInput {
	g := seedGoods[team].goods[v.good]
	return []gigstack.ItemInput{{Search: &gigstack.ItemSearch{OnKey: "sku", OnValue: g.sku}, Quantity: new(gigstack.Dec(g.lot))}}
}

// must is for the demonstration's own data: when that is wrong, our source is.
func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("the demonstration company: %v", err))
	}
	return v
}

package sandbox

import (
	"fmt"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// seedCharge is a charge of the demonstration company, so many days before now. An rfc
// of "" is a walk-in buyer.
type seedCharge struct {
	days        int
	rfc         string
	text, price string                     // of one line, before 16 % IVA
	automation  gigstack.PaymentAutomation // of a payment
	refunds     []string                   // of a payment
	state       string
}

// seedPayments gives a team a history of payments and receipts in one mode. Its
// clients must be there.
func (s *Sandbox) seedPayments(team string, live bool) {
	goods := seedGoods[team]
	for _, v := range []seedCharge{
		{days: 48, rfc: goods.buyers[0], text: goods.texts[0], price: "8500", automation: "pue_invoice", state: "succeeded"},
		{days: 41, rfc: goods.buyers[1], text: goods.texts[1], price: "24300.50", automation: "ppd_invoice_and_complement", state: "succeeded"},
		{days: 33, rfc: "", text: goods.texts[2], price: "640", automation: "pue_invoice", state: "succeeded"},
		{days: 26, rfc: goods.buyers[0], text: goods.texts[1], price: "3200", automation: "none", refunds: []string{"1200"}, state: "succeeded"},
		{days: 20, rfc: goods.buyers[1], text: goods.texts[2], price: "1500", automation: "none", refunds: []string{"1740"}, state: "refunded"},
		{days: 15, rfc: goods.buyers[0], text: goods.texts[0], price: "8500", automation: "pue_invoice", state: "canceled"},
		{days: 9, rfc: goods.buyers[1], text: goods.texts[2], price: "990", automation: "pue_invoice", state: "failed"},
		{days: 6, rfc: goods.buyers[0], text: goods.texts[0], price: "8500", automation: "pue_invoice", state: "requires_payment_method"},
		{days: 4, rfc: goods.buyers[1], text: goods.texts[1], price: "12150.25", automation: "ppd_invoice_and_complement", state: "pending"},
		{days: 1, rfc: goods.buyers[0], text: goods.texts[2], price: "450", automation: "none", state: "processing"},
	} {
		s.pastCall(team, live, s.options.Now().AddDate(0, 0, -v.days)).seedPayment(v)
	}
	for _, v := range []seedCharge{
		{days: 62, rfc: goods.buyers[0], text: goods.texts[2], price: "780", state: "expired"},
		{days: 24, rfc: goods.buyers[1], text: goods.texts[0], price: "2100", state: "completed"},
		{days: 17, rfc: "", text: goods.texts[2], price: "320", state: "canceled"},
		{days: 5, rfc: goods.buyers[0], text: goods.texts[2], price: "1250", state: "pending"},
		{days: 2, rfc: "", text: goods.texts[1], price: "410.80", state: "pending"},
	} {
		s.pastCall(team, live, s.options.Now().AddDate(0, 0, -v.days)).seedReceipt(v)
	}
}

// seedGoods is what the teams of the demonstration company sell, and to whom.
var seedGoods = map[string]struct {
	texts  [3]string
	buyers [2]string
}{
	TeamKemper:   {[3]string{"Curso de inglés empresarial", "Capacitación en planta", "Material didáctico"}, [2]string{"ICV060329BY0", "FUNK671228PH6"}},
	TeamXenon:    {[3]string{"Rodamientos de bola 6204", "Banda transportadora 12 m", "Refacciones varias"}, [2]string{"H&E951128469", "ICV060329BY0"}},
	TeamRobotica: {[3]string{"Diplomado en robótica", "Asesoría en automatización", "Kit de sensores"}, [2]string{"OÑO120726RX3", "MISC491214B86"}},
}

func (c *call) seedPayment(v seedCharge) {
	p := must(c.newPayment(gigstack.PaymentFields{Client: v.client(), Items: v.items()}, v.automation))
	if v.state == "succeeded" || v.state == "refunded" {
		succeed(p, "03", c.now.Add(time.Hour))
		c.world().automate(c.sandbox, p, c.now.Add(time.Hour))
	} else {
		openLink(p, must(c.payableBy(nil)))
		p.Status = v.state
	}
	for _, amount := range v.refunds {
		must(c.refundPayment(gigstack.RefundPaymentInput{ID: p.ID, Amount: gigstack.Dec(amount), Reason: "Devolución parcial o total del cliente"}))
	}
	if p.Status != v.state {
		panic(fmt.Sprintf("the demonstration has a payment that is %s, not %s", p.Status, v.state))
	}
}

func (c *call) seedReceipt(v seedCharge) {
	r := must(c.createReceipt(gigstack.CreateReceiptInput{Client: v.client(), Items: v.items(), PaymentForm: new(gigstack.PaymentForm("01"))}))
	switch v.state {
	case "completed":
		must(c.stampReceipt(gigstack.StampReceiptInput{ID: r.ID, StampTo: "client"}))
	case "canceled":
		must(c.cancelReceipt(gigstack.ReceiptRef{ID: r.ID}))
	}
}

func (v seedCharge) client() gigstack.ClientInput {
	if v.rfc == "" {
		return gigstack.ClientInput{
			Search:       &gigstack.ClientSearch{OnKey: "email", OnValue: "caja@example.mx", AutoCreate: new(true)},
			ClientFields: gigstack.ClientFields{Name: new("Venta de mostrador"), Email: new("caja@example.mx")},
		}
	}
	return gigstack.ClientInput{Search: &gigstack.ClientSearch{OnKey: "tax_id", OnValue: v.rfc}}
}

func (v seedCharge) items() []gigstack.ItemInput {
	return []gigstack.ItemInput{{
		Description: &v.text, UnitPrice: new(gigstack.Dec(v.price)), Taxes: seedTaxes("16"),
	}}
}

// must is for the demonstration's own data: when that is wrong, our source is.
func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("the demonstration company: %v", err))
	}
	return v
}

package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// sale is an invoice of the demonstration company and what became of it. Days
// count back from the sandbox's beginning.
type sale struct {
	to       gigstack.RFC
	days     int    // ago
	what     string // {mes} stands for the month
	key      gigstack.ProductKey
	quantity string
	price    string
	use      gigstack.CFDIUse // "" for the client's
	tax      string           // IVA: 16, 0 or exempt
	ppd      bool
	paid     []installment // of a PPD invoice
	usd      string        // exchange rate of an invoice in dollars
	global   bool
	returned *installment // credit note over that much before IVA of 16 %
	replaced int          // days ago it was replaced and canceled with motive 01
	canceled int          // days ago its cancellation was asked for, motive 02
}

// installment is an amount and how many days ago it came.
type installment struct {
	days   int
	amount string
}

// seedSales is what each team sold in test mode.
var seedSales = map[string][]sale{
	TeamKemper: {
		{to: "JUFA7608212V6", days: 112, what: "Colegiatura de {mes}, primaria", key: "86121500", quantity: "1", price: "5850", tax: "exempt"},
		{to: "CACX7605101P8", days: 108, what: "Colegiatura de {mes}, secundaria", key: "86121600", quantity: "1", price: "6720", tax: "exempt"},
		{to: "ICV060329BY0", days: 95, what: "Renta de auditorio, jornada completa", key: "80131502", quantity: "2", price: "9500", tax: "16", ppd: true, paid: []installment{{70, "12040"}, {41, "10000"}}},
		{to: "OÑO120726RX3", days: 83, what: "Taller de nutrición para personal", key: "86101700", quantity: "1", price: "18400", tax: "16", ppd: true, paid: []installment{{50, "8000"}}},
		{to: "XEXX010101000", days: 64, what: "English program license, fall term", key: "86111600", quantity: "1", price: "2400", tax: "0", usd: "18.4215", ppd: true},
		{to: "XAXX010101000", days: 51, what: "Venta", key: "01010101", quantity: "1", price: "14320.50", tax: "16", global: true},
		{to: "FUNK671228PH6", days: 44, what: "Curso de verano, dos alumnos", key: "86121500", quantity: "2", price: "3200", tax: "16", returned: &installment{30, "3200"}},
		{to: "H&E951128469", days: 37, what: "Capacitación en seguridad eléctrica", key: "86101700", quantity: "3", price: "7250.75", tax: "16", ppd: true},
		{to: "KIJ0906199R1", days: 24, what: "Patrocinio de feria escolar", key: "80141600", quantity: "1", price: "25000", tax: "16", ppd: true},
		{to: "MISC491214B86", days: 18, what: "Uniformes deportivos", key: "53102700", quantity: "12", price: "485", tax: "16", replaced: 17},
		{to: "ICV060329BY0", days: 12, what: "Renta de cancha, {mes}", key: "80131502", quantity: "4", price: "1850", tax: "16", canceled: 1},
		{to: "JUFA7608212V6", days: 5, what: "Colegiatura de {mes}, primaria", key: "86121500", quantity: "1", price: "5850", tax: "exempt"},
	},
	TeamXenon: {
		{to: "H&E951128469", days: 118, what: "Rodamiento industrial 6205", key: "31171500", quantity: "40", price: "186.40", tax: "16"},
		{to: "ICV060329BY0", days: 101, what: "Motor trifásico 5 HP", key: "26101100", quantity: "2", price: "11890", tax: "16", ppd: true, paid: []installment{{72, "27584.80"}}},
		{to: "KIJ0906199R1", days: 88, what: "Banda transportadora 6 m", key: "24101700", quantity: "1", price: "64200", tax: "16", ppd: true, paid: []installment{{60, "30000"}, {29, "20000"}}},
		{to: "WATM640917J45", days: 74, what: "Servicio de mantenimiento preventivo", key: "73152100", quantity: "1", price: "8200", tax: "16"},
		{to: "IIA040805DZ4", days: 66, what: "Luminaria LED de almacén", key: "39111500", quantity: "25", price: "742.30", tax: "16", ppd: true},
		{to: "OÑO120726RX3", days: 47, what: "Válvula de bola 2 pulgadas", key: "40141600", quantity: "16", price: "389.90", tax: "16", returned: &installment{33, "1559.60"}},
		{to: "XEXX010101000", days: 39, what: "Conveyor line commissioning, remote day", key: "81101500", quantity: "3", price: "1180", tax: "0", usd: "18.3570"},
		{to: "FUNK671228PH6", days: 26, what: "Guantes de carnaza", key: "46181504", quantity: "10", price: "62.50", tax: "16", canceled: 20},
		{to: "KIJ0906199R1", days: 15, what: "Refacciones para banda", key: "24101700", quantity: "5", price: "1325", tax: "16", ppd: true, canceled: 9},
		{to: "H&E951128469", days: 3, what: "Tablero de control", key: "39121000", quantity: "1", price: "21750", tax: "16", ppd: true},
	},
	TeamRobotica: {
		{to: "CACX7605101P8", days: 115, what: "Maestría en mecatrónica, inscripción", use: "S01", key: "86121700", quantity: "1", price: "14500", tax: "exempt"},
		{to: "ICV060329BY0", days: 97, what: "Estudio de automatización de edificios", key: "81101500", quantity: "1", price: "86000", tax: "16", ppd: true, paid: []installment{{61, "49880"}}},
		{to: "KIJ0906199R1", days: 79, what: "Celda robótica, asesoría", key: "81101500", quantity: "40", price: "950", tax: "16", ppd: true, paid: []installment{{52, "44080"}}},
		{to: "XEXX010101000", days: 58, what: "Robotics lab rental", key: "80131502", quantity: "5", price: "800", tax: "0", usd: "18.5102", ppd: true, paid: []installment{{34, "1500"}}},
		{to: "OÑO120726RX3", days: 42, what: "Diplomado en visión artificial", key: "86121700", quantity: "3", price: "12900", tax: "16"},
		{to: "MISC491214B86", days: 31, what: "Curso de Arduino", key: "86121700", quantity: "2", price: "2150", tax: "16", returned: &installment{21, "2150"}},
		{to: "H&E951128469", days: 16, what: "Programación de PLC", key: "81111500", quantity: "24", price: "1100", tax: "16", ppd: true, canceled: 1},
		{to: "FUNK671228PH6", days: 7, what: "Taller de impresión 3D", key: "86101700", quantity: "1", price: "3900", tax: "16"},
	},
}

// seedLiveSales is what each team sold in live mode.
var seedLiveSales = map[string][]sale{
	TeamKemper: {
		{to: "JUFA7608212V6", days: 92, what: "Colegiatura de {mes}, primaria", key: "86121500", quantity: "1", price: "6100", tax: "exempt"},
		{to: "OÑO120726RX3", days: 71, what: "Renta de auditorio, media jornada", key: "80131502", quantity: "1", price: "5200", tax: "16", ppd: true, paid: []installment{{40, "3000"}}},
		{to: "H&E951128469", days: 46, what: "Curso de primeros auxilios", key: "86101700", quantity: "2", price: "4450", tax: "16", ppd: true},
		{to: "XEXX010101000", days: 28, what: "Exchange program fee", key: "86121500", quantity: "2", price: "950", tax: "0", usd: "18.2940", ppd: true},
		{to: "FUNK671228PH6", days: 9, what: "Material didáctico", key: "60101700", quantity: "6", price: "318", tax: "16", returned: &installment{4, "318"}},
	},
	TeamXenon: {
		{to: "ICV060329BY0", days: 105, what: "Compresor de aire 80 galones", key: "40151600", quantity: "1", price: "17650", tax: "16", ppd: true, paid: []installment{{68, "20474"}}},
		{to: "KIJ0906199R1", days: 55, what: "Cadena de transmisión", key: "26111500", quantity: "30", price: "412.75", tax: "16", ppd: true},
		{to: "MISC491214B86", days: 35, what: "Herramienta menor", key: "27111700", quantity: "4", price: "219.90", tax: "16", canceled: 25},
		{to: "H&E951128469", days: 13, what: "Contactor 40 A", key: "39121500", quantity: "18", price: "655", tax: "16"},
	},
	TeamRobotica: {
		{to: "CACX7605101P8", days: 85, what: "Licenciatura en robótica, cuatrimestre", use: "S01", key: "86121700", quantity: "1", price: "19800", tax: "exempt"},
		{to: "ICV060329BY0", days: 49, what: "Consultoría en sensores", key: "81101500", quantity: "16", price: "1250", tax: "16", ppd: true, paid: []installment{{20, "10000"}}},
		{to: "OÑO120726RX3", days: 14, what: "Drones agrícolas, demostración", key: "81101500", quantity: "1", price: "33000", tax: "16", ppd: true, canceled: 1},
	},
}

// seedDocuments gives each team of the group its clients, services and past. It panics
// when the tables above break a rule, which is a mistake in this file.
func (s *Sandbox) seedDocuments() {
	for _, teamID := range []string{TeamKemper, TeamXenon, TeamRobotica} {
		for _, err := range []error{
			s.seedInvoices(teamID, false, seedSales[teamID]),
			s.seedInvoices(teamID, true, seedLiveSales[teamID]),
		} {
			if err != nil {
				panic(err)
			}
		}
	}
}

// happening is something in the demonstration company's past.
type happening struct {
	at time.Time
	do func() error
}

// seedInvoices lives through a team's past in the order it happened, so that
// folios and balances come out as they would have.
func (s *Sandbox) seedInvoices(teamID string, live bool, sales []sale) error {
	clients, err := s.seedClients(teamID, live)
	if err != nil {
		return err
	}
	if err := s.seedCatalogue(teamID, live); err != nil {
		return err
	}
	past := s.chargesOf(teamID, live)
	for i, sold := range sales {
		client, ok := clients[sold.to]
		if !ok {
			return fmt.Errorf("seed: %s has no client %s", teamID, sold.to)
		}
		past = append(past, s.happenings(teamID, live, client, sold, i)...)
	}
	slices.SortStableFunc(past, func(a, b happening) int { return a.at.Compare(b.at) })
	for _, h := range past {
		if err := h.do(); err != nil {
			return fmt.Errorf("seed: %s: %w", teamID, err)
		}
	}
	return nil
}

// happenings is one sale and what followed.
func (s *Sandbox) happenings(teamID string, live bool, client *gigstack.Client, sold sale, i int) (past []happening) {
	w := s.world(teamID, live)
	ago := func(days int) time.Time {
		return s.options.Now().AddDate(0, 0, -days).Add(-time.Duration(i*11) * time.Minute).Truncate(time.Second)
	}
	var uuid string
	then := func(days int, do func(at time.Time) error) {
		at := ago(days)
		past = append(past, happening{at, func() error { return do(at) }})
	}
	then(sold.days, func(at time.Time) (err error) {
		uuid, err = s.seedSale(teamID, live, client, sold, at, nil)
		return err
	})
	for _, paid := range sold.paid {
		then(paid.days, func(at time.Time) error {
			_, err := w.complement(s, at, uuid, gigstack.Dec(paid.amount), "03", "")
			return err
		})
	}
	if sold.returned != nil {
		then(sold.returned.days, func(at time.Time) error { return s.seedReturn(teamID, live, client, *sold.returned, uuid, at) })
	}
	if sold.replaced > 0 {
		then(sold.replaced, func(at time.Time) error {
			substitute, err := s.seedSale(teamID, live, client, sold, at, []gigstack.DocumentRelation{{Relationship: "04", Documents: []string{uuid}}})
			if err != nil {
				return err
			}
			return s.seedCancellation(w, gigstack.CancelInvoiceInput{ID: uuid, Motive: "01", SubstitutionUUID: &substitute}, at)
		})
	}
	if sold.canceled > 0 {
		then(sold.canceled, func(at time.Time) error {
			return s.seedCancellation(w, gigstack.CancelInvoiceInput{ID: uuid, Motive: "02"}, at)
		})
	}
	return past
}

// seedSale stamps the invoice of a sale.
func (s *Sandbox) seedSale(teamID string, live bool, client *gigstack.Client, sold sale, at time.Time, relations []gigstack.DocumentRelation) (string, error) {
	what := inMonth(sold.what, at)
	unit, name := unitOf(sold.key)
	line := gigstack.ItemInput{
		Description: &what, UnitKey: &unit, UnitName: &name, Quantity: new(gigstack.Dec(sold.quantity)), UnitPrice: new(gigstack.Dec(sold.price)),
		ProductKey: &sold.key, Taxes: seedTaxes(sold.tax),
	}
	if sold.global { // a line is a ticket of the counter
		line.SKU, line.UnitKey, line.UnitName = new("T-4471"), new("ACT"), new("")
	}
	items, totals, err := s.pastCall(teamID, live, at).resolveItems([]gigstack.ItemInput{line})
	if err != nil {
		return "", err
	}
	o := order{client: client, items: items, totals: totals, method: "PUE", form: "03", use: sold.use, relations: relations, created: at, metadata: ofDemo()}
	if sold.ppd {
		o.method, o.form = "PPD", "99"
	}
	if sold.usd != "" {
		o.currency, o.rate = "USD", gigstack.Dec(sold.usd)
	}
	if sold.global {
		o.form, o.global = "01", monthOf(at)
	}
	return s.world(teamID, live).issueIncome(s, o)
}

// ofDemo is the metadata of the demonstration company's documents.
func ofDemo() gigstack.Metadata { return gigstack.Metadata{"origin": "demo"} }

// seedReturn stamps the credit note of a sale.
func (s *Sandbox) seedReturn(teamID string, live bool, client *gigstack.Client, returned installment, uuid string, at time.Time) error {
	items, totals, err := s.pastCall(teamID, live, at).resolveItems([]gigstack.ItemInput{{
		Description: new("Devolución"), UnitPrice: new(gigstack.Dec(returned.amount)),
		ProductKey: new(gigstack.ProductKey("84111506")), UnitKey: new("ACT"), Taxes: seedTaxes("16"),
	}})
	if err != nil {
		return err
	}
	_, err = s.world(teamID, live).issue(s, typeEgress, order{
		client: client, items: items, totals: totals, form: "03", use: "G02", created: at, metadata: ofDemo(),
		relations: []gigstack.DocumentRelation{{Relationship: "03", Documents: []string{uuid}}},
	})
	return err
}

func (s *Sandbox) seedCancellation(w *world, in gigstack.CancelInvoiceInput, at time.Time) error {
	v, ok := w.document(in.ID)
	if !ok {
		return notFound("Invoice", in.ID)
	}
	if err := w.cancellable(v, in, at); err != nil {
		return err
	}
	w.requestCancellation(s, v, in.Motive, orElse(in.SubstitutionUUID, ""), at)
	return nil
}

// inMonth is a text with the month for {mes}.
func inMonth(text string, at time.Time) string {
	return strings.ReplaceAll(text, "{mes}", monthName(at))
}

// monthName is the month of a moment in Mexico City, in Spanish.
func monthName(t time.Time) string {
	return [...]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}[t.In(gigstack.MexicoCity).Month()-1]
}

func seedTaxes(kind string) []gigstack.TaxInput {
	switch kind {
	case "exempt":
		return []gigstack.TaxInput{{Type: "IVA", Factor: new(gigstack.TaxFactor("Exento"))}}
	case "0":
		return []gigstack.TaxInput{{Type: "IVA"}}
	default:
		return []gigstack.TaxInput{{Type: "IVA", Rate: gigstack.Dec("0.16")}}
	}
}

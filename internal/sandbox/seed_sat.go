package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// supplier is somebody the demonstration company buys from.
type supplier struct {
	rfc, name, regime, zip string
}

// seedSuppliers are SAT's public test identities.
var seedSuppliers = map[string]supplier{
	"luz":    {"EWE1709045U0", "ESCUELA WILSON ESQUIVEL", "601", "63901"},
	"agua":   {"IXS7607092R5", "INTERNACIONAL XIMBO Y SABORES", "601", "23004"},
	"limpia": {"KICR630120NX3", "RODRIGO KITIA CASTRO", "612", "36246"},
	"nube":   {"SPR190613I52", "SERVICIOS PLASMA RECURSOS", "601", "20928"},
	"renta":  {"RAQÑ7701212M3", "ÑEVES RAMOS QUEZADA", "612", "77060"},
}

// purchase is a CFDI that a supplier issued to the demonstration company. Days
// count back from the sandbox's beginning.
type purchase struct {
	from     string // of seedSuppliers
	days     int    // ago
	what     string // {mes} stands for the month
	key      gigstack.ProductKey
	price    string
	usd      string // exchange rate of one in dollars
	credit   bool   // a credit note
	canceled int    // days ago; 0 when it is valid
	xml      string // its state; "" for ready
	fault    string // why the XML is missing
	refused  int    // status by which the provider goes on refusing it
}

// seedPurchases is what the teams with a mirror, or one within reach, bought.
var seedPurchases = map[string][]purchase{
	TeamKemper: {
		{from: "luz", days: 98, what: "Mantenimiento de planta eléctrica", key: "72151500", price: "12800"},
		{from: "agua", days: 76, what: "Servicio de comedor, {mes}", key: "90101600", price: "38450.60"},
		{from: "renta", days: 61, what: "Arrendamiento de bodega, {mes}", key: "80131502", price: "9200", canceled: 55},
		{from: "renta", days: 55, what: "Arrendamiento de bodega, {mes}", key: "80131502", price: "9500"},
		{from: "nube", days: 40, what: "Plataforma escolar, licencias anuales", key: "81112500", price: "2150", usd: "18.3906"},
		{from: "agua", days: 33, what: "Devolución de insumos", key: "84111506", price: "1840", credit: true},
		{from: "limpia", days: 22, what: "Limpieza de aulas, {mes}", key: "76111500", price: "7600", xml: xmlError, fault: "El SAT no entregó el XML a tiempo"},
		{from: "luz", days: 15, what: "Luminarias de emergencia", key: "39111700", price: "5430", xml: xmlError, fault: "El SAT ya no conserva el XML de este folio", refused: http.StatusUnprocessableEntity},
		{from: "nube", days: 11, what: "Respaldo en la nube, {mes}", key: "81112000", price: "310", usd: "18.3372", xml: xmlError, fault: "El proveedor de descarga no respondió", refused: http.StatusBadGateway},
		{from: "agua", days: 1, what: "Servicio de comedor, {mes}", key: "90101600", price: "36120", xml: xmlBuilding},
	},
	TeamXenon: {
		{from: "luz", days: 70, what: "Instalación trifásica", key: "72151500", price: "44300"},
		{from: "renta", days: 30, what: "Arrendamiento de nave, {mes}", key: "80131502", price: "61000"},
		{from: "limpia", days: 2, what: "Limpieza industrial, {mes}", key: "76111500", price: "11900", xml: xmlBuilding},
	},
}

// seedLivePurchases is the same in live mode.
var seedLivePurchases = map[string][]purchase{
	TeamKemper: {
		{from: "agua", days: 66, what: "Servicio de comedor, {mes}", key: "90101600", price: "41200"},
		{from: "luz", days: 27, what: "Energía solar, revisión", key: "72151500", price: "6900"},
		{from: "renta", days: 3, what: "Arrendamiento de bodega, {mes}", key: "80131502", price: "9500", xml: xmlBuilding},
	},
}

// buildingTakes is how long the mirror needs for the XML of a seeded CFDI.
const buildingTakes = 10 * time.Minute

// seedSAT gives each team what the SAT has for it: the master team has bulk
// download on and in use, each other one is at another step before.
func (s *Sandbox) seedSAT() {
	now := s.options.Now()
	for live, purchases := range map[bool]map[string][]purchase{false: seedPurchases, true: seedLivePurchases} {
		for team, bought := range purchases {
			for i, p := range bought {
				if err := s.seedPurchase(team, live, i, p); err != nil {
					panic(err) // a mistake in the tables above
				}
			}
		}
	}
	teams := s.state.teams.byID
	teams[TeamRobotica].download.plan = planSells
	teams[TeamNueva].download.plan = planLacks
	for _, t := range s.state.teams.rows {
		if t.sat.Completed {
			t.manifestSigned = t.sat.ConnectedAt
		}
	}
	d := &teams[TeamKemper].download
	d.active = true
	d.fiel = &cfdi.Certificate{Kind: cfdi.FIEL, RFC: cfdi.RFC(teams[TeamKemper].taxID), Serial: "30001000000500009999", Expires: now.AddDate(0, 0, 520)}
	d.phone = "+527721234567"
	d.monthlyCap = 500
	d.register(horizon(now), now.AddDate(0, 0, -200))
	yesterday := nextRun("03:30", now).AddDate(0, 0, -1)
	d.lastSync = yesterday
	s.arm(s.world(TeamKemper, false), gigstack.SATSchedule{
		Enabled: true, Time: "03:30", DownloadTypes: []string{received}, DaysBack: 7, LastRunAt: gigstack.MillisOf(yesterday), LastRunStatus: "completed",
	}, now)
	s.seedRequest(s.world(TeamKemper, false), yesterday)
	d.billed = map[string]int{month(now): 14}
}

// seedRequest is a scheduled run that is over, with its package still there.
func (s *Sandbox) seedRequest(w *world, at time.Time) {
	team := s.state.teams.byID[w.id.team]
	want := gigstack.CreateSATDownloadRequestInput{StartDate: gigstack.Day(dayOf(at.AddDate(0, 0, -60))), EndDate: gigstack.Day(dayOf(at)), RequestType: "metadata", RFCType: received}
	w.deliver(s, team, w.addRequest(team, "7b1e9a52-4f0e-4c11-a6a3-1c9f64b0d7e1", want, scheduled, at), at.Add(untilCompleted))
}

// seedPurchase puts a supplier's CFDI into a team's mirror. Its ids are made of
// its place in the table, so that they take none from others.
func (s *Sandbox) seedPurchase(teamID string, live bool, i int, p purchase) error {
	team, from := s.state.teams.byID[teamID], seedSuppliers[p.from]
	at := s.options.Now().AddDate(0, 0, -p.days).Add(-time.Duration(i*17) * time.Minute).Truncate(time.Second)
	unit, unitName := unitOf(p.key)
	items, totals, err := s.pastCall(teamID, live, at).resolveItems([]gigstack.ItemInput{{
		Description: new(inMonth(p.what, at)), UnitPrice: new(gigstack.Dec(p.price)), ProductKey: &p.key, UnitKey: &unit, UnitName: &unitName, Taxes: seedTaxes("16"),
	}})
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(fmt.Sprint("received", teamID, live, i)))
	v := gigstack.Invoice{
		UUID: uuidOf(hex.EncodeToString(sum[:])), InvoiceType: typeIncome, Status: "valid", Date: gigstack.MillisOf(at), CreatedAt: gigstack.SecondsOf(at),
		Client: gigstack.Client{TaxID: string(team.taxID), LegalName: team.legalName, Name: team.name, TaxSystem: string(team.taxSystem), Address: &gigstack.Address{Zip: &team.zip}},
		Items:  items, Subtotal: exact(totals.Subtotal), Taxes: exact(totals.Transferred), Total: exact(totals.Total), Currency: "MXN", ExchangeRate: gigstack.Dec("1"),
		Series: "F", FolioNumber: 900 + 7*p.days, Use: "G03", PaymentForm: "03", PaymentMethod: "PUE", Exports: "01", Livemode: live,
		Stamp:      &gigstack.Stamp{Seal: base64.StdEncoding.EncodeToString(append(sum[:], sum[:]...)), StampedAt: gigstack.SecondsOf(at.Add(time.Minute)), Provider: "sandbox"},
		IssuerInfo: &gigstack.Issuer{LegalName: from.name, TaxID: from.rfc, TaxSystem: from.regime, Zip: from.zip},
	}
	if p.usd != "" {
		v.Currency, v.ExchangeRate = "USD", gigstack.Dec(p.usd)
	}
	if p.credit {
		v.InvoiceType, v.Series, v.Use = typeEgress, "NC", "G02"
	}
	if p.canceled > 0 {
		canceled := gigstack.SecondsOf(s.options.Now().AddDate(0, 0, -p.canceled))
		v.Status, v.Cancellation = "canceled", &gigstack.Cancellation{Motive: "02", Status: cancelAccepted, CancelledAt: canceled}
	}
	m := s.world(teamID, live).received.add(v.UUID, mirrored{invoice: &v, direction: received, xml: p.xml, fault: p.fault, refused: p.refused})
	if p.xml == "" {
		m.xml = xmlReady
	}
	if p.xml == xmlBuilding {
		s.later(buildingTakes, func(at time.Time) {
			if team.download.active {
				_, _ = team.obtain(m, "", at) // none that is building is refused
			}
		})
	}
	return nil
}

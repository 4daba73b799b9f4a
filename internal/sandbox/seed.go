package sandbox

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// The demonstration company: a Mexican group of four teams under one billing
// account, and a stranger, with SAT's public test RFCs.
const (
	TeamKemper   = "team_kemper"   // ESCUELA KEMPER URGATE: the master team
	TeamXenon    = "team_xenon"    // XENON INDUSTRIAL ARTICLES
	TeamRobotica = "team_robotica" // UNIVERSIDAD ROBOTICA ESPAÑOLA: its certificate expires in 12 days
	TeamNueva    = "team_nueva"    // HERRERIA & ELECTRICOS: without a certificate, cannot stamp
	TeamStranger = "team_stranger" // another billing account's; never reachable from the group
)

// The billing accounts of the demonstration.
const (
	accountGroup    = "billing_grupo"
	accountStranger = "billing_otro"
)

// DemoKey is an API key of the demonstration company.
type DemoKey struct {
	Team, Role string
	Livemode   bool
	Secret     string
}

// DemoKeys are keys that open the demonstration company, the same in every run:
// the master team's in test and in live, one of a team that is no master, and
// one that may only read. There are none in an empty sandbox.
func (s *Sandbox) DemoKeys() []DemoKey { return slices.Clone(s.demo) }

func (s *Sandbox) seed() {
	now := s.options.Now()
	for _, t := range []team{kemper(now), xenon(now), robotica(now), nueva(now), stranger(now)} {
		s.state.teams.add(t.ID, t)
	}
	for _, u := range seedUsers(now) {
		s.state.users.add(u.ID, u)
	}
	for _, k := range []DemoKey{
		{Team: TeamKemper, Role: "owner"},
		{Team: TeamKemper, Role: "owner", Livemode: true},
		{Team: TeamXenon, Role: "owner"},
		{Team: TeamKemper, Role: "viewer"},
	} {
		k.Secret = s.NewKey(k.Team, k.Livemode, k.Role)
		s.demo = append(s.demo, k)
	}
	s.seedDocuments()
	s.seedDrafts()
	s.seedRetentions()
	s.seedSupport()
	s.seedSAT()
	s.seedOlder(now)
}

func kemper(now time.Time) team {
	t := team{
		ID: TeamKemper, account: accountGroup, master: true, status: "active",
		name: "Escuela Kemper", legalName: "ESCUELA KEMPER URGATE", taxID: "EKU9003173C9", taxSystem: "601", zip: "42501",
		brand:        gigstack.Brand{PrimaryColor: new(gigstack.Color("#0B5FFF")), SecondaryColor: new(gigstack.Color("#F5A623")), Logo: new("https://kemper.example.mx/logo.png")},
		address:      seedAddress("Av. de los Maestros", "214", "Centro", "Tasquillo", "Hidalgo"),
		supportEmail: "cobranza@kemper.example.mx", supportPhone: "+527721234567",
		created: daysFrom(now, -730), sat: csd(now, -700, 410), credits: creditsOf(now, "5000", "1312"),
		integrations: connected("sat", "stripe", "bank"),
		series:       seriesOf(1042, 311, 58),
		owner:        "user_laura",
		members:      []member{{"user_laura", "admin"}, {"user_diego", "admin"}, {"user_mariana", "editor"}, {"user_pedro", "viewer"}},
	}
	t.settings = gigstack.TeamSettings{
		AutomateComplementForPPDInvoices: gigstack.SetTo(true),
		ProductKey:                       gigstack.SetTo(gigstack.ProductKey("86121500")),
		UnitKey:                          gigstack.SetTo("E48"),
		UnitName:                         gigstack.SetTo("Servicio"),
		Taxes:                            gigstack.SetTo([]gigstack.TaxInput{{Type: "IVA", Rate: gigstack.Dec("0.16")}}),
		Periodicity:                      gigstack.SetTo(gigstack.ReceiptPeriod("month")),
		PDFLanguage:                      gigstack.SetTo(gigstack.PDFLanguage("es")),
		Emails: gigstack.SetTo(gigstack.EmailSettings{
			InvoicesBCC:    gigstack.SetTo([]string{"contabilidad@kemper.example.mx"}),
			InvoiceSubject: gigstack.SetTo("Tu factura de Escuela Kemper"),
		}),
		DefaultSeries: gigstack.SetTo(gigstack.DefaultSeries{
			Income:     gigstack.SetTo(gigstack.SeriesChoice{Serie: gigstack.SetTo("A")}),
			CreditNote: gigstack.SetTo(gigstack.SeriesChoice{Serie: gigstack.SetTo("NC")}),
		}),
	}
	for _, w := range []gigstack.Webhook{
		{
			ID: "wh_erp", URL: "https://erp.kemper.example.mx/gigstack", Status: "active", Description: "ERP: cobros y facturas",
			Events: []string{"payment.succeeded", "invoice.created", "invoice.canceled", "invoice.failed"}, CreatedAt: gigstack.MillisOf(now.AddDate(0, 0, -300)),
		},
		{
			ID: "wh_pruebas", URL: "https://pruebas.kemper.example.mx/gigstack", Status: "inactive", Description: "Ambiente de pruebas",
			Events: []string{"receipt.completed"}, CreatedAt: gigstack.MillisOf(now.AddDate(0, 0, -90)),
		},
	} {
		w.Revision = fmt.Sprintf("%x", sha256.Sum256([]byte(w.ID)))
		w.Owner, w.Version, w.EffectScope = t.owner, "v1", "shared_team_webhooks"
		w.Security, w.Signing = &gigstack.WebhookSecurity{Status: "not_configured"}, &gigstack.WebhookSigning{Status: "disabled"}
		w.Revision = revisionOf(w)
		t.webhooks.add(w.ID, w)
	}
	return t
}

func xenon(now time.Time) team {
	return team{
		ID: TeamXenon, account: accountGroup, status: "active",
		name: "Xenon Industrial", legalName: "XENON INDUSTRIAL ARTICLES", taxID: "XIA190128J61", taxSystem: "601", zip: "76343",
		address:      seedAddress("Carretera a Jalpan", "km 12", "San Pedro", "Jalpan de Serra", "Querétaro"),
		supportEmail: "ventas@xenon.example.mx", supportPhone: "+524411234567",
		created: daysFrom(now, -540), sat: csd(now, -500, 890), credits: creditsOf(now, "1000", "204"),
		integrations: connected("sat", "mercadopago"),
		series:       seriesOf(517, 20, 9),
		owner:        "user_laura",
		members:      []member{{"user_laura", "admin"}, {"user_diego", "admin"}, {"user_pedro", "editor"}},
	}
}

func robotica(now time.Time) team {
	return team{
		ID: TeamRobotica, account: accountGroup, status: "active",
		name: "Universidad Robótica", legalName: "UNIVERSIDAD ROBOTICA ESPAÑOLA", taxID: "URE180429TM6", taxSystem: "601", zip: "86991",
		address:      seedAddress("Calle Benito Juárez", "88", "La Ceiba", "Emiliano Zapata", "Tabasco"),
		supportEmail: "caja@robotica.example.mx", supportPhone: "+529341234567",
		created: daysFrom(now, -400), sat: csd(now, -390, 12), credits: creditsOf(now, "500", "487"),
		integrations: connected("sat", "conekta"),
		series:       seriesOf(2204, 0, 131),
		owner:        "user_laura",
		members:      []member{{"user_laura", "admin"}, {"user_mariana", "editor"}},
	}
}

func nueva(now time.Time) team {
	return team{
		ID: TeamNueva, account: accountGroup, status: "active",
		name: "Herrería & Eléctricos", legalName: "HERRERIA & ELECTRICOS", taxID: "H&E951128469", taxSystem: "601", zip: "06002",
		address:      seedAddress("Calle República de Cuba", "41", "Centro", "Cuauhtémoc", "Ciudad de México"),
		supportEmail: "hola@herreria.example.mx",
		created:      daysFrom(now, -3), credits: creditsOf(now, "100", "0"),
		integrations: connected(),
		owner:        "user_laura",
		members:      []member{{"user_laura", "admin"}},
	}
}

func stranger(now time.Time) team {
	return team{
		ID: TeamStranger, account: accountStranger, status: "active",
		name: "Orgánicos Ñavez", legalName: "ORGANICOS ÑAVEZ OSORIO", taxID: "OÑO120726RX3", taxSystem: "601", zip: "40501",
		address:      seedAddress("Av. Reforma", "7", "Centro", "Arcelia", "Guerrero"),
		supportEmail: "pedidos@organicos.example.mx",
		created:      daysFrom(now, -200), sat: csd(now, -190, 1200), credits: creditsOf(now, "300", "41"),
		integrations: connected("sat"),
		series:       seriesOf(75, 0, 2),
		owner:        "user_ximena",
		members:      []member{{"user_ximena", "admin"}},
	}
}

func seedUsers(now time.Time) []user {
	person := func(account, id, first, last, email, job string, days int) user {
		return user{account: account, User: gigstack.User{
			ID: id, FirstName: first, LastName: last, Email: email, CompanyRole: job,
			CreatedAt: daysFrom(now, days), LastLogin: daysFrom(now, -1),
		}}
	}
	laura := person(accountGroup, "user_laura", "Laura", "Kemper Urgate", "laura@kemper.example.mx", "Directora general", -730)
	laura.Phone, laura.Address = "+527721234567", new(seedAddress("Av. de los Maestros", "214", "Centro", "Tasquillo", "Hidalgo"))
	laura.Address.Zip = new("42501")
	return []user{
		laura,
		person(accountGroup, "user_diego", "Diego", "Salinas Robles", "diego@kemper.example.mx", "Contador", -700),
		person(accountGroup, "user_mariana", "Mariana", "Ochoa Lira", "mariana@kemper.example.mx", "Facturación", -320),
		person(accountGroup, "user_pedro", "Pedro", "Nava Cruz", "pedro@xenon.example.mx", "Ventas", -120),
		person(accountStranger, "user_ximena", "Ximena", "Ñavez Osorio", "ximena@organicos.example.mx", "Dueña", -200),
	}
}

func daysFrom(now time.Time, days int) gigstack.Seconds {
	return gigstack.SecondsOf(now.AddDate(0, 0, days))
}

// csd is a certificate connected and expiring so many days from now.
func csd(now time.Time, connected, expires int) gigstack.TeamSAT {
	return gigstack.TeamSAT{Completed: true, ConnectedAt: daysFrom(now, connected), CSDExpiresAt: daysFrom(now, expires)}
}

// creditsOf is a period that began 20 days ago.
func creditsOf(now time.Time, limit, used string) credits {
	return credits{gigstack.Dec(limit), gigstack.Dec(used), gigstack.MillisOf(now.AddDate(0, 0, -20))}
}

func connected(providers ...string) gigstack.Integrations {
	all := gigstack.Integrations{}
	for _, name := range []string{"sat", "stripe", "mercadopago", "conekta", "openpay", "bank", "shopify"} {
		all[name] = gigstack.Integration{Completed: slices.Contains(providers, name)}
	}
	return all
}

// seriesOf is three series with their last live folios; nothing was stamped in
// test.
func seriesOf(a, b, nc int) (t table[gigstack.Series]) {
	for _, s := range []gigstack.Series{{Series: "A", Live: a}, {Series: "B", Live: b}, {Series: "NC", Live: nc}} {
		s.ID = s.Series
		t.add(s.ID, s)
	}
	return t
}

func seedAddress(street, exterior, neighborhood, city, state string) gigstack.Address {
	return gigstack.Address{Country: new("MEX"), Street: &street, Exterior: &exterior, Interior: new("PB"), Neighborhood: &neighborhood, Municipality: &city, City: &city, State: &state}
}

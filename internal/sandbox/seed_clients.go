package sandbox

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// receiver is a client of the demonstration company: one of SAT's public test
// identities, or a generic RFC, with invented ways to reach it.
type receiver struct {
	rfc       gigstack.RFC
	legalName string
	name      string
	email     string
	phone     string
	regime    gigstack.TaxSystem
	use       gigstack.CFDIUse
	zip       string
	state     string
	country   string // "" for MEX
	testOnly  bool   // unknown in live mode
}

var seedReceivers = []receiver{
	{rfc: "OÑO120726RX3", legalName: "ORGANICOS ÑAVEZ OSORIO", name: "Orgánicos Ñavez", email: "facturas@organicosnavez.example.mx", phone: "+52 733 555 0101", regime: "601", use: "G03", zip: "40501", state: "Guerrero"},
	{rfc: "H&E951128469", legalName: "HERRERIA & ELECTRICOS", name: "Herrería y Eléctricos", email: "compras@herreria.example.mx", phone: "+52 55 5550 0102", regime: "601", use: "G01", zip: "06002", state: "Ciudad de México"},
	{rfc: "CACX7605101P8", legalName: "XOCHILT CASAS CHAVEZ", name: "Xóchilt Casas", email: "xochilt.casas@example.mx", phone: "+52 462 555 0103", regime: "605", use: "D10", zip: "36257", state: "Guanajuato"},
	{rfc: "FUNK671228PH6", legalName: "KARLA FUENTE NOLASCO", name: "Karla Fuente", email: "karla.fuente@example.mx", phone: "+52 55 5550 0104", regime: "612", use: "G03", zip: "01160", state: "Ciudad de México"},
	{rfc: "MISC491214B86", legalName: "CECILIA MIRANDA SANCHEZ", name: "Cecilia Miranda", email: "cecilia.miranda@example.mx", phone: "+52 55 5550 0105", regime: "626", use: "G03", zip: "01010", state: "Ciudad de México"},
	{rfc: RejectingRFC, legalName: "KERNEL INDUSTIA JUGUETERA", name: "Kernel Juguetes", email: "cxp@kernel.example.com", phone: "+52 312 555 0106", regime: "601", use: "G01", zip: "28971", state: "Colima"},
	{rfc: "ICV060329BY0", legalName: "INMOBILIARIA CVA", name: "Inmobiliaria CVA", email: "pagos@inmobiliariacva.example.com", phone: "+52 627 555 0107", regime: "601", use: "G03", zip: "33826", state: "Chihuahua"},
	{rfc: "JUFA7608212V6", legalName: "ADRIANA JUAREZ FERNANDEZ", name: "Adriana Juárez", email: "adriana.juarez@example.mx", phone: "+52 55 5550 0108", regime: "605", use: "D10", zip: "01160", state: "Ciudad de México"},
	{rfc: "WATM640917J45", legalName: "MARIA WATEMBER TORRES", name: "María Watember", email: "maria.watember@example.mx", phone: "+52 442 555 0109", regime: "612", use: "G03", zip: "76343", state: "Querétaro", testOnly: true},
	{rfc: ListedRFC, legalName: "INDISTRIA ILUMINADORA DE ALMACENES", name: "Iluminadora de Almacenes", email: "contacto@iluminadora.example.com", phone: "+52 777 555 0110", regime: "626", use: "G03", zip: "62661", state: "Morelos", testOnly: true},
	{rfc: "XAXX010101000", legalName: "PUBLICO EN GENERAL", name: "Público en general", email: "mostrador@example.mx", regime: "616", use: "S01", zip: "42501", state: "Hidalgo"},
	{rfc: "XEXX010101000", legalName: "LONE STAR LEARNING LLC", name: "Lone Star Learning", email: "ap@lonestar.example.com", phone: "+1 512 555 0112", regime: "616", use: "S01", zip: "42501", state: "Texas", country: "USA"},
}

// seedClients gives a team its clients, a year old, and returns them by RFC.
func (s *Sandbox) seedClients(teamID string, live bool) (map[gigstack.RFC]*gigstack.Client, error) {
	clients := map[gigstack.RFC]*gigstack.Client{}
	for i, r := range seedReceivers {
		if live && r.testOnly {
			continue
		}
		c := s.pastCall(teamID, live, s.options.Now().AddDate(-1, 0, 3*i))
		fields := gigstack.ClientFields{
			Name: &r.name, Company: &r.legalName, Email: &r.email, BCC: []string{"archivo@" + domainOf(r.email)}, LegalName: &r.legalName, TaxID: &r.rfc, TaxSystem: &r.regime, Use: &r.use,
			Address:  seedClientAddress(i, r),
			Metadata: gigstack.Metadata{"segment": map[bool]string{true: "empresa", false: "particular"}[r.regime == "601"]},
		}
		if r.phone != "" {
			fields.Phone = &r.phone
		}
		client, err := c.addClient(fields)
		if err != nil {
			return nil, err
		}
		clients[r.rfc] = client
	}
	return clients, nil
}

// pastCall is a call as it would have been answered at another time, so that
// seeds take the way that calls take.
func (s *Sandbox) pastCall(teamID string, live bool, at time.Time) *call {
	return &call{sandbox: s, now: at, team: s.state.teams.byID[teamID], key: keyRecord{team: teamID, live: live, role: "owner"}, role: "owner"}
}

// seedClientAddress is where the i-th client gets its letters; only the zip means
// anything.
func seedClientAddress(i int, r receiver) *gigstack.Address {
	return &gigstack.Address{
		Country: new(cmp.Or(r.country, "MEX")), Street: new("Calle de la Constitución"), Exterior: new(strconv.Itoa(100 + 7*i)), Interior: new("B"),
		Neighborhood: new("Centro"), Municipality: &r.state, City: &r.state, State: &r.state, Zip: &r.zip,
	}
}

// domainOf is what follows the @ of an e-mail address.
func domainOf(email string) string {
	_, domain, _ := strings.Cut(email, "@")
	return domain
}

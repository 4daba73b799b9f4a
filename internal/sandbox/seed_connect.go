package sandbox

import (
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// seedOlder gives the demonstration company what only the older endpoints know. Its
// ids are fixed: those of other records must not depend on it.
func (s *Sandbox) seedOlder(now time.Time) {
	for id, known := range map[string]connectTeam{
		TeamKemper:   {description: "Primaria, secundaria y cursos para empresas", industry: "Education", size: "50-200"},
		TeamXenon:    {description: "Refacciones y equipo industrial", industry: "Manufacturing", size: "10-50"},
		TeamRobotica: {description: "Diplomados y asesoría en robótica", industry: "Education", size: "10-50"},
		TeamNueva:    {description: "Herrería y tableros", industry: "Manufacturing", size: "1-10"},
	} {
		known.country = "MX"
		known.settings = gigstack.ConnectSettings{
			Currency: new(gigstack.Currency("MXN")), Timezone: new("America/Mexico_City"), Language: new("es"), FiscalYear: new("calendar"),
		}
		s.state.teams.byID[id].connect = known
	}
	kemper := &s.state.teams.byID[TeamKemper].connect
	kemper.metadata = gigstack.Metadata{"costCenter": "KEM-01"}
	kemper.integrations.add("integration_cobros", gigstack.ConnectIntegration{
		ID: "integration_cobros", Type: "webhook", Name: "Avisos de cobro", IsActive: true, CreatedAt: gigstack.MomentOf(now.AddDate(0, 0, -200)),
		Configuration: gigstack.IntegrationSettings{URL: new("https://avisos.kemper.example.mx/cobros"), Events: []string{"payment.completed"}},
	})
	s.seedOlderDraft(now)
}

// seedOlderDraft is an invoice in draft of the master team, in a series of its own.
func (s *Sandbox) seedOlderDraft(now time.Time) {
	w := s.world(TeamKemper, false)
	client := w.clients.rows[0]
	price := gigstack.Dec("4200")
	w.legacyDrafts.add("inv_biblioteca", legacyInvoice{client: client.ID, LegacyInvoice: gigstack.LegacyInvoice{
		ID: "inv_biblioteca", Client: &gigstack.LegacyParty{RFC: client.TaxID, Name: client.Name, LegalName: client.LegalName},
		Status: "draft", Amount: price, Currency: "MXN", Series: "BIB", Invoice: gigstack.LegacyFolio{FolioNumber: "BIB001"}, Description: "Préstamo de biblioteca",
		DueDate: gigstack.MomentOf(now.AddDate(0, 0, 20)), IssueDate: gigstack.MomentOf(now.AddDate(0, 0, -2)), Timestamp: gigstack.MomentOf(now.AddDate(0, 0, -2)),
		Items: []gigstack.LegacyItem{{Description: new("Préstamo de biblioteca"), Quantity: new(gigstack.Dec("1")), UnitPrice: &price, Amount: &price}},
	}})
}

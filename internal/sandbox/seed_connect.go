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
	s.world(TeamKemper, false).remember("5b1d9c4ea07f3826d4c1", legacyInvoice{description: "Curso de inglés y material", due: gigstack.MomentOf(now.AddDate(0, 0, 20))})
}

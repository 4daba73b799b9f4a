package sandbox

// The demonstration company: a Mexican group of three teams under one billing
// account, and a stranger, with SAT's public test RFCs.
const (
	TeamKemper   = "team_kemper"   // ESCUELA KEMPER URGATE: the master team
	TeamXenon    = "team_xenon"    // XENON INDUSTRIAL ARTICLES
	TeamRobotica = "team_robotica" // UNIVERSIDAD ROBOTICA ESPAÑOLA
	TeamStranger = "team_stranger" // another billing account's; never reachable from the group
)

func (s *Sandbox) seed() {
	for _, t := range []team{
		{ID: TeamKemper, account: "billing_grupo", master: true, stripe: true, status: "active", name: "Escuela Kemper", legalName: "ESCUELA KEMPER URGATE", taxID: "EKU9003173C9", taxSystem: "601", zip: "42501"},
		{ID: TeamXenon, account: "billing_grupo", status: "active", name: "Xenon Industrial", legalName: "XENON INDUSTRIAL ARTICLES", taxID: "XIA190128J61", taxSystem: "601", zip: "76343"},
		{ID: TeamRobotica, account: "billing_grupo", status: "active", name: "Universidad Robótica", legalName: "UNIVERSIDAD ROBOTICA ESPAÑOLA", taxID: "URE180429TM6", taxSystem: "601", zip: "86991"},
		{ID: TeamStranger, account: "billing_otro", status: "active", name: "Órganicos Ñavez", legalName: "ORGANICOS ÑAVEZ OSORIO", taxID: "OÑO120726RX3", taxSystem: "601", zip: "40501"},
	} {
		s.state.teams[t.ID] = &t
		s.state.accounts[t.account] = &account{ID: t.account}
	}
}

package sandbox

import (
	"slices"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

func (s *Sandbox) routeSATLists() {
	serve(s, gigstack.ListSATLists, (*call).listSATLists)
	serve(s, gigstack.CheckRFC, (*call).checkRFC)
}

// The taxpayers on the sandbox's lists, with SAT's public test RFCs. Documents for
// them can be stamped all the same, as at the SAT.
const (
	ListedRFC    = "IIA040805DZ4" // 69-B, definitive
	PresumedRFC  = "IVD920810GU2" // 69-B, presumed
	ClearedRFC   = "IXS7607092R5" // 69-B, cleared itself
	UnlocatedRFC = "JES900109Q90" // 69: not found at its domicile, and owes
)

// satList is one of the SAT's lists.
type satList struct {
	id, article, name, description string

	risky  bool // whoever is on it is to be avoided
	failed bool // its last sync
}

var satLists = []satList{
	{id: "69-b-definitivos", article: "69-B", name: "EFOS definitivos", description: "Presunción de operaciones inexistentes, situación definitiva", risky: true},
	{id: "69-b-presuntos", article: "69-B", name: "EFOS presuntos", description: "Presunción de operaciones inexistentes, por desvirtuar", risky: true},
	{id: "69-b-desvirtuados", article: "69-B", name: "EFOS desvirtuados", description: "Desvirtuaron la presunción de operaciones inexistentes"},
	{id: "69-b-sentencias-favorables", article: "69-B", name: "EFOS con sentencia favorable", description: "Un tribunal dejó sin efectos la presunción"},
	{id: "69-no-localizados", article: "69", name: "No localizados", description: "No se encontraron en su domicilio fiscal", risky: true},
	{id: "69-creditos-firmes", article: "69", name: "Créditos firmes", description: "Deben créditos fiscales firmes", risky: true},
	{id: "69-b-bis", article: "69-B Bis", name: "Transmisión indebida de pérdidas", description: "Transmitieron indebidamente pérdidas fiscales", risky: true, failed: true},
}

// listing is a taxpayer's entry on a list.
type listing struct{ list, status, published, notice string }

var listings = map[gigstack.RFC][]listing{
	ListedRFC:    {{"69-b-definitivos", "Definitivo", "2024-03-15", "500-05-2024-5291"}},
	PresumedRFC:  {{"69-b-presuntos", "Presunto", "2026-08-21", "500-05-2026-17334"}},
	ClearedRFC:   {{"69-b-desvirtuados", "Desvirtuado", "2025-01-10", "500-05-2025-1102"}},
	UnlocatedRFC: {{"69-no-localizados", "No localizado", "2025-06-30", ""}, {"69-creditos-firmes", "Firme", "2025-09-12", ""}},
}

// named is the list that has an id.
func named(id string) satList {
	return satLists[slices.IndexFunc(satLists, func(l satList) bool { return l.id == id })]
}

func (c *call) listSATLists(struct{}) (p gigstack.Page[gigstack.SATList], err error) {
	records := map[string]int{}
	for _, entries := range listings {
		for _, entry := range entries {
			records[entry.list]++
		}
	}
	synced := c.now.Truncate(24 * time.Hour)
	for _, l := range satLists {
		v := gigstack.SATList{
			ID: l.id, Name: l.name, Description: l.description, SourceURL: "https://www.sat.gob.mx/listas/" + l.id,
			LastSync: gigstack.ListSync{Status: "success", SyncedAt: gigstack.Millis(synced.UnixMilli()), Records: records[l.id]},
		}
		if l.failed {
			v.LastSync.Status = "failed"
		}
		p.Data = append(p.Data, v)
	}
	p.TotalResults = new(len(p.Data))
	return p, nil
}

func (c *call) checkRFC(in gigstack.CheckRFCInput) (v gigstack.RFCCheck, err error) {
	if !taxIDShape.MatchString(string(in.RFC)) {
		refusal := invalid("rfc", "rfc must match %s", taxIDShape)
		refusal.code = "invalid_field_value"
		return v, refusal
	}
	entries := listings[in.RFC]
	v = gigstack.RFCCheck{RFC: string(in.RFC), Listed: len(entries) > 0, Matches: []gigstack.ListedEntry{}}
	for _, entry := range entries {
		l := named(entry.list)
		details := map[string]any{"article": l.article, "is_risky": l.risky}
		if entry.notice != "" {
			details["notice"] = entry.notice
		}
		v.Matches = append(v.Matches, gigstack.ListedEntry{List: l.id, Name: l.name, Status: entry.status, PublishedAt: entry.published, Details: details})
	}
	return v, nil
}

// satStatus is what the lists say of a client. Its EFOS is about 69-B alone.
func satStatus(rfc gigstack.RFC, now time.Time) *gigstack.SATStatus {
	status := &gigstack.SATStatus{EFOS: &gigstack.EFOS{IsValid: true}, CheckedAt: gigstack.SecondsOf(now)}
	for _, entry := range listings[rfc] {
		l := named(entry.list)
		status.Hits = append(status.Hits, gigstack.SATHit{List: l.article, Label: l.name, Source: "SAT", IsRisky: l.risky, Detail: l.description})
		status.IsRisky = status.IsRisky || l.risky
		if l.risky && l.article == "69-B" {
			status.EFOS.IsValid = false
		}
	}
	return status
}

package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// SATLists is the page of the SAT's lists of risky taxpayers.
var SATLists = Resource{
	Name:      "sat_lists",
	Doc:       "The SAT's lists of risky taxpayers (69-B and others).",
	Endpoints: []Operation{ListSATLists, CheckRFC},
}

// ListSATLists describes the lists. There are few: they come on one page.
//
// A failed or old sync makes check_rfc_sat_lists miss recent entries.
var ListSATLists = Endpoint[struct{}, Page[SATList]]{
	Name:  "list_sat_lists",
	Route: "GET /sat-lists",
	Risk:  risk.Read,
	Title: "List the SAT's lists",
	Doc:   "List the SAT's taxpayer lists and their last sync.",
}

// CheckRFC looks a taxpayer up on all lists.
//
// Being listed is not always bad: read status, since favourable outcomes stay on the
// lists.
var CheckRFC = Endpoint[CheckRFCInput, RFCCheck]{
	Name:  "check_rfc_sat_lists",
	Route: "GET /sat-lists/{rfc}",
	Risk:  risk.Read,
	Title: "Check an RFC",
	Doc:   "Which SAT lists (69-B) an RFC is on; some status are favourable.",
}

// CheckRFCInput is the taxpayer to look up.
type CheckRFCInput struct {
	RFC RFC `json:"rfc"`
}

// SATList is a list that gigstack keeps a copy of.
type SATList struct {
	ID          string   `json:"id"`
	Name        string   `json:"name,omitempty"`
	Description string   `json:"description,omitempty"`
	SourceURL   string   `json:"source_url,omitempty"`
	LastSync    ListSync `json:"last_sync,omitzero"`
}

// ListSync is the last time a list was read from the SAT.
type ListSync struct {
	Status   string `json:"status,omitempty" doc:"success or failed."`
	SyncedAt Millis `json:"synced_at,omitempty"`
	Records  int    `json:"records"`
}

// RFCCheck is what the lists say about a taxpayer.
type RFCCheck struct {
	RFC     string        `json:"rfc"`
	Listed  bool          `json:"listed"`
	Matches []ListedEntry `json:"matches" doc:"One for each list it is on."`
}

// ListedEntry is a taxpayer's entry on a list.
type ListedEntry struct {
	List        string         `json:"list" doc:"id of list_sat_lists."`
	Name        string         `json:"name,omitempty"`
	Status      string         `json:"status,omitempty"`
	PublishedAt string         `json:"published_at,omitempty"`
	Details     map[string]any `json:"details,omitempty"`
}

package gigstack

// SATLists is the page of the SAT's lists of risky taxpayers.
var SATLists = Resource{
	Name:      "sat_lists",
	Doc:       "The SAT's lists of risky taxpayers (69-B and others).",
	Endpoints: []Operation{},
}

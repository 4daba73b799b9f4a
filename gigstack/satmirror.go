package gigstack

// SATMirror is the page of the SAT's own copies of a company's CFDI.
var SATMirror = Resource{
	Name:      "sat_mirror",
	Doc:       "Mirror of every CFDI the SAT holds for the team's RFC, issued or received, wherever it was made.",
	Endpoints: []Operation{},
}

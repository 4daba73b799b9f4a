package gigstack

// Legacy is the page of endpoints of the older documentation that today's has no page for.
var Legacy = Resource{
	Name:      "legacy",
	Doc:       "Endpoints of gigstack's older documentation. Prefer today's tools; these may no longer answer.",
	Endpoints: []Operation{},
}

package gigstack

// Drafts is the page of invoices that are not stamped yet.
var Drafts = Resource{
	Name:      "drafts",
	Doc:       "Draft invoices (pre-facturas): no fiscal effect until stamped.",
	Endpoints: []Operation{},
}

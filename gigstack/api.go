package gigstack

// API is every page of the API, in the order the docs show them.
var API = []Resource{
	Clients,
	Services,
	Invoices,
	Drafts,
	SATMirror,
	Payments,
	Receipts,
	Teams,
	Users,
	Webhooks,
	Retentions,
	SATDownload,
	Auth,
	SATLists,
	Legacy,
	Connect,
}

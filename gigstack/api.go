package gigstack

import "iter"

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

// Operations is every endpoint, with the name of the page it is on, in the order the
// docs show them.
func Operations() iter.Seq2[string, Operation] {
	return func(yield func(string, Operation) bool) {
		for _, resource := range API {
			for _, op := range resource.Endpoints {
				if !yield(resource.Name, op) {
					return
				}
			}
		}
	}
}

// Package gigstack is the gigstack API v2 in Go: Mexican invoices (CFDI 4.0),
// payments, receipts, clients, teams. It knows nothing of MCP.
//
// Every endpoint is one value, declared on the page of the API it belongs to:
//
//	var GetClient = Endpoint[ClientRef, Client]{
//		Name:  "get_client",
//		Route: "GET /clients/{id}",
//		Risk:  risk.Read,
//		Title: "Read a client",
//		Doc:   "Read a client: fiscal data, is_valid (for the SAT), efos (69-B).",
//	}
//
// The HTTP request, the JSON schema, the MCP tool and its annotations, the
// guard's tier, the sandbox route and the docs page are all derived from it.
//
// To add an endpoint: write its value and its input on the page, name it in the
// page's list, answer it in internal/sandbox, and put the documented example
// into testdata/wire.
//
// Where a field of an input goes on the wire follows from the route alone: to
// the path when the route names it in braces, else to the query of a GET, else
// to the JSON body. Optional scalars are pointers, so that false, 0 and ""
// survive. Amounts are [Decimal], in units of their currency (pesos, not cents).
//
// Doc and the doc tags of inputs are read by models, which pay by the word: they say
// only what names, types and closed lists do not. A type whose values all share a unit,
// a form or a catalogue says so once, with a Hint method. What else is worth knowing
// stands in comments, behind the field and in the endpoint's second paragraph; the docs
// page shows both.
package gigstack

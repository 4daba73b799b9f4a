package gigstack

import (
	"time"

	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// Legacy is the page of endpoints of the older documentation that today's has no page for.
var Legacy = Resource{
	Name: "legacy",
	Doc:  "Endpoints of gigstack's older documentation. Prefer today's tools; these may no longer answer.",
	Endpoints: []Operation{
		LegacyPingGet, LegacyPingPost, LegacyPingPut, LegacyPingDelete,
		LegacyListCatalogs, LegacyGetCatalog,
		LegacyCreatePayment, LegacyCreateInvoice, LegacyListInvoices, LegacyGetInvoice, LegacyUpdateReceipt,
	},
}

// The four pings differ in their method only, and none of them changes anything.
var (
	LegacyPingGet = Endpoint[struct{}, Pong]{
		Name:     "legacy_ping_get",
		Route:    "GET /ping",
		Risk:     risk.Read,
		Title:    "Ping (older, GET)",
		Doc:      "Older ping.",
		Teamless: true,
	}
	LegacyPingPost = Endpoint[PingInput, Pong]{
		Name:     "legacy_ping_post",
		Route:    "POST /ping",
		Risk:     risk.Read,
		Title:    "Ping (older, POST)",
		Doc:      "Older ping.",
		Teamless: true,
	}
	LegacyPingPut = Endpoint[PingInput, Pong]{
		Name:     "legacy_ping_put",
		Route:    "PUT /ping",
		Risk:     risk.Read,
		Title:    "Ping (older, PUT)",
		Doc:      "Older ping.",
		Teamless: true,
	}
	LegacyPingDelete = Endpoint[struct{}, Pong]{
		Name:     "legacy_ping_delete",
		Route:    "DELETE /ping",
		Risk:     risk.Read,
		Title:    "Ping (older, DELETE)",
		Doc:      "Older ping.",
		Teamless: true,
	}
)

// PingInput is what a ping carries. gigstack takes any JSON; one word is enough to
// see it come back.
type PingInput struct {
	Hello *string `json:"hello,omitempty"` // any text; may come back in echo
}

// Pong is the answer to a ping.
type Pong struct {
	Message   string   `json:"message,omitempty"`
	Timestamp Moment   `json:"timestamp,omitempty"`
	Version   string   `json:"version,omitempty" doc:"Of the API."`
	Method    string   `json:"method,omitempty"`
	Echo      Metadata `json:"echo,omitempty" doc:"What was sent."`
}

// Moment is a time as the older endpoints write it: 2025-06-01T00:00:00.000Z.
type Moment string

// Pattern is how a moment begins; its zone follows.
func (Moment) Pattern() string { return `^\d{4}-\d\d-\d\dT\d\d:\d\d` }

// Hint is the form.
func (Moment) Hint() string { return "RFC 3339" }

// MomentOf is t in the older form.
func MomentOf(t time.Time) Moment { return Moment(t.UTC().Format("2006-01-02T15:04:05.000Z07:00")) }

// Time reads the moment.
func (m Moment) Time() (time.Time, error) { return time.Parse(time.RFC3339, string(m)) }

// LegacyListCatalogs lists the catalogues, all on one page.
var LegacyListCatalogs = Endpoint[struct{}, Page[LegacyCatalogSummary]]{
	Name:     "legacy_list_catalogs",
	Route:    "GET /catalogs",
	Risk:     risk.Read,
	Title:    "List catalogs (older)",
	Doc:      "Older; read gigstack://catalogs/.",
	Teamless: true,
	Slow:     true,
}

// LegacyGetCatalog reads one catalogue.
var LegacyGetCatalog = Endpoint[LegacyCatalogRef, LegacyCatalog]{
	Name:     "legacy_get_catalog",
	Route:    "GET /catalogs/{id}",
	Risk:     risk.Read,
	Title:    "Read a catalog (older)",
	Doc:      "Older; read gigstack://catalogs/.",
	Teamless: true,
	Slow:     true,
}

// LegacyCatalogRef names one catalogue.
type LegacyCatalogRef struct {
	ID string `json:"id"` // catalog id (legacy_list_catalogs)
}

// LegacyCatalogSummary is a catalogue without its codes.
type LegacyCatalogSummary struct {
	ID          string `json:"id"`
	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"`
}

// LegacyCatalog is a catalogue with its codes.
type LegacyCatalog struct {
	ID     string              `json:"id"`
	Name   string              `json:"name,omitempty"`
	Values []LegacyCatalogCode `json:"values,omitempty"`
}

// LegacyCatalogCode is a code and what it stands for.
type LegacyCatalogCode struct {
	Code string `json:"code"`
	Name string `json:"name,omitempty"`
}

// LegacyAddress is a postal address as the older endpoints know it.
type LegacyAddress struct {
	Street  *string `json:"street,omitempty"` // street and number
	City    *string `json:"city,omitempty"`
	State   *string `json:"state,omitempty"`
	Zip     *string `json:"zip,omitempty"` // postal code of the tax domicile
	Country *string `json:"country,omitempty"`
}

// Today is the address as today's endpoints are told of one.
func (a LegacyAddress) Today() *Address {
	return &Address{Street: a.Street, City: a.City, State: a.State, Zip: a.Zip, Country: a.Country}
}

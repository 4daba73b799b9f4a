package sandbox

import (
	"net/http"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

func (s *Sandbox) routeLegacy() {
	serveLegacy(s, gigstack.LegacyPingGet, func(c *call, _ struct{}) (gigstack.Pong, error) { return c.pong(gigstack.PingInput{}) })
	serveLegacy(s, gigstack.LegacyPingPost, (*call).pong)
	serveLegacy(s, gigstack.LegacyPingPut, (*call).pong)
	serveLegacy(s, gigstack.LegacyPingDelete, func(c *call, _ struct{}) (gigstack.Pong, error) { return c.pong(gigstack.PingInput{}) })
	serveLegacy(s, gigstack.LegacyListCatalogs, (*call).legacyListCatalogs)
	serveLegacy(s, gigstack.LegacyGetCatalog, (*call).legacyGetCatalog)
	serveLegacy(s, gigstack.LegacyCreatePayment, (*call).legacyCreatePayment)
	serveLegacy(s, gigstack.LegacyCreateInvoice, (*call).legacyCreateInvoice)
	serveLegacy(s, gigstack.LegacyListInvoices, (*call).legacyListInvoices)
	serveLegacy(s, gigstack.LegacyGetInvoice, (*call).legacyGetInvoice)
	serveLegacy(s, gigstack.LegacyUpdateReceipt, (*call).legacyUpdateReceipt)
}

// pong answers a ping; all but GET tell their method and what was sent.
func (c *call) pong(in gigstack.PingInput) (gigstack.Pong, error) {
	v := gigstack.Pong{Message: "pong", Timestamp: gigstack.MomentOf(c.now), Version: "2.0.0"}
	if c.request.Method != http.MethodGet {
		v.Method, v.Echo = c.request.Method, object(in)
	}
	return v, nil
}

func (c *call) legacyListCatalogs(struct{}) (v gigstack.Page[gigstack.LegacyCatalogSummary], err error) {
	for _, catalog := range catalogs.Heads() {
		v.Data = append(v.Data, gigstack.LegacyCatalogSummary{ID: catalog.Name, Name: catalog.Title.ES, Description: catalog.Description.ES})
	}
	v.TotalResults = new(len(v.Data))
	return v, nil
}

func (c *call) legacyGetCatalog(in gigstack.LegacyCatalogRef) (v gigstack.LegacyCatalog, err error) {
	catalog, ok := catalogs.Find(in.ID)
	if !ok {
		return v, notFound("Catalog", in.ID)
	}
	v = gigstack.LegacyCatalog{ID: catalog.Name, Name: catalog.Title.ES}
	for _, entry := range catalog.Entries {
		v.Values = append(v.Values, gigstack.LegacyCatalogCode{Code: entry.Code, Name: entry.ES})
	}
	return v, nil
}

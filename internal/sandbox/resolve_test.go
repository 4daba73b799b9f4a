package sandbox

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// aCall is a call in test mode, past authorization, of a team without documents.
func aCall() *call {
	now := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	s := New(Options{Now: func() time.Time { return now }})
	return &call{sandbox: s, team: s.state.teams.byID[TeamStranger], now: now, status: http.StatusOK}
}

func requireRefusal(t *testing.T, err error, status int, words string) {
	t.Helper()
	var refusal *apiError
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, status, refusal.status, refusal.message)
	text := refusal.message
	for _, d := range refusal.details {
		text += " " + d.Field
	}
	require.Contains(t, text, words)
}

func TestResolveClient(t *testing.T) {
	c := aCall()
	fields := gigstack.ClientFields{
		Name: new("Karla"), Email: new("karla@example.mx"), LegalName: new("KARLA FUENTE NOLASCO"), TaxID: new(gigstack.RFC("FUNK671228PH6")),
		TaxSystem: new(gigstack.TaxSystem("612")), Address: &gigstack.Address{Zip: new("27410")},
	}
	search := func(key gigstack.ClientSearchKey, value string) *gigstack.ClientSearch {
		return &gigstack.ClientSearch{OnKey: key, OnValue: value}
	}
	_, err := c.resolveClient(gigstack.ClientInput{Search: search("tax_id", "FUNK671228PH6"), ClientFields: fields})
	requireRefusal(t, err, 404, "FUNK671228PH6")
	_, err = c.resolveClient(gigstack.ClientInput{})
	requireRefusal(t, err, 400, "at least one of")
	_, err = c.resolveClient(gigstack.ClientInput{ID: new("client_no")})
	requireRefusal(t, err, 404, "client_no")

	create := search("tax_id", "FUNK671228PH6")
	create.AutoCreate = new(true)
	karla, err := c.resolveClient(gigstack.ClientInput{Search: create, ClientFields: fields})
	require.NoError(t, err)
	assert.True(t, *karla.IsValid)
	again, err := c.resolveClient(gigstack.ClientInput{Search: create, ClientFields: fields})
	require.NoError(t, err)
	assert.Same(t, karla, again, "found, not created twice")
	byID, err := c.resolveClient(gigstack.ClientInput{ID: &karla.ID})
	require.NoError(t, err)
	assert.Same(t, karla, byID)
	_, err = c.resolveClient(gigstack.ClientInput{ID: &karla.ID, Search: create})
	requireRefusal(t, err, 400, "not both")

	before := *karla // as a document would keep it
	update := search("email", "KARLA@example.mx")
	update.Update = new(true)
	changed, err := c.resolveClient(gigstack.ClientInput{Search: update, ClientFields: gigstack.ClientFields{Address: &gigstack.Address{City: new("Torreón")}, TaxSystem: new(gigstack.TaxSystem("601"))}})
	require.NoError(t, err)
	assert.Equal(t, "27410", *changed.Address.Zip, "members that were not sent survive")
	assert.False(t, *changed.IsValid, "reviewed again")
	assert.Nil(t, before.Address.City, "a copy does not change with the client")
	assert.True(t, *before.IsValid)

	_, err = c.resolveClient(gigstack.ClientInput{ClientFields: fields})
	require.NoError(t, err)
	_, err = c.resolveClient(gigstack.ClientInput{Search: search("name", "karla")})
	requireRefusal(t, err, 409, "More than one")
}

func TestResolveItems(t *testing.T) {
	dec := func(s string) *gigstack.Decimal { return new(gigstack.Dec(s)) }
	iva := []gigstack.TaxInput{{Type: "iva", Rate: gigstack.Dec("0.16")}}
	c := aCall()
	service, err := c.createService(gigstack.CreateServiceInput{Description: "Consultoría", UnitPrice: gigstack.Dec("500"), SKU: new("CON-1"), ProductKey: new(gigstack.ProductKey("80101507")), Taxes: iva})
	require.NoError(t, err)

	items, totals, err := c.resolveItems([]gigstack.ItemInput{
		{ID: &service.ID, Quantity: dec("2")},
		{Search: &gigstack.ItemSearch{OnKey: "sku", OnValue: "con-1"}, UnitPrice: dec("100"), Description: new("Con otro precio")},
		{Description: new("Suelto"), UnitPrice: dec("116"), Discount: dec("50"), Taxes: []gigstack.TaxInput{{Type: "IVA", Rate: gigstack.Dec("0.16"), Inclusive: new(true)}}},
	})
	require.NoError(t, err)
	assert.Equal(t, "1200", totals.Subtotal.String())
	assert.Equal(t, "184", totals.Transferred.String())
	assert.Equal(t, "1334", totals.Total.String())
	assert.Equal(t, service.ID, items[0].ID)
	assert.Equal(t, "80101507", items[1].ProductKey)
	assert.Equal(t, "Con otro precio", items[1].Description)
	assert.Equal(t, gigstack.Item{Description: "Suelto", Quantity: gigstack.Dec("1"), UnitPrice: gigstack.Dec("116"), Discount: dec("50"), ProductKey: "80141503", UnitKey: "E48",
		UnitName: "Servicio", Taxability: "02", Taxes: []gigstack.Tax{{Type: "IVA", Rate: gigstack.Dec("0.16"), Factor: "Tasa", Base: "01", Inclusive: true}}}, items[2])

	created := gigstack.ItemInput{Search: &gigstack.ItemSearch{OnKey: "description", OnValue: "Nuevo", AutoCreate: new(true)}, UnitPrice: dec("10"), Taxes: iva}
	items, _, err = c.resolveItems([]gigstack.ItemInput{created, created})
	require.NoError(t, err)
	assert.NotEmpty(t, items[0].ID)
	assert.Equal(t, items[0].ID, items[1].ID, "one service for both lines")
	assert.Len(t, c.world().services.rows, 2)
}

func TestResolveItemsRefuses(t *testing.T) {
	dec := func(s string) *gigstack.Decimal { return new(gigstack.Dec(s)) }
	tax := func(kind gigstack.TaxType, rate string) gigstack.TaxInput {
		return gigstack.TaxInput{Type: kind, Rate: gigstack.Dec(rate)}
	}
	withheld := func(t gigstack.TaxInput) gigstack.TaxInput { t.Withholding = new(true); return t }
	base := func(change func(*gigstack.ItemInput)) []gigstack.ItemInput {
		in := gigstack.ItemInput{Description: new("Línea"), UnitPrice: dec("100"), Taxes: []gigstack.TaxInput{tax("IVA", "0.16")}}
		change(&in)
		return []gigstack.ItemInput{in}
	}
	for name, test := range map[string]struct {
		in     []gigstack.ItemInput
		status int
		words  string
	}{
		"no lines":             {nil, 400, "at least one line"},
		"no description":       {base(func(in *gigstack.ItemInput) { in.Description = new(" ") }), 400, "items[0].description"},
		"no price":             {base(func(in *gigstack.ItemInput) { in.UnitPrice = nil }), 400, "items[0].unit_price"},
		"negative price":       {base(func(in *gigstack.ItemInput) { in.UnitPrice = dec("-1") }), 400, "negative"},
		"price of nothing":     {base(func(in *gigstack.ItemInput) { in.UnitPrice = dec("0") }), 422, "CFDI40166"},
		"no quantity":          {base(func(in *gigstack.ItemInput) { in.Quantity = dec("0") }), 400, "items[0].quantity"},
		"negative discount":    {base(func(in *gigstack.ItemInput) { in.Discount = dec("-1") }), 400, "negative"},
		"discount above price": {base(func(in *gigstack.ItemInput) { in.Discount = dec("100.01") }), 422, "CFDI40169"},
		"tax on nothing":       {base(func(in *gigstack.ItemInput) { in.Discount = dec("100") }), 422, "CFDI40174"},
		"subject without tax":  {base(func(in *gigstack.ItemInput) { in.Taxes = nil }), 422, "CFDI40171"},
		"not subject with tax": {base(func(in *gigstack.ItemInput) { in.Taxability = new(gigstack.Taxability("01")) }), 422, "CFDI40172"},
		"07 with IVA":          {base(func(in *gigstack.ItemInput) { in.Taxability = new(gigstack.Taxability("07")) }), 422, "CFDI40172"},
		"08 with a transfer":   {base(func(in *gigstack.ItemInput) { in.Taxability = new(gigstack.Taxability("08")) }), 422, "CFDI40172"},
		"percent for fraction": {base(func(in *gigstack.ItemInput) { in.Taxes = []gigstack.TaxInput{tax("IVA", "16")} }), 422, "CFDI40179"},
		"ISR as a transfer":    {base(func(in *gigstack.ItemInput) { in.Taxes = []gigstack.TaxInput{tax("ISR", "0.1")} }), 422, "CFDI40179"},
		"too much withheld":    {base(func(in *gigstack.ItemInput) { in.Taxes = []gigstack.TaxInput{withheld(tax("ISR", "0.36"))} }), 422, "CFDI40185"},
		"an unknown tax":       {base(func(in *gigstack.ItemInput) { in.Taxes = []gigstack.TaxInput{tax("VAT", "0.2")} }), 400, "VAT"},
		"exempt withholding": {base(func(in *gigstack.ItemInput) {
			in.Taxes = []gigstack.TaxInput{withheld(tax("ISR", "0"))}
			in.Taxes[0].Factor = new(gigstack.TaxFactor("Exento"))
		}), 422, "CFDI40184"},
		"an unknown service": {base(func(in *gigstack.ItemInput) { in.ID = new("service_no") }), 404, "service_no"},
		"nothing found":      {base(func(in *gigstack.ItemInput) { in.Search = &gigstack.ItemSearch{OnKey: "sku", OnValue: "NO-1"} }), 404, "NO-1"},
		"searched by price":  {base(func(in *gigstack.ItemInput) { in.Search = &gigstack.ItemSearch{OnKey: "price", OnValue: "1"} }), 400, "on_key"},
	} {
		t.Run(name, func(t *testing.T) {
			c := aCall()
			_, err := c.createService(gigstack.CreateServiceInput{Description: "Otro", UnitPrice: gigstack.Dec("1")})
			require.NoError(t, err)
			_, _, err = c.resolveItems(test.in)
			requireRefusal(t, err, test.status, test.words)
			assert.Len(t, c.world().services.rows, 1, "nothing was added")
		})
	}
}

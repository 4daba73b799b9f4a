package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// herreria is a client whom the SAT accepts.
func herreria() gigstack.ClientFields {
	return gigstack.ClientFields{
		Name: new("Herrería"), Email: new("pagos@herreria.example.mx"), LegalName: new("HERRERIA & ELECTRICOS"), TaxID: new(gigstack.RFC("H&E951128469")),
		TaxSystem: new(gigstack.TaxSystem("601")), Address: &gigstack.Address{Zip: new("06002")},
	}
}

func TestClients(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, true, "admin")
	created, err := gigstack.CreateClient.Call(t.Context(), c, gigstack.CreateClientInput{ClientFields: herreria()})
	require.NoError(t, err)
	assert.True(t, *created.IsValid)
	assert.True(t, *created.Livemode)
	assert.Equal(t, "G03", created.Use)
	assert.Equal(t, "MEX", *created.Address.Country)

	read, err := gigstack.GetClient.Call(t.Context(), c, gigstack.ClientRef{ID: created.ID})
	require.NoError(t, err)
	assert.Equal(t, created, read)

	_, err = gigstack.GetClient.Call(t.Context(), b.client(t, sandbox.TeamKemper, false, "admin"), gigstack.ClientRef{ID: created.ID})
	requireRefusal(t, err, http.StatusNotFound, "resource_not_found") // test mode does not see live clients

	updated, err := gigstack.UpdateClient.Call(t.Context(), c, gigstack.UpdateClientInput{ID: created.ID, ClientFields: gigstack.ClientFields{
		LegalName: new("HERRERIA & ELECTRICOS SA DE CV"), Address: &gigstack.Address{City: new("CDMX")}, Defaults: &gigstack.ClientDefaults{IssueAutomaticInvoices: new(true)},
	}})
	require.NoError(t, err)
	assert.False(t, *updated.IsValid, "reviewed again")
	assert.Contains(t, updated.FiscalValidation.Message, "suffix")
	assert.Equal(t, "06002", *updated.Address.Zip)
	assert.True(t, *updated.Defaults.IssueAutomaticInvoices)
	assert.True(t, *updated.Defaults.IssueInvoiceableReceipts)

	_, err = gigstack.UpdateClient.Call(t.Context(), c, gigstack.UpdateClientInput{ID: created.ID, ClientFields: gigstack.ClientFields{TaxID: new(gigstack.RFC("H&E95")), Name: new("Otro")}})
	requireRefusal(t, err, http.StatusBadRequest, "validation_failed")
	read, err = gigstack.GetClient.Call(t.Context(), c, gigstack.ClientRef{ID: created.ID})
	require.NoError(t, err)
	assert.Equal(t, updated, read, "a refused update changes nothing")

	_, err = gigstack.DeleteClient.Call(t.Context(), b.client(t, sandbox.TeamKemper, true, "editor"), gigstack.ClientRef{ID: created.ID})
	requireRefusal(t, err, http.StatusForbidden, "insufficient_permissions")
	_, err = gigstack.DeleteClient.Call(t.Context(), c, gigstack.ClientRef{ID: created.ID})
	require.NoError(t, err)
	for name, call := range map[string]func() error{
		"get": func() error {
			_, err := gigstack.GetClient.Call(t.Context(), c, gigstack.ClientRef{ID: created.ID})
			return err
		},
		"delete": func() error {
			_, err := gigstack.DeleteClient.Call(t.Context(), c, gigstack.ClientRef{ID: created.ID})
			return err
		},
		"validate": func() error {
			_, err := gigstack.ValidateClient.Call(t.Context(), c, gigstack.ClientRef{ID: created.ID})
			return err
		},
		"update": func() error {
			_, err := gigstack.UpdateClient.Call(t.Context(), c, gigstack.UpdateClientInput{ID: created.ID})
			return err
		},
		"portal": func() error {
			_, err := gigstack.CreateClientPortalLink.Call(t.Context(), c, gigstack.PortalLinkInput{ID: &created.ID})
			return err
		},
	} {
		t.Run(name+" after delete", func(t *testing.T) { requireRefusal(t, call(), http.StatusNotFound, "resource_not_found") })
	}
}

// The upsert's four answers, whose statuses are documented.
func TestCreateClientWithSearch(t *testing.T) {
	b := start(t, sandbox.Options{})
	key := b.NewKey(sandbox.TeamStranger, false, "editor")
	post := func(body string) (status int, client gigstack.Client) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/clients", strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+key)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		var answer struct{ Data gigstack.Client }
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&answer))
		return resp.StatusCode, answer.Data
	}
	const search = `"search":{"on_key":"tax_id","on_value":"KIJ0906199R1"`
	status, created := post(`{"name":"KIJ","tax_id":"KIJ0906199R1",` + search + `}}`)
	assert.Equal(t, http.StatusCreated, status)
	status, found := post(`{"name":"Otro",` + search + `}}`)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, created, found)
	status, changed := post(`{"name":"Otro",` + search + `,"update":true}}`)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, created.ID, changed.ID)
	assert.Equal(t, "Otro", changed.Name)
	status, second := post(`{"name":"KIJ","tax_id":"KIJ0906199R1"}`)
	assert.Equal(t, http.StatusCreated, status)
	assert.NotEqual(t, created.ID, second.ID)
	status, _ = post(`{"name":"KIJ",` + search + `}}`)
	assert.Equal(t, http.StatusConflict, status)
	for name, body := range map[string]string{
		"nothing to go by":   `{"phone":"55"}`,
		"an unknown key":     `{"name":"A","search":{"on_key":"phone","on_value":"55"}}`,
		"an empty value":     `{"name":"A","search":{"on_key":"email","on_value":""}}`,
		"an unknown field":   `{"name":"A","surname":"B"}`,
		"auto_create":        `{"name":"A","search":{"on_key":"name","on_value":"A","auto_create":true}}`,
		"no RFC":             `{"name":"A","tax_id":"XX"}`,
		"a wrong type":       `{"name":1}`,
		"something after it": `{"name":"A"} {}`,
	} {
		t.Run(name, func(t *testing.T) {
			status, _ := post(body)
			assert.Equal(t, http.StatusBadRequest, status)
		})
	}
}

func TestValidateClient(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "editor")
	individual := gigstack.ClientFields{LegalName: new("CECILIA MIRANDA SANCHEZ"), TaxID: new(gigstack.RFC("MISC491214B86")), TaxSystem: new(gigstack.TaxSystem("612")), Address: &gigstack.Address{Zip: new("01010")}}
	generic := func(system string) gigstack.ClientFields {
		return gigstack.ClientFields{LegalName: new("PUBLICO EN GENERAL"), TaxID: new(gigstack.RFC("XAXX010101000")), TaxSystem: new(gigstack.TaxSystem(system)), Address: &gigstack.Address{Zip: new("42501")}}
	}
	changed := func(base gigstack.ClientFields, change func(*gigstack.ClientFields)) gigstack.ClientFields {
		change(&base)
		return base
	}
	for name, test := range map[string]struct {
		fields  gigstack.ClientFields
		message string // "OK" when the SAT accepts
	}{
		"a company":          {herreria(), "OK"},
		"an individual":      {individual, "OK"},
		"the general public": {generic("616"), "OK"},
		"a foreigner": {changed(generic("616"), func(f *gigstack.ClientFields) {
			f.TaxID, f.LegalName = new(gigstack.RFC("XEXX010101000")), new("ACME INC")
		}), "OK"},
		"only a name":        {gigstack.ClientFields{Name: new("Alguien")}, "no RFC"},
		"check digit":        {changed(herreria(), func(f *gigstack.ClientFields) { f.TaxID = new(gigstack.RFC("H&E951128468")) }), "CFDI40143"},
		"the docs' example":  {changed(individual, func(f *gigstack.ClientFields) { f.TaxID = new(gigstack.RFC("PEGJ800101ABC")) }), "CFDI40143"},
		"no legal name":      {changed(herreria(), func(f *gigstack.ClientFields) { f.LegalName = nil }), "CFDI40145"},
		"lower case":         {changed(herreria(), func(f *gigstack.ClientFields) { f.LegalName = new("Herreria & Electricos") }), "CFDI40145"},
		"company suffix":     {changed(herreria(), func(f *gigstack.ClientFields) { f.LegalName = new("HERRERIA & ELECTRICOS, S.A. DE C.V.") }), "CFDI40145"},
		"a name like suffix": {changed(individual, func(f *gigstack.ClientFields) { f.LegalName = new("CECILIA MIRANDA SC") }), "OK"},
		"a person's regime":  {changed(herreria(), func(f *gigstack.ClientFields) { f.TaxSystem = new(gigstack.TaxSystem("612")) }), "CFDI40158"},
		"a company's regime": {changed(individual, func(f *gigstack.ClientFields) { f.TaxSystem = new(gigstack.TaxSystem("601")) }), "CFDI40158"},
		"public with 612":    {generic("612"), "CFDI40158"},
		"no regime":          {changed(herreria(), func(f *gigstack.ClientFields) { f.TaxSystem = nil }), "CFDI40158"},
		"no address":         {changed(herreria(), func(f *gigstack.ClientFields) { f.Address = nil }), "CFDI40148"},
		"a strange zip":      {changed(herreria(), func(f *gigstack.ClientFields) { f.Address = &gigstack.Address{Zip: new("6002")} }), "CFDI40148"},
	} {
		t.Run(name, func(t *testing.T) {
			created, err := gigstack.CreateClient.Call(t.Context(), c, gigstack.CreateClientInput{ClientFields: test.fields})
			require.NoError(t, err)
			client, err := gigstack.ValidateClient.Call(t.Context(), c, gigstack.ClientRef{ID: created.ID})
			require.NoError(t, err)
			assert.Equal(t, test.message == "OK", *client.IsValid)
			assert.Contains(t, client.FiscalValidation.Message, test.message)
			assert.True(t, client.EFOS.IsValid)
			assert.Empty(t, client.SATStatus.Hits)
		})
	}
	t.Run("on the 69-B list", func(t *testing.T) {
		created, err := gigstack.CreateClient.Call(t.Context(), c, gigstack.CreateClientInput{ClientFields: changed(herreria(), func(f *gigstack.ClientFields) { f.TaxID = new(gigstack.RFC(sandbox.ListedRFC)) })})
		require.NoError(t, err)
		b.advance(time.Hour)
		client, err := gigstack.ValidateClient.Call(t.Context(), c, gigstack.ClientRef{ID: created.ID})
		require.NoError(t, err)
		assert.True(t, *client.IsValid, "the SAT registers it all the same")
		assert.False(t, client.EFOS.IsValid)
		assert.True(t, client.SATStatus.IsRisky)
		require.Len(t, client.SATStatus.Hits, 1)
		assert.Equal(t, "69-B", client.SATStatus.Hits[0].List)
		assert.Equal(t, created.SATStatus.CheckedAt+3600, client.SATStatus.CheckedAt)
	})
}

func TestPortalLink(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "editor")
	client, err := gigstack.CreateClient.Call(t.Context(), c, gigstack.CreateClientInput{ClientFields: herreria()})
	require.NoError(t, err)
	byID, err := gigstack.CreateClientPortalLink.Call(t.Context(), c, gigstack.PortalLinkInput{ID: &client.ID})
	require.NoError(t, err)
	byEmail, err := gigstack.CreateClientPortalLink.Call(t.Context(), c, gigstack.PortalLinkInput{Email: &client.Email})
	require.NoError(t, err)
	assert.NotEqual(t, string(byID.URL), string(byEmail.URL))
	assert.EqualValues(t, int64(client.CreatedAt)+5*24*3600, byID.ExpiresAt)
	var printed bytes.Buffer
	fmt.Fprintf(&printed, "%v %+v %#v %s %q", byID.URL, byID, byID, byID.URL, byID.URL)
	assert.NotContains(t, printed.String(), "token=")

	for name, test := range map[string]struct {
		in     gigstack.PortalLinkInput
		status int
		code   string
	}{
		"neither":          {gigstack.PortalLinkInput{}, http.StatusBadRequest, "validation_failed"},
		"both":             {gigstack.PortalLinkInput{ID: &client.ID, Email: &client.Email}, http.StatusBadRequest, "validation_failed"},
		"an unknown id":    {gigstack.PortalLinkInput{ID: new("client_no")}, http.StatusNotFound, "resource_not_found"},
		"an unknown email": {gigstack.PortalLinkInput{Email: new("nadie@example.mx")}, http.StatusNotFound, "resource_not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gigstack.CreateClientPortalLink.Call(t.Context(), c, test.in)
			requireRefusal(t, err, test.status, test.code)
		})
	}
}

// Paging by cursor and by number, dates in both spellings, order.
func TestListClients(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "editor")
	began := b.clock.Load() / int64(time.Second)
	for i := range 25 {
		in := gigstack.ClientFields{Name: new(fmt.Sprintf("Cliente %02d", (i*7)%25)), Metadata: gigstack.Metadata{"third": i%3 == 0}}
		_, err := gigstack.CreateClient.Call(t.Context(), c, gigstack.CreateClientInput{ClientFields: in})
		require.NoError(t, err)
		b.advance(time.Hour)
	}
	names := func(in gigstack.ListClientsInput) (names []string) {
		t.Helper()
		for client, err := range gigstack.Each(t.Context(), c, gigstack.ListClients, in) {
			require.NoError(t, err)
			names = append(names, client.Name)
		}
		return names
	}
	assert.Len(t, names(gigstack.ListClientsInput{}), 25)
	assert.Equal(t, "Cliente 18", names(gigstack.ListClientsInput{})[0], "newest first")
	order, sort := gigstack.ListOrder("name"), gigstack.SortDirection("asc")
	byName := names(gigstack.ListClientsInput{ListFilter: gigstack.ListFilter{OrderBy: &order, Sort: &sort}})
	assert.IsIncreasing(t, byName)
	assert.Len(t, names(gigstack.ListClientsInput{Paging: gigstack.Paging{Limit: new(4)}, ListFilter: gigstack.ListFilter{Metadata: gigstack.MetadataFilter{"third": "true"}}}), 9)
	assert.Len(t, names(gigstack.ListClientsInput{ListFilter: gigstack.ListFilter{
		CreatedGTE: new(gigstack.Since(began + 3600)), CreatedLTE: new(gigstack.Until(began + 3*3600)),
	}}), 3, "both ends count")

	first, err := gigstack.ListClients.Call(t.Context(), c, gigstack.ListClientsInput{})
	require.NoError(t, err)
	assert.Len(t, first.Data, 10)
	assert.Equal(t, 25, *first.TotalResults)
	for _, spelling := range []string{"created[gte]", "created_gte"} {
		t.Run(spelling, func(t *testing.T) {
			assert.Len(t, get(t, b, "/clients?limit=100&"+spelling+"="+fmt.Sprint(began+20*3600)), 5)
		})
	}
	for _, spelling := range []string{"metadata.third", "metadata_third"} {
		t.Run(spelling, func(t *testing.T) {
			assert.Len(t, get(t, b, "/clients?limit=4&page=3&"+spelling+"=true"), 1)
		})
	}
	for name, in := range map[string]gigstack.ListClientsInput{
		"no page":           {Paging: gigstack.Paging{Limit: new(0)}},
		"too large a page":  {Paging: gigstack.Paging{Limit: new(101)}},
		"a strange cursor":  {Paging: gigstack.Paging{Next: new("abc")}},
		"cursor for number": {Paging: gigstack.Paging{Next: &first.Next}, ListFilter: gigstack.ListFilter{Metadata: gigstack.MetadataFilter{"a": "b"}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gigstack.ListClients.Call(t.Context(), c, in)
			requireRefusal(t, err, http.StatusBadRequest, "validation_failed")
		})
	}
}

// get reads a list as a client that spells its own query.
func get(t *testing.T, b *bench, path string) (data []json.RawMessage) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+path, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+b.NewKey(sandbox.TeamStranger, false, "viewer"))
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	var answer struct{ Data []json.RawMessage }
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&answer))
	return answer.Data
}

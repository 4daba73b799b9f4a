package tools_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/prompts"
	"github.com/gigstack/gigstack-mcp/tools"
)

var catalogues = []string{
	"tax-regimes", "payment-forms", "cfdi-uses", "payment-methods", "months", "relationships", "retention-keys", "currencies", "countries", "states",
	"document-types", "exports", "taxes", "factors", "rates", "taxabilities", "tax-presets", "periodicities", "cancellation-motives", "generic-rfcs",
	"payment-chains", "retention-taxes", "retention-payment-types", "dividend-types", "payee-types", "platform-periodicities",
	"product-keys", "unit-keys",
}

// read reads a resource as JSON.
func (a *agent) read(t *testing.T, uri string) (v any, err error) {
	t.Helper()
	r, err := a.ReadResource(t.Context(), mcp.ReadResourceRequest{Params: mcp.ReadResourceParams{URI: uri}})
	if err != nil {
		return nil, err
	}
	require.Len(t, r.Contents, 1)
	text := r.Contents[0].(mcp.TextResourceContents)
	assert.Equal(t, uri, text.URI)
	assert.Equal(t, "application/json", text.MIMEType)
	require.NoError(t, json.Unmarshal([]byte(text.Text), &v))
	return v, nil
}

func TestCatalogues(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		a := newStand(t, setting{}).agent(t, era, nil)
		list, err := a.ListResources(t.Context(), mcp.ListResourcesRequest{})
		require.NoError(t, err)
		var uris []string
		for _, r := range list.Resources {
			uris = append(uris, r.URI)
			assert.NotEmpty(t, r.Description)
		}
		for _, name := range catalogues {
			uri := "gigstack://catalogs/" + name
			assert.Contains(t, uris, uri)
			v, err := a.read(t, uri)
			require.NoError(t, err)
			assert.Equal(t, name, v.(map[string]any)["name"])
			assert.NotEmpty(t, v.(map[string]any)["entries"])
		}
		assert.Len(t, uris, len(catalogues)+2, "and the audit, and the team")
	})
}

func TestCatalogueCodes(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		a := newStand(t, setting{}).agent(t, era, nil)
		templates, err := a.ListResourceTemplates(t.Context(), mcp.ListResourceTemplatesRequest{})
		require.NoError(t, err)
		assert.Len(t, templates.ResourceTemplates, 4, "catalogues, their codes, files, invoices")
		for uri, code := range map[string]string{
			"gigstack://catalog-codes/cfdi-uses/G03":       "G03",
			"gigstack://catalog-codes/cfdi-uses/g03":       "G03",
			"gigstack://catalog-codes/tax-regimes/601":     "601",
			"gigstack://catalog-codes/payment-methods/PUE": "PUE",
			"gigstack://catalog-codes/countries/mex":       "MEX",
			"gigstack://catalog-codes/factors/Tasa":        "Tasa",
			"gigstack://catalog-codes/tax-presets/iva16":   "iva16",
		} {
			v, err := a.read(t, uri)
			require.NoError(t, err, uri)
			assert.Equal(t, code, v.(map[string]any)["code"])
			assert.Contains(t, v, "es")
		}
		for _, uri := range []string{
			"gigstack://catalogs/nothing", "gigstack://catalog-codes/cfdi-uses/ZZ9", "gigstack://catalog-codes/nothing/G03",
			"gigstack://catalog-codes/cfdi-uses/", "gigstack://elsewhere/x",
		} {
			_, err := a.read(t, uri)
			require.Error(t, err, uri)
			assert.ErrorContains(t, err, "not found", uri)
		}
	})
}

func TestResourceCompletion(t *testing.T) {
	const names, codes = "gigstack://catalogs/{name}", "gigstack://catalog-codes/{name}/{code}"
	inBothEras(t, func(t *testing.T, era string) {
		a := newStand(t, setting{}).agent(t, era, nil)
		for name, c := range map[string]struct {
			template, argument, value, catalog string
			has                                []string
			exactly                            bool
		}{
			"all names":        {names, "name", "", "", catalogues, true},
			"a name":           {names, "name", "payment-", "", []string{"payment-forms", "payment-methods", "payment-chains"}, true},
			"a name, shouted":  {names, "name", "PAY", "", []string{"payment-forms"}, false},
			"name of a code":   {codes, "name", "tax-r", "", []string{"tax-regimes"}, true},
			"codes":            {codes, "code", "G0", "cfdi-uses", []string{"G01", "G02", "G03"}, true},
			"small letters":    {codes, "code", "pu", "payment-methods", []string{"PUE"}, true},
			"Spanish":          {codes, "code", "gastos en general", "cfdi-uses", []string{"G03"}, false},
			"without accents":  {codes, "code", "nomina", "cfdi-uses", []string{"CN01"}, false},
			"with accents":     {codes, "code", "nómina", "cfdi-uses", []string{"CN01"}, false},
			"English":          {codes, "code", "payroll", "cfdi-uses", []string{"CN01"}, false},
			"cash":             {codes, "code", "cash", "payment-forms", []string{"01"}, false},
			"a currency":       {codes, "code", "peso mexicano", "currencies", []string{"MXN"}, true},
			"a country":        {codes, "code", "estados unidos", "countries", []string{"USA"}, false},
			"a state":          {codes, "code", "nuevo leon", "states", []string{"NLE"}, true},
			"no catalogue yet": {codes, "code", "G0", "", nil, true},
			"no such code":     {codes, "code", "zzz", "cfdi-uses", nil, true},
			"no such argument": {codes, "what", "", "cfdi-uses", nil, true},
		} {
			t.Run(name, func(t *testing.T) {
				request := mcp.CompleteRequest{}
				request.Params.Ref = mcp.ResourceReference{Type: "ref/resource", URI: c.template}
				request.Params.Argument = mcp.CompleteArgument{Name: c.argument, Value: c.value}
				if c.catalog != "" {
					request.Params.Context = mcp.CompleteContext{Arguments: map[string]string{"name": c.catalog}}
				}
				r, err := a.Complete(t.Context(), request)
				require.NoError(t, err)
				assert.Subset(t, r.Completion.Values, c.has)
				assert.Equal(t, len(r.Completion.Values), r.Completion.Total)
				if c.exactly {
					assert.ElementsMatch(t, c.has, r.Completion.Values)
				}
			})
		}
	})
}

func TestPrompts(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		a := s.agent(t, era, nil)
		list, err := a.ListPrompts(t.Context(), mcp.ListPromptsRequest{})
		require.NoError(t, err)
		require.Len(t, list.Prompts, 12)
		for _, p := range list.Prompts {
			assert.NotEmpty(t, p.Description)
			given := map[string]string{}
			for _, argument := range p.Arguments {
				if argument.Required {
					given[argument.Name] = "canary"
				}
			}
			r, err := a.GetPrompt(t.Context(), mcp.GetPromptRequest{Params: mcp.GetPromptParams{Name: p.Name, Arguments: given}})
			require.NoError(t, err)
			require.Len(t, r.Messages, 1)
			if len(given) > 0 {
				assert.Contains(t, r.Messages[0].Content.(mcp.TextContent).Text, "canary")
			}
		}
		_, err = a.GetPrompt(t.Context(), mcp.GetPromptRequest{Params: mcp.GetPromptParams{Name: "nothing"}})
		assert.Error(t, err)
		known := tools.Discovery.Names()
		for _, tool := range s.tools.List() {
			known = append(known, tool.Name)
		}
		for _, name := range prompts.ToolNames() {
			assert.True(t, slices.Contains(known, name), "a prompt names %s, which is no tool", name)
		}
	})
}

package tools_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// contract is the output schemas that the tools promise, by name.
type contract map[string]*jsonschema.Schema

func contractOf(t *testing.T, a *agent) contract {
	t.Helper()
	list, err := a.ListTools(t.Context(), mcp.ListToolsRequest{})
	require.NoError(t, err)
	promised := contract{}
	for _, tool := range list.Tools {
		doc, err := jsonschema.UnmarshalJSON(newReader(jsonOf(t, tool)))
		require.NoError(t, err)
		c := jsonschema.NewCompiler()
		require.NoError(t, c.AddResource("tool.json", doc.(map[string]any)["outputSchema"]))
		promised[tool.Name], err = c.Compile("tool.json")
		require.NoError(t, err, tool.Name)
	}
	return promised
}

// holds fails the test when a result is not what its tool promised.
func (c contract) holds(t *testing.T, tool string, r result) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(newReader(r.text))
	require.NoError(t, err)
	require.NoError(t, c[tool].Validate(doc), "%s answered %s", tool, r.text)
}

// errand is one call of a tool; args is made when its turn comes, from what
// there is by then.
type errand struct {
	tool string
	args func(*desk) args
}

// desk is where errands find the ids they need.
type desk struct {
	t *testing.T
	a *agent

	client, service, receipt, payment, invoice, draft, webhook, user string
}

// id finds the id of something in a list. A desk without an agent has one for
// everything.
func (d *desk) id(tool string, with args, member string, wanted any) string {
	if d.a == nil {
		return "id_1"
	}
	object := d.a.first(d.t, tool, with, member, wanted)
	for _, name := range []string{"uuid", "id"} {
		if id, ok := object[name].(string); ok {
			return id
		}
	}
	d.t.Fatal(tool, "has no id")
	return ""
}

// sold is the id of a new document of the usual sale.
func (d *desk) sold(tool string) string {
	if d.a == nil {
		return "id_1"
	}
	return d.a.confirmed(d.t, tool, d.sale()).id()
}

func (d *desk) sale() args {
	return args{
		"client":       args{"id": d.client},
		"items":        []any{args{"description": "Curso", "unit_price": 1500, "quantity": 2, "taxes": []any{args{"type": "IVA", "rate": 0.16}}}},
		"payment_form": "03",
	}
}

// errands is a sensible call of every endpoint, in an order that works.
func errands() []errand {
	team := args{"id": sandbox.TeamKemper}
	fixed := func(a args) func(*desk) args { return func(*desk) args { return a } }
	return []errand{
		{"list_clients", fixed(args{"limit": 2, "sort": "asc"})},
		{"get_client", func(d *desk) args { return args{"id": d.client} }},
		{"create_client", fixed(args{"name": "Nueva", "email": "nueva@example.mx", "metadata": args{"a": args{"b": 1}}})},
		{"update_client", func(d *desk) args { return args{"id": d.client, "phone": "+525555550111"} }},
		{"validate_client", func(d *desk) args { return args{"id": d.client} }},
		{"create_client_portal_link", func(d *desk) args { return args{"id": d.client} }},
		{"stamp_client_pending_receipts", func(d *desk) args {
			d.sold("create_receipt")
			return args{"id": d.client}
		}},
		{"create_service", fixed(args{"description": "Renta", "unit_price": "99.90", "taxes": []any{args{"type": "IVA", "rate": 0.16}}})},
		{"list_services", fixed(nil)},
		{"get_service", func(d *desk) args { return args{"id": d.service} }},
		{"update_service", func(d *desk) args { return args{"id": d.service, "unit_price": 120} }},
		{"delete_service", func(d *desk) args { return args{"id": d.service} }},
		{"list_income_invoices", fixed(args{"limit": 3})},
		{"create_income_invoice", func(d *desk) args { return d.sale().with("return_files_urls", true) }},
		{"get_income_invoice", func(d *desk) args { return args{"id": d.invoice} }},
		{"get_invoice_files", func(d *desk) args { return args{"id": d.invoice} }},
		{"create_egress_invoice", func(d *desk) args {
			return d.sale().with("related_documents", []any{args{"relationship": "01", "documents": []any{d.invoice}}})
		}},
		{"list_egress_invoices", fixed(nil)},
		{"get_egress_invoice", func(d *desk) args { return args{"id": d.id("list_egress_invoices", nil, "", nil)} }},
		{"cancel_invoice", func(d *desk) args {
			return args{"id": d.sold("create_income_invoice"), "motive": "02"}
		}},
		{"create_draft_invoice", func(d *desk) args { return d.sale().with("invoice_type", "I") }},
		{"list_draft_invoices", fixed(args{"limit": 2})},
		{"get_draft_invoice", func(d *desk) args { return args{"id": d.draft} }},
		{"update_draft_invoice", func(d *desk) args { return d.sale().with("id", d.draft).with("payment_form", "01") }},
		{"preview_draft_invoice", func(d *desk) args { return args{"id": d.draft} }},
		{"stamp_draft_invoice", func(d *desk) args { return args{"id": d.draft} }},
		{"delete_draft_invoice", func(d *desk) args { return args{"id": d.id("list_draft_invoices", nil, "", nil)} }},
		{"list_payments", fixed(args{"limit": 50})},
		{"get_payment", func(d *desk) args { return args{"id": d.payment} }},
		{"request_payment", func(d *desk) args {
			sale := d.sale()
			delete(sale, "payment_form")
			return sale
		}},
		{"register_payment", func(d *desk) args { return d.sale().with("automation_type", "pue_invoice") }},
		{"mark_payment_paid", func(d *desk) args {
			return args{"id": d.id("list_payments", nil, "status", "requires_payment_method"), "payment_form": "03"}
		}},
		{"refund_payment", func(d *desk) args { return args{"id": d.payment, "amount": "10.50", "reason": "Error"} }},
		{"cancel_payment", func(d *desk) args { return args{"id": d.id("list_payments", nil, "status", "pending")} }},
		{"list_receipts", fixed(nil)},
		{"create_receipt", func(d *desk) args { return d.sale() }},
		{"get_receipt", func(d *desk) args { return args{"id": d.receipt} }},
		{"stamp_receipt", func(d *desk) args { return args{"id": d.receipt, "stamp_to": "client"} }},
		{"cancel_receipt", func(d *desk) args {
			return args{"id": d.sold("create_receipt")}
		}},
		{"list_teams", fixed(nil)},
		{"get_team", fixed(team)},
		{"get_team_integrations", fixed(nil)},
		{"list_team_series", fixed(team)},
		{"get_team_onboarding_url", fixed(team)},
		{"update_team", fixed(team.with("support_email", "ayuda@example.mx"))},
		{"create_team_series", fixed(team.with("series", "Z"))},
		{"update_team_series", fixed(team.with("seriesId", "Z").with("test", 7))},
		{"update_team_settings", fixed(team.with("pdf_language", "en").with("limit_days_to_pay", nil))},
		{"create_team", fixed(args{"legal_name": "EMPRESA NUEVA", "brand": args{"alias": "Nueva"}, "generate_onboarding_url": true})},
		{"add_team_member", fixed(args{"id": sandbox.TeamXenon, "team": sandbox.TeamXenon, "user_id": "user_mariana", "role": "viewer"})},
		{"remove_team_member", fixed(args{"id": sandbox.TeamXenon, "team": sandbox.TeamXenon, "user_id": "user_mariana"})},
		{"list_users", fixed(nil)},
		{"get_user", func(d *desk) args { return args{"id": d.user} }},
		{"update_user", func(d *desk) args { return args{"id": d.user, "phone": "+525555550122"} }},
		{"create_user", fixed(args{"email": "alguien@example.mx", "first_name": "Alguien", "auto_join": true})},
		{"reset_user_password", fixed(args{"email": "diego@kemper.example.mx"})},
		{"list_webhooks", fixed(nil)},
		{"create_webhook", fixed(args{"url": "https://example.com/hook", "events": []any{"invoice.created"}})},
		{"get_webhook", func(d *desk) args { return args{"id": d.webhook} }},
		{"delete_webhook", func(d *desk) args { return args{"id": d.webhook} }},
		{"delete_client", func(d *desk) args { return args{"id": d.id("list_clients", nil, "name", "Nueva")} }},
	}
}

// TestEveryTool calls every tool for real and holds it to its schema: the
// preview, the result, and the refusal of an unknown argument.
func TestEveryTool(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		t.Parallel()
		s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}})
		d := &desk{t: t, a: s.agent(t, era, nil)}
		d.client = d.id("list_clients", nil, "name", "Karla Fuente")
		d.payment = d.id("list_payments", nil, "status", "succeeded")
		d.webhook, d.user = "wh_erp", "user_pedro"
		promised, called := contractOf(t, d.a), []string{"get_context", "select_team"}
		for _, e := range errands() {
			t.Run(e.tool, func(t *testing.T) {
				d.t = t
				called = append(called, e.tool)
				with := e.args(d)
				r := d.a.call(t, e.tool, with)
				promised.holds(t, e.tool, r)
				if r.get("status") == "confirmation_required" {
					checkPreview(t, e.tool, r)
					r = d.a.call(t, e.tool, with.with("plan", r.get("plan")))
					promised.holds(t, e.tool, r)
				}
				require.False(t, r.isError, r.text)
				checkEcho(t, r)
				checkList(t, e.tool, r)
				refused := d.a.call(t, e.tool, args{"zz": 1})
				promised.holds(t, e.tool, refused)
				assert.True(t, refused.isError)
				assert.Equal(t, "invalid_arguments", refused.code())
				assert.Contains(t, refused.get("error", "message"), `unknown argument "zz"; valid are:`)
				d.keep(e.tool, r.id())
			})
		}
		for tool := range promised {
			assert.Contains(t, called, tool, "every tool is called")
		}
		assert.Len(t, promised, len(called))
		for _, tool := range []string{"get_context", "select_team"} {
			r := d.a.call(t, tool, map[string]args{"select_team": {"team": "kemper"}}[tool])
			require.False(t, r.isError, r.text)
			promised.holds(t, tool, r)
			promised.holds(t, tool, d.a.call(t, tool, args{"zz": 1}))
		}
	})
}

// keep remembers what later errands need.
func (d *desk) keep(tool, id string) {
	switch tool {
	case "create_service":
		d.service = id
	case "create_receipt":
		d.receipt = id
	case "create_income_invoice":
		d.invoice = id
	case "create_draft_invoice":
		d.draft = id
	}
}

func checkPreview(t *testing.T, tool string, r result) {
	t.Helper()
	assert.False(t, r.isError)
	for _, member := range []string{"status", "plan", "preview", "expires_at"} {
		assert.NotEmpty(t, r.get(member), member)
	}
	assert.Nil(t, r.get("data"), "nothing has happened")
	assert.Equal(t, tool, r.get("preview", "tool"))
	assert.NotEmpty(t, r.get("preview", "team_name"))
	assert.Equal(t, r.get("team"), r.get("preview", "team"))
	assert.NotNil(t, r.get("preview", "arguments"))
	assert.NotContains(t, r.get("preview", "arguments"), "plan")
}

func checkEcho(t *testing.T, r result) {
	t.Helper()
	assert.Contains(t, []any{sandbox.TeamKemper, sandbox.TeamXenon}, r.get("team"))
	assert.Equal(t, false, r.get("livemode"))
	if status := r.get("status"); status != nil {
		assert.Equal(t, "done", status)
	}
}

func checkList(t *testing.T, tool string, r result) {
	t.Helper()
	_, isList := r.get("data").([]any)
	assert.Equal(t, tool[:5] == "list_", isList, tool)
	if !isList {
		return
	}
	more, said := r.get("has_more").(bool)
	assert.True(t, said, "a list says whether it goes on")
	assert.Equal(t, more, r.get("next") != nil, "and where")
	if !slices.Contains([]string{"list_team_series"}, tool) {
		assert.NotNil(t, r.get("total_results"))
	}
}

// TestPaging walks a list to its end by next alone.
func TestPaging(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		a := newStand(t, setting{}).agent(t, era, nil)
		for name, filter := range map[string]args{"by cursor": {}, "by number": {"metadata": args{"segment": "empresa"}}} {
			t.Run(name, func(t *testing.T) {
				whole := a.call(t, "list_clients", filter.with("limit", 100))
				seen, with := []any{}, filter.with("limit", 3)
				for range 20 {
					r := a.call(t, "list_clients", with)
					require.False(t, r.isError, r.text)
					seen = append(seen, r.get("data").([]any)...)
					if r.get("has_more") == false {
						break
					}
					with = with.with("next", r.get("next"))
				}
				assert.Equal(t, whole.get("data"), seen)
				assert.Greater(t, len(seen), 3)
			})
		}
	})
}

// TestToolList has the list be complete, in the API's order, and safe for every
// client.
func TestToolList(t *testing.T) {
	var want []string
	for _, resource := range gigstack.API {
		for _, op := range resource.Endpoints {
			want = append(want, op.Spec().Name)
		}
	}
	want = append([]string{"get_context", "select_team"}, want...)
	inBothEras(t, func(t *testing.T, era string) {
		list, err := newStand(t, setting{}).agent(t, era, nil).ListTools(t.Context(), mcp.ListToolsRequest{})
		require.NoError(t, err)
		var got []string
		for _, tool := range list.Tools {
			got = append(got, tool.Name)
			assert.LessOrEqual(t, len(tool.Name), 40)
			assert.LessOrEqual(t, len(tool.Description), 1000, tool.Name)
			assert.NotEmpty(t, tool.Title, tool.Name)
			hints := tool.Annotations
			assert.NotContains(t, []*bool{hints.ReadOnlyHint, hints.DestructiveHint, hints.IdempotentHint, hints.OpenWorldHint}, (*bool)(nil), tool.Name)
			checkInput(t, tool)
		}
		slices.Sort(want)
		assert.Equal(t, want, slices.Sorted(slices.Values(got)))
	})
}

// checkInput holds a tool's arguments to the subset every provider accepts.
func checkInput(t *testing.T, tool mcp.Tool) {
	t.Helper()
	var root map[string]any
	require.NoError(t, json.Unmarshal([]byte(jsonOf(t, tool)), &root))
	input := root["inputSchema"].(map[string]any)
	assert.Equal(t, "object", input["type"])
	assert.Equal(t, false, input["additionalProperties"], tool.Name)
	var walk func(path string, v any)
	walk = func(path string, v any) {
		object, ok := v.(map[string]any)
		if !ok {
			return
		}
		for _, keyword := range []string{"$ref", "$schema", "$defs", "oneOf", "anyOf", "allOf", "const", "not"} {
			assert.NotContains(t, object, keyword, tool.Name+path)
		}
		assert.IsType(t, "", object["type"], "%s%s has one type", tool.Name, path)
		properties, _ := object["properties"].(map[string]any)
		for name, property := range properties {
			assert.NotEmpty(t, property.(map[string]any)["description"], tool.Name+path+"."+name)
			walk(path+"."+name, property)
		}
		walk(path+"[]", object["items"])
	}
	walk("", input)
}

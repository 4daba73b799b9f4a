package tools_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tiktoken-go/tokenizer"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/schemas"
	"github.com/gigstack/gigstack-mcp/tools"
)

// A list shows the main members of its records, more when it is asked.
func TestViews(t *testing.T) {
	a := newStand(t, setting{concise: true}).agent(t, "modern", nil)
	record := func(with args) map[string]any {
		r := a.call(t, "list_income_invoices", with.with("limit", 1))
		require.False(t, r.isError, r.text)
		return r.get("data").([]any)[0].(map[string]any)
	}
	concise := record(args{})
	for name := range concise {
		assert.Contains(t, strings.Join(gigstack.Invoice{}.Brief(), " "), name)
	}
	assert.Contains(t, concise, "currency", "money comes with its currency")
	assert.NotContains(t, concise["client"], "email")
	assert.Equal(t, concise, record(args{"view": "concise"}))
	wider := record(args{"fields": "items, client.email"})
	assert.Contains(t, wider, "items")
	assert.Contains(t, wider["client"], "email")
	full := record(args{"view": "full"})
	assert.Contains(t, full, "verification_url")
	assert.Subset(t, full, map[string]any{"uuid": concise["uuid"], "total": concise["total"]})
	assert.Equal(t, "invalid_arguments", a.call(t, "list_income_invoices", args{"view": "short"}).code())
	r := a.call(t, "list_income_invoices", args{"fields": "secret"})
	assert.Equal(t, "invalid_arguments", r.code())
	assert.Contains(t, r.get("error", "message"), "last_balance", "the valid ones are named")
	one := a.call(t, "get_income_invoice", args{"id": concise["uuid"]})
	assert.Contains(t, one.get("data"), "items", "a single record is whole")
	found := a.call(t, "search_clients", args{"q": "karla", "fields": "name"})
	require.False(t, found.isError, found.text)
	assert.NotContains(t, found.get("data").([]any)[0], "created_at")
}

// TestEveryBrief has each record's main members be members of it, and its money come
// with its currency.
func TestEveryBrief(t *testing.T) {
	lists := 0
	for _, op := range operations() {
		page, ok := reflect.Zero(op.Output()).Interface().(interface{ Element() any })
		if !ok {
			continue
		}
		record, ok := page.Element().(interface{ Brief() []string })
		if !ok {
			continue
		}
		lists++
		brief := strings.Join(record.Brief(), " ")
		members := schemas.Output(op.Output(), reflect.TypeFor[struct{}](), "").Members()
		for _, path := range record.Brief() {
			first, _, _ := strings.Cut(path, ".")
			assert.Contains(t, members, first, op.Spec().Name)
		}
		if strings.Contains(brief, "total ") {
			assert.Contains(t, brief, "currency", op.Spec().Name)
		}
	}
	assert.Greater(t, lists, 12)
}

// TestConciseTokens measures what a list costs beside what gigstack sends.
func TestConciseTokens(t *testing.T) {
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	require.NoError(t, err)
	count := func(s string) int {
		n, err := codec.Count(s)
		require.NoError(t, err)
		return n
	}
	s := newStand(t, setting{concise: true})
	a := s.agent(t, "modern", nil)
	full := newStand(t, setting{}).agent(t, "modern", nil)
	for _, tool := range []string{"list_income_invoices", "list_payments", "list_receipts", "list_clients", "list_teams"} {
		whole, err := full.try(t.Context(), tool, args{"limit": 20})
		require.NoError(t, err)
		short, err := a.try(t.Context(), tool, args{"limit": 20})
		require.NoError(t, err)
		upstream := count(string(whole.RawStructuredContent))
		text, structured := count(short.Content[0].(mcp.TextContent).Text), count(string(short.RawStructuredContent))
		t.Logf("%-22s %6d of gigstack's %6d structured (%.2f) %6d text (%.2f)", tool, upstream, structured, float64(structured)/float64(upstream), text, float64(text)/float64(upstream))
		assert.LessOrEqual(t, float64(text), 0.25*float64(upstream), tool)
	}
}

// TestTooLong has a list that is too long for a model come in shorter pages, none of
// whose records is passed over, in every dialect of paging.
func TestTooLong(t *testing.T) {
	long := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			body := rec.Body.String()
			if strings.Contains(r.URL.Path, "/clients") {
				body = strings.ReplaceAll(body, `"tax_system"`, `"company":"`+strings.Repeat("Palabra rara ñ ", 250)+`","tax_system"`)
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(rec.Code)
			_, _ = w.Write([]byte(body))
		})
	}
	plain := newStand(t, setting{}).agent(t, "modern", nil)
	a := newStand(t, setting{upstream: long}).agent(t, "modern", nil)
	for _, to := range []*agent{plain, a} {
		for i := range 36 {
			to.call(t, "create_client", args{"name": fmt.Sprintf("Cliente %d", i), "metadata": args{"segment": "empresa"}})
		}
	}
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	require.NoError(t, err)
	for name, with := range map[string]args{"by cursor": {}, "by number": {"metadata": args{"segment": "empresa"}}} {
		t.Run(name, func(t *testing.T) {
			ids := func(r result) (list []any) {
				for _, c := range r.get("data").([]any) {
					list = append(list, c.(map[string]any)["name"])
				}
				return list
			}
			want := ids(plain.call(t, "list_clients", with.with("limit", 100)))
			var got []any
			next := with.with("limit", 20)
			for range 100 {
				r := a.call(t, "list_clients", next)
				require.False(t, r.isError, fmt.Sprintf("%.300s", r.text))
				n, err := codec.Count(r.text)
				require.NoError(t, err)
				assert.LessOrEqual(t, n, 25_000)
				got = append(got, ids(r)...)
				if r.get("has_more") != true {
					break
				}
				next = next.with("next", r.get("next"))
			}
			assert.Equal(t, want, got)
		})
	}
}

// TestSpokenDates has filters take dates as people say them.
func TestSpokenDates(t *testing.T) {
	var query string
	a := newStand(t, setting{upstream: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			query = r.URL.RawQuery
			next.ServeHTTP(w, r)
		})
	}}).agent(t, "modern", nil)
	for said, want := range map[string]string{
		"2026-10": "created%5Bgte%5D=1790834400", "yesterday": "created%5Bgte%5D=1795154400", "30d": "created%5Bgte%5D=1792735200", "octubre": "created%5Bgte%5D=1790834400",
	} {
		r := a.call(t, "list_income_invoices", args{"created_gte": said})
		require.False(t, r.isError, r.text)
		assert.Contains(t, query, want, said)
	}
	assert.Equal(t, "invalid_arguments", a.call(t, "list_income_invoices", args{"created_lte": "whenever"}).code())
}

// Each form of output is what it says.
func TestOutputs(t *testing.T) {
	for output, want := range map[tools.Output]struct{ json, structured, schema bool }{
		tools.OutputBoth: {false, true, true}, tools.OutputText: {false, false, false}, tools.OutputStructured: {true, true, true},
	} {
		t.Run(string(output), func(t *testing.T) {
			a := newStand(t, setting{output: output}).agent(t, "modern", nil)
			got, err := a.try(t.Context(), "get_context", nil)
			require.NoError(t, err)
			text := got.Content[0].(mcp.TextContent).Text
			assert.Equal(t, want.json, json.Valid([]byte(text)))
			assert.Equal(t, want.structured, len(got.RawStructuredContent) > 0)
			assert.Contains(t, text, "team_kemper")
			list, err := a.ListTools(t.Context(), mcp.ListToolsRequest{})
			require.NoError(t, err)
			for _, tool := range list.Tools {
				assert.Equal(t, want.schema, len(tool.RawOutputSchema) > 0 || tool.OutputSchema.Type != "", tool.Name)
			}
		})
	}
}

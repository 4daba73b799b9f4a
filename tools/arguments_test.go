package tools_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestArguments has every kind of wrong argument be a result that says what
// would be right, with nothing sent.
func TestArguments(t *testing.T) {
	line := args{"unit_price": 10, "description": "x"}
	sale := func(more args) args {
		a := args{"client": args{"id": "client_1"}, "items": []any{line}, "payment_form": "03"}
		for k, v := range more {
			a[k] = v
		}
		return a
	}
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		a := s.agent(t, era, nil)
		for name, c := range map[string]struct {
			tool string
			args any
			want []string // parts of the message
		}{
			"unknown":          {"get_client", args{"id": "c", "name": 1}, []string{`unknown argument "name"; valid are: id, team`}},
			"unknown inside":   {"create_client", args{"address": args{"zipcode": "1"}}, []string{`address: unknown argument "zipcode"`, "zip"}},
			"unknown in list":  {"create_income_invoice", sale(args{"items": []any{args{"price": 1}}}), []string{`items[0]: unknown argument "price"`, "unit_price"}},
			"missing":          {"create_income_invoice", args{"payment_form": "03"}, []string{"client", "items", "required"}},
			"wrong type":       {"get_client", args{"id": args{"a": 1}}, []string{"id: must be string, not object"}},
			"list for object":  {"create_client", args{"address": []any{1}}, []string{"address: must be object, not array"}},
			"word for number":  {"list_clients", args{"limit": "many"}, []string{"limit: must be integer, not string"}},
			"fraction":         {"list_clients", args{"limit": 1.5}, []string{"limit: must be integer"}},
			"too many":         {"list_clients", args{"limit": 101}, []string{"limit: must be at most 100"}},
			"too few":          {"list_clients", args{"limit": 0}, []string{"limit: must be at least 1"}},
			"zero refund":      {"list_clients", args{"sort": "up"}, []string{"sort: must be one of: asc, desc"}},
			"empty list":       {"create_income_invoice", sale(args{"items": []any{}}), []string{"items: must have at least 1"}},
			"not the list":     {"create_income_invoice", sale(args{"payment_form": "cash"}), []string{"payment_form: must look like"}},
			"null":             {"get_client", args{"id": nil}, []string{"id: must be string, not null"}},
			"shape":            {"create_client", args{"tax_id": "nope"}, []string{"tax_id: must look like"}},
			"list of all":      {"get_client", []any{"id"}, []string{"must be object, not array"}},
			"text of all":      {"get_client", "hello", []string{"must be object"}},
			"number of all":    {"get_client", 7, []string{"must be object"}},
			"plan on a read":   {"get_client", args{"id": "c", "plan": "p"}, []string{`unknown argument "plan"`}},
			"plan of a write":  {"create_client", args{"name": "c", "plan": "p"}, []string{`unknown argument "plan"`}},
			"plan as object":   {"cancel_invoice", args{"id": "u", "motive": "02", "plan": args{}}, []string{"plan: must be string"}},
			"unknown, session": {"select_team", args{"id": "team_kemper"}, []string{`unknown argument "id"; valid are: team`}},
			"none, session":    {"select_team", nil, []string{"team is required"}},
		} {
			t.Run(name, func(t *testing.T) {
				s.reached()
				r := a.call(t, c.tool, c.args)
				assert.True(t, r.isError, r.text)
				assert.Equal(t, "invalid_arguments", r.code(), r.text)
				for _, part := range c.want {
					assert.Contains(t, r.get("error", "message"), part)
				}
				assert.Equal(t, "not_sent", r.get("error", "outcome"))
				assert.Empty(t, s.reached())
			})
		}
	})
}

// TestIDs has no id of an agent's leave its place in the path.
func TestIDs(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	for _, id := range []string{"", ".", "..", "a/b", `a\b`, "a\x00b", "a\nb", "../teams", "%2e%2e/users"} {
		for name, with := range map[string]args{"id": {"id": id}, "team": {"id": "client_1", "team": id}} {
			if name == "team" && id == "" {
				continue // says nothing
			}
			s.reached()
			r := a.call(t, "get_client", with)
			assert.True(t, r.isError, "%s %q", name, id)
			assert.Equal(t, "not_sent", r.get("error", "outcome"), r.text)
			assert.Empty(t, s.reached(), "%s %q", name, id)
		}
	}
	r := a.call(t, "get_client", args{"id": "client_?x=1#y"})
	assert.Equal(t, "resource_not_found", r.code(), r.text)
	assert.Equal(t, "/clients/client_?x=1#y", s.reached()[0].path, "it stays one segment")
}

// TestLenientArguments accepts what plainly means the right thing.
func TestLenientArguments(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		a := s.agent(t, era, nil)
		for name, c := range map[string]struct {
			tool string
			args args
			want string // the body that is sent
		}{
			"object as text":  {"create_client", args{"name": "A", "address": `{"zip":"06002"}`}, `{"name":"A","address":{"zip":"06002"}}`},
			"list as text":    {"create_client", args{"name": "B", "bcc": `["a@example.mx"]`}, `{"name":"B","bcc":["a@example.mx"]}`},
			"number as text":  {"create_service", args{"description": "C", "unit_price": "12.50"}, `{"description":"C","unit_price":12.50}`},
			"text as number":  {"create_client", args{"name": 12345, "phone": 5215512345678}, `{"name":"12345","phone":"5215512345678"}`},
			"boolean as text": {"create_client", args{"name": "D", "defaults": args{"keep_full_legal_name": "true"}}, `{"name":"D","defaults":{"keep_full_legal_name":true}}`},
			"html":            {"create_client", args{"name": "H&E <b>"}, `{"name":"H&E <b>"}`},
		} {
			t.Run(name, func(t *testing.T) {
				s.reached()
				r := a.call(t, c.tool, c.args)
				require.False(t, r.isError, r.text)
				assert.JSONEq(t, c.want, s.writes()[0].body)
			})
		}
	})
}

// TestExactNumbers sends money as it was written.
func TestExactNumbers(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	for _, price := range []string{"0.1", "1234567890.123456", "100.00", "1e2"} {
		s.reached()
		a.call(t, "create_service", args{"description": "x", "unit_price": json.Number(price)})
		writes := s.writes()
		require.Len(t, writes, 1, price)
		var sent struct {
			UnitPrice json.Number `json:"unit_price"`
		}
		require.NoError(t, json.Unmarshal([]byte(writes[0].body), &sent))
		want := strings.TrimSuffix(price, ".00")
		if price == "1e2" {
			want = "100"
		}
		assert.Equal(t, want, strings.TrimSuffix(sent.UnitPrice.String(), ".00"))
	}
}

// TestPanic has a tool that panics answer all the same, and tell nothing of what
// it panicked with.
func TestPanic(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		s.tools.HandOff = safe(func(string) (string, error) { panic("canary") })
		a := s.agent(t, era, nil)
		r := a.confirmed(t, "create_client_portal_link", args{"email": "karla.fuente@example.mx"})
		assert.True(t, r.isError)
		assert.Equal(t, "internal_error", r.code())
		assert.Equal(t, "unknown", r.get("error", "outcome"))
		assert.NotContains(t, r.text, "canary")
		assert.NotContains(t, s.log.String(), "canary")
		assert.Contains(t, s.log.String(), "a tool panicked")
		records, text := s.recorded(t)
		assert.Equal(t, "create_client_portal_link outward ran unknown internal_error 200 plan of 2", brief(records[len(records)-1]))
		assert.NotContains(t, text, "canary")
		assert.Equal(t, "confirmation_required", a.call(t, "get_team_onboarding_url", args{"id": "team_kemper"}).get("status"), "the server goes on")
	})
}

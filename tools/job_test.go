package tools_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
	"github.com/gigstack/gigstack-mcp/internal/session"
)

// jobTools is the jobs about one team.
var jobTools = []string{"who_owes_us", "find_duplicates", "month_close_check", "reconcile_month", "diagnose_stamping"}

// behind is a caller past the tools, for what a test needs to be there.
func (s *stand) behind(t *testing.T) *gigstack.Caller {
	t.Helper()
	key, err := gigstack.NewKey(s.key)
	require.NoError(t, err)
	c, err := gigstack.New(gigstack.Options{BaseURL: s.caller.Origin(), Key: key, Allow: func(context.Context, gigstack.Spec, string) error { return nil }, Timeout: 5 * time.Second})
	require.NoError(t, err)
	return c
}

// at does something with the clock at another time, and turns it back.
func (s *stand) at(when string, do func()) {
	then, err := time.ParseInLocation("2006-01-02 15:04", when, gigstack.MexicoCity)
	if err != nil {
		panic(err)
	}
	now := s.clock.Swap(then.UnixNano())
	defer s.clock.Store(now)
	do()
}

// sells stamps an invoice of one line and returns it. with is written over it.
func (s *stand) sells(t *testing.T, c *gigstack.Caller, client, price string, with func(*gigstack.CreateIncomeInvoiceInput)) gigstack.Invoice {
	t.Helper()
	in := gigstack.CreateIncomeInvoiceInput{InvoiceFields: gigstack.InvoiceFields{Client: gigstack.ClientInput{ID: &client}, Items: lineOf(price), PaymentForm: "03"}}
	if with != nil {
		with(&in)
	}
	v, err := gigstack.CreateIncomeInvoice.Call(t.Context(), c, in)
	require.NoError(t, err)
	return v
}

func onCredit(in *gigstack.CreateIncomeInvoiceInput) {
	in.PaymentMethod, in.PaymentForm = new(gigstack.PaymentMethod("PPD")), "99"
}

func inDollars(in *gigstack.CreateIncomeInvoiceInput) {
	onCredit(in)
	in.Currency, in.ExchangeRate = new(gigstack.Currency("USD")), new(gigstack.Dec("18.5"))
}

// lineOf is one line of a price before 16 % IVA.
func lineOf(price string) []gigstack.ItemInput {
	return []gigstack.ItemInput{{Description: new("Servicio"), UnitPrice: new(gigstack.Dec(price)), Taxes: []gigstack.TaxInput{{Type: "IVA", Rate: gigstack.Dec("0.16")}}}}
}

// clientOf is the id of a client by RFC.
func (s *stand) clientOf(t *testing.T, c *gigstack.Caller, rfc string) string {
	t.Helper()
	for v, err := range gigstack.Each(t.Context(), c, gigstack.ListClients, gigstack.ListClientsInput{Paging: gigstack.Paging{Limit: new(100)}}) {
		require.NoError(t, err)
		if v.TaxID == rfc {
			return v.ID
		}
	}
	require.Fail(t, "no client "+rfc)
	return ""
}

// receives records money of a client.
func (s *stand) receives(t *testing.T, c *gigstack.Caller, client, price, automation string, with func(*gigstack.RegisterPaymentInput)) gigstack.Payment {
	t.Helper()
	in := gigstack.RegisterPaymentInput{PaymentFields: gigstack.PaymentFields{Client: gigstack.ClientInput{ID: &client}, Items: lineOf(price)},
		AutomationType: gigstack.PaymentAutomation(automation), PaymentForm: "03"}
	if with != nil {
		with(&in)
	}
	v, err := gigstack.RegisterPayment.Call(t.Context(), c, in)
	require.NoError(t, err)
	s.advance(time.Second) // its automation runs
	v, err = gigstack.GetPayment.Call(t.Context(), c, gigstack.PaymentRef{ID: v.ID})
	require.NoError(t, err)
	return v
}

// altered has a list's records altered on their way.
func altered(path string, alter func(records []map[string]any) []map[string]any) func(http.Handler) http.Handler {
	return alteredData(path, func(data any) any {
		var records []map[string]any
		for _, v := range data.([]any) {
			records = append(records, v.(map[string]any))
		}
		return alter(records)
	})
}

// alteredTeam has the master team altered on its way.
func alteredTeam(change func(team map[string]any)) func(http.Handler) http.Handler {
	return alteredData("/v2/teams/"+sandbox.TeamKemper, func(data any) any {
		change(data.(map[string]any))
		return data
	})
}

func alteredData(path string, alter func(data any) any) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet || r.URL.Path != path {
				next.ServeHTTP(w, r)
				return
			}
			seen := httptest.NewRecorder()
			next.ServeHTTP(seen, r)
			var body map[string]any
			if json.Unmarshal(seen.Body.Bytes(), &body) == nil && body["data"] != nil {
				body["data"] = alter(body["data"])
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(seen.Code)
			_ = json.NewEncoder(w).Encode(body)
		})
	}
}

// breaks has a list fail after its first page, refuses from the first on.
func breaks(path string) func(http.Handler) http.Handler  { return forbids(path, true) }
func refuses(path string) func(http.Handler) http.Handler { return forbids(path, false) }

func forbids(path string, later bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == path && (!later || r.URL.Query().Get("next") != "") {
				w.WriteHeader(http.StatusForbidden)
				_, _ = w.Write([]byte(`{"message":"Forbidden","error":"forbidden"}`))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// item is the concern of that name in a list of the answer.
func (r result) item(t *testing.T, list, name string) map[string]any {
	t.Helper()
	all, _ := r.get("data", list).([]any)
	for _, v := range all {
		if item := v.(map[string]any); item["item"] == name {
			return item
		}
	}
	return nil
}

// TestJobsAreForTheirTeam holds every job to the teams that its principal may act for.
func TestJobsAreForTheirTeam(t *testing.T) {
	s := newStand(t, setting{teams: []string{sandbox.TeamXenon}})
	a := s.agent(t, "modern", nil)
	for _, tool := range jobTools {
		s.reached()
		r := a.call(t, tool, args{"team": sandbox.TeamKemper})
		assert.Equal(t, "team_not_allowed", r.code(), r.text)
		assert.Empty(t, s.reached(), tool)
		r = a.call(t, tool, nil)
		require.False(t, r.isError, r.text)
		assert.Equal(t, sandbox.TeamXenon, r.get("team"))
		for _, sent := range s.reached() {
			assert.Equal(t, "GET", sent.method, tool)
			assert.True(t, sent.team == sandbox.TeamXenon || sent.path == "/auth/health", "%s: %+v", tool, sent)
		}
	}
}

// TestJobsWithholdOthersRecords has no job count what another team's is.
func TestJobsWithholdOthersRecords(t *testing.T) {
	foreign := altered("/v2/invoices/income", func(records []map[string]any) []map[string]any {
		for _, v := range records {
			v["team"] = sandbox.TeamStranger
		}
		return records
	})
	s := newStand(t, setting{upstream: foreign})
	r := s.agent(t, "modern", nil).call(t, "who_owes_us", nil)
	assert.Equal(t, false, r.get("complete"))
	assert.Empty(t, r.get("data", "clients"), r.text)
	assert.Contains(t, r.text, "another team")
}

// TestJobsFailWhenNothingCanBeRead has no job answer that there is nothing.
func TestJobsFailWhenNothingCanBeRead(t *testing.T) {
	s := newStand(t, setting{upstream: func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"message":"Unauthorized","error":"invalid_token"}`))
		})
	}})
	a := s.agent(t, "modern", nil)
	for _, tool := range jobTools {
		r := a.call(t, tool, nil)
		assert.True(t, r.isError, r.text)
		assert.Equal(t, "invalid_token", r.code(), tool)
	}
}

// TestJobsSayWhatPeriodsAre refuses what is no period before anything is read.
func TestJobsSayWhatPeriodsAre(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	s.reached()
	for _, tool := range []string{"find_duplicates", "month_close_check", "reconcile_month"} {
		r := a.call(t, tool, args{"period": "when it suits"})
		assert.Equal(t, "invalid_arguments", r.code(), r.text)
		assert.Contains(t, r.get("error", "message"), "2026-10")
	}
	assert.Empty(t, s.reached())
}

// TestJobsStaySmall has the worst data make no long answers.
func TestJobsStaySmall(t *testing.T) {
	s := newStand(t, setting{})
	c := s.behind(t)
	client := s.clientOf(t, c, "FUNK671228PH6")
	s.at("2026-11-10 10:00", func() {
		for i := range 130 { // in pairs
			s.sells(t, c, client, strconv.Itoa(10+i/2), func(in *gigstack.CreateIncomeInvoiceInput) { in.PaymentForm = "99" })
			s.receives(t, c, client, strconv.Itoa(10+i/2), "none", nil)
		}
	})
	a := s.agent(t, "modern", nil)
	promised := contractOf(t, a)
	for _, tool := range jobTools {
		r := a.call(t, tool, nil)
		promised.holds(t, tool, r)
		assert.Equal(t, true, r.get("complete"), r.text)
		t.Logf("%s: %d bytes", tool, len(r.text))
		assert.Less(t, len(r.text), 16_000, tool)
	}
}

// pages is how often a list was asked for.
func (s *stand) pages(requests []sent, path string) (n int) {
	return len(slices.DeleteFunc(requests, func(r sent) bool { return r.path != path }))
}

// TestJobsTellHowFarTheyCame has a client that wants it told of every list.
func TestJobsTellHowFarTheyCame(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "legacy", nil)
	told := make(chan mcp.JSONRPCNotification, 100)
	a.OnNotification(func(n mcp.JSONRPCNotification) { told <- n })
	request := mcp.CallToolRequest{}
	request.Params.Name, request.Params.Meta = "month_close_check", &mcp.Meta{ProgressToken: "p"}
	got, err := a.CallTool(session.WithCaller(t.Context(), a.caller), request)
	require.NoError(t, err)
	require.False(t, got.IsError)
	seen := map[string]bool{}
	for range 9 { // lists and single reads
		select {
		case n := <-told:
			assert.Equal(t, "notifications/progress", n.Method)
			assert.Equal(t, "p", n.Params.AdditionalFields["progressToken"])
			message, _ := n.Params.AdditionalFields["message"].(string)
			seen[strings.Split(message, ":")[0]] = true
		case <-time.After(5 * time.Second):
			require.Fail(t, "no more progress", "%v", seen)
		}
	}
	for _, tool := range []string{"list_income_invoices", "list_payments", "list_sat_invoices", "get_team"} {
		assert.True(t, seen[tool], "%s in %v", tool, seen)
	}
}

// TestJobsStop has a job whose client left read no further.
func TestJobsStop(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	s := newStand(t, setting{upstream: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v2/invoices/income" {
				leave()
			}
			next.ServeHTTP(w, r)
		})
	}})
	tool, ok := s.tools.Find("who_owes_us")
	require.True(t, ok)
	request := mcp.CallToolRequest{}
	request.Params.Name, request.Params.RawArguments = "who_owes_us", json.RawMessage(`{}`)
	got, err := tool.Handler(session.WithCaller(ctx, session.Caller{Principal: "local"}), request)
	require.NoError(t, err)
	assert.True(t, got.IsError, "half an answer is none")
}

package tools_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
	"github.com/gigstack/gigstack-mcp/internal/session"
)

// entry is the element of a list in a result whose member has a value.
func (r result) entry(t *testing.T, member string, wanted any, path ...string) result {
	t.Helper()
	list, _ := r.get(path...).([]any)
	for _, element := range list {
		if object := element.(map[string]any); object[member] == wanted {
			return result{text: jsonOf(t, object), whole: object}
		}
	}
	require.Failf(t, "not in the list", "%s %v in %s", member, wanted, r.text)
	return result{}
}

// members is one member of every element of a list.
func (r result) members(member string, path ...string) (all []any) {
	list, _ := r.get(path...).([]any)
	for _, element := range list {
		all = append(all, element.(map[string]any)[member])
	}
	return all
}

// refusing answers for a team with an error, where a path begins with prefix.
func refusing(team, prefix string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("team") == team && strings.HasPrefix(r.URL.Path, "/v2"+prefix) {
				w.WriteHeader(http.StatusForbidden)
				_, _ = w.Write([]byte(`{"message":"Access denied","error":"Your role does not allow this action on the target team"}`))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Every company stands in the order of gigstack's list, with its own figures; the
// totals are of all of them, a currency at a time.
func TestTeamsOverview(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		a := s.agent(t, era, nil)
		r := a.call(t, "teams_overview", args{"period": "2026-07-01..2026-11-30"})
		require.False(t, r.isError, r.text)
		assert.Equal(t, true, r.get("complete"), r.text)
		assert.Equal(t, sandbox.TeamKemper, r.get("team"))
		assert.Equal(t, "Read 4 of 4 teams", r.get("data", "covers"))
		var listed []any
		for _, team := range a.call(t, "list_teams", nil).get("data").([]any) {
			listed = append(listed, team.(map[string]any)["id"])
		}
		assert.Equal(t, listed, r.members("team", "data", "teams"))

		kemper := r.entry(t, "team", sandbox.TeamKemper, "data", "teams")
		assert.Equal(t, "Escuela Kemper", kemper.get("name"))
		assert.Equal(t, "active", kemper.get("sat_download"))
		assert.InDelta(t, 410, kemper.get("csd_days_left"), 1)
		robotica := r.entry(t, "team", sandbox.TeamRobotica, "data", "teams")
		assert.InDelta(t, 12, robotica.get("csd_days_left"), 1)
		assert.Contains(t, robotica.get("csd_expires"), "-06:00", "a time with its zone")
		nueva := r.entry(t, "team", sandbox.TeamNueva, "data", "teams")
		assert.Equal(t, false, nueva.get("sat_connected"))
		assert.Nil(t, nueva.get("money"), "nothing happened, and nothing is unread")
		assert.Nil(t, nueva.get("unread"))

		for _, currency := range []string{"MXN", "USD"} {
			for _, figure := range []string{"invoiced", "credit_notes", "collected", "refunded", "open_ppd"} {
				sum := 0.0
				for _, team := range []string{sandbox.TeamKemper, sandbox.TeamXenon, sandbox.TeamRobotica} {
					sum += r.entry(t, "team", team, "data", "teams").entry(t, "currency", currency, "money").get(figure).(float64)
				}
				assert.InDelta(t, sum, r.entry(t, "currency", currency, "data", "totals").get(figure), 0.001, "%s %s", figure, currency)
			}
		}
		assert.Equal(t, 4.0, r.entry(t, "tool", "list_income_invoices", "read").get("teams"))
	})
}

// The figures are those of the documents that lists show, added up by hand.
func TestTeamsOverviewFigures(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	from, until := time.Date(2026, 10, 1, 0, 0, 0, 0, gigstack.MexicoCity), time.Date(2026, 11, 1, 0, 0, 0, 0, gigstack.MexicoCity)
	in := func(told any) bool {
		text, _ := told.(string)
		at, err := time.Parse(time.RFC3339, text)
		return err == nil && !at.Before(from) && at.Before(until)
	}
	want := map[string]float64{}
	records := func(tool string) (all []map[string]any) {
		for _, v := range a.call(t, tool, args{"limit": 100}).get("data").([]any) {
			if object := v.(map[string]any); object["currency"] == "MXN" {
				all = append(all, object)
			}
		}
		return all
	}
	for _, v := range records("list_income_invoices") {
		if v["status"] == "valid" && in(v["created_at"]) {
			want["invoiced"] += v["total"].(float64)
		}
		if v["status"] == "valid" && v["payment_method"] == "PPD" {
			want["open_ppd"] += v["last_balance"].(float64)
		}
	}
	for _, v := range records("list_egress_invoices") {
		if v["status"] == "valid" && in(v["created_at"]) {
			want["credit_notes"] += v["total"].(float64)
		}
	}
	for _, v := range records("list_payments") {
		if (v["status"] == "succeeded" || v["status"] == "refunded") && in(v["succeeded_at"]) {
			want["collected"] += v["total"].(float64)
		}
		refunds, _ := v["refunds"].([]any)
		for _, refund := range refunds {
			if in(refund.(map[string]any)["created_at"]) {
				want["refunded"] += refund.(map[string]any)["amount"].(float64)
			}
		}
	}
	r := a.call(t, "teams_overview", args{"period": "octubre 2026", "teams": []string{sandbox.TeamKemper}})
	require.Equal(t, true, r.get("complete"), r.text)
	got := r.entry(t, "team", sandbox.TeamKemper, "data", "teams").entry(t, "currency", "MXN", "money")
	for figure, amount := range want {
		assert.Positive(t, amount, figure)
		assert.InDelta(t, amount, got.get(figure), 0.001, figure)
	}
	assert.Len(t, want, 5)
}

// A company that cannot be read is there with the reason, and none of its figures is.
func TestTeamsOverviewCoverage(t *testing.T) {
	for name, c := range map[string]struct {
		refused  string
		missing  []string // figures
		requests int
	}{
		"forbidden":      {"/", []string{"money"}, 1},
		"no payments":    {"/payments", []string{"collected", "refunded"}, 4},
		"no SAT":         {"/invoices/download", []string{"sat_download"}, 4},
		"no credit note": {"/invoices/egress", []string{"credit_notes"}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, setting{upstream: refusing(sandbox.TeamXenon, c.refused)})
			a := s.agent(t, "modern", nil)
			s.reached()
			r := a.call(t, "teams_overview", args{"period": "2026"})
			require.False(t, r.isError, r.text)
			assert.Equal(t, false, r.get("complete"))
			assert.Contains(t, r.get("data", "covers"), "Read 3 of 4 teams; team team_xenon: ")
			requests := 0
			for _, sent := range s.reached() {
				if sent.team == sandbox.TeamXenon {
					requests++
				}
			}
			assert.Equal(t, c.requests, requests, "it is not asked on and on")
			xenon := r.entry(t, "team", sandbox.TeamXenon, "data", "teams")
			assert.Contains(t, xenon.get("unread"), "role does not allow")
			var money result
			if xenon.get("money") != nil {
				money = xenon.entry(t, "currency", "MXN", "money")
			}
			for _, figure := range c.missing {
				assert.Nil(t, xenon.get(figure))
				assert.Nil(t, money.get(figure), figure)
			}
			assert.Equal(t, 3.0, lowest(r, "teams"))
		})
	}
}

// A list that breaks off half way is no figure at all.
func TestTeamsOverviewOfHalfAList(t *testing.T) {
	s := newStand(t, setting{upstream: breakingOff})
	ids, err := s.Crowd(2, 150)
	require.NoError(t, err)
	r := s.agent(t, "modern", nil).call(t, "teams_overview", args{"teams": ids})
	require.False(t, r.isError, r.text)
	assert.Contains(t, r.get("data", "covers"), "Read 0 of 2 teams")
	assert.Empty(t, r.get("data", "totals"))
	assert.Nil(t, r.entry(t, "team", ids[0], "data", "teams").get("money"))
	assert.Equal(t, 100.0, r.entry(t, "team", ids[0], "read").get("records"), "so far it came")
}

// breakingOff refuses every page but the first of a list.
func breakingOff(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("next") != "" {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"success":false,"error":{"code":"forbidden","message":"Enough for today"}}`))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// lowest is the least number of teams that a list was read to its end in.
func lowest(r result, member string) (n float64) {
	for i, v := range r.members(member, "read") {
		if got, ok := v.(float64); ok && (i == 0 || got < n || n == 0) {
			n = got
		}
	}
	return n
}

// Who may act for some teams only sees those, needs to choose none, and is told of no
// other.
func TestTeamsOverviewIsOnesOwn(t *testing.T) {
	s := newStand(t, setting{})
	s.tools.Teams = []string{sandbox.TeamXenon, sandbox.TeamRobotica}
	a := s.agent(t, "modern", nil)
	r := a.call(t, "teams_overview", nil)
	require.False(t, r.isError, r.text)
	assert.Equal(t, []any{sandbox.TeamXenon, sandbox.TeamRobotica}, r.members("team", "data", "teams"))
	assert.NotContains(t, r.text, "kemper")
	assert.NotContains(t, r.text, "nueva")
	r = a.call(t, "teams_overview", args{"teams": []string{sandbox.TeamXenon, sandbox.TeamNueva, sandbox.TeamXenon, "team_nobody"}})
	require.False(t, r.isError, r.text)
	assert.Equal(t, []any{sandbox.TeamXenon, sandbox.TeamNueva, "team_nobody"}, r.members("team", "data", "teams"))
	for _, other := range []string{sandbox.TeamNueva, "team_nobody"} {
		assert.Contains(t, r.entry(t, "team", other, "data", "teams").get("unread"), "You may not act for that team")
	}
	assert.Contains(t, r.get("data", "covers"), "Read 1 of 3 teams")
}

// A key that does not say whose it is does for its only team, and for all that a master
// reaches; one that opens nothing is refused.
func TestTeamsOverviewOfOpaqueKeys(t *testing.T) {
	for name, c := range map[string]struct {
		team, code string
		covers     any
	}{
		"one team": {team: sandbox.TeamXenon, covers: "Read 1 of 1 teams"},
		"a master": {team: sandbox.TeamKemper, covers: "Read 4 of 4 teams"},
		"nobody":   {code: "unauthorized"},
	} {
		t.Run(name, func(t *testing.T) {
			var secret string
			s := newStand(t, setting{
				key: func(s *sandbox.Sandbox) string {
					secret = s.NewKey(c.team, false, "owner")
					return "sk_test_0123456789abcdef"
				},
				upstream: func(next http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if c.team != "" {
							r.Header.Set("Authorization", "Bearer "+secret)
						}
						next.ServeHTTP(w, r)
					})
				}})
			r := s.agent(t, "modern", nil).call(t, "teams_overview", nil)
			assert.Equal(t, c.code, r.code(), r.text)
			assert.Equal(t, c.covers, r.get("data", "covers"))
		})
	}
}

// A certificate's end counts the same in seconds and in milliseconds.
func TestTeamsOverviewCSD(t *testing.T) {
	end := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	for name, at := range map[string]int64{"seconds": end.Unix(), "milliseconds": end.UnixMilli()} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, setting{upstream: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/v2/teams" {
						_ = json.NewEncoder(w).Encode(map[string]any{"data": []any{map[string]any{"id": sandbox.TeamXenon, "sat": map[string]any{"completed": true, "csd_expires_at": at}}}})
						return
					}
					next.ServeHTTP(w, r)
				})
			}})
			r := s.agent(t, "modern", nil).call(t, "teams_overview", nil)
			xenon := r.entry(t, "team", sandbox.TeamXenon, "data", "teams")
			assert.Equal(t, "2026-12-01T06:00:00-06:00", xenon.get("csd_expires"))
			assert.Equal(t, 9.0, xenon.get("csd_days_left"))
		})
	}
}

// Money and documents older than since are left out, and that is said.
func TestTeamsOverviewSince(t *testing.T) {
	a := newStand(t, setting{}).agent(t, "modern", nil)
	with := args{"teams": []string{sandbox.TeamKemper}, "period": "this_month"}
	open := func(r result) float64 {
		return r.entry(t, "team", sandbox.TeamKemper, "data", "teams").entry(t, "currency", "MXN", "money").get("open_ppd").(float64)
	}
	all, some := a.call(t, "teams_overview", with), a.call(t, "teams_overview", with.with("since", "2026-10-20"))
	assert.Greater(t, open(all), open(some))
	assert.Contains(t, jsonOf(t, some.get("notes")), "2026-10-20")
	assert.Equal(t, "invalid_arguments", a.call(t, "teams_overview", with.with("since", "2026-11-20")).code(), "the period would be cut")
	assert.Equal(t, "invalid_arguments", a.call(t, "teams_overview", args{"period": "sometime"}).code())
}

// A client that asks for it is told of every team.
func TestTeamsOverviewProgress(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		a := s.agent(t, era, nil)
		var mu sync.Mutex
		var told []string
		a.OnNotification(func(n mcp.JSONRPCNotification) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, jsonOf(t, n.Params.AdditionalFields["message"]))
		})
		request := mcp.CallToolRequest{}
		request.Params.Name, request.Params.Meta = "teams_overview", &mcp.Meta{ProgressToken: "p"}
		_, err := a.CallTool(session.WithCaller(t.Context(), a.caller), request)
		require.NoError(t, err)
		assert.Eventually(t, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(told) == 4 && strings.Contains(told[3], "4 of 4 teams")
		}, 5*time.Second, time.Millisecond)
	})
}

// One that stops waiting stops the visits.
func TestTeamsOverviewCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := newStand(t, setting{upstream: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("team") != "" {
				cancel()
				<-r.Context().Done()
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	_, err := s.Crowd(20, 1)
	require.NoError(t, err)
	a := s.agent(t, "legacy", nil)
	began := time.Now()
	got, err := a.try(ctx, "teams_overview", nil)
	if err == nil {
		assert.Contains(t, jsonOf(t, got.StructuredContent), gigstack.CodeCanceled)
	}
	assert.Less(t, time.Since(began), 2*time.Second)
	time.Sleep(50 * time.Millisecond)
	visited := map[string]bool{}
	for _, sent := range s.reached() {
		visited[sent.team] = true
	}
	assert.LessOrEqual(t, len(visited), 6, "the others are not begun")
	assert.NotContains(t, s.log.String(), "unexpectedly")
}

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// moreRuns is how many runs TestExactlyOnce makes instead of its few.
const moreRuns = "GIGSTACK_TEST_RUNS"

// TestExactlyOnce kills the program around a write, at every point and at random,
// or loses its answer. Then it goes on as an agent would: it may repeat the call
// blindly, it resolves what is unknown, and repeats what was not done. Each call
// has then had its effect once, and none was forgotten.
func TestExactlyOnce(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { exactlyOnce(t, "") })
	t.Run("PostgreSQL", func(t *testing.T) { exactlyOnce(t, postgres.Database(t)) })
}

// exactlyOnce makes the runs with the ledger at a URL, or in the state directory.
func exactlyOnce(t *testing.T, url string) {
	runs := 40
	if testing.Short() {
		runs = 8
	}
	if more := os.Getenv(moreRuns); more != "" {
		var err error
		runs, err = strconv.Atoi(more)
		require.NoError(t, err)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("%d runs, seed %d", runs, seed)
	s := newOnceStand(t, mathrand.New(mathrand.NewPCG(seed, 0)), url)
	points := []string{beforeIntent, afterIntent, afterSend, afterAnswer, beforeRecord, afterRecord, atRandom, lostAnswer}
	for i := range runs {
		job := jobs[(i%len(points)+i/len(points))%len(jobs)]
		point := points[i%len(points)] // in 48 runs, each job with each point
		if !t.Run(fmt.Sprintf("%d %s %s", i, job.tool, point), func(t *testing.T) { s.once(t, job, fmt.Sprintf("Venta %d", i), point) }) {
			break
		}
	}
	s.checkIntents(t)
	t.Logf("%d killed, %d answers lost, %d resolved (%d found, %d not found), %d repeated within the lease, %d blindly, %d writes sent for %d effects",
		s.killed, s.lost, s.found+s.notFound, s.found, s.notFound, s.hurried, s.blind, s.writes.Load(), runs)
}

// onceStand is a sandbox and an agent that comes back after each crash.
type onceStand struct {
	*sandbox.Sandbox
	surroundings
	api    *gigstack.Caller
	random *mathrand.Rand
	ahead  time.Duration // of the program's clock
	client string

	writes, flying atomic.Int64 // requests at the sandbox

	mu   sync.Mutex
	keys []string // idempotency keys of ours that reached it

	killed, lost, found, notFound, hurried, blind int
}

func newOnceStand(t *testing.T, random *mathrand.Rand, url string) *onceStand {
	s := &onceStand{Sandbox: sandbox.New(sandbox.Options{Now: time.Now}), random: random}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.flying.Add(1)
		defer s.flying.Add(-1)
		if r.Method != http.MethodGet {
			s.writes.Add(1)
			s.remember(r)
		}
		s.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	t.Cleanup(s.Close)
	s.env = map[string]string{"GIGSTACK_API_KEY": s.DemoKeys()[0].Secret, "GIGSTACK_BASE_URL": web.URL + "/v2", "GIGSTACK_STATE_DIR": t.TempDir(), "GIGSTACK_LEDGER": url, "GIGSTACK_ALLOW_CRITICAL": "true", "GIGSTACK_LOG_LEVEL": "error"}
	key, err := gigstack.NewKey(s.env["GIGSTACK_API_KEY"])
	require.NoError(t, err)
	s.api, err = gigstack.New(gigstack.Options{BaseURL: s.env["GIGSTACK_BASE_URL"], Key: key, Allow: func(context.Context, gigstack.Spec, string) error { return nil }})
	require.NoError(t, err)
	clients, err := gigstack.ListClients.Call(t.Context(), s.api, gigstack.ListClientsInput{})
	require.NoError(t, err)
	for _, client := range clients.Data {
		if client.TaxID != "" && client.TaxID != "XAXX010101000" {
			s.client = client.ID
		}
	}
	require.NotEmpty(t, s.client)
	s.call(t, "resolve_outcome", nil) // the first call makes the tables
	return s
}

// remember notes the idempotency key of a write, and leaves its body as it was.
func (s *onceStand) remember(r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return // its sender was killed in the middle
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
	var body struct {
		Key string `json:"idempotency_key"`
	}
	_ = json.Unmarshal(raw, &body) // some have none
	if _, ours := guard.AttemptOf(body.Key); ours {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.keys = append(s.keys, body.Key)
	}
}

// checkIntents looks every write that arrived up in the ledger.
func (s *onceStand) checkIntents(t *testing.T) {
	l, err := ledger.New(ledger.Options{URL: s.env["GIGSTACK_LEDGER"], Dir: s.env["GIGSTACK_STATE_DIR"], Now: time.Now, Random: rand.Reader})
	require.NoError(t, err)
	defer func() { assert.NoError(t, l.Disconnect()) }()
	require.NotEmpty(t, s.keys)
	for _, key := range s.keys {
		id, _ := guard.AttemptOf(key)
		attempt, known, err := l.Find(t.Context(), id)
		require.NoError(t, err)
		if assert.True(t, known, key) {
			assert.Contains(t, []string{guard.Done, guard.Refused}, attempt.Outcome)
		}
	}
}

// answered is a tool's result, as far as the agent reads it.
type answered struct {
	Team, Status, Plan, Approval string

	Data     json.RawMessage
	Attempts []struct{ ID, Outcome string }
	Resolved struct{ Verdict, Message, Next string }
	Error    *struct{ Code, Message, Next, Outcome string }
}

// call is one run of the program with one call, after a restart.
func (s *onceStand) call(t *testing.T, tool string, with map[string]any) (a answered) {
	t.Helper()
	arguments, err := json.Marshal(with)
	require.NoError(t, err)
	var out, log strings.Builder
	p := s.program(&out, &log, "call", tool, "--args", string(arguments))
	p.now = func() time.Time { return time.Now().Add(s.ahead) }
	if err := p.run(t.Context()); err != nil {
		require.ErrorIs(t, err, errToolFailed, log.String())
	}
	require.NoError(t, json.Unmarshal([]byte(out.String()), &a), out.String())
	return a
}

// confirmed calls a tool and confirms its plan.
func (s *onceStand) confirmed(t *testing.T, tool string, with map[string]any) answered {
	t.Helper()
	a := s.call(t, tool, with)
	if a.Plan != "" {
		s.approve(t, a)
		a = s.call(t, tool, also(with, "plan", a.Plan))
	}
	return a
}

// approve has a person let go on what waits for one.
func (s *onceStand) approve(t *testing.T, a answered) {
	t.Helper()
	if a.Approval == "" {
		return
	}
	person := surroundings{env: s.env, in: strings.NewReader("10.00\n"), atTerminal: true}
	_, _, err := person.run(t.Context(), "approvals", "approve", a.Approval)
	require.NoError(t, err)
}

func also(with map[string]any, name string, value any) map[string]any {
	more := map[string]any{name: value}
	for k, v := range with {
		more[k] = v
	}
	return more
}

// leavesOpen is the points that leave an attempt open for sure.
var leavesOpen = []string{afterIntent, afterAnswer, beforeRecord, lostAnswer}

// once has a job done, come what may.
func (s *onceStand) once(t *testing.T, job job, name, point string) {
	s.ahead = 0
	with := job.prepare(t, s, name)
	confirm := with
	if job.guarded {
		plan := s.call(t, job.tool, with)
		require.NotEmpty(t, plan.Plan, "%+v", plan.Error)
		s.approve(t, plan)
		confirm = also(with, "plan", plan.Plan)
	}
	sent := s.writes.Load()
	s.crash(t, job.tool, confirm, point)
	sent = s.writes.Load() - sent
	assert.LessOrEqual(t, sent, int64(1), "a write is never repeated by itself")
	assert.LessOrEqual(t, job.effects(t, s, name), 1)
	if s.env["GIGSTACK_LEDGER"] != "" {
		if point != lostAnswer && s.random.IntN(4) == 0 {
			s.hurry(t, job, with)
		}
		s.endLeases(t)
	}

	open := s.call(t, "resolve_outcome", nil).Attempts
	if slices.Contains(leavesOpen, point) || sent == 1 && job.effects(t, s, name) == 0 {
		require.Len(t, open, 1, "the intent is known")
		assert.Equal(t, "unknown", open[0].Outcome)
	}
	if len(open) == 1 && s.random.IntN(3) == 0 { // an agent that does not listen
		s.blind++
		again := s.confirmed(t, job.tool, with)
		assert.LessOrEqual(t, job.effects(t, s, name), 1)
		if !job.keyed {
			require.NotNil(t, again.Error)
			assert.Equal(t, "earlier_outcome_unknown", again.Error.Code)
			assert.Contains(t, again.Error.Next, open[0].ID)
		}
	}
	done := s.resolved(t, open)
	if len(open) == 0 { // the agent lost its answer all the same, and looks for itself
		done = job.effects(t, s, name) == 1
	}
	if !done {
		again := s.confirmed(t, job.tool, with)
		require.Nil(t, again.Error, "%+v", again.Error)
	}
	assert.Equal(t, 1, job.effects(t, s, name), "exactly once")
	assert.Empty(t, s.call(t, "resolve_outcome", nil).Attempts, "nothing is left open")
}

// resolved settles what is open, and says whether it took effect.
func (s *onceStand) resolved(t *testing.T, open []struct{ ID, Outcome string }) (done bool) {
	s.ahead = 5 * time.Minute // nothing can be under way any more
	for _, attempt := range open {
		r := s.call(t, "resolve_outcome", map[string]any{"attempt": attempt.ID}).Resolved
		switch r.Verdict {
		case "found":
			s.found++
			done = true
		case "not_found":
			s.notFound++
		default:
			require.Fail(t, "undecided", r.Message)
		}
	}
	return done
}

// crash runs the program in a process of its own until it is killed at the point.
func (s *onceStand) crash(t *testing.T, tool string, with map[string]any, point string) {
	arguments, err := json.Marshal(with)
	require.NoError(t, err)
	after := time.Duration(s.random.IntN(4000)) * time.Microsecond
	switch point {
	case atRandom:
		after = time.Duration(s.random.IntN(120)) * time.Millisecond
	case afterSend: // its effect may come before the end of the process, or after
		s.Fail(sandbox.Fault{Method: method(tool), Path: "/v2/", Delay: time.Duration(1+s.random.IntN(6)) * time.Millisecond})
	case lostAnswer:
		s.Fail(sandbox.Fault{Method: method(tool), Path: "/v2/", Drop: true})
	}
	cmd := exec.Command(os.Args[0])
	cmd.Args = []string{"gigstack-mcp", "call", tool, "--args", string(arguments)}
	cmd.Env = append(os.Environ(), killedAt+"="+point+"+"+after.String())
	for name, value := range s.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	switch {
	case point == lostAnswer:
		require.Error(t, err, "the tool failed")
		s.lost++
	case (point == atRandom || point == afterSend) && err == nil: // it was faster
	default:
		require.Error(t, err, string(out))
		require.Equal(t, -1, cmd.ProcessState.ExitCode(), "killed, and nothing else: %s", out)
		s.killed++
	}
	time.Sleep(20 * time.Millisecond) // what is on its way arrives
	require.Eventually(t, func() bool { return s.flying.Load() == 0 }, 10*time.Second, 2*time.Millisecond)
}

// hurry is an agent that comes back before the lease of the killed instance has
// ended: what it left counts as running, so nothing is sent and nothing resolved.
func (s *onceStand) hurry(t *testing.T, job job, with map[string]any) {
	open := s.call(t, "resolve_outcome", nil).Attempts
	if len(open) == 0 {
		return
	}
	s.hurried++
	assert.Equal(t, "running", open[0].Outcome)
	sent := s.writes.Load()
	again := s.confirmed(t, job.tool, with)
	require.NotNil(t, again.Error)
	assert.Equal(t, "undecided", s.call(t, "resolve_outcome", map[string]any{"attempt": open[0].ID}).Resolved.Verdict)
	assert.Equal(t, sent, s.writes.Load())
}

// endLeases stands for the minute for which a dead instance counts as alive on
// PostgreSQL. Its clock cannot be turned, so the last signs of life are.
func (s *onceStand) endLeases(t *testing.T) {
	db, err := sql.Open("pgx", s.env["GIGSTACK_LEDGER"])
	require.NoError(t, err)
	_, err = db.Exec(`update instances set seen = seen - interval '1 minute'`)
	require.NoError(t, errors.Join(err, db.Close()))
}

func method(tool string) string {
	for _, resource := range gigstack.API {
		for _, op := range resource.Endpoints {
			if op.Spec().Name == tool {
				m, _, _ := strings.Cut(op.Spec().Route, " ")
				return m
			}
		}
	}
	return ""
}

package tools_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/capture"
	"github.com/gigstack/gigstack-mcp/internal/example"
	"github.com/gigstack/gigstack-mcp/internal/files"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
	"github.com/gigstack/gigstack-mcp/internal/policy"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
	"github.com/gigstack/gigstack-mcp/internal/session"
	"github.com/gigstack/gigstack-mcp/internal/telemetry"
	"github.com/gigstack/gigstack-mcp/prompts"
	"github.com/gigstack/gigstack-mcp/tools"
)

// The two eras of the protocol.
var eras = []string{"modern", "legacy"}

// inBothEras runs a test once in each era.
func inBothEras(t *testing.T, test func(t *testing.T, era string)) {
	for _, era := range eras {
		t.Run(era, func(t *testing.T) { test(t, era) })
	}
}

// setting is what a test wants of a stand; the zero setting is the demonstration
// company's master team in test mode, with the default policy.
type setting struct {
	policy            guard.Policy
	rules             func() *policy.Policy         // the operator's
	team              string                        // the operator's
	teams             []string                      // the only ones to act for
	key               func(*sandbox.Sandbox) string // the API key; a master owner's when nil
	upstream          func(http.Handler) http.Handler
	noHandOff         bool
	noPartner         bool
	audit             tools.Auditor // a ledger of the stand's own when nil
	wrap              func(tools.Auditor) tools.Auditor
	beside            *stand        // another server of the same gigstack
	ledger            string        // its directory, in memory when ""
	surface           tools.Surface // all when ""
	output            tools.Output
	concise           bool // lists show the main members only
	toolsets, changes []string
	careful           bool              // live keys may change nothing, as by default
	files             string            // --files-dir
	passwords         map[string]string // the operator's
	cache             time.Duration     // --cache
}

// stand is a whole server in front of a sandbox over real HTTP.
type stand struct {
	*sandbox.Sandbox
	tools  *tools.Tools
	server *server.MCPServer
	caller *gigstack.Caller
	ledger *ledger.Ledger // of executions and their audit
	key    string
	url    string // of gigstack
	log    *capture.Buffer
	clock  atomic.Int64 // unix nanoseconds

	mu       sync.Mutex
	requests []sent
	handed   []string // credentials handed off
}

// sent is one request that reached gigstack.
type sent struct{ method, path, team, body string }

func newStand(t *testing.T, with setting) *stand {
	t.Helper()
	s := &stand{log: &capture.Buffer{}}
	s.clock.Store(time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC).UnixNano())
	s.Sandbox = sandbox.New(sandbox.Options{Now: s.now})
	s.key = s.DemoKeys()[0].Secret
	if with.key != nil {
		s.key = with.key(s.Sandbox)
	}
	var upstream http.Handler = s.Sandbox
	if with.upstream != nil {
		upstream = with.upstream(upstream)
	}
	web := httptest.NewServer(s.record(upstream))
	t.Cleanup(web.Close)
	t.Cleanup(s.Close)
	s.url = web.URL + "/v2"
	if with.beside != nil {
		s.url, s.key = with.beside.url, with.beside.key
	}

	key, err := gigstack.NewKey(s.key)
	require.NoError(t, err)
	var partner gigstack.Key
	if !with.noPartner {
		partner, err = gigstack.NewKey(sandbox.PartnerKey)
		require.NoError(t, err)
	}
	s.caller, err = gigstack.New(gigstack.Options{BaseURL: s.url, Key: key, PartnerKey: partner, Allow: tools.Allow, Timeout: 5 * time.Second, Cache: with.cache})
	require.NoError(t, err)
	with.policy.AllowLive = !with.careful
	s.ledger, err = ledger.New(ledger.Options{Dir: with.ledger, Now: s.now, Random: rand.Reader})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.ledger.Disconnect() })
	g, err := guard.New(guard.Options{Policy: with.policy, Rules: with.rules, Journal: s.ledger, SealKey: bytes.Repeat([]byte{7}, 32), Now: s.now, Random: rand.Reader})
	require.NoError(t, err)
	log, err := telemetry.New(s.log, "debug")
	require.NoError(t, err)
	if with.audit == nil {
		with.audit = s.ledger
	}
	if with.wrap != nil {
		with.audit = with.wrap(with.audit)
	}
	options := tools.Options{Caller: s.caller, Guard: g, Audit: with.audit, Selections: session.NewSelections(session.NewMemory(), s.now), Team: with.team, Teams: with.teams, Surface: with.surface, FullLists: !with.concise, Output: with.output, Toolsets: with.toolsets, Changes: with.changes,
		Sandbox: true, Approvals: "gigstack-mcp approvals", Version: "test", Now: s.now, Random: rand.Reader, Log: log,
		Password: func(name string) (string, []string, error) {
			return with.passwords[name], slices.Sorted(maps.Keys(with.passwords)), nil
		}}
	if with.files != "" {
		options.Files, err = files.Open(with.files)
		require.NoError(t, err)
	}

	if !with.noHandOff {
		options.HandOff = safe(func(secret string) (string, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.handed = append(s.handed, secret)
			return "the safe", nil
		})
	}
	s.tools, err = tools.New(options)
	require.NoError(t, err)
	s.server = server.NewMCPServer("gigstack", "test", server.WithToolCapabilities(false), server.WithResourceCapabilities(false, false),
		server.WithPromptCapabilities(false), server.WithCompletions(), server.WithElicitation(), server.WithResourceCompletionProvider(tools.Completions{}))
	s.tools.Register(s.server)
	tools.RegisterResources(s.server)
	s.tools.RegisterFiles(s.server)
	s.tools.RegisterAudit(s.server)
	s.tools.RegisterRecords(s.server)
	prompts.Register(s.server)
	return s
}

func (s *stand) now() time.Time { return time.Unix(0, s.clock.Load()).UTC() }

func (s *stand) advance(d time.Duration) { s.clock.Add(int64(d)) }

// record notes every request on its way to gigstack.
func (s *stand) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.mu.Lock()
		s.requests = append(s.requests, sent{r.Method, strings.TrimPrefix(r.URL.Path, "/v2"), r.URL.Query().Get("team"), string(body)})
		s.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

// reached is what has reached gigstack since the last call of reached.
func (s *stand) reached() []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.requests
	s.requests = nil
	return all
}

// writes is what of it was no GET.
func (s *stand) writes() []sent {
	return slices.DeleteFunc(s.reached(), func(r sent) bool { return r.method == http.MethodGet })
}

// person answers questions.
type person func(context.Context, mcp.ElicitationRequest) (*mcp.ElicitationResult, error)

// Elicit implements client.ElicitationHandler.
func (p person) Elicit(ctx context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	return p(ctx, r)
}

// says is a person who always answers the same.
func says(action mcp.ElicitationResponseAction, content any) person {
	return func(context.Context, mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
		return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: action, Content: content}}, nil
	}
}

// agrees is a person who does what the question asks for: ticks, or types the word.
var agrees person = func(ctx context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	var answer any = true
	if _, word, typed := strings.Cut(r.Params.Message, "escribe: "); typed {
		answer = word
	}
	return says(mcp.ElicitationResponseActionAccept, map[string]any{"confirm": answer})(ctx, r)
}

// agent is an MCP client; who is behind it may be nobody.
type agent struct {
	*client.Client
	caller session.Caller
	stand  *stand
}

// agent connects a client of an era. Without a person it cannot ask anybody.
func (s *stand) agent(t *testing.T, era string, p person) *agent {
	t.Helper()
	var options []client.ClientOption
	if era == "legacy" {
		//lint:ignore SA1019 clients of the older era exist, and are what is tested here
		options = append(options, client.WithLegacyProtocolOnly())
	}
	if p != nil {
		options = append(options, client.WithElicitationHandler(p))
	}
	c, err := client.NewInProcessClientWithOptions(s.server, options...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	require.NoError(t, c.Start(t.Context()))
	_, err = c.Initialize(t.Context(), mcp.InitializeRequest{Params: mcp.InitializeParams{ProtocolVersion: mcp.LATEST_PROTOCOL_VERSION, ClientInfo: mcp.Implementation{Name: "test", Version: "1"}}})
	require.NoError(t, err)
	require.Equal(t, era == "modern", c.ProtocolVersion() == mcp.ProtocolVersion20260728, c.ProtocolVersion())
	return &agent{c, session.Caller{Principal: "local"}, s}
}

// args is the arguments of a call.
type args map[string]any

// with is the arguments and one more.
func (a args) with(name string, value any) args {
	more := args{name: value}
	for k, v := range a {
		if k != name {
			more[k] = v
		}
	}
	return more
}

// result is a tool's result as a test reads it.
type result struct {
	isError bool
	text    string
	whole   map[string]any
}

// call calls a tool. A protocol error fails the test: an agent never sees one.
func (a *agent) call(t *testing.T, tool string, with any) result {
	t.Helper()
	got, err := a.try(t.Context(), tool, with)
	require.NoError(t, err, tool)
	require.NotEmpty(t, got.Content, tool)
	require.NotEmpty(t, got.Content[0].(mcp.TextContent).Text, tool)
	r := result{isError: got.IsError, text: string(got.RawStructuredContent)}
	require.NoError(t, json.Unmarshal([]byte(r.text), &r.whole))
	return r
}

func (a *agent) try(ctx context.Context, tool string, with any) (*mcp.CallToolResult, error) {
	request := mcp.CallToolRequest{}
	request.Params.Name, request.Params.Arguments = tool, with
	return a.CallTool(session.WithCaller(ctx, a.caller), request)
}

// confirmed calls a tool and, when it wants it, confirms its plan, and before that has
// it approved.
func (a *agent) confirmed(t *testing.T, tool string, with args) result {
	t.Helper()
	r := a.call(t, tool, with)
	if !r.planned() {
		return r
	}
	return a.call(t, tool, with.with("plan", a.settled(t, r)))
}

// plan is the plan of a call that can be confirmed.
func (a *agent) plan(t *testing.T, tool string, with args) any {
	t.Helper()
	r := a.call(t, tool, with)
	require.True(t, r.planned(), r.text)
	return a.settled(t, r)
}

// settled is the plan of a result, approved where it has to be.
func (a *agent) settled(t *testing.T, r result) any {
	t.Helper()
	if r.get("status") == "waiting_for_approval" {
		a.stand.decide(t, r, guard.Approved)
	}
	return r.get("plan")
}

// planned reports whether a result is a plan, whoever confirms it.
func (r result) planned() bool {
	return r.get("status") == "confirmation_required" || r.get("status") == "waiting_for_approval"
}

// decide is what a person outside of the conversation says of a call that waits.
func (s *stand) decide(t *testing.T, r result, state string) guard.Approval {
	t.Helper()
	id, ok := r.get("approval").(string)
	require.True(t, ok, r.text)
	a, err := s.ledger.Decide(t.Context(), id, state, "Berta", "")
	require.NoError(t, err)
	return a
}

// get is a member of the result by its path, nil when it is not there.
func (r result) get(path ...string) any {
	var v any = r.whole
	for _, name := range path {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}

// code is the error's code, "" without an error.
func (r result) code() string {
	code, _ := r.get("error", "code").(string)
	return code
}

// id is the id of what the result is about.
func (r result) id() string {
	for _, name := range []string{"uuid", "id"} {
		if id, ok := r.get("data", name).(string); ok {
			return id
		}
	}
	return ""
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return string(raw)
}

// first is the first element of a list that has the member, as an object.
func (a *agent) first(t *testing.T, tool string, with args, member string, wanted any) map[string]any {
	t.Helper()
	r := a.call(t, tool, with.with("limit", 100))
	require.False(t, r.isError, r.text)
	for _, element := range r.get("data").([]any) {
		if object := element.(map[string]any); member == "" || object[member] == wanted {
			return object
		}
	}
	require.Fail(t, "nothing of "+tool+" fits")
	return nil
}

func newReader(s string) io.Reader { return strings.NewReader(s) }

// demoPasswords is an operator's passwords.
var demoPasswords = map[string]string{"certificate": example.Password}

// filesFor is a folder with a file for every upload of the examples.
func filesFor(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"csf.pdf": string(sandbox.DemoCertificate().PDF()), "contrato.pdf": "%PDF-1.4\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	for _, name := range []string{"csd.cer", "csd.key", "fiel.cer", "fiel.key", "fiel-nueva.cer", "fiel-nueva.key"} {
		content, err := example.CertificateFile(name)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	return dir
}

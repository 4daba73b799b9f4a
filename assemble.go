package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/auth"
	"github.com/gigstack/gigstack-mcp/internal/config"
	"github.com/gigstack/gigstack-mcp/internal/files"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
	"github.com/gigstack/gigstack-mcp/internal/policy"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
	"github.com/gigstack/gigstack-mcp/internal/satkeys"
	"github.com/gigstack/gigstack-mcp/internal/session"
	"github.com/gigstack/gigstack-mcp/prompts"
	"github.com/gigstack/gigstack-mcp/tools"
)

// app is everything a command works with.
type app struct {
	*tenant // who is served where nobody is told apart, and whoever has no key of their own; nil where all need one

	program   program
	config    config.Config
	log       zerolog.Logger
	ledger    *ledger.Ledger
	keys      *satkeys.Finder
	rules     func() *policy.Policy
	sealKey   []byte
	partner   gigstack.Key
	upstream  limiters
	stopping  <-chan struct{}
	approvals string // the command for people who approve; "" where there is none
	watch     watchers
	readiness readiness
	close     func()
}

// tenant is everything that one principal is served with. Nothing of it is another's.
type tenant struct {
	caller *gigstack.Caller
	tools  *tools.Tools
	server *server.MCPServer
}

// build puts the program together, from the API upwards.
func (p program) build(ctx context.Context, c config.Config, log zerolog.Logger) (built *app, err error) {
	a := &app{program: p, config: c, log: log, keys: satkeys.New(catalogsFile(c)), stopping: ctx.Done(), close: func() {}}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	key, err := p.keys(a)
	if err != nil {
		return nil, err
	}
	if err := p.openLedger(a); err != nil {
		return nil, err
	}
	if a.rules, err = a.readRules(ctx); err != nil {
		return nil, err
	}
	if a.sealKey, err = p.readSealKey(ctx, c); err != nil {
		return nil, err
	}
	a.openWatch()
	if err := a.openTraces(ctx); err != nil {
		return nil, err
	}
	if key.IsZero() {
		return a, nil
	}
	a.tenant, err = a.newTenant(key, a.partner, auth.Principal{Name: "local"})
	return a, err
}

// newTenant puts together what a principal with a key is served with.
func (a *app) newTenant(key, partner gigstack.Key, who auth.Principal) (*tenant, error) {
	p, c := a.program, a.config
	caller, err := a.newCaller(key, partner, who.Name)
	if err != nil {
		return nil, err
	}
	if err := expectMode(c.ExpectMode, caller.Claims()); err != nil {
		return nil, err
	}
	g, err := a.newGuard()
	if err != nil {
		return nil, err
	}
	options := tools.Options{
		Caller: caller, Guard: g, Audit: a.auditor(), Watch: a.watch.calls, Selections: a.selections(), Team: c.Team, Teams: who.Teams, Surface: tools.Surface(c.Surface), Output: tools.Output(c.Output), FullLists: c.Lists == "full", Toolsets: c.Toolsets, Changes: c.ToolChanges,
		Password: password(c.Secrets), Sandbox: c.Sandbox, Approvals: a.approvals, Version: version(), Keys: a.keys, Now: p.now, Random: p.random, Log: a.log,
	}
	if who.Teams != nil { // folder and passwords are the operator's, for all companies
		options.Password = nil
	} else if err := openFiles(c, &options); err != nil {
		return nil, err
	}
	if c.HandOffDir != "" {
		options.HandOff = handOff(c.HandOffDir)
	}
	t, err := tools.New(options)
	if err != nil {
		return nil, err
	}
	return &tenant{caller, t, newServer(t, a.log)}, nil
}

// expectMode refuses a key of another mode than the operator had in mind, or one that
// does not say which it is of.
func expectMode(mode string, claims gigstack.Claims) error {
	switch live := claims.Livemode; {
	case mode == "":
		return nil
	case live == nil:
		return fmt.Errorf("--expect-mode: the API key does not say whether it is live or test")
	case *live != (mode == "live"):
		return fmt.Errorf("--expect-mode: the API key is not of %s mode", mode)
	}
	return nil
}

// openFiles opens the folder for files. A command that ends after one call saves
// what it is answered, in the state directory where no folder was named.
func openFiles(c config.Config, options *tools.Options) (err error) {
	if c.FilesDir == "" && c.Command == config.Call && c.StateDir != "" {
		c.FilesDir = filepath.Join(c.StateDir, "files")
		if err := os.MkdirAll(c.FilesDir, 0o700); err != nil {
			return err
		}
	}
	if c.FilesDir == "" {
		return nil
	}
	options.SaveAll = c.Command == config.Call
	if options.Files, err = files.Open(c.FilesDir); err != nil {
		return fmt.Errorf("--files-dir: %w", err)
	}
	return nil
}

// newServer is the MCP server with everything it offers. Lists are complete and
// do not change, so nothing is announced and nothing is paged.
func newServer(t *tools.Tools, log zerolog.Logger) *server.MCPServer {
	s := server.NewMCPServer("gigstack", version(),
		server.WithTitle("gigstack"),
		server.WithInstructions(prompts.Instructions()),
		server.WithToolCapabilities(false),
		server.WithResourceCapabilities(false, false),
		server.WithPromptCapabilities(false),
		server.WithCompletions(),
		server.WithElicitation(),
		server.WithRecovery(),
		server.WithResourceRecovery(),
		server.WithCacheHints(5*60*1000, mcp.CacheScopePrivate),
		server.WithMethodCacheHints(mcp.MethodResourcesRead, 0, mcp.CacheScopePrivate), // a team or an invoice may change at any time
		server.WithPromptCompletionProvider(completions{t}),
		server.WithResourceCompletionProvider(completions{t}),
		server.WithLogger(slog.New(zerolog.NewSlogHandler(log.Level(max(log.GetLevel(), zerolog.WarnLevel))))),
	)
	t.Register(s)
	tools.RegisterResources(s)
	t.RegisterFiles(s)
	t.RegisterAudit(s)
	t.RegisterRecords(s)
	prompts.Register(s)
	prompts.RegisterGuides(s)
	addFixtures(s)
	return s
}

// keys are the operator's, or those of the built-in gigstack after it was started.
// There may be no partner key, and none at all where everybody brings their own.
func (p program) keys(a *app) (key gigstack.Key, err error) {
	c := &a.config
	switch {
	case c.Sandbox:
		if c.APIKey, err = p.startSandbox(a); err != nil {
			return key, err
		}
		c.PartnerKey = sandbox.PartnerKey
	case (c.Command == config.Tools || c.Command == config.LedgerPending) && c.APIKey == "":
		c.APIKey = "sk_test_none" // looking at a list calls nobody
	}
	if c.PartnerKey != "" {
		if a.partner, err = gigstack.NewKey(c.PartnerKey); err != nil {
			return key, err
		}
	}
	if c.APIKey == "" {
		return key, nil
	}
	return gigstack.NewKey(c.APIKey)
}

// startSandbox serves a gigstack of the program's own and returns a key to it.
func (p program) startSandbox(a *app) (key string, err error) {
	box := sandbox.New(sandbox.Options{Now: p.now})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("start the sandbox: %w", err)
	}
	s := &http.Server{Handler: box}
	go func() { _ = s.Serve(l) }()
	a.close = func() {
		_ = s.Close()
		box.Close()
	}
	a.config.BaseURL = "http://" + l.Addr().String() + "/v2"
	return box.DemoKeys()[0].Secret, nil
}

// openLedger says where executions are remembered; nothing goes there before it
// must. What happens in the sandbox is forgotten with it, and never mixed with what
// is real.
func (p program) openLedger(a *app) (err error) {
	options := ledger.Options{URL: a.config.Ledger, Dir: a.config.StateDir, AuditKey: a.config.AuditKey, Now: p.now, Random: p.random}
	a.approvals = "gigstack-mcp approvals"
	looks := slices.Contains([]config.Command{config.Tools, config.Audit, config.Approvals}, a.config.Command)
	if a.config.Sandbox {
		options.Dir = ""
		if err := a.sandboxLedger(&options); err != nil {
			return err
		}
	} else if options.URL == "" && options.Dir == "" && !looks {
		a.log.Warn().Msg("there is no state directory: what was sent is forgotten when the program ends; name one with --state-dir")
	}
	if options.URL != "" && options.AuditKey == nil && !looks {
		a.log.Warn().Msg("the audit is not signed: name a key with --audit-key-file")
	}
	switch {
	case options.URL == "" && options.Dir == "":
		a.approvals = ""
	case options.URL == "" && (a.config.Sandbox || a.config.OwnStateDir):
		a.approvals = "gigstack-mcp --state-dir " + quoted(options.Dir) + " approvals"
	}
	if a.ledger, err = ledger.New(options); err != nil {
		return err
	}
	before := a.close
	a.close = func() {
		defer before()
		if err := a.ledger.Disconnect(); err != nil {
			a.log.Warn().Err(err).Msg("the ledger was not closed in good order")
		}
	}
	return nil
}

// quoted is a path as a shell takes it.
func quoted(path string) string {
	if plainPath.MatchString(path) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

var plainPath = regexp.MustCompile(`^[\w/.:-]+$`)

// sandboxLedger keeps a sandbox's ledger where a person can approve something in
// another terminal, as long as the program runs; in memory where nothing is approved.
func (a *app) sandboxLedger(o *ledger.Options) (err error) {
	serves := a.config.Command == config.Stdio || a.config.Command == config.HTTP
	if !serves || !a.config.AllowCritical && a.config.Policy == "" {
		return nil
	}
	if o.Dir, err = os.MkdirTemp("", "gigstack-sandbox-"); err != nil {
		return fmt.Errorf("the sandbox's ledger: %w", err)
	}
	before := a.close
	a.close = func() {
		before()
		_ = os.RemoveAll(o.Dir)
	}
	return nil
}

// selections are shared where replicas may serve one conversation; on stdio the
// process is the conversation.
func (a *app) selections() *session.Selections {
	if a.config.Command == config.HTTP {
		return session.NewSelections(a.ledger, a.program.now)
	}
	return session.NewSelections(session.NewMemory(), a.program.now)
}

func (a *app) newGuard() (*guard.Guard, error) {
	var journal guard.Journal = a.ledger
	if a.program.journal != nil {
		journal = a.program.journal(journal)
	}
	c := a.config
	return guard.New(guard.Options{
		Policy:  guard.Policy{ReadOnly: c.ReadOnly, AllowCritical: c.AllowCritical, AllowLive: c.AllowLive, Unsealed: a.unsealed(), Unattended: a.approvals == ""},
		Rules:   a.rules,
		Journal: journal,
		SealKey: a.sealKey,
		Now:     a.program.now,
		Random:  a.program.random,
	})
}

// unsealed reports whether plans over HTTP are sealed with a key that nobody but this
// process has. The sandbox's documents are no more than that either.
func (a *app) unsealed() bool {
	return a.config.Command == config.HTTP && a.config.SealKey == nil && !a.config.Sandbox
}

// readSealKey is the operator's, else one that is kept for programs of one user, so
// that a plan can be confirmed after a restart, else a new one.
func (p program) readSealKey(ctx context.Context, c config.Config) ([]byte, error) {
	if c.SealKey != nil {
		return c.SealKey, nil
	}
	fresh := make([]byte, 32)
	if _, err := io.ReadFull(p.random, fresh); err != nil {
		return nil, err
	}
	keeps := c.Command == config.Stdio || c.Command == config.Call
	if !keeps || c.ReadOnly || c.Sandbox || c.StateDir == "" {
		return fresh, nil
	}
	key, err := ledger.SealKey(ctx, c.StateDir, fresh)
	if err != nil {
		return nil, fmt.Errorf("the state directory: %w", err)
	}
	return key, nil
}

// handOff saves credentials for a person in a directory, one file each that nobody
// else on the machine can read.
type handOff string

// Ready implements tools.HandOff.
func (dir handOff) Ready() error {
	if err := os.MkdirAll(string(dir), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(string(dir), ".ready-*")
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// Take implements tools.HandOff.
func (dir handOff) Take(what, secret string) (where string, err error) {
	if err := os.MkdirAll(string(dir), 0o700); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(string(dir), notInNames.ReplaceAllString(what, "-")+"-*.txt") // 0600
	if err != nil {
		return "", err
	}
	_, err = file.WriteString(secret + "\n")
	return file.Name(), errors.Join(err, file.Sync(), file.Close())
}

// password finds an operator's password by its name.
func password(secrets []config.Secret) tools.Password {
	return func(name string) (string, []string, error) {
		var names []string
		for _, secret := range secrets {
			if secret.Name == name {
				password, err := secret.Read()
				return password, nil, err
			}
			names = append(names, secret.Name)
		}
		return "", names, nil
	}
}

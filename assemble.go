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
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/config"
	"github.com/gigstack/gigstack-mcp/internal/files"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
	"github.com/gigstack/gigstack-mcp/internal/policy"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
	"github.com/gigstack/gigstack-mcp/internal/session"
	"github.com/gigstack/gigstack-mcp/prompts"
	"github.com/gigstack/gigstack-mcp/tools"
)

// app is everything a command works with.
type app struct {
	config config.Config
	log    zerolog.Logger
	caller *gigstack.Caller
	ledger *ledger.Ledger
	tools  *tools.Tools
	server *server.MCPServer
	close  func()

	approvals string // the command for people who approve; "" where there is none
}

// build puts the program together, from the API upwards.
func (p program) build(ctx context.Context, c config.Config, log zerolog.Logger) (built *app, err error) {
	a := &app{config: c, log: log, close: func() {}}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	key, partner, err := p.keys(a)
	if err != nil {
		return nil, err
	}
	a.caller, err = gigstack.New(gigstack.Options{BaseURL: a.config.BaseURL, Key: key, PartnerKey: partner, Timeout: c.Timeout, Allow: tools.Allow, Stopping: ctx.Done(), UserAgent: "gigstack-mcp/" + version(), Transport: p.transport})
	if err != nil {
		return nil, err
	}
	if err := expectMode(c.ExpectMode, a.caller.Claims()); err != nil {
		return nil, err
	}
	if err := p.openLedger(a); err != nil {
		return nil, err
	}
	rules, err := a.rules(ctx)
	if err != nil {
		return nil, err
	}
	g, err := p.guard(ctx, a, rules)
	if err != nil {
		return nil, err
	}
	options := tools.Options{
		Caller: a.caller, Guard: g, Audit: a.ledger, Selections: a.selections(p.now), Team: c.Team, Toolsets: c.Toolsets, Changes: c.ToolChanges,
		Password: password(c.Secrets), Sandbox: c.Sandbox, Approvals: a.approvals, Version: version(), Now: p.now, Random: p.random, Log: log,
	}
	if err := openFiles(c, &options); err != nil {
		return nil, err
	}
	if c.HandOffDir != "" {
		options.HandOff = handOff(c.HandOffDir)
	}
	if a.tools, err = tools.New(options); err != nil {
		return nil, err
	}
	a.server = newServer(a.tools, log)
	return a, nil
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
		server.WithPromptCompletionProvider(promptCompletions{}),
		server.WithResourceCompletionProvider(tools.Completions{}),
		server.WithLogger(slog.New(zerolog.NewSlogHandler(log.Level(max(log.GetLevel(), zerolog.WarnLevel))))),
	)
	t.Register(s)
	tools.RegisterResources(s)
	t.RegisterFiles(s)
	t.RegisterAudit(s)
	prompts.Register(s)
	addFixtures(s)
	return s
}

// keys are the operator's, or those of the built-in gigstack after it was started.
// There may be no partner key.
func (p program) keys(a *app) (key, partner gigstack.Key, err error) {
	c := &a.config
	switch {
	case c.Sandbox:
		if c.APIKey, err = p.startSandbox(a); err != nil {
			return key, partner, err
		}
		c.PartnerKey = sandbox.PartnerKey
	case (c.Command == config.Tools || c.Command == config.LedgerPending) && c.APIKey == "":
		c.APIKey = "sk_test_none" // looking at a list calls nobody
	}
	if c.PartnerKey != "" {
		if partner, err = gigstack.NewKey(c.PartnerKey); err != nil {
			return key, partner, err
		}
	}
	key, err = gigstack.NewKey(c.APIKey)
	return key, partner, err
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
func (a *app) selections(now func() time.Time) *session.Selections {
	if a.config.Command == config.HTTP {
		return session.NewSelections(a.ledger, now)
	}
	return session.NewSelections(session.NewMemory(), now)
}

func (p program) guard(ctx context.Context, a *app, rules func() *policy.Policy) (*guard.Guard, error) {
	key, err := p.sealKey(ctx, a.config)
	if err != nil {
		return nil, err
	}
	var journal guard.Journal = a.ledger
	if p.journal != nil {
		journal = p.journal(journal)
	}
	return guard.New(guard.Options{
		Policy:  guard.Policy{ReadOnly: a.config.ReadOnly, AllowCritical: a.config.AllowCritical, AllowLive: a.config.AllowLive, Unsealed: a.unsealed(), Unattended: a.approvals == ""},
		Rules:   rules,
		Journal: journal,
		SealKey: key,
		Now:     p.now,
		Random:  p.random,
	})
}

// unsealed reports whether plans over HTTP are sealed with a key that nobody but this
// process has. The sandbox's documents are no more than that either.
func (a *app) unsealed() bool {
	c := a.config
	lacks := c.Command == config.HTTP && c.SealKey == nil && !c.Sandbox
	if lacks && !c.ReadOnly {
		a.log.Warn().Msg("fiscal and critical tools are not offered: name a key to seal plans with, --seal-key-file")
	}
	return lacks
}

// sealKey is the operator's, else one that is kept for programs of one user, so
// that a plan can be confirmed after a restart, else a new one.
func (p program) sealKey(ctx context.Context, c config.Config) ([]byte, error) {
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

// promptCompletions completes the arguments of prompts.
type promptCompletions struct{}

// CompletePromptArgument implements server.PromptCompletionProvider.
func (promptCompletions) CompletePromptArgument(_ context.Context, prompt string, argument mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	return tools.Complete(prompts.Complete(prompt, argument.Name, argument.Value)), nil
}

// Command gigstack-mcp serves gigstack, Mexico's invoicing and payments API, to
// AI agents over the Model Context Protocol.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/auth"
	"github.com/gigstack/gigstack-mcp/internal/config"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
	"github.com/gigstack/gigstack-mcp/internal/telemetry"
	"github.com/gigstack/gigstack-mcp/tools"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)   // a second signal ends at once
	signal.Ignore(syscall.SIGPIPE) // a client that hangs up must not cut off a write
	p := program{args: os.Args[1:], getenv: os.Getenv, environ: os.Environ(), in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now, random: rand.Reader,
		terminal: func() bool { return isatty.IsTerminal(os.Stdin.Fd()) }, login: login}
	if err := p.run(ctx); err != nil {
		if !errors.Is(err, errToolFailed) {
			fmt.Fprintf(os.Stderr, "gigstack-mcp: %s\n", telemetry.Redact([]byte(err.Error())))
		}
		os.Exit(1)
	}
}

// program is a run of the command with its surroundings, so that a test can
// bring its own.
type program struct {
	args    []string
	getenv  func(string) string
	environ []string
	in      io.Reader
	out     io.Writer // protocol or results, nothing else
	err     io.Writer // the log
	now     func() time.Time
	random  io.Reader

	terminal func() bool            // a person may sit at in
	login    func() (string, error) // theirs

	transport http.RoundTripper                 // to gigstack; nil for the caller's own
	journal   func(guard.Journal) guard.Journal // stands before the ledger; nil for nothing
}

// errToolFailed is the end of a call whose result was printed and is an error.
var errToolFailed = errors.New("the tool failed")

func (p program) run(ctx context.Context) error {
	c, err := config.Load(config.Source{Args: p.args, Getenv: p.getenv, Environ: p.environ, BaseURL: gigstack.DefaultBaseURL, Out: p.out, Check: check})
	switch {
	case errors.Is(err, config.ErrHelp):
		return nil
	case c.Command == config.Doctor:
		return p.doctor(ctx, c, err)
	case err != nil:
		return fmt.Errorf("the settings are not right:\n%w", err)
	}
	log, err := telemetry.New(p.err, c.LogLevel)
	if err != nil {
		return err
	}
	for _, name := range c.Strangers {
		log.Warn().Str("variable", name).Msg("this variable is no setting and changes nothing; see --help")
	}
	switch c.Command {
	case config.Version:
		_, err = fmt.Fprintln(p.out, "gigstack-mcp", version())
		return err
	case config.Token:
		return p.makeToken()
	case config.Catalogs:
		return p.loadCatalogs(ctx, c)
	case config.Sandbox:
		return p.serveSandbox(ctx, c)
	case config.Audit:
		return p.audit(ctx, c, log)
	case config.Approvals:
		return p.approvals(ctx, c, log)
	}
	a, err := p.build(ctx, c, log)
	if err != nil {
		return err
	}
	defer a.close()
	switch c.Command {
	case config.HTTP:
		return a.serveHTTP(ctx)
	case config.Call:
		return a.call(ctx, p.in, p.out)
	case config.Tools:
		return a.showTools(p.out)
	case config.LedgerPending:
		return a.showPending(ctx, p.out)
	case config.LedgerResolve:
		return a.resolve(ctx, p.out)
	default:
		return a.serveStdio(ctx, p.in, p.out)
	}
}

// check is what other packages know of settings that are wrong.
func check(c config.Config) (problems []error) {
	if _, err := gigstack.ParseBaseURL(c.BaseURL); err != nil {
		problems = append(problems, fmt.Errorf("--base-url: %w", err))
	}
	if c.Team != "" {
		if err := gigstack.CheckTeam(c.Team); err != nil {
			problems = append(problems, fmt.Errorf("--team: %w", err))
		}
	}
	if c.APIKey != "" {
		if _, err := gigstack.NewKey(c.APIKey); err != nil {
			problems = append(problems, fmt.Errorf("API key: %w", err))
		}
	}
	if c.PartnerKey != "" {
		if _, err := gigstack.NewKey(c.PartnerKey); err != nil {
			problems = append(problems, fmt.Errorf("partner key: %w", err))
		}
	}
	if c.Policy != "" {
		if _, err := openPolicy(c); err != nil {
			problems = append(problems, fmt.Errorf("--policy: %w", err))
		}
	}
	if c.AuthFile != "" {
		if _, err := auth.Open(c.AuthFile, auth.Options{Now: time.Now}); err != nil {
			problems = append(problems, fmt.Errorf("--auth-file: %w", err))
		}
	}
	if err := ledger.CheckURL(c.Ledger); c.Ledger != "" && err != nil {
		problems = append(problems, fmt.Errorf("ledger: %w", err))
	}
	if _, err := tools.Toolsets(c.Toolsets); err != nil {
		problems = append(problems, fmt.Errorf("--toolsets: %w", err))
	} else if _, err := tools.Chosen(c.Toolsets, c.ToolChanges); err != nil {
		problems = append(problems, fmt.Errorf("--tools: %w", err))
	}
	if err := tools.Surface(c.Surface).Check(); err != nil {
		problems = append(problems, fmt.Errorf("--surface: %w", err))
	}
	if err := tools.Output(c.Output).Check(); err != nil {
		problems = append(problems, fmt.Errorf("--output: %w", err))
	}
	if _, err := telemetry.New(io.Discard, c.LogLevel); err != nil {
		problems = append(problems, fmt.Errorf("--log-level: %w", err))
	}
	return problems
}

// version is what the binary was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "development"
	}
	return info.Main.Version
}

package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/config"
	"github.com/gigstack/gigstack-mcp/internal/httpserve"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
	"github.com/gigstack/gigstack-mcp/internal/session"
	"github.com/gigstack/gigstack-mcp/internal/stdioserve"
	"github.com/gigstack/gigstack-mcp/tools"
)

// local is who calls where there is nobody to tell apart.
func local(ctx context.Context) context.Context {
	return session.WithCaller(ctx, session.Caller{Principal: "local"})
}

// serveStdio serves the one client on the other side of in and out.
func (a *app) serveStdio(ctx context.Context, in io.Reader, out io.Writer) error {
	a.log.Info().Str("api", a.caller.Origin()).Bool("sandbox", a.config.Sandbox).Msg("serving on stdio")
	telling, stop := context.WithCancel(ctx)
	var told sync.WaitGroup // beside the first requests: a client's probe does not wait for it
	told.Go(func() { a.tellPending(telling) })
	defer told.Wait()
	defer stop()
	return stdioserve.Serve(local(ctx), a.server, in, out, a.log, a.drain())
}

// serveHTTP serves many clients until told to stop.
func (a *app) serveHTTP(ctx context.Context) error {
	if err := a.ledger.Connect(ctx); err != nil {
		return err
	}
	a.tellPending(ctx)
	if a.unsealed() && !a.config.ReadOnly {
		a.log.Warn().Msg("fiscal and critical tools are not offered: name a key to seal plans with, --seal-key-file")
	}
	guests, err := a.openTenants()
	if err != nil {
		return err
	}
	defer guests.Close()
	authenticated := guests.auth.Load() != nil
	if authenticated {
		a.reread(ctx, "auth file", func() error {
			if err := guests.readAuth(); err != nil {
				return err
			}
			a.log.Info().Msg("the auth file was read again")
			return nil
		})
	}
	certificates, scheme, err := a.tls()
	if err != nil {
		return err
	}
	l, err := httpserve.Listen(a.config.Addr, authenticated)
	if err != nil {
		return err
	}
	limits := a.limits()
	onMain, endMetrics, err := a.serveMetrics(ctx, limits)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer endMetrics()
	a.log.Info().Str("url", scheme+"://"+l.Addr().String()+httpserve.Endpoint).Str("api", a.config.BaseURL).Bool("sandbox", a.config.Sandbox).Bool("authentication", authenticated).Msg("serving over HTTP")
	return httpserve.Serve(ctx, l, httpserve.Handler(httpserve.Options{
		Admit: guests.Admit, EndStreams: guests.EndStreams, Metadata: guests.metadata(), Limits: limits, Metrics: onMain, Watch: a.watch.requests,
		AllowedOrigins: a.config.AllowedOrigins, AllowedHosts: a.config.AllowedHosts, Ready: a.readyNow, Now: a.program.now, Log: a.log,
	}), a.drain(), certificates)
}

// limits is how many calls are worked on at once.
func (a *app) limits() *httpserve.Limits {
	l := httpserve.DefaultLimits()
	l.All, l.Each = a.config.MaxCalls, a.config.MaxCallsEach
	return l
}

// tls is the certificate to serve with, nil to serve without.
func (a *app) tls() (c *tls.Config, scheme string, err error) {
	if a.config.TLSCertFile == "" {
		return nil, "http", nil
	}
	pair, err := tls.LoadX509KeyPair(a.config.TLSCertFile, a.config.TLSKeyFile)
	if err != nil {
		return nil, "", fmt.Errorf("--tls-cert-file: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, "https", nil
}

// drain is how long calls in flight are waited for at the end: as long as a write
// that has begun may take.
func (a *app) drain() time.Duration { return gigstack.WriteTimeout(a.config.Timeout) + 5*time.Second }

// readiness remembers for a moment whether the server is ready: anybody may ask.
type readiness struct {
	mu    sync.Mutex
	asked time.Time
	err   error
}

// readyFor is how long an answer holds.
const readyFor = 2 * time.Second

// readyNow is ready, asked once in a while. Who asks and goes away does not answer for
// the others.
func (a *app) readyNow(ctx context.Context) error {
	a.readiness.mu.Lock()
	defer a.readiness.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), httpserve.ReadyTimeout)
	defer cancel()
	if now := a.program.now(); now.Sub(a.readiness.asked) >= readyFor {
		a.readiness.err = a.ready(ctx)
		a.readiness.asked = a.program.now()
	}
	return a.readiness.err
}

// ready reports whether the ledger can be reached, and gigstack answers the server's
// key, if it has one, for the default team.
func (a *app) ready(ctx context.Context) error {
	if err := a.ledger.Ping(ctx); err != nil || a.tenant == nil {
		return err
	}
	_, err := gigstack.ListTeams.Call(ctx, a.forDefaultTeam(a.caller), gigstack.ListTeamsInput{Paging: gigstack.Paging{Limit: new(1)}})
	return err
}

// forDefaultTeam is a caller that acts for the operator's default team.
func (a *app) forDefaultTeam(caller *gigstack.Caller) *gigstack.Caller {
	if team := a.config.Team; team != "" && team != caller.Claims().Team {
		return caller.As(team)
	}
	return caller
}

// serveSandbox serves the imitation of gigstack alone and prints how to use it.
func (p program) serveSandbox(ctx context.Context, c config.Config) error {
	l, err := httpserve.Listen(c.Addr, false)
	if err != nil {
		return err
	}
	box := sandbox.New(sandbox.Options{Now: p.now})
	defer box.Close()
	fmt.Fprintf(p.out, "gigstack sandbox at http://%s/v2 (in memory; nothing here is real)\n\nKeys, which open nothing but this sandbox:\n", l.Addr())
	for _, k := range box.DemoKeys() {
		mode := "test"
		if k.Livemode {
			mode = "live"
		}
		fmt.Fprintf(p.out, "  %s, %s, %s\n    %s\n", k.Team, k.Role, mode, k.Secret)
	}
	fmt.Fprintf(p.out, "  a partner's, for sign-ups\n    %s\n", sandbox.PartnerKey)
	return httpserve.Serve(ctx, l, box, time.Second, nil)
}

// call runs one tool under the same guard as any agent's call.
func (a *app) call(ctx context.Context, in io.Reader, out io.Writer) error {
	arguments, err := readArguments(a.config.Args, in)
	if err != nil {
		return err
	}
	tool, ok := a.tools.Find(a.config.Tool)
	if !ok {
		return fmt.Errorf("there is no tool %q here, or --read-only or --toolsets leaves it out; gigstack-mcp tools shows what there is", a.config.Tool)
	}
	request := mcp.CallToolRequest{}
	request.Params.Name, request.Params.RawArguments = a.config.Tool, arguments
	result, err := tool.Handler(local(ctx), request)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "%s\n", result.RawStructuredContent); err != nil {
		return err
	}
	if result.IsError {
		return errToolFailed
	}
	return nil
}

// readArguments takes arguments as they stand, from a file, or from in.
func readArguments(source string, in io.Reader) (raw json.RawMessage, err error) {
	switch file, named := strings.CutPrefix(source, "@"); {
	case source == "-":
		raw, err = io.ReadAll(in)
	case named:
		raw, err = os.ReadFile(file)
	default:
		raw = json.RawMessage(source)
	}
	if err == nil && !json.Valid(raw) {
		err = errors.New("they are not valid JSON")
	}
	if err != nil {
		return nil, fmt.Errorf("arguments: %w", err)
	}
	return raw, nil
}

// showTools prints what an agent would see.
func (a *app) showTools(out io.Writer) error {
	list := a.tools.List()
	if a.config.JSON {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(map[string]any{"tools": list})
	}
	toolsets := tools.ToolsetOf()
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TOOL\tTOOLSET\tTIER\tTITLE")
	for _, tool := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", tool.Name, cmp.Or(toolsets[tool.Name], tools.Own[0].Name), tools.TierOf(tool.Name), tool.Title)
	}
	return w.Flush()
}

package httpserve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"github.com/gigstack/gigstack-mcp/internal/session"
)

// Paths a server answers.
const (
	Endpoint     = "/mcp"          // MCP
	TeamEndpoint = "/t/{team}/mcp" // MCP, for one team of gigstack Connect
	HealthPath   = "/healthz"      // the process is up
	ReadyPath    = "/readyz"       // … and can do its work
)

// TeamHeader names the team a request acts for.
const TeamHeader = "X-Gigstack-Team"

// Bounds of what a client may cost.
const (
	maxBody      = 16 << 20 // the largest file (10 MiB) in base64, and room for the rest
	sessionIdle  = 30 * time.Minute
	heartbeat    = 25 * time.Second
	readyTimeout = 5 * time.Second
)

// Options is what an HTTP server is made of. MCP and Ready are required.
type Options struct {
	MCP            *server.MCPServer
	AllowedOrigins []string // browser origins besides those of loopback pages
	Ready          func(context.Context) error
	Log            zerolog.Logger
}

// Handler serves MCP with every check in front of it.
func Handler(o Options) http.Handler {
	quiet := slog.New(zerolog.NewSlogHandler(o.Log.Level(max(o.Log.GetLevel(), zerolog.WarnLevel))))
	ids := &sessions{}
	legacy := server.NewStreamableHTTPServer(o.MCP,
		server.WithSessionIdManager(ids), // an id that was never issued, or was ended, is refused
		server.WithSessionIdleTTL(sessionIdle),
		server.WithHeartbeatInterval(heartbeat),
		server.WithStreamableHTTPLogger(quiet),
	)
	mcp := withCaller(limitBody(&modern{mcp: o.MCP, sessions: ids, legacy: legacy}))
	mux := http.NewServeMux()
	for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodDelete} {
		mux.Handle(method+" "+Endpoint, mcp)
		mux.Handle(method+" "+TeamEndpoint, mcp)
	}
	mux.HandleFunc("GET "+HealthPath, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET "+ReadyPath, o.ready)
	return handler{o.accessLog(o.recoverPanics(o.guardOrigin(mux))), legacy}
}

// handler is a chain of checks whose end keeps streams open.
type handler struct {
	http.Handler
	legacy *server.StreamableHTTPServer
}

// endStreams closes what would stay open for ever.
func (h handler) endStreams() { h.legacy.CloseSessions(context.Background()) }

// Serve answers on a listener until ctx ends, and then finishes the calls in
// flight, for which it waits at most drain.
func Serve(ctx context.Context, l net.Listener, h http.Handler, drain time.Duration) error {
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    32 << 10,
	}
	if streaming, ok := h.(handler); ok {
		s.RegisterOnShutdown(streaming.endStreams)
	}
	ended := make(chan error, 1)
	go func() {
		<-ctx.Done()
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		err := s.Shutdown(limit)
		if errors.Is(err, context.DeadlineExceeded) {
			err = errors.Join(errors.New("calls were still running at the end"), s.Close())
		}
		ended <- err
	}()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-ended
}

// Listen opens addr for serving. Without authentication only loopback addresses
// are accepted.
func Listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("address %q is no HOST:PORT", addr)
	}
	if !isLoopback(host) {
		return nil, fmt.Errorf("address %q: this version has no authentication, so it listens on loopback addresses only (127.0.0.1, [::1], localhost)", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address with --addr", err)
	}
	return l, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// guardOrigin refuses browsers that come from elsewhere, and names that were
// bound to this address to get past them (DNS rebinding).
func (o Options) guardOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if !isLoopback(trimBrackets(host)) {
			http.Error(w, "this host name is not served here", http.StatusForbidden)
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" && !o.allowed(origin) {
			http.Error(w, "this origin may not call", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (o Options) allowed(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && (slices.Contains(o.AllowedOrigins, origin) || (u.Scheme == "http" || u.Scheme == "https") && isLoopback(u.Hostname()))
}

func trimBrackets(host string) string {
	if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1]
	}
	return host
}

func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// withCaller notes who calls and for which team. A header that says nothing, or
// that says two things, is refused: silence would mean the key's own team.
func withCaller(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		named := r.Header.Values(TeamHeader)
		if team := r.PathValue("team"); team != "" {
			named = append(named, team)
		}
		c := session.Caller{Principal: "local"}
		for _, team := range named {
			if team = strings.TrimSpace(team); team == "" || c.Team != "" && c.Team != team {
				http.Error(w, "the URL and the "+TeamHeader+" header name different teams, or none", http.StatusBadRequest)
				return
			}
			c.Team = team
		}
		next.ServeHTTP(w, r.WithContext(session.WithCaller(r.Context(), c)))
	})
}

func (o Options) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if err := o.Ready(ctx); err != nil {
		o.Log.Warn().Err(err).Msg("not ready")
		http.Error(w, "gigstack does not answer as it should; the log says why", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}

// recoverPanics turns a panic into a 500 and a line in the log.
func (o Options) recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p)
			default:
				o.Log.Error().Str("panic", fmt.Sprintf("%T", p)).Str("route", r.Pattern).Stack().Msg("a request panicked")
				http.Error(w, "internal error", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// accessLog writes one line a request, with nothing in it that the client wrote: not
// even a path or a method, unless it is one of the server's own.
func (o Options) accessLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		counted := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(counted, r)
		o.Log.Debug().Str("route", r.Pattern).Int("status", counted.status).Dur("took_ms", time.Since(begin)).Msg("request")
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the status.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Flush lets event streams through.
func (w *statusWriter) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// Unwrap serves http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

package httpserve

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/gigstack/gigstack-mcp/internal/watch"
)

// Paths a server answers.
const (
	Endpoint     = "/mcp"          // MCP
	TeamEndpoint = "/t/{team}/mcp" // MCP, for one team of gigstack Connect
	HealthPath   = "/healthz"      // the process is up
	ReadyPath    = "/readyz"       // … and can do its work
	MetricsPath  = "/metrics"      // for Prometheus

	// MetadataPath is where OAuth clients learn who issues tokens (RFC 9728).
	MetadataPath = "/.well-known/oauth-protected-resource"
)

// ReadyTimeout is how long it may take to find out whether the server is ready.
const ReadyTimeout = 5 * time.Second

// TeamHeader names the team a request acts for.
const TeamHeader = "X-Gigstack-Team"

// Bounds of what a client may cost.
const (
	maxBody     = 16 << 20 // the largest file (10 MiB) in base64, and room for the rest
	sessionIdle = 30 * time.Minute
	heartbeat   = 25 * time.Second
	slowest     = 30 * time.Second // that a client may take to read what was written
)

// Options is what an HTTP server is made of. Admit, Ready and Now are required.
type Options struct {
	Admit          func(*http.Request) (Guest, error) // an error is a *Denied, or is logged and not told
	Limits         *Limits                            // DefaultLimits when nil
	AllowedOrigins []string                           // browser origins besides those of loopback pages
	AllowedHosts   []string                           // names and addresses it is reached by, besides those of loopback
	Ready          func(context.Context) error
	EndStreams     func()           // closes what would stay open for ever; nil for nothing
	Metadata       http.Handler     // what there is at MetadataPath; nil for nothing
	Metrics        http.Handler     // what there is at MetricsPath; nil for nothing
	Watch          Watch            // nil for nobody
	Slowest        time.Duration    // that a client may take to read what was written; 30 s when 0
	Now            func() time.Time // the system's clock: deadlines are measured by it
	Log            zerolog.Logger
}

// Handler serves MCP with every check in front of it.
func Handler(o Options) http.Handler {
	if o.Limits == nil {
		o.Limits = DefaultLimits()
	}
	mux := http.NewServeMux()
	for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodDelete} {
		mux.HandleFunc(method+" "+Endpoint, o.admit)
		mux.HandleFunc(method+" "+TeamEndpoint, o.admit)
	}
	mux.HandleFunc("GET "+HealthPath, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET "+ReadyPath, o.ready)
	if o.Metadata != nil {
		mux.Handle("GET "+MetadataPath, o.Metadata)
		mux.Handle("GET "+MetadataPath+"/{resource...}", o.Metadata)
	}
	if o.Metrics != nil {
		mux.Handle("GET "+MetricsPath, o.Metrics)
	}
	return handler{o.accessLog(o.recoverPanics(o.guardOrigin(mux))), o.EndStreams, o.failures()}
}

// MetricsHandler serves what there is at MetricsPath, and nothing else, at an address
// of its own. It needs Metrics, Now and Log.
func MetricsHandler(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+MetricsPath, o.Metrics)
	return handler{o.accessLog(o.recoverPanics(mux)), nil, o.failures()}
}

// failures is the log of connections.
func (o Options) failures() *log.Logger {
	return log.New(o.Log.Level(max(o.Log.GetLevel(), zerolog.WarnLevel)), "", 0)
}

// handler is a chain of checks whose end keeps streams open.
type handler struct {
	http.Handler
	endStreams func()
	failures   *log.Logger // of connections
}

// Serve answers on a listener until ctx ends, and then finishes the calls in
// flight, for which it waits at most drain. Without certificates it serves no TLS.
func Serve(ctx context.Context, l net.Listener, h http.Handler, drain time.Duration, certificates *tls.Config) error {
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    32 << 10,
		TLSConfig:         certificates,
	}
	if ours, ok := h.(handler); ok {
		if s.ErrorLog = ours.failures; ours.endStreams != nil {
			s.RegisterOnShutdown(ours.endStreams)
		}
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
	serve := s.Serve
	if certificates != nil {
		serve = func(l net.Listener) error { return s.ServeTLS(l, "", "") }
	}
	if err := serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-ended
}

// Listen opens addr for serving. Where nobody is asked who they are, only loopback
// addresses are accepted.
func Listen(addr string, authenticated bool) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("address %q is no HOST:PORT", addr)
	}
	if !authenticated && !isLoopback(host) {
		return nil, fmt.Errorf("address %q: without --auth-file anybody there could call, so only loopback addresses are served (127.0.0.1, [::1], localhost)", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address with --addr", err)
	}
	return l, nil
}

// Watch is told of every request, with its header, and how it was answered.
type Watch = watch.Func[http.Header, Answered]

// Answered is how a request was answered. Its route is the server's own, "" where there
// is none.
type Answered struct {
	Route  string
	Status int
}

// Loopback reports whether addr, as HOST:PORT, is reached from this machine only.
func Loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	return err == nil && isLoopback(host)
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
		if host = trimBrackets(host); !isLoopback(host) && !slices.Contains(o.AllowedHosts, strings.ToLower(host)) {
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

func (o Options) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), ReadyTimeout)
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
		begin := o.Now()
		answer := &answer{ResponseWriter: w, status: http.StatusOK, now: o.Now, slowest: cmp.Or(o.Slowest, slowest)}
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // of the connection's last request
		ctx, end := o.Watch.Begin(r.Context(), r.Header)
		r = r.WithContext(ctx)
		next.ServeHTTP(answer, r)
		end(Answered{r.Pattern, answer.status})
		o.Log.Debug().Str("route", r.Pattern).Int("status", answer.status).Str("principal", answer.principal).Dur("took_ms", o.Now().Sub(begin)).Msg("request")
	})
}

// answer notes what is answered, and gives each write a deadline of its own: a client
// that does not read is cut off.
type answer struct {
	http.ResponseWriter
	status    int
	principal string
	now       func() time.Time
	slowest   time.Duration
}

func (w *answer) hurry() {
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(w.now().Add(w.slowest)) // what cannot be hurried is in a test
}

// WriteHeader remembers the status.
func (w *answer) WriteHeader(status int) {
	w.hurry()
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write writes in time or not at all.
func (w *answer) Write(b []byte) (int, error) {
	w.hurry()
	return w.ResponseWriter.Write(b)
}

// Flush lets event streams through. Until the next write there is no deadline: over
// HTTP/2 it would end the stream although nobody is late.
func (w *answer) Flush() {
	f, ok := w.ResponseWriter.(http.Flusher)
	if !ok {
		return
	}
	w.hurry()
	f.Flush()
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Time{})
}

// Unwrap serves http.ResponseController.
func (w *answer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// note keeps who makes a request, for the log.
func note(w http.ResponseWriter, principal string) {
	if a, ok := w.(*answer); ok {
		a.principal = principal
	}
}

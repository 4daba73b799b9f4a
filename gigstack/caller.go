package gigstack

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/internal/watch"
)

// DefaultBaseURL is gigstack's production API. Test and live share it: the key
// decides which of the two it acts on.
const DefaultBaseURL = "https://api.gigstack.io/v2"

// Options is what a client is made of. Only BaseURL and Key are required.
type Options struct {
	BaseURL string // https, or http to a loopback address
	Key     Key
	Team    string // team to act for; "" for the key's own

	// PartnerKey is sent instead of Key to the endpoints for partners, and nowhere
	// else. They are refused without it.
	PartnerKey Key

	// Allow is the second door: it is asked right before a request that is not
	// a read is sent, and its error stops the call. Nil refuses all of them.
	Allow func(ctx context.Context, spec Spec, team string) error

	// Stopping, once closed, lets no further request that is not a read begin.
	// Those in flight go through to their answer. Nil never stops.
	Stopping <-chan struct{}

	Limit *Limiter // shared with the other clients of Key; nil for no limit
	Name  string   // whose turn it is there; clients of one name share theirs

	// Cache is how long answers of Slow endpoints are kept for the client's Shared
	// reads. Writes of its own empty it; those of others are seen that much later.
	Cache time.Duration

	// Watch is told of every request that is sent, also of one that is sent again.
	// Nil for nobody.
	Watch watch.Func[Attempt, Answered]

	Timeout   time.Duration // for one attempt at a read; writes get twice as long. 30 s when zero
	Attempts  int           // how often a read is tried. 3 when zero
	MaxBytes  int64         // largest answer accepted. 8 MiB when zero
	UserAgent string
	Transport http.RoundTripper // nil for a pooled one of the client's own
}

// Caller talks to gigstack with one API key, for one team. It is safe for
// concurrent use and has no state besides its connections and its shared reads.
type Caller struct {
	options Options
	base    *url.URL
	http    *http.Client
	once    *http.Client // for a GET with an effect: see send
	reads   *reads
	sharing bool
}

// New checks the options and returns a client. It opens no connection.
func New(o Options) (*Caller, error) {
	base, err := ParseBaseURL(o.BaseURL)
	if err != nil {
		return nil, err
	}
	if o.Key.IsZero() {
		return nil, errors.New("an API key is required")
	}
	if o.Team != "" {
		if err := CheckTeam(o.Team); err != nil {
			return nil, fmt.Errorf("team: %w", err)
		}
	}
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	o.Attempts = cmp.Or(o.Attempts, 3)
	o.MaxBytes = cmp.Or(o.MaxBytes, 8<<20)
	o.UserAgent = cmp.Or(o.UserAgent, "gigstack-mcp")
	pooled, fresh := o.Transport, o.Transport
	if pooled == nil {
		pooled = newTransport(false)
		fresh = newTransport(true)
	}
	return &Caller{options: o, base: base, http: newHTTP(pooled), once: newHTTP(fresh), reads: &reads{keep: o.Cache}}, nil
}

func newHTTP(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport: transport,
		// A redirect could carry the key to another host: it is never followed.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// newTransport keeps enough idle connections for a busy server to reuse them, or
// with fresh makes a new one for each request.
func newTransport(fresh bool) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		DisableKeepAlives:     fresh,
		MaxIdleConns:          128,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       90 * time.Second,
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second}, // one dead connection would hold up all calls
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// ParseBaseURL checks where a key may be sent: https, or http to a loopback
// address; no user, query or fragment.
func ParseBaseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, errors.New("the base URL cannot be parsed")
	case u.User != nil:
		return nil, errors.New("the base URL must not hold a user or password")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(s, "#"):
		return nil, errors.New("the base URL must not hold a query or fragment")
	case u.Host == "" || u.Hostname() == "":
		return nil, errors.New("the base URL names no host")
	case u.Scheme == "https", u.Scheme == "http" && IsLoopback(u.Hostname()):
		u.Path = strings.TrimRight(u.Path, "/")
		u.RawPath = ""
		return u, nil
	default:
		return nil, errors.New("the base URL must be https; http is accepted for loopback addresses only")
	}
}

// IsLoopback reports whether a host, a name or an address, is this very machine.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// As returns a client that acts for another team of the same account, over the
// same connections. The receiver is not changed.
func (c *Caller) As(team string) *Caller {
	copied := *c
	copied.options.Team = team
	return &copied
}

// Team is the team the client acts for; "" for the key's own.
func (c *Caller) Team() string { return c.options.Team }

// Claims is what the client's key says about itself, unverified.
func (c *Caller) Claims() Claims { return c.options.Key.Claims() }

// IsPartner reports whether the client has a partner's key.
func (c *Caller) IsPartner() bool { return !c.options.PartnerKey.IsZero() }

// Identity tells callers of other keys or another address apart; it is a digest
// and gives none away.
func (c *Caller) Identity() string {
	sum := sha256.Sum256([]byte(c.Origin() + "\x00" + c.options.Key.reveal() + "\x00" + c.options.PartnerKey.reveal()))
	return hex.EncodeToString(sum[:])
}

// Origin is the scheme, host and path the client talks to.
func (c *Caller) Origin() string { return c.base.String() }

// do is the one seam through which every call goes.
func (c *Caller) do(ctx context.Context, spec Spec, in any) (Reply, error) {
	w, err := encode(spec.Route, in)
	if err != nil {
		return Reply{}, c.fail(spec, NotSent, "invalid_argument", err)
	}
	if spec.Partner && !c.IsPartner() {
		return Reply{}, c.fail(spec, NotSent, CodeNoPartnerKey, errors.New("there is no partner key"))
	}
	if c.options.Team != "" && !spec.Teamless {
		if err := CheckTeam(c.options.Team); err != nil {
			return Reply{}, c.fail(spec, NotSent, "invalid_argument", fmt.Errorf("team: %w", err))
		}
		w.query.Set("team", c.options.Team)
	}
	if spec.Risk.Effective() == risk.Read {
		return c.readShared(ctx, spec, w)
	}
	if c.options.Allow == nil {
		return Reply{}, c.fail(spec, NotSent, "not_allowed", errors.New("this client may only read"))
	}
	return c.write(ctx, spec, w)
}

// write sends a call that is no read: once, and only if nothing speaks against it when
// its turn has come. The wait is part of its time, by whose end others reckon that it
// is over.
func (c *Caller) write(ctx context.Context, spec Spec, w wire) (reply Reply, err error) {
	through, done := context.WithTimeout(context.WithoutCancel(ctx), c.WriteTimeout())
	defer done()
	waits, cancel := c.whileGoing(ctx)
	after, err := c.queue(waits, spec)
	cancel()
	if err != nil {
		return Reply{}, err
	}
	defer func() { after(err) }()
	if err := c.options.Allow(ctx, spec, c.options.Team); err != nil {
		return Reply{}, c.fail(spec, NotSent, "not_allowed", err)
	}
	if err := ctx.Err(); err != nil {
		return Reply{}, c.fail(spec, NotSent, CodeCanceled, err)
	}
	select {
	case <-c.options.Stopping:
		return Reply{}, c.fail(spec, NotSent, CodeStopping, errStopping)
	default:
	}
	// From here on the call goes through to its answer even if nobody waits for
	// it any more: cutting it off would not take it back, only hide its outcome.
	c.reads.forget()
	defer c.reads.forget()
	return c.watched(through, spec, w, false)
}

// CloseIdle closes connections that nobody uses. Those that act for other teams share
// them.
func (c *Caller) CloseIdle() {
	c.http.CloseIdleConnections()
	c.once.CloseIdleConnections()
}

// WriteTimeout is how long a call that is not a read may take.
func (c *Caller) WriteTimeout() time.Duration { return WriteTimeout(c.options.Timeout) }

// WriteTimeout is how long a call that is not a read may take, where a read may take
// so long.
func WriteTimeout(read time.Duration) time.Duration { return 2 * read }

// send makes one attempt and reads its answer.
func (c *Caller) send(ctx context.Context, spec Spec, w wire) (Reply, error) {
	req, err := http.NewRequestWithContext(ctx, w.method, c.base.String()+w.path, bytes.NewReader(w.body))
	if err != nil {
		return Reply{}, c.fail(spec, NotSent, "invalid_argument", errors.New("the request could not be built"))
	}
	req.URL.RawQuery = w.query.Encode()
	req.Header = w.header.Clone()
	if w.body != nil {
		req.Header.Set("Content-Type", w.contentType)
	} else {
		req.Body, req.ContentLength = http.NoBody, 0
	}
	// net/http repeats a request on its own when a reused connection breaks: with
	// no way to read the body again it will not repeat a write, and a GET that has
	// an effect goes over a connection of its own.
	req.GetBody = nil
	client := c.http
	if spec.Risk.Effective() != risk.Read && w.method == http.MethodGet {
		client = c.once
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.options.UserAgent)
	if spec.Partner {
		req.Header.Set("X-Internal-API-Key", c.options.PartnerKey.reveal())
	} else {
		req.Header.Set("Authorization", "Bearer "+c.options.Key.reveal())
	}
	resp, err := client.Do(req)
	if err != nil {
		return Reply{}, c.transportError(ctx, spec, err)
	}
	defer resp.Body.Close()
	most := c.options.MaxBytes
	if spec.Large {
		most = max(most, maxFile*4/3+most) // base64, and what stands around it
	}
	var body bytes.Buffer
	body.Grow(int(min(max(resp.ContentLength, 0), most)) + bytes.MinRead) // all of it, where its length is known
	if _, err := body.ReadFrom(io.LimitReader(resp.Body, most+1)); err != nil {
		return Reply{}, c.transportError(ctx, spec, err)
	}
	if int64(body.Len()) > most {
		e := c.fail(spec, outcomeOf(spec, resp.StatusCode), CodeUnreadable, nil)
		e.Status = resp.StatusCode
		e.Message = fmt.Sprintf("the answer is larger than %d bytes; ask for less", most)
		return Reply{}, e
	}
	return c.answer(spec, resp, body.Bytes(), w)
}

// answer turns a response into a reply or an error.
func (c *Caller) answer(spec Spec, resp *http.Response, body []byte, w wire) (Reply, error) {
	if shown := c.hide(string(body)); shown != string(body) { // whatever comes of it may be shown
		body = []byte(shown)
	}
	body = hideSecrets(body, w.secrets)
	reply, env, readErr := readReply(body, w.position())
	if resp.StatusCode/100 == 2 && readErr == nil && (env.Success == nil || *env.Success) {
		reply.Status = resp.StatusCode
		return reply, nil
	}
	e := &Error{Op: spec.Name, Team: c.options.Team, Status: resp.StatusCode, Outcome: outcomeOf(spec, resp.StatusCode), RetryAfter: retryAfter(resp.Header)}
	switch {
	case resp.StatusCode/100 == 3:
		e.Code, e.Message = CodeRedirect, "the address answered with a redirect, which is never followed; check the base URL"
	case readErr != nil:
		e.Code, e.Message = CodeUnreadable, string(body)
		if resp.StatusCode/100 == 2 || looksLikeHTML(body) {
			e.Message = "the answer is no JSON; something other than gigstack may have answered"
		}
		if e.Outcome == Done {
			e.Outcome = Unknown // whoever answered did not say that it was done
		}
	default:
		e.describe(env)
		e.Data = env.Data
		if resp.StatusCode/100 == 2 && spec.Risk.Effective() != risk.Read {
			e.Outcome = Refused
			if hasContent(env.Data) {
				e.Outcome = Unknown // part of it may have been done: the data says what
			}
		}
	}
	e.Code, e.Message = clip(e.Code), clip(e.Message)
	return Reply{}, e
}

func hasContent(data json.RawMessage) bool {
	trimmed := bytes.TrimSpace(data)
	return len(trimmed) > 0 && !bytes.Equal(trimmed, []byte("null")) && !bytes.Equal(trimmed, []byte("{}")) && !bytes.Equal(trimmed, []byte("[]"))
}

func looksLikeHTML(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

// givenUp is the statuses of 4xx that somebody between us and gigstack answers
// with who did not wait for the end.
var givenUp = []int{http.StatusRequestTimeout, http.StatusTooEarly, 499}

// outcomeOf is what an answer's status says about the effect of the call.
func outcomeOf(spec Spec, status int) Outcome {
	switch {
	case spec.Risk.Effective() == risk.Read:
		return Refused
	case status/100 == 2:
		return Done
	case status/100 == 4 && !slices.Contains(givenUp, status):
		return Refused
	default:
		return Unknown // a 5xx or a redirect can come after the effect
	}
}

// fail is an error of our own, about a call to spec.
func (c *Caller) fail(spec Spec, outcome Outcome, code string, err error) *Error {
	e := &Error{Op: spec.Name, Team: c.options.Team, Outcome: outcome, Code: code, Err: err}
	if err != nil {
		e.Message = clip(c.hide(err.Error()))
	}
	return e
}

// hide takes the client's own keys out of text.
func (c *Caller) hide(s string) string { return c.options.PartnerKey.Hide(c.options.Key.Hide(s)) }

// transportError says why there was no answer. A write that was under way may
// have arrived; one whose connection was never made has not.
func (c *Caller) transportError(ctx context.Context, spec Spec, err error) *Error {
	e := &Error{Op: spec.Name, Team: c.options.Team, Outcome: Unknown, Code: CodeUnreachable, Message: "the connection to gigstack broke"}
	var dial *net.OpError
	if errors.As(err, &dial) && (dial.Op == "dial" || dial.Op == "proxyconnect") {
		e.Outcome, e.Message = NotSent, "gigstack cannot be reached"
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		e.Code, e.Message, e.Err = CodeTimeout, "gigstack did not answer in time", context.DeadlineExceeded
	case errors.Is(ctx.Err(), context.Canceled):
		e.Code, e.Message, e.Err = CodeCanceled, "the call was canceled", context.Canceled
	}
	if spec.Risk.Effective() == risk.Read {
		e.Outcome = Refused
	}
	return e
}

// Package sandbox is a gigstack that lives in memory: for demonstrations, for
// tests over real HTTP, and for "--sandbox". It is stateful and keeps
// gigstack's rules as far as they are known; it talks to nobody but webhooks on
// this machine.
package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// Options is what a sandbox is made of.
type Options struct {
	Now   func() time.Time // the clock, safe for concurrent use; required
	Empty bool             // begin without the demonstration company

	// OldErrors makes errors take the older of gigstack's two forms.
	OldErrors bool
}

// Sandbox is an http.Handler that answers like gigstack and remembers. It is
// safe for concurrent use; one call is served at a time.
type Sandbox struct {
	options    Options
	fileSecret []byte // signs links to files

	mu     sync.Mutex
	routes routes
	state  state
	faults []*Fault
	due    []task
	serial uint64
	demo   []DemoKey

	events  []event // that nobody has been told of
	courier *courier
	closed  bool
}

// state is everything the sandbox remembers.
type state struct {
	keys   map[string]keyRecord // by bearer secret
	teams  table[team]
	users  table[user]
	worlds map[worldID]*world

	signups map[gigstack.IdempotencyKey]gigstack.SignedUpAccount
}

// worldID names a team's documents in one mode. Test and live never meet.
type worldID struct {
	team string
	live bool
}

// New returns a sandbox, with the demonstration company unless options say
// otherwise.
func New(options Options) *Sandbox {
	s := &Sandbox{options: options, fileSecret: newSecret(), state: state{
		keys:   map[string]keyRecord{},
		worlds: map[worldID]*world{},
	}}
	s.routeClients()
	s.routeServices()
	s.routeInvoices()
	s.routeDrafts()
	s.routeSATMirror()
	s.routePayments()
	s.routeReceipts()
	s.routeTeams()
	s.routeUsers()
	s.routeWebhooks()
	s.routeRetentions()
	s.routeSATDownload()
	s.routeAuth()
	s.routeSATLists()
	s.routeLegacy()
	s.routeConnect()
	if !options.Empty {
		s.seed()
		s.events = nil // all of that is long known
	}
	return s
}

// serve answers an endpoint's own route with a function of its own types, so
// that the sandbox cannot drift from the client.
func serve[In, Out any](s *Sandbox, e gigstack.Endpoint[In, Out], answer func(*call, In) (Out, error)) {
	serveIn(s, dialect{}, e, answer)
}

// serveLegacy is serve for an endpoint of the older documentation.
func serveLegacy[In, Out any](s *Sandbox, e gigstack.Endpoint[In, Out], answer func(*call, In) (Out, error)) {
	serveIn(s, dialect{kind: legacyDialect}, e, answer)
}

func serveIn[In, Out any](s *Sandbox, d dialect, e gigstack.Endpoint[In, Out], answer func(*call, In) (Out, error)) {
	s.routes.add(e.Route, func(c *call, body []byte) (any, error) {
		c.dialect = d
		if err := s.authorize(c, e.Spec()); err != nil {
			return nil, err
		}
		var in In
		if err := gigstack.Decode(e.Route, c.request, body, &in); err != nil {
			refusal := invalid("", "%v", err)
			if len(body) > 0 && !json.Valid(body) {
				refusal.code = "invalid_request_body"
			}
			return nil, refusal
		}
		return answer(c, in)
	})
}

const maxBody = 12 << 20

// ServeHTTP answers one call.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
		return
	}
	fault := s.takeFault(r)
	if fault != nil && fault.Delay > 0 {
		select {
		case <-time.After(fault.Delay):
		case <-r.Context().Done():
		}
	}
	if fault != nil && fault.Status != 0 && !fault.AfterEffect {
		fault.answer(w)
		return
	}
	recorder := &answer{header: http.Header{}}
	s.handle(recorder, r, body)
	if fault != nil && fault.Drop {
		panic(http.ErrAbortHandler) // net/http closes the connection without an answer
	}
	if fault != nil && fault.Status != 0 {
		fault.answer(w)
		return
	}
	recorder.write(w)
}

// handle answers one call. The answer is written out before the lock is let go,
// because it may share memory with what is stored.
func (s *Sandbox) handle(w *answer, r *http.Request, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runDue()
	route, found := s.routes.find(r)
	if !found {
		s.writeError(w, dialect{}, &apiError{status: http.StatusNotFound, code: "resource_not_found", message: "No route for " + r.Method + " " + r.URL.Path})
		return
	}
	c := &call{sandbox: s, request: r, now: s.options.Now(), status: http.StatusOK}
	out, err := route.answer(c, body)
	s.publish(c.now)
	var refusal *apiError
	switch {
	case err == nil:
		s.writeReply(w, c, out)
	case errors.As(err, &refusal):
		s.writeError(w, c.dialect, refusal)
	default:
		s.writeError(w, c.dialect, &apiError{status: http.StatusInternalServerError, code: "internal_server_error", message: err.Error()})
	}
}

// call is one authorized request being answered.
type call struct {
	sandbox *Sandbox
	request *http.Request
	now     time.Time
	status  int // of a successful answer

	dialect dialect // of the envelope

	key     keyRecord
	team    *team  // whose resources the call acts on
	role    string // what the key may do there: viewer, editor, admin, owner
	message string
}

// world is the documents of the call's team in the call's mode.
func (c *call) world() *world { return c.sandbox.world(c.team.ID, c.key.live) }

// created makes a successful answer a 201.
func (c *call) created() { c.status = http.StatusCreated }

// base is the address the sandbox was called under, for links it hands out.
func (c *call) base() string { return "http://" + c.request.Host }

func (s *Sandbox) world(team string, live bool) *world {
	id := worldID{team, live}
	if s.state.worlds[id] == nil {
		s.state.worlds[id] = &world{id: id}
	}
	return s.state.worlds[id]
}

// newID mints an identifier that is unique in this sandbox and the same in every
// run, so that demonstrations and tests can be repeated.
func (s *Sandbox) newID(prefix string) string {
	return prefix + "_" + s.digest(prefix)[:10]
}

// newUUID mints a UUID the way the SAT writes it, in the same manner.
func (s *Sandbox) newUUID() string {
	return uuidOf(s.digest("uuid"))
}

// uuidOf is a UUID made of a digest.
func uuidOf(d string) string {
	return strings.ToUpper(fmt.Sprintf("%s-%s-4%s-a%s-%s", d[:8], d[8:12], d[13:16], d[17:20], d[20:32]))
}

func (s *Sandbox) digest(kind string) string {
	s.serial++
	sum := sha256.Sum256([]byte(kind + strconv.FormatUint(s.serial, 10)))
	return hex.EncodeToString(sum[:])
}

// task is something that happens a moment later, as gigstack's automations do.
type task struct {
	at time.Time
	do func(at time.Time)
}

// later schedules do; it runs before the first call at or after that time, and
// is told the time it was due, however much later that call comes.
func (s *Sandbox) later(after time.Duration, do func(at time.Time)) {
	s.laterAt(s.options.Now().Add(after), do)
}

// laterAt is later for a time on the clock.
func (s *Sandbox) laterAt(at time.Time, do func(at time.Time)) {
	s.due = append(s.due, task{at, do})
}

// runDue runs every task whose time has come, earliest first.
func (s *Sandbox) runDue() {
	now := s.options.Now()
	for len(s.due) > 0 {
		first := 0
		for i, t := range s.due {
			if t.at.Before(s.due[first].at) {
				first = i
			}
		}
		t := s.due[first]
		if t.at.After(now) {
			return
		}
		s.due = slices.Delete(s.due, first, first+1)
		t.do(t.at)
		s.publish(t.at)
	}
}

// answer buffers a response until the fault, if any, has had its say.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes())
}

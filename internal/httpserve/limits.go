package httpserve

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/gigstack/gigstack-mcp/internal/turns"
)

// Limits is how many requests are worked on at once, of everybody and of Each
// principal; the rest queue for a while, and are then turned away. It is safe for
// concurrent use, and not to be copied.
type Limits struct {
	turns.Turns               // Queue is also how many streams of one may stand open
	Wait        time.Duration // for how long

	answers turns.Turns // places of people's answers, apart from the calls that wait for them

	mu      sync.Mutex
	streams map[string]int // by principal
}

// DefaultLimits suits a server of two processors and a team of people.
func DefaultLimits() *Limits {
	return &Limits{Turns: turns.Turns{All: 256, Each: 32, Queue: 64}, Wait: 10 * time.Second, answers: turns.Turns{All: 256, Each: 32, Queue: 64}}
}

// busyCode is the JSON-RPC code of being turned away, of those that are a server's own.
const busyCode = -32000

var (
	errBusy    = errors.New("too many calls at once: wait for an answer, then call again")
	errStreams = errors.New("too many streams stand open")
)

// enter waits for leave to work on a request; answers is for what a call waits for.
func (l *Limits) enter(ctx context.Context, principal, method string, answers bool) (leave func(), err error) {
	if method == http.MethodGet {
		return l.stand(principal)
	}
	places := &l.Turns
	if answers {
		places = &l.answers
	}
	ctx, cancel := context.WithTimeout(ctx, l.Wait)
	defer cancel()
	if places.Take(ctx, principal) != nil {
		return nil, errBusy
	}
	return func() { places.Free(principal) }, nil
}

// stand lets a stream stand open, which costs no work.
func (l *Limits) stand(principal string) (leave func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.streams[principal] >= l.Queue {
		return nil, errStreams
	}
	if l.streams == nil {
		l.streams = map[string]int{}
	}
	l.streams[principal]++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.streams[principal]--; l.streams[principal] == 0 {
			delete(l.streams, principal)
		}
	}, nil
}

// Load is how many requests are worked on and wait, and how many streams stand open.
func (l *Limits) Load() (running, waiting, streams int) {
	running, waiting = l.Turns.Load()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, open := range l.streams {
		streams += open
	}
	return running, waiting, streams
}

package httpserve

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// Limits is how many requests are worked on at once; the rest queue for a while, and
// are then turned away. It is safe for concurrent use, and not to be copied.
type Limits struct {
	All          int           // of everybody together
	PerPrincipal int           // of one
	Queue        int           // of one, waiting; streams that stand open are as many at most
	Wait         time.Duration // for how long

	mu      sync.Mutex
	running int
	queues  map[string]*queue
	turn    []string // principals with somebody waiting, whose turn it is first
}

// DefaultLimits suits a server of two processors and a team of people.
func DefaultLimits() *Limits {
	return &Limits{All: 256, PerPrincipal: 32, Queue: 64, Wait: 10 * time.Second}
}

// queue is what one principal has here.
type queue struct {
	running, streams int
	waiting          []chan struct{} // closed when it is one's turn
}

// busyCode is the JSON-RPC code of being turned away, of those that are a server's own.
const busyCode = -32000

var (
	errBusy    = errors.New("too many calls at once: wait for an answer, then call again")
	errStreams = errors.New("too many streams stand open")
)

// enter waits for leave to work on a request. Principals take turns, so that one who
// asks for much does not keep the others waiting.
func (l *Limits) enter(ctx context.Context, principal, method string) (leave func(), err error) {
	if method == http.MethodGet {
		return l.stand(principal)
	}
	l.mu.Lock()
	q := l.of(principal)
	if len(q.waiting) == 0 && l.start(q) {
		l.mu.Unlock()
		return func() { l.leave(principal) }, nil
	}
	if len(q.waiting) >= l.Queue {
		l.mu.Unlock()
		return nil, errBusy
	}
	mine := make(chan struct{})
	if len(q.waiting) == 0 {
		l.turn = append(l.turn, principal)
	}
	q.waiting = append(q.waiting, mine)
	l.mu.Unlock()

	timer := time.NewTimer(l.Wait)
	defer timer.Stop()
	select {
	case <-mine:
		return func() { l.leave(principal) }, nil
	case <-ctx.Done():
	case <-timer.C:
	}
	if !l.giveUp(principal, mine) { // it was one's turn at the same moment
		return func() { l.leave(principal) }, nil
	}
	return nil, errBusy
}

func (l *Limits) of(principal string) *queue {
	if l.queues == nil {
		l.queues = map[string]*queue{}
	}
	q := l.queues[principal]
	if q == nil {
		q = &queue{}
		l.queues[principal] = q
	}
	return q
}

// start takes a place, if there is one.
func (l *Limits) start(q *queue) bool {
	if l.running >= l.All || q.running >= l.PerPrincipal {
		return false
	}
	l.running++
	q.running++
	return true
}

// leave frees a place and gives it to whose turn it is.
func (l *Limits) leave(principal string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running--
	l.queues[principal].running--
	for i := 0; i < len(l.turn) && l.running < l.All; {
		name := l.turn[i]
		q := l.queues[name]
		if !l.start(q) {
			i++ // has as many as it may; the next
			continue
		}
		close(q.waiting[0])
		q.waiting = q.waiting[1:]
		l.turn = append(l.turn[:i], l.turn[i+1:]...)
		if len(q.waiting) > 0 {
			l.turn = append(l.turn, name) // behind the others
		}
	}
	l.tidy(principal)
}

// giveUp takes one out of the queue, and is false when it is not in it any more.
func (l *Limits) giveUp(principal string, mine chan struct{}) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.queues[principal]
	for i, waiting := range q.waiting {
		if waiting != mine {
			continue
		}
		q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
		if len(q.waiting) == 0 {
			for j, name := range l.turn {
				if name == principal {
					l.turn = append(l.turn[:j], l.turn[j+1:]...)
					break
				}
			}
		}
		l.tidy(principal)
		return true
	}
	return false
}

// stand lets a stream stand open, which costs no work.
func (l *Limits) stand(principal string) (leave func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.of(principal)
	if q.streams >= l.Queue {
		return nil, errStreams
	}
	q.streams++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		q.streams--
		l.tidy(principal)
	}, nil
}

// Load is how many requests are worked on and wait, and how many streams stand open.
func (l *Limits) Load() (running, waiting, streams int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, q := range l.queues {
		waiting += len(q.waiting)
		streams += q.streams
	}
	return l.running, waiting, streams
}

// tidy forgets a principal who has nothing here.
func (l *Limits) tidy(principal string) {
	if q := l.queues[principal]; q != nil && q.running == 0 && q.streams == 0 && len(q.waiting) == 0 {
		delete(l.queues, principal)
	}
}

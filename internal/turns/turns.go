// Package turns shares a number of places among names. Who finds none free waits, and
// the names with somebody waiting take turns, so that one who asks for much does not
// keep the others waiting.
package turns

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Turns is the places. Its bounds are set before it is used; zero is no bound. It is
// safe for concurrent use, and not to be copied.
type Turns struct {
	All   int // places of everybody together
	Each  int // of one name
	Queue int // of one name, waiting

	mu     sync.Mutex
	taken  int
	queues map[string]*queue
	turn   []string // names with somebody waiting, whose turn it is first
}

// queue is what one name has here.
type queue struct {
	taken   int
	waiting []chan struct{} // closed when it is one's turn
}

// ErrFull says that as many wait already as may.
var ErrFull = errors.New("too many are waiting")

// Take waits for a place, which is given back with Free. Its error is ErrFull or says
// why ctx is done.
func (t *Turns) Take(ctx context.Context, name string) error {
	mine, err := t.stand(name)
	if mine == nil {
		return err
	}
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	if !t.giveUp(name, mine) { // it was one's turn at the same moment
		return nil
	}
	return ctx.Err()
}

// stand takes a place, or one in the queue and returns what says that its turn has come.
func (t *Turns) stand(name string) (mine chan struct{}, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	q := t.of(name)
	switch {
	case len(q.waiting) == 0 && t.start(q):
		return nil, nil
	case t.Queue > 0 && len(q.waiting) >= t.Queue:
		return nil, ErrFull
	case len(q.waiting) == 0:
		t.turn = append(t.turn, name)
	}
	mine = make(chan struct{})
	q.waiting = append(q.waiting, mine)
	return mine, nil
}

func (t *Turns) of(name string) *queue {
	if t.queues == nil {
		t.queues = map[string]*queue{}
	}
	q := t.queues[name]
	if q == nil {
		q = &queue{}
		t.queues[name] = q
	}
	return q
}

// start takes a place, if there is one.
func (t *Turns) start(q *queue) bool {
	if t.All > 0 && t.taken >= t.All || t.Each > 0 && q.taken >= t.Each {
		return false
	}
	t.taken++
	q.taken++
	return true
}

// Free gives a place back, to whose turn it is.
func (t *Turns) Free(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.taken--
	t.queues[name].taken--
	for i := 0; i < len(t.turn); {
		next := t.turn[i]
		q := t.queues[next]
		if !t.start(q) {
			i++ // has as many as it may; the next
			continue
		}
		close(q.waiting[0])
		q.waiting = q.waiting[1:]
		t.turn = slices.Delete(t.turn, i, i+1)
		if len(q.waiting) > 0 {
			t.turn = append(t.turn, next) // behind the others
		}
	}
	t.tidy(name)
}

// Load is how many have a place, and how many wait for one.
func (t *Turns) Load() (running, waiting int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, q := range t.queues {
		waiting += len(q.waiting)
	}
	return t.taken, waiting
}

// giveUp takes one out of the queue, and is false when it is not in it any more.
func (t *Turns) giveUp(name string, mine chan struct{}) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	q := t.queues[name]
	if q == nil {
		return false
	}
	at := slices.Index(q.waiting, mine)
	if at < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, at, at+1)
	if len(q.waiting) == 0 {
		t.turn = slices.DeleteFunc(t.turn, func(other string) bool { return other == name })
	}
	t.tidy(name)
	return true
}

// tidy forgets a name that has nothing here.
func (t *Turns) tidy(name string) {
	if q := t.queues[name]; q.taken == 0 && len(q.waiting) == 0 {
		delete(t.queues, name)
	}
}

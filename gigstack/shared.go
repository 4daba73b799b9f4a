package gigstack

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// Bounds of what is kept of slow answers.
const (
	mostKept    = 256
	largestKept = 64 << 10 // bytes
)

// Shared returns a client whose reads may be answered together with identical ones
// that are under way and, where the endpoint is Slow, by the answer to an earlier one.
// An answer is never older than the end of this client's last write. Where it decides
// about something, the receiver is the one to ask.
func (c *Caller) Shared() *Caller {
	copied := *c
	copied.sharing = true
	return &copied
}

// reads is what the reads of one client share. The zero value keeps no answers.
type reads struct {
	keep time.Duration

	mu      sync.Mutex
	flights map[question]*flight
	kept    map[question]*Reply
}

// question is all that tells the reads of a client apart.
type question struct{ op, team, path, query string }

// flight is a read under way, of all who wait for it.
type flight struct {
	waiting  int
	joined   bool // by a second one
	giveUp   context.CancelFunc
	done     chan struct{} // closed when the rest is set
	reply    Reply
	err      error
	panicked any
}

// readShared reads, and lets others have the answer if the client shares.
func (c *Caller) readShared(ctx context.Context, spec Spec, w wire) (Reply, error) {
	if !c.sharing || w.method != http.MethodGet {
		return c.read(ctx, spec, w)
	}
	q := question{spec.Name, c.options.Team, w.path, w.query.Encode()}
	f, kept := c.reads.join(ctx, q, func(ctx context.Context, f *flight) {
		defer c.reads.land(q, f, spec.Slow)
		defer func() { f.panicked = recover() }()
		f.reply, f.err = c.read(ctx, spec, w)
	})
	if kept != nil {
		return kept.copy(), nil
	}
	select {
	case <-f.done:
	case <-ctx.Done():
		c.reads.leave(q, f)
		return Reply{}, c.transportError(ctx, spec, ctx.Err())
	}
	switch failure := (*Error)(nil); {
	case f.panicked != nil:
		panic(f.panicked) // as if the read had been this call's own
	case !f.joined:
		return f.reply, f.err
	case errors.As(f.err, &failure):
		copied := *failure
		return Reply{}, &copied
	}
	return f.reply.copy(), f.err
}

// copy is a reply whose data is nobody else's.
func (r Reply) copy() Reply {
	r.Data = bytes.Clone(r.Data)
	return r
}

// join waits for the answer to a question along with those who do already, else for one
// that is brought by read; or it returns a kept one. read ends early only when nobody
// waits any more.
func (r *reads) join(ctx context.Context, q question, read func(context.Context, *flight)) (f *flight, kept *Reply) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if kept = r.kept[q]; kept != nil {
		return nil, kept
	}
	if f = r.flights[q]; f != nil {
		f.waiting++
		f.joined = true
		return f, nil
	}
	ctx, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	f = &flight{waiting: 1, giveUp: giveUp, done: make(chan struct{})}
	if r.flights == nil {
		r.flights = map[question]*flight{}
	}
	r.flights[q] = f
	go read(ctx, f)
	return f, nil
}

// leave is one waiting less.
func (r *reads) leave(q question, f *flight) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.waiting--; f.waiting > 0 {
		return
	}
	f.giveUp()
	if r.flights[q] == f {
		delete(r.flights, q)
	}
}

// land ends a flight, and keeps the answer of a slow one if there was no write since.
func (r *reads) land(q question, f *flight, slow bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer close(f.done)
	f.giveUp() // frees the context
	if r.flights[q] != f {
		return
	}
	delete(r.flights, q)
	if !slow || r.keep == 0 || f.err != nil || f.panicked != nil || len(f.reply.Data) > largestKept || len(r.kept) >= mostKept {
		return
	}
	if r.kept == nil {
		r.kept = map[question]*Reply{}
	}
	answer := f.reply.copy()
	r.kept[q] = &answer
	time.AfterFunc(r.keep, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.kept[q] == &answer {
			delete(r.kept, q)
		}
	})
}

// forget has every read from now on be a new one. A write of one team can change what
// another shows, so it is all of them.
func (r *reads) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.flights)
	clear(r.kept)
}

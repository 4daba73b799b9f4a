package gigstack

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/gigstack/gigstack-mcp/internal/turns"
)

// How long a key is silent after gigstack asked for it: as long as it says, but not
// for ever; and where it does not say, longer each time.
const (
	longestPause  = time.Minute
	firstPause    = time.Second
	longestUntold = 16 * time.Second
)

// Limiter is what the clients of one API key share: gigstack counts their requests
// together. So many are under way at once; the others wait, the names of the clients
// taking turns. When gigstack answers that they are too many, nobody sends anything
// until the pause that it asks for is over.
type Limiter struct {
	places turns.Turns

	mu     sync.Mutex
	pauses int             // how many there have been
	pause  context.Context // the last one, over when it is done; nil before the first
	end    context.CancelFunc
	untold time.Duration // how long the last pause was if gigstack did not say; 0 after an answer
}

// NewLimiter returns a limiter that lets so many requests be under way at once; 32
// when zero.
func NewLimiter(atOnce int) *Limiter {
	return &Limiter{places: turns.Turns{All: cmp.Or(atOnce, 32)}}
}

// Why a request was not sent.
var (
	errHeld     = errors.New("gigstack asked this key to wait")
	errNoPlace  = errors.New("too many requests of this key are under way")
	errStopping = errors.New("the server is stopping")
)

// enter waits until a request may be sent. after has to be told the error it came to,
// nil for none.
func (l *Limiter) enter(ctx context.Context, name string) (after func(error), err error) {
	if err := l.held(ctx); err != nil {
		return nil, err
	}
	if err := l.places.Take(ctx, name); err != nil {
		return nil, cmp.Or(l.held(ctx), err)
	}
	pauses, err := l.wait(ctx)
	if err != nil {
		l.places.Free(name)
		return nil, err
	}
	return func(err error) {
		l.heed(err, pauses)
		l.places.Free(name)
	}, nil
}

// wait sits out the pause, and says how many there have been.
func (l *Limiter) wait(ctx context.Context) (pauses int, err error) {
	for {
		pauses, pause := l.last()
		if pause == nil {
			return pauses, nil
		}
		if err := l.held(ctx); err != nil {
			return 0, err
		}
		select {
		case <-pause.Done():
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// last is how many pauses there have been, and the last of them if it is not over.
func (l *Limiter) last() (pauses int, pause context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pause == nil || l.pause.Err() != nil {
		return l.pauses, nil
	}
	return l.pauses, l.pause
}

// held is an error when there is a pause for longer than ctx lasts.
func (l *Limiter) held(ctx context.Context) error {
	_, pause := l.last()
	end, bounded := ctx.Deadline()
	if pause == nil || !bounded {
		return nil
	}
	if over, _ := pause.Deadline(); over.After(end) {
		return errHeld
	}
	return nil
}

// left is how long the pause still is.
func (l *Limiter) left() time.Duration {
	if _, pause := l.last(); pause != nil {
		over, _ := pause.Deadline()
		return max(time.Until(over), 0)
	}
	return 0
}

// heed begins a pause when gigstack asks for one. pauses is how many there had been
// when the request was sent: where there was another since, its answer is old news,
// and makes that pause longer only by what it says itself.
func (l *Limiter) heed(err error, pauses int) {
	var failure *Error
	_ = errors.As(err, &failure)
	busy := failure != nil && (failure.Status == http.StatusTooManyRequests || failure.Status == http.StatusServiceUnavailable && failure.RetryAfter > 0)
	l.mu.Lock()
	defer l.mu.Unlock()
	news := pauses == l.pauses
	switch {
	case !busy && news && (failure == nil || failure.Status != 0):
		l.untold = 0
	case !busy:
	case failure.RetryAfter > 0:
		l.begin(min(failure.RetryAfter, longestPause))
	case news:
		l.untold = max(firstPause, min(2*l.untold, longestUntold))
		l.begin(l.untold)
	}
}

// begin lets nobody send anything for a while from now, or longer if that was so
// already.
func (l *Limiter) begin(d time.Duration) {
	pause, end := context.WithTimeout(context.Background(), d)
	over, _ := pause.Deadline()
	if l.pause != nil {
		if before, _ := l.pause.Deadline(); before.After(over) {
			end()
			return
		}
		l.end() // who waits sees that there is another
	}
	l.pause, l.end = pause, end
	l.pauses++
}

// queue waits for a call's turn at the limiter, as long as ctx lasts. A call whose turn
// does not come was not sent.
func (c *Caller) queue(ctx context.Context, spec Spec) (after func(error), err error) {
	l := c.options.Limit
	if l == nil {
		return func(error) {}, nil
	}
	after, err = l.enter(ctx, c.options.Name)
	switch {
	case err == nil:
		return after, nil
	case context.Cause(ctx) == errStopping:
		return nil, c.fail(spec, NotSent, CodeStopping, errStopping)
	case errors.Is(err, context.Canceled):
		return nil, c.fail(spec, NotSent, CodeCanceled, err)
	case !errors.Is(err, errHeld):
		err = errNoPlace
	}
	failure := c.fail(spec, NotSent, CodeRateLimited, err)
	failure.RetryAfter = (l.left() + time.Second - 1).Truncate(time.Second)
	return nil, failure
}

// whileGoing is a context that lasts for the time of a read, and until the server stops.
func (c *Caller) whileGoing(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancelCause(ctx)
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	go func() {
		select {
		case <-c.options.Stopping:
			stop(errStopping)
		case <-ctx.Done():
			stop(nil)
		}
	}()
	return ctx, cancel
}

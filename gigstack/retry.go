package gigstack

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// longestWait bounds how long a Retry-After is obeyed inside a call; a longer
// one is handed to the caller.
const longestWait = 20 * time.Second

// mostSeconds bounds a Retry-After; a day is as good as never.
const mostSeconds = 24 * 60 * 60

// read sends a call without side effects, again after a pause where gigstack was
// busy or out of reach. Only reads come here: a write is never repeated.
func (c *Caller) read(ctx context.Context, spec Spec, w wire) (Reply, error) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = 200 * time.Millisecond
	pause.MaxInterval = 2 * time.Second
	again := false
	attempt := func() (Reply, error) {
		ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
		defer cancel()
		reply, err := c.sendInTurn(ctx, spec, w, again)
		again = true
		var failure *Error
		if !errors.As(err, &failure) {
			return reply, err
		}
		switch {
		case !failure.Retryable() || failure.RetryAfter > longestWait || failure.Outcome == NotSent:
			return reply, backoff.Permanent(err)
		case failure.RetryAfter > 0:
			return reply, errors.Join(failure, &backoff.RetryAfterError{Duration: failure.RetryAfter})
		default:
			return reply, err
		}
	}
	reply, err := backoff.Retry(ctx, attempt, backoff.WithBackOff(pause), backoff.WithMaxTries(uint(c.options.Attempts)))
	var failure *Error
	if err != nil && !errors.As(err, &failure) { // the caller gave up during a pause
		return reply, c.transportError(ctx, spec, err)
	}
	if failure != nil {
		return reply, failure
	}
	return reply, nil
}

// sendInTurn makes one attempt when the limiter lets it; again is for all but the first.
func (c *Caller) sendInTurn(ctx context.Context, spec Spec, w wire, again bool) (reply Reply, err error) {
	after, err := c.queue(ctx, spec)
	if err != nil {
		return reply, err
	}
	defer func() { after(err) }()
	return c.watched(ctx, spec, w, again)
}

// retryAfter reads the header in either of its forms, seconds or a date.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return time.Duration(min(seconds, mostSeconds)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		if date, err := http.ParseTime(h.Get("Date")); err == nil && at.After(date) {
			return min(at.Sub(date), mostSeconds*time.Second)
		}
	}
	return 0
}

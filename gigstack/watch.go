package gigstack

import (
	"context"
	"errors"
	"strings"
)

// Attempt is one request that is about to be sent.
type Attempt struct {
	Spec  Spec
	Again bool // one like it failed before
}

// Method is how it is sent.
func (a Attempt) Method() string {
	method, _, _ := strings.Cut(a.Spec.Route, " ")
	return method
}

// Answered is what came of an attempt: the status, 0 where there was no answer.
type Answered int

// watched makes one attempt with those looking on who want to.
func (c *Caller) watched(ctx context.Context, spec Spec, w wire, again bool) (reply Reply, err error) {
	ctx, end := c.options.Watch.Begin(ctx, Attempt{spec, again})
	defer func() { end(answered(reply, err)) }()
	return c.send(ctx, spec, w)
}

func answered(reply Reply, err error) Answered {
	var failed *Error
	if errors.As(err, &failed) {
		return Answered(failed.Status)
	}
	return Answered(reply.Status)
}

package guard

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

type grantKey struct{}

// grant is one opening of the second door.
type grant struct {
	tool, team string
	spent      atomic.Bool
}

// Open returns a context that lets exactly one request of the ticket's tool
// through [Allow]. team is the ticket's as the request names it: "" for the
// key's own, which a request leaves out.
func (t *Ticket) Open(ctx context.Context, team string) context.Context {
	return context.WithValue(ctx, grantKey{}, &grant{tool: t.call.Tool, team: team})
}

// Allow is the second door, right before a request that is not a read: it
// passes only with a ticket for this tool and team that was not used yet. So a
// tool with a mistake in it cannot write.
func Allow(ctx context.Context, tool, team string) error {
	g, ok := ctx.Value(grantKey{}).(*grant)
	switch {
	case !ok:
		return errors.New("no ticket of the guard")
	case g.tool != tool || g.team != team:
		return fmt.Errorf("the guard's ticket is for %s and team %q", g.tool, g.team)
	case !g.spent.CompareAndSwap(false, true):
		return errors.New("the guard's ticket was used before")
	}
	return nil
}

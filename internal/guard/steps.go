package guard

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/gigstack/gigstack-mcp/internal/policy"
)

// A whole is a call that is confirmed once and carried out in steps, each a call of
// another tool. The whole sends nothing: its ticket opens no door. Each step has a
// ticket, an attempt and an idempotency key of its own, and the policy is asked again
// before it.

// passage is what a call went through before it ran, for the steps of a whole.
type passage struct {
	verdict policy.Verdict
	plan    string    // id; "" without one
	planned time.Time // zero without one
}

// Step permits a step, counted from 0, of a whole that was confirmed: one of those that
// the plan named, once, and with the arguments that it named, but for the one that only
// the step before tells.
func (g *Guard) Step(ctx context.Context, whole *Ticket, n int, c Call) (*Ticket, error) {
	if n < 0 || n >= len(whole.call.Steps) || !whole.call.Steps[n].covers(c) {
		return nil, fmt.Errorf("guard: %s is not step %d of what was confirmed", c.Tool, n)
	}
	c.Facts = whole.call.Steps[n].Facts // as they were confirmed
	var id [idSize]byte
	copy(id[:], stepID(whole.id, n))
	m := g.now()
	if err := m.allows(ctx, c, false, whole.by.verdict); err != nil {
		return nil, err
	}
	keyOf, earlier, err := g.settled(ctx, c, id)
	if err != nil {
		return nil, err
	}
	attempt := g.attempt(c, id, keyOf, whole.by.planned)
	attempt.Amount, attempt.Currency = c.Amount, c.Currency
	return g.begin(ctx, m, attempt, c, whole.by, earlier)
}

// covers reports whether a step is the one that was planned.
func (c Call) covers(step Call) bool {
	return bytes.Equal(c.without(c.Later), step.without(c.Later)) && c.Tool == step.Tool && c.Risk == step.Risk && c.Team == step.Team && c.Mode == step.Mode && c.Principal == step.Principal && c.Identity == step.Identity && !step.Whole
}

// without is the arguments but for one, "" for none.
func (c Call) without(name string) []byte {
	var fields map[string]json.RawMessage
	if name == "" || json.Unmarshal(c.Args, &fields) != nil {
		return c.Args
	}
	delete(fields, name)
	rest, err := json.Marshal(fields)
	if err != nil {
		return nil
	}
	return rest
}

// StepID is the id of the attempt that a step of a whole's attempt has, if it began.
func StepID(whole string, n int) string { return hex.EncodeToString(stepID(whole, n)) }

// stepID makes an id that no other plan has, so that no step begins twice.
func stepID(whole string, n int) []byte {
	d := long("step", []byte(whole), []byte(strconv.Itoa(n)))
	return d[:idSize]
}

// Earlier is the last call that would have done what c does, ok false without one that
// may have changed something.
func (g *Guard) Earlier(ctx context.Context, c Call) (a Attempt, ok bool, err error) {
	return g.Journal.Last(ctx, c.digest())
}

// parts is what the operator's policy is asked of a call: the call itself, for each team
// that it acts for, and its steps.
func (c Call) parts() []Call {
	parts, teams := []Call{c}, map[string]bool{c.Team: true}
	for _, step := range c.Steps {
		if !teams[step.Team] {
			teams[step.Team] = true
			again := c
			again.Team = step.Team
			parts = append(parts, again)
		}
	}
	return append(parts, c.Steps...)
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/tools"
)

// showPending prints the attempts that have no known outcome, of everybody.
func (a *app) showPending(ctx context.Context, out io.Writer) error {
	pending, err := a.ledger.Pending(ctx)
	if err != nil {
		return err
	}
	list := []tools.Attempt{}
	for _, attempt := range pending {
		list = append(list, tools.AttemptOf(attempt))
	}
	if a.config.JSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(map[string]any{"attempts": list})
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ATTEMPT\tTOOL\tTEAM\tMODE\tAT\tOUTCOME")
	for _, attempt := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", attempt.ID, attempt.Tool, attempt.Team, attempt.Mode, attempt.At.Format(time.RFC3339), attempt.Outcome)
	}
	return w.Flush()
}

// resolve looks for the effect of one attempt, or of all whose outcome is unknown,
// and prints a line of JSON for each.
func (a *app) resolve(ctx context.Context, out io.Writer) error {
	attempts, err := a.ledger.Pending(ctx)
	if id := a.config.Attempt; id != "" && err == nil {
		attempt, known, findErr := a.ledger.Find(ctx, id)
		if findErr == nil && !known {
			findErr = fmt.Errorf("there is no attempt %q; gigstack-mcp ledger pending lists those that are open", id)
		}
		attempts, err = []guard.Attempt{attempt}, findErr
	}
	if err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, attempt := range attempts {
		resolution, err := a.tools.Resolve(ctx, attempt)
		if err != nil {
			return err
		}
		if err := enc.Encode(resolution); err != nil {
			return err
		}
	}
	return nil
}

// tellPending logs how many outcomes are unknown. A ledger that was never written
// is not made for it, and one that cannot be read will be complained of by the call
// that needs it.
func (a *app) tellPending(ctx context.Context) {
	if !a.ledger.Exists() {
		return
	}
	pending, err := a.ledger.Pending(ctx)
	if err != nil {
		return
	}
	unknown := 0
	for _, attempt := range pending {
		if attempt.Outcome == guard.Unknown {
			unknown++
		}
	}
	if unknown > 0 {
		a.log.Warn().Int("attempts", unknown).Msg("the outcome of these calls is not known; gigstack-mcp ledger pending lists them, and ledger resolve, or the tool resolve_outcome, looks what came of them")
	}
}

package tools

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// stampPendingAcross stamps what waits in several teams.
func stampPendingAcross() func(*Tools) ownTool {
	return composedOf[stampPendingInput, stampedAll](gigstack.Spec{
		Name: stampPendingName, Risk: risk.Fiscal, Title: "Stamp what is pending in several teams",
		Doc:  "Stamp the drafts or the pending receipts of the teams you name, under one plan that lists every document; what is not ready is named and left out. It stops at the first failure unless stop_after says otherwise. Call it again for the rest: what was stamped is not stamped twice.",
		Undo: "The invoices can only be cancelled by the SAT's rules (cancel_invoice).",
	})
}

// stampPendingInput is what to stamp, and where.
type stampPendingInput struct {
	Teams     []string          `json:"teams" doc:"Team ids; nothing is stamped in any other." jsonschema:"minItems=1,maxItems=100"`
	Kind      pendingKind       `json:"kind" doc:"What waits."`
	IDs       []string          `json:"ids,omitempty" doc:"Only these drafts or receipts." jsonschema:"minItems=1,maxItems=200"`
	StampTo   *gigstack.StampTo `json:"stamp_to,omitempty" doc:"Receiver of receipts; client when absent."`
	StopAfter *int              `json:"stop_after,omitempty" doc:"Failures that stop it; 1 when absent. An unknown outcome always does." jsonschema:"minimum=1,maximum=50"`
}

// pendingKind is what can wait to be stamped.
type pendingKind string

// Choices lists what can wait.
func (pendingKind) Choices() []gigstack.Choice {
	return []gigstack.Choice{{Value: "drafts"}, {Value: "receipts"}}
}

func (stampPendingInput) subject() string  { return "" }
func (stampPendingInput) risk() risk.Level { return risk.Fiscal }
func (in stampPendingInput) failures() int { return max(1, value(in.StopAfter)) }

// stampedAll is what came of it.
type stampedAll struct {
	Stamped int `json:"stamped"`
}

func (in stampPendingInput) conclude(r request) (any, []string) {
	return stampedAll{len(r.steps)}, nil
}

// waiting is a document that waits, or a team whose documents could not be read.
type waiting struct {
	team, id string
	step     *step
	left     string // why it is left out; "" for a step
	err      error  // what stops the whole
}

// compose plans a stamp for each document that is ready.
func (in stampPendingInput) compose(ctx context.Context, t *Tools, _ request, p *preview) error {
	teams := slices.Compact(slices.Sorted(slices.Values(in.Teams)))
	for _, team := range teams {
		if err := cmp.Or(checkTeam(team), t.mayActFor(team)); err != nil {
			return err
		}
	}
	var found []waiting
	for _, team := range teams {
		found = append(found, in.list(ctx, t, team)...)
	}
	ready, missing := 0, slices.Clone(in.IDs)
	for _, w := range found {
		if w.left == "" {
			ready++
		}
		missing = slices.DeleteFunc(missing, func(id string) bool { return id == w.id })
	}
	for _, id := range missing {
		found = append(found, waiting{id: id, left: "none of these teams has it waiting; it may be stamped by now"})
	}
	if ready > mostSteps {
		return pointless("Name fewer teams, or the documents themselves (ids).", "more documents wait than the %d of one plan", mostSteps)
	}
	spread(ctx, teamsAtOnce, len(found), func(ctx context.Context, i int) struct{} {
		in.prepare(ctx, t, &found[i])
		return struct{}{}
	})
	if ctx.Err() != nil { // some were not prepared
		return canceled(stampPendingName, "")
	}
	return in.show(found, teams, p)
}

// list is what waits in a team. A team that cannot be read is left out, and said so.
func (in stampPendingInput) list(ctx context.Context, t *Tools, team string) (found []waiting) {
	add := func(id string, err error) bool {
		switch {
		case err != nil:
			found = append(found, waiting{team: team, left: "could not be read: " + t.explain(err).Message})
		case in.IDs == nil || slices.Contains(in.IDs, id):
			found = append(found, waiting{team: team, id: id})
		}
		return err == nil && len(found) <= mostSteps
	}
	caller, paging := t.as(target{team: team}), gigstack.Paging{Limit: new(100)}
	if in.Kind == "drafts" {
		for draft, err := range gigstack.Each(ctx, caller, gigstack.ListDraftInvoices, gigstack.ListDraftsInput{Paging: paging}) {
			if !add(draft.ID, err) {
				break
			}
		}
		return found
	}
	pending := gigstack.ReceiptStatus("pending")
	for receipt, err := range gigstack.Each(ctx, caller, gigstack.ListReceipts, gigstack.ListReceiptsInput{Paging: paging, Status: &pending}) {
		if !add(receipt.ID, err) {
			break
		}
	}
	return found
}

// prepare makes a step of a document, or says why it is left out: it is not ready, or
// nobody knows whether it was stamped already.
func (in stampPendingInput) prepare(ctx context.Context, t *Tools, w *waiting) {
	if w.left != "" {
		return
	}
	tool, args := gigstack.StampDraftInvoice.Name, map[string]any{"id": w.id}
	if in.Kind == "receipts" {
		tool, args["stamp_to"] = gigstack.StampReceipt.Name, cmp.Or(value(in.StampTo), "client")
	}
	err := t.clear(ctx, w.team, w.id)
	if err == nil {
		w.step, err = t.step(ctx, tool, w.team, args)
	}
	if err == nil && in.Kind == "receipts" && args["stamp_to"] == gigstack.StampTo("client") && len(w.step.shown.about.Receivers) == 0 {
		err = pointless("", "its client has no RFC")
	}
	var f *failure
	switch {
	case errors.As(err, &f) && (f.Code == "would_be_refused" || f.Code == guard.CodeOutcomeUnknown):
		w.left = strings.TrimSuffix(f.Message, " Nothing was sent.")
	case err != nil:
		w.err = err
	}
}

// show says what is stamped, what is not, and what it comes to.
func (in stampPendingInput) show(found []waiting, teams []string, p *preview) error {
	sums, count := map[string]decimal.Decimal{}, map[string]int{}
	var left []string
	for _, w := range found {
		switch {
		case w.err != nil:
			return fmt.Errorf("%s %s: %w", w.team, w.id, w.err)
		case w.left != "":
			left = append(left, strings.TrimSpace(w.team+" "+plain(w.id))+": "+w.left)
			continue
		}
		p.steps = append(p.steps, w.step)
		count[w.team]++
		if facts := w.step.shown.about; facts.Amount != nil {
			key := w.team + " " + facts.Currency
			sums[key] = sums[key].Add(*facts.Amount)
		}
	}
	p.saw(left)
	for _, words := range left {
		p.Warnings = append(p.Warnings, "Left out: "+words)
	}
	if p.steps == nil {
		return pointless("Read list_draft_invoices or list_receipts, and repair what is named.", "nothing is ready to be stamped. %s", strings.Join(left, " "))
	}
	p.Subject = fmt.Sprintf("%d %s in %d of %d teams", len(p.steps), in.Kind, len(count), len(teams))
	for _, key := range slices.Sorted(maps.Keys(sums)) {
		p.Facts = append(p.Facts, "comes to "+sums[key].StringFixed(2)+" in "+key)
	}
	p.Facts = append(p.Facts, fmt.Sprintf("stops after %d failures", in.failures()))
	p.word = fmt.Sprint(len(p.steps))
	return nil
}

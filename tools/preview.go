package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// preview says what a guarded call would do, to the person who decides.
type preview struct {
	Action      string          `json:"action" doc:"What would be done."`
	Tool        string          `json:"tool"`
	Tier        string          `json:"tier" doc:"outward, destructive, fiscal or critical."`
	Consequence string          `json:"consequence" doc:"What that tier means."`
	Team        string          `json:"team"`
	TeamName    string          `json:"team_name,omitempty"`
	Livemode    *bool           `json:"livemode,omitempty"`
	Subject     string          `json:"subject,omitempty" doc:"Whom or what it concerns, as read just now."`
	Totals      *totals         `json:"totals,omitempty" doc:"What it adds up to, computed here."`
	Arguments   json.RawMessage `json:"arguments" doc:"What would be sent."`
	Reversal    string          `json:"reversal" doc:"Whether and how it can be undone."`
	Warnings    []string        `json:"warnings,omitempty"`
}

// totals is what the lines of a document add up to.
type totals struct {
	Subtotal    gigstack.Decimal `json:"subtotal"`
	Discount    gigstack.Decimal `json:"discount"`
	Taxes       gigstack.Decimal `json:"taxes" doc:"Transferred to the buyer."`
	Withholding gigstack.Decimal `json:"withholding_taxes" doc:"Withheld by the buyer."`
	Total       gigstack.Decimal `json:"total"`
	Currency    string           `json:"currency"`
}

// preview reads what the call concerns and says what it would do. Its error is
// the call's: what does not exist cannot be planned.
func (t *Tools) preview(ctx context.Context, r request) (*preview, error) {
	p := &preview{
		Action:      r.spec.Title,
		Tool:        r.spec.Name,
		Tier:        r.spec.Risk.Effective().String(),
		Consequence: r.spec.Risk.Meaning(),
		Team:        r.to.team,
		Livemode:    t.Caller.Claims().Livemode,
		Arguments:   r.args,
		Reversal:    reversal(r.spec.Risk),
	}
	if team, err := gigstack.GetTeam.Call(ctx, r.caller, gigstack.TeamRef{ID: r.to.team}); err == nil {
		p.TeamName = plain(teamName(team))
	}
	if look, ok := looks[r.spec.Name]; ok {
		var unreadable *gigstack.DecodeError
		if err := look(ctx, r, p); errors.As(err, &unreadable) {
			p.Warnings = append(p.Warnings, "What it concerns is not as gigstack documents it and could not be shown here; look at it first.")
		} else if err != nil {
			return nil, err
		}
		p.Subject = plain(p.Subject)
	}
	return p, nil
}

// reversal is what each tier leaves of a way back.
func reversal(level risk.Level) string {
	switch level.Effective() {
	case risk.Outward:
		return "Cannot be unsent once it reached somebody."
	case risk.Destructive:
		return "Cannot be undone; it would have to be made anew."
	case risk.Fiscal:
		return "A document at the SAT cannot be changed; it can only be cancelled by the SAT's rules, and a cancellation cannot be taken back."
	default:
		return "Cannot be undone."
	}
}

// words is the preview as a person reads it in a dialog.
func (p *preview) words() string {
	mode := "mode unknown"
	if p.Livemode != nil {
		mode = "TEST data"
		if *p.Livemode {
			mode = "LIVE: real documents and money"
		}
	}
	team := p.Team
	if p.TeamName != "" {
		team = p.TeamName + " (" + p.Team + ")"
	}
	lines := []string{p.Action + "?", "Team: " + team + ", " + mode}
	if p.Subject != "" {
		lines = append(lines, p.Subject)
	}
	if p.Totals != nil {
		lines = append(lines, fmt.Sprintf("Total %s %s (subtotal %s, discount %s, taxes %s, withheld %s)", p.Totals.Total.StringFixed(2), p.Totals.Currency,
			p.Totals.Subtotal.StringFixed(2), p.Totals.Discount.StringFixed(2), p.Totals.Taxes.StringFixed(2), p.Totals.Withholding.StringFixed(2)))
	}
	arguments := plain(string(p.Arguments))
	if len(arguments) > 1500 {
		arguments = strings.ToValidUTF8(arguments[:1500], "") + "…"
	}
	lines = append(lines, "Details: "+arguments, "Consequence: "+p.Consequence+". "+p.Reversal)
	for _, warning := range p.Warnings {
		lines = append(lines, "Warning: "+warning)
	}
	return strings.Join(lines, "\n")
}

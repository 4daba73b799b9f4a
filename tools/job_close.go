package tools

import (
	"context"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// inPeriod is the arguments of a job about a team's period.
type inPeriod struct {
	forTeam
	Period *string `json:"period,omitempty" doc:"2026-10, last_month, octubre, 2026-10-01..2026-10-15; this month when absent. Days of Mexico City." jsonschema:"maxLength=60"`
}

// closing is a month as far as it can be closed.
type closing struct {
	Period  string    `json:"period"`
	Over    bool      `json:"over" doc:"The period is past; if false, more will come."`
	Open    []string  `json:"open" doc:"Items with something to do."`
	Unknown []string  `json:"unknown" doc:"Items that could not be told."`
	Items   []concern `json:"items"`
}

// checklist is what is looked at before a month is closed, in order.
var checklist = []inquiry{
	receiptsPending, undocumented, draftsUnstamped, complementsMissing, pueForm99, pueUnpaid, cancelPending, halfReplaced,
	failedStamps, notAtSAT, statusDiffers, certificate,
}

// examplesToClose is how many documents an item of the checklist names.
const examplesToClose = 5

func (t *Tools) monthCloseCheck() ownTool {
	return job(t, "month_close_check", "Can the month be closed?",
		"Check a month before it is closed (cierre de mes): receipts without invoice, money without document, drafts, missing complements, PUE unpaid or with form 99, cancellations and replacements half done, failed stamps, differences to the SAT, the CSD. Each item has its state, sums per currency, a few documents and the next tool. Changes nothing.",
		func(ctx context.Context, s *study, in inPeriod) (c closing, err error) {
			p, err := t.during(in.Period, "this month")
			if err != nil {
				return c, err
			}
			var team gigstack.Team
			var drafts []gigstack.Draft
			var b *books
			s.together(
				func() { team, _ = one(ctx, s, gigstack.GetTeam, gigstack.TeamRef{ID: s.to.team}) },
				func() {
					drafts = everything(ctx, s, gigstack.ListDraftInvoices, gigstack.ListDraftsInput{Paging: gigstack.Paging{Limit: new(100)}})
				},
				func() { b = openBooks(ctx, s, p) },
			)
			b.team, b.drafts = team, drafts
			c = closing{Period: p.String(), Over: !t.Now().Before(p.until), Open: []string{}, Unknown: []string{}}
			c.Items = b.answers(s, checklist, examplesToClose)
			for _, f := range c.Items {
				switch f.State {
				case isOpen:
					c.Open = append(c.Open, f.Item)
				case isUnknown:
					c.Unknown = append(c.Unknown, f.Item)
				}
			}
			return c, nil
		})
}

package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// present renders a reply in the tool's result type.
func (t *Tools) present(ctx context.Context, r request, reply gigstack.Reply, ticket *guard.Ticket) (*mcp.CallToolResult, error) {
	one := single{Team: r.to.team, Livemode: livemode(reply.Data, t.livemodeOf(r))}
	note := func(format string, args ...any) { one.Notes = append(one.Notes, fmt.Sprintf(format, args...)) }
	fitted, err := r.output.FitData(reply.Data, schemas.StandIns{
		Secret: func(member, secret string) string { return t.handOff(r, member, secret, note) },
		Download: func(member, content string) string {
			d, err := t.keep(ctx, r, member, content)
			if d.URI != "" {
				one.Files = append(one.Files, d)
			}
			if err != nil {
				note("%s: %s.", member, err)
			}
			if strings.HasPrefix(content, "http") {
				return schemas.Visible(content) // a link that opens without a key stays useful to a person
			}
			return d.URI
		},
	}, r.view)
	if err != nil {
		return nil, &failure{Code: gigstack.CodeUnreadable, Outcome: gigstack.Done, Message: "gigstack accepted the call, but its answer could not be read.", Next: "Do not call again; read the document instead."}
	}
	one.Data = fitted.Data
	slices.SortFunc(one.Files, func(a, b download) int { return strings.Compare(a.Member, b.Member) })
	if fitted.Odd != nil {
		note("Left out because gigstack sent another type than documented: %s.", named(fitted.Odd))
	}
	if reply.HasMore && reply.Next == "" {
		note("The list is incomplete: gigstack says there are more but not how to get them. Narrow the filters.")
	}
	if len(reply.Data) <= len("[]") && r.searches() {
		note("What was made or changed a moment ago may not be found yet: before making it anew, look with the list tool.")
	}
	if ticket != nil && ticket.Inherited != nil {
		note("An identical call was sent at %s and its outcome was not known, so this one carried the same idempotency key: the document may be that call's, and not a second one.", ticket.Inherited.At.UTC().Format(time.RFC3339))
	}
	if r.spec.Partner {
		one.Team = newTeam(reply.Data)
	}
	var back *undo
	if ticket != nil {
		back = t.undo(r, fitted.Data)
	}
	one.Untrusted = spotlight(when(fitted.Says, "data"), when(back != nil && back.Call != nil && says(back.Call.Arguments), "undo"))
	switch {
	case r.list:
		return t.page(ctx, r, reply, one)
	case ticket != nil && r.trail.plan != "": // it was confirmed
		return withLinks(answer(guarded{written: written{one, back}, Status: done}, false), one.Files), nil
	case ticket != nil:
		return withLinks(answer(written{one, back}, false), one.Files), nil
	default:
		return withLinks(answer(one, false), one.Files), nil
	}
}

// mostShortened is how often a page is asked for anew.
const mostShortened = 4

// page is a page of a list. One that is more than a model should be given is asked for
// anew, shorter.
func (t *Tools) page(ctx context.Context, r request, reply gigstack.Reply, one single) (*mcp.CallToolResult, error) {
	result := page{single: one, Next: schemas.Visible(reply.Next), HasMore: &reply.HasMore, TotalResults: reply.TotalResults}
	raw := marshal(result)
	if tooLong(raw) && r.level == risk.Read && r.cuts < mostShortened {
		rows := countOf(one.Data)
		if again, limit, ok := inShorterPages(r, reply, rows, max(1, rows*mostTokens*9/(10*tokens(raw)))); ok {
			again.pages, again.cuts = limit, r.cuts+1
			return t.execute(ctx, again, nil)
		}
	}
	if r.pages > 0 {
		if result.Next != "" {
			result.Next = limitCursor + strconv.Itoa(r.pages) + ":" + result.Next
		}
		result.Notes = append(result.Notes, fmt.Sprintf("Shortened to %d records to fit; next goes on behind them.", r.pages))
		raw = marshal(result)
	}
	return bounded(raw, false), nil
}

// newTeam is the team of an account that was opened.
func newTeam(data json.RawMessage) string {
	var account struct {
		TeamID string `json:"team_id"`
	}
	_ = json.Unmarshal(data, &account)
	return clip(account.TeamID, shortText)
}

// canHandOff refuses to have a credential made that could not be given to anybody.
func (t *Tools) canHandOff(r request) error {
	if !r.secret || !r.level.NeedsPlan() {
		return nil
	}
	if t.HandOff == nil {
		return &failure{Code: "no_hand_off", Outcome: gigstack.NotSent,
			Message: "This mints a link that lets its holder in, and the server has no place to hand it to a person. Nothing was sent.",
			Next:    "A person can do it in the gigstack app, or the operator can start the server with --handoff-dir."}
	}
	if err := t.HandOff.Ready(); err != nil {
		t.Log.Error().Err(err).Str("tool", r.spec.Name).Msg("credentials cannot be handed off")
		return &failure{Code: "no_hand_off", Outcome: gigstack.NotSent,
			Message: "This mints a credential, and the place where the server hands them to a person cannot be written to. Nothing was sent.",
			Next:    "The operator looks at the log and at --handoff-dir."}
	}
	return nil
}

// handOff gives a credential to the person and returns what stands in for it.
func (t *Tools) handOff(r request, member, secret string, note func(string, ...any)) string {
	if !r.secret {
		return "[withheld]" // it only looks like one
	}
	if t.HandOff == nil {
		return "[withheld: this server has no place to hand it to a person]"
	}
	where, err := t.HandOff.Take(r.spec.Name+" "+member, secret)
	if err != nil {
		t.Log.Error().Err(err).Str("tool", r.spec.Name).Msg("a credential could not be handed off")
		return "[withheld: it could not be saved]"
	}
	note("%s is a credential and not shown here. It was saved for the person at %s.", cmp.Or(member, "The answer"), where)
	return "[handed to the person: " + where + "]"
}

// withLinks adds links to the files of a result, for clients that open them.
func withLinks(result *mcp.CallToolResult, files []download) *mcp.CallToolResult {
	for _, d := range files {
		result.Content = append(result.Content, mcp.NewResourceLink(d.URI, d.Name, "", d.MediaType))
	}
	return result
}

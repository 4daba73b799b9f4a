package tools

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/audit"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/policy"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/internal/session"
)

// question is the id of the one thing this server ever asks a person.
const question = "confirm"

// confirm takes a guarded call from its preview to its execution. Where the
// client can ask its user, the user decides and the agent's plan argument
// counts for nothing; elsewhere the agent confirms by repeating the call with
// the plan. What a person has to approve outside of the conversation is repeated in
// either case, and goes on when they did.
func (t *Tools) confirm(ctx context.Context, r request, call mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	canAsk := canElicit(ctx)
	switch {
	case canAsk && isModern(ctx) && call.Params.RequestState != "":
		return t.decide(ctx, r, call.Params.RequestState, t.said(r, server.ElicitationResponse(call.Params.InputResponses, question)))
	case r.plan != "" && (!canAsk || t.Guard.ByApproval(r.plan)):
		return t.carryOut(ctx, r, r.plan, false, "")
	}
	planned := t.guardCall(ctx, r)
	if err := t.Guard.Ready(ctx, planned); err != nil {
		return nil, err
	}
	if token, err := t.Guard.Requested(ctx, planned); err != nil {
		return nil, err
	} else if token != "" {
		if result, err := t.carryOut(ctx, r, token, false, ""); !outlived(err) {
			return result, err
		}
	}
	shown, err := t.preview(ctx, r)
	if err != nil {
		return nil, err
	}
	planned.Seen, planned.Facts = shown.seen, shown.about
	return t.plan(ctx, r, planned, shown, canAsk)
}

// plan seals a plan of what was previewed, and puts it to whoever decides.
func (t *Tools) plan(ctx context.Context, r request, planned guard.Call, shown *preview, canAsk bool) (*mcp.CallToolResult, error) {
	judged := t.Guard.Judge(ctx, planned, false)
	r.trail.note(judged)
	way, word := guard.ByRepeating, ""
	if need := judged.Needs; need.Verdict == policy.Approve {
		if way = guard.ByApproval; need.Rule != nil {
			shown.Warnings = append(shown.Warnings, "The operator's policy says: "+need.String()+".")
		}
	} else if canAsk {
		if way = guard.ByAnswer; typesWord(r) {
			word = shown.confirmingWord()
			planned.Word = SameWord(word)
		}
	}
	plan, err := t.Guard.Plan(ctx, planned, way)
	if err != nil {
		return nil, err
	}
	shown.warnEarlier(plan.Earlier)
	r.trail.decision, r.trail.plan = audit.Planned, guard.PlanID(plan.Token)
	result := guarded{
		written:   written{single: single{Untrusted: shown.untrusted(), Team: r.to.team, Livemode: shown.Livemode, Notes: []string{"Nothing has happened yet. Show the preview to the person; if they agree, repeat this call with the same arguments and plan."}}},
		Status:    confirmationRequired,
		Plan:      plan.Token,
		Preview:   shown,
		ExpiresAt: new(plan.Expires.In(gigstack.MexicoCity).Truncate(time.Second)),
	}
	switch way {
	case guard.ByAnswer:
		return t.ask(ctx, r, shown, plan.Token, word)
	case guard.ByApproval:
		id, err := t.Guard.Request(ctx, planned, plan, shown.whole(r.args), shown.confirmingWord())
		if err != nil {
			return nil, err
		}
		t.Log.Warn().Str("approval", id).Str("tool", r.spec.Name).Str("team", r.to.team).Msg("a call waits for a person: " + t.Approvals + " show " + id)
		r.trail.decision = audit.Waiting
		result.Status, result.Approval, result.Notes = waitingForApproval, id, []string{t.waitingNote(id)}
	}
	var files []download
	if shown.PDF != "" {
		files = []download{{URI: shown.PDF, Name: "draft.pdf", MediaType: "application/pdf"}}
	}
	return withLinks(answer(result, false), files), nil
}

func (t *Tools) waitingNote(approval string) string {
	return "Nothing has happened yet: a person has to approve it outside of this conversation, at a terminal (" + t.Approvals + " show " + approval + "). " +
		"Tell the person you work for; never approve it yourself. When they say that it was approved, repeat this call with the same arguments and plan."
}

// stillWaiting is the answer while nobody has decided yet.
func (t *Tools) stillWaiting(r request, token string) *mcp.CallToolResult {
	id := guard.PlanID(token)
	r.trail.decision = audit.Waiting
	return answer(guarded{
		written: written{single: single{Team: r.to.team, Livemode: t.livemodeOf(r), Notes: []string{t.waitingNote(id)}}},
		Status:  waitingForApproval, Approval: id, Plan: token,
	}, false)
}

// outlived reports whether what stops a call with a plan that was asked to be approved
// is the plan's age: then it is planned anew.
func outlived(err error) bool {
	var refusal *guard.Refusal
	return errors.As(err, &refusal) && slices.Contains([]string{
		guard.CodePlanStale, guard.CodePlanPolicy, guard.CodePlanExpired, guard.CodePlanTampered, guard.CodePlanArguments, guard.CodePlanUsed, guard.CodeWithdrawn, guard.CodeOvertaken,
		guard.CodeOutcomeUnknown, // which Ready says is settled by now
	}, refusal.Code)
}

// carryOut uses the plan up and sends the request, unless what it concerns has
// changed since the preview. asked says that a person agreed, word what they typed.
func (t *Tools) carryOut(ctx context.Context, r request, token string, asked bool, word string) (*mcp.CallToolResult, error) {
	r.trail.decision, r.trail.plan = "", guard.PlanID(token)
	confirmed := t.guardCall(ctx, r)
	confirmed.Word = word
	ticket, err := t.Guard.Confirm(ctx, confirmed, token, asked, func(ctx context.Context) ([]byte, guard.Facts, error) {
		now, err := t.look(ctx, r)
		if err != nil {
			return nil, guard.Facts{}, err
		}
		r.was, r.steps = now.was, now.steps
		confirmed.Facts = now.about
		r.trail.note(t.Guard.Judge(ctx, confirmed, false))
		return now.seen, now.about, nil
	})
	var refusal *guard.Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Code == guard.CodePlanWord:
		return t.decide(ctx, r, token, verdict{said: otherWord})
	case errors.As(err, &refusal) && refusal.Code == guard.CodeWaiting:
		return t.stillWaiting(r, token), nil
	case err != nil:
		return nil, err
	}
	return t.execute(ctx, r, ticket)
}

// decide does what the person said; a plan that they did not confirm is used up.
func (t *Tools) decide(ctx context.Context, r request, token string, v verdict) (*mcp.CallToolResult, error) {
	if v.said == accepted {
		return t.carryOut(ctx, r, token, true, v.word)
	}
	if err := t.Guard.Decline(ctx, t.guardCall(ctx, r), token); err != nil {
		return nil, err // it ran before, or is none of ours
	}
	r.trail.decision, r.trail.plan = audit.Declined, guard.PlanID(token)
	return t.declined(r, v.said), nil
}

// ask has the client put the question to its user. Since protocol 2026-07-28
// the question is the result, and the client calls again with the answer; an
// older client is asked while the call waits. (mcp-go would do that too, but
// makes a protocol error of a client that fails to ask.)
func (t *Tools) ask(ctx context.Context, r request, shown *preview, token, word string) (*mcp.CallToolResult, error) {
	field := map[string]any{"type": "boolean", "title": "Confirm / Confirmar", "description": "Yes, do exactly this, once.", "default": false}
	if word != "" {
		field = map[string]any{"type": "string", "title": "Type / Escribe " + word, "description": "To do exactly this, once."}
	}
	form := mcp.ElicitationParams{
		Mode:            mcp.ElicitationModeForm,
		Message:         shown.words(word),
		RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{question: field}, "required": []string{question}},
	}
	if isModern(ctx) {
		return server.NewInputRequestBuilder(token).Elicit(question, form).ToolResult(), nil
	}
	waiting, cancel := context.WithTimeout(ctx, guard.PlanLife)
	defer cancel()
	result, err := server.ServerFromContext(ctx).RequestElicitation(waiting, mcp.ElicitationRequest{Params: form})
	if err != nil {
		t.Log.Warn().Err(err).Str("tool", r.spec.Name).Msg("the person could not be asked")
		return t.decide(ctx, r, token, verdict{said: unasked})
	}
	return t.decide(ctx, r, token, t.said(r, result))
}

// What a person said.
const (
	accepted    = "accepted"
	notTicked   = "did not tick the confirmation"
	otherWord   = "typed another word than the one asked for"
	didDecline  = "declined"
	didCancel   = "closed the question"
	noneOfThese = "gave no valid answer"
	unasked     = "could not be asked"
)

// verdict is what a person said, and typed.
type verdict struct{ said, word string }

// said reads the person's answer, nil for none. Anything but a plain yes, or a word
// where one has to be typed, is no.
func (t *Tools) said(r request, result *mcp.ElicitationResult) verdict {
	if result == nil {
		return verdict{said: noneOfThese}
	}
	switch result.Action {
	case mcp.ElicitationResponseActionAccept:
		content, _ := result.Content.(map[string]any)
		if typesWord(r) {
			word, _ := content[question].(string)
			return verdict{accepted, SameWord(word)}
		}
		if yes, ok := content[question].(bool); ok && yes {
			return verdict{said: accepted}
		}
		return verdict{said: notTicked}
	case mcp.ElicitationResponseActionDecline:
		return verdict{said: didDecline}
	case mcp.ElicitationResponseActionCancel:
		return verdict{said: didCancel}
	}
	return verdict{said: noneOfThese}
}

// typesWord reports whether a yes is too little: what reaches the SAT or moves money
// out is confirmed by typing what it is about.
func typesWord(r request) bool { return r.level.Effective() >= risk.Fiscal }

// confirmingWord is what the person types: the total, or what else the call is about.
func (p *preview) confirmingWord() string {
	if p.Totals != nil {
		return p.Totals.Total.StringFixed(2)
	}
	if SameWord(p.word) == "" || plain(p.word) != p.word || strings.Contains(p.word, " ") || len(p.word) > shortText { // nobody could type it
		return "CONFIRMAR"
	}
	return p.word
}

// SameWord is a word in the form in which all ways to type it are the same: the case,
// blanks, a currency sign and the commas and zeros of an amount do not count.
func SameWord(word string) string {
	word = strings.ToUpper(strings.Join(strings.Fields(word), ""))
	amount := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(word, "$"), "MXN"), ",", "")
	if d, err := decimal.NewFromString(amount); err == nil && len(amount) < 30 {
		return d.String()
	}
	return word
}

// declined is the answer when the person did not agree: not an error, and
// nothing happened.
func (t *Tools) declined(r request, said string) *mcp.CallToolResult {
	return answer(guarded{
		written: written{single: single{Team: r.to.team, Livemode: t.Caller.Claims().Livemode, Notes: []string{"The person " + said + ". Nothing was sent. Do not ask again unless they want to."}}},
		Status:  declined,
	}, false)
}

// canElicit reports whether the client said that it can ask its user with a
// form. Without that word nobody is asked: the call would hang.
func canElicit(ctx context.Context) bool {
	if session.CallerOf(ctx).Unreachable {
		return false
	}
	var said *mcp.ElicitationCapability
	if isModern(ctx) {
		info := server.RequestProtocolInfoFromContext(ctx)
		if info.ClientCapabilities == nil {
			return false
		}
		said = info.ClientCapabilities.Elicitation
	} else if s, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo); ok {
		said = s.GetClientCapabilities().Elicitation
	}
	// An empty capability means forms; one that names only URLs cannot show one.
	return said != nil && (said.Form != nil || said.URL == nil)
}

// isModern reports whether a request is of protocol 2026-07-28 or later.
func isModern(ctx context.Context) bool {
	info := server.RequestProtocolInfoFromContext(ctx)
	return info != nil && info.Modern
}

// warnEarlier adds what is remembered of an identical call.
func (p *preview) warnEarlier(a *guard.Attempt) {
	if a == nil || a.Outcome == guard.Refused {
		return
	}
	at := a.At.In(gigstack.MexicoCity).Format("15:04:05")
	warning := fmt.Sprintf("An identical call ran at %s (Mexico City) and succeeded", at)
	if a.Outcome == guard.Partial || isComposed(a.Tool) && a.Outcome != guard.Done {
		p.Facts = append(p.Facts, "an identical call of "+at+" (Mexico City) was not carried out to its end; this is what is left")
		return
	}
	if a.Outcome != guard.Done {
		warning = fmt.Sprintf("An identical call was sent at %s (Mexico City) and may have taken effect", at)
	}
	if a.Resource != "" {
		warning += ": " + a.Resource
	}
	p.Warnings = append(p.Warnings, strings.TrimSpace(warning)+". Make sure that this is not a repetition.")
}

package tools

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/audit"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/session"
)

// question is the id of the one thing this server ever asks a person.
const question = "confirm"

// confirm takes a guarded call from its preview to its execution. Where the
// client can ask its user, the user decides and the agent's plan argument
// counts for nothing; elsewhere the agent confirms by repeating the call with
// the plan.
func (t *Tools) confirm(ctx context.Context, r request, call mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	canAsk := canElicit(ctx)
	switch {
	case canAsk && isModern(ctx) && call.Params.RequestState != "":
		return t.decide(ctx, r, call.Params.RequestState, said(server.ElicitationResponse(call.Params.InputResponses, question)))
	case !canAsk && r.plan != "":
		return t.carryOut(ctx, r, r.plan, false)
	}
	planned := t.guardCall(ctx, r)
	if err := t.Guard.Ready(ctx, planned); err != nil {
		return nil, err
	}
	shown, err := t.preview(ctx, r)
	if err != nil {
		return nil, err
	}
	planned.Seen = shown.seen
	plan, err := t.Guard.Plan(ctx, planned, canAsk)
	if err != nil {
		return nil, err
	}
	shown.warnEarlier(plan.Earlier)
	r.trail.decision, r.trail.plan = audit.Planned, guard.PlanID(plan.Token)
	if canAsk {
		return t.ask(ctx, r, shown, plan.Token)
	}
	var files []download
	if shown.PDF != "" {
		files = []download{{URI: shown.PDF, Name: "draft.pdf", MediaType: "application/pdf"}}
	}
	return withLinks(answer(guarded{
		written:   written{single: single{Team: r.to.team, Livemode: shown.Livemode, Notes: []string{"Nothing has happened yet. Show the preview to the person; if they agree, repeat this call with the same arguments and plan."}}},
		Status:    confirmationRequired,
		Plan:      plan.Token,
		Preview:   shown,
		ExpiresAt: new(plan.Expires.In(gigstack.MexicoCity).Truncate(time.Second)),
	}, false), files), nil
}

// carryOut uses the plan up and sends the request, unless what it concerns has
// changed since the preview. asked says that a person agreed.
func (t *Tools) carryOut(ctx context.Context, r request, token string, asked bool) (*mcp.CallToolResult, error) {
	r.trail.decision, r.trail.plan = "", guard.PlanID(token)
	ticket, err := t.Guard.Confirm(ctx, t.guardCall(ctx, r), token, asked, func(ctx context.Context) ([]byte, error) {
		now, err := t.look(ctx, r)
		if err != nil {
			return nil, err
		}
		r.was = now.was
		return now.seen, nil
	})
	if err != nil {
		return nil, err
	}
	return t.execute(ctx, r, ticket)
}

// decide does what the person said; a plan that they did not confirm is used up.
func (t *Tools) decide(ctx context.Context, r request, token, said string) (*mcp.CallToolResult, error) {
	if said == accepted {
		return t.carryOut(ctx, r, token, true)
	}
	if err := t.Guard.Decline(ctx, t.guardCall(ctx, r), token); err != nil {
		return nil, err // it ran before, or is none of ours
	}
	r.trail.decision, r.trail.plan = audit.Declined, guard.PlanID(token)
	return t.declined(r, said), nil
}

// ask has the client put the question to its user. Since protocol 2026-07-28
// the question is the result, and the client calls again with the answer; an
// older client is asked while the call waits. (mcp-go would do that too, but
// makes a protocol error of a client that fails to ask.)
func (t *Tools) ask(ctx context.Context, r request, shown *preview, token string) (*mcp.CallToolResult, error) {
	form := mcp.ElicitationParams{
		Mode:    mcp.ElicitationModeForm,
		Message: shown.words(),
		RequestedSchema: map[string]any{
			"type":       "object",
			"properties": map[string]any{question: map[string]any{"type": "boolean", "title": "Confirm / Confirmar", "description": "Yes, do exactly this, once.", "default": false}},
			"required":   []string{question},
		},
	}
	if isModern(ctx) {
		return server.NewInputRequestBuilder(token).Elicit(question, form).ToolResult(), nil
	}
	waiting, cancel := context.WithTimeout(ctx, guard.PlanLife)
	defer cancel()
	result, err := server.ServerFromContext(ctx).RequestElicitation(waiting, mcp.ElicitationRequest{Params: form})
	if err != nil {
		t.Log.Warn().Err(err).Str("tool", r.spec.Name).Msg("the person could not be asked")
		return t.decide(ctx, r, token, unasked)
	}
	return t.decide(ctx, r, token, said(result))
}

// What a person said.
const (
	accepted    = "accepted"
	notTicked   = "did not tick the confirmation"
	didDecline  = "declined"
	didCancel   = "closed the question"
	noneOfThese = "gave no valid answer"
	unasked     = "could not be asked"
)

// said reads the person's answer, nil for none. Anything but a plain yes is no.
func said(result *mcp.ElicitationResult) string {
	if result == nil {
		return noneOfThese
	}
	switch result.Action {
	case mcp.ElicitationResponseActionAccept:
		content, _ := result.Content.(map[string]any)
		if yes, ok := content[question].(bool); ok && yes {
			return accepted
		}
		return notTicked
	case mcp.ElicitationResponseActionDecline:
		return didDecline
	case mcp.ElicitationResponseActionCancel:
		return didCancel
	}
	return noneOfThese
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
	if a.Outcome != guard.Done {
		warning = fmt.Sprintf("An identical call was sent at %s (Mexico City) and may have taken effect", at)
	}
	if a.Resource != "" {
		warning += ": " + a.Resource
	}
	p.Warnings = append(p.Warnings, strings.TrimSpace(warning)+". Make sure that this is not a repetition.")
}

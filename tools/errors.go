package tools

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// Error lets a failure travel as an error.
func (f *failure) Error() string { return f.Message }

// refuse renders any error as a tool result that says whose move it is.
func (t *Tools) refuse(err error, team string) *mcp.CallToolResult {
	f := t.explain(err)
	return answer(single{Untrusted: f.untrusted(), Team: team, Livemode: t.Caller.Claims().Livemode, Error: f}, true)
}

// explain turns an error into terms an agent can act on. An error nobody
// expected is named without its text, which is for the log.
func (t *Tools) explain(err error) *failure {
	var f *failure
	var api *gigstack.Error
	var refusal *guard.Refusal
	var unreadable *gigstack.DecodeError
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &refusal):
		f = &failure{Code: refusal.Code, Message: refusal.Message, Outcome: gigstack.NotSent}
		if refusal.Earlier != nil && refusal.Earlier.Outcome != guard.Refused {
			f.Outcome = gigstack.Unknown
			switch refusal.Earlier.Outcome {
			case guard.Done:
				f.Outcome = gigstack.Done
			case guard.Partial:
				f.Outcome = Partial
			default:
				f.Next, f.NextTool = `resolve_outcome {"attempt": "`+refusal.Earlier.ID+`"} looks whether it took effect and says what to do.`, "resolve_outcome"
			}
		}
		return f
	case errors.As(err, &api):
		return t.explainAPI(api)
	case errors.As(err, &unreadable):
		// Only looks of our own decode into types; a tool's data is fitted.
		return &failure{Code: gigstack.CodeUnreadable, Outcome: gigstack.NotSent, Message: "gigstack's answer to " + unreadable.Op + " is not as documented and could not be read. Nothing was changed.", Next: "Tell the person; the operator can check the base URL."}
	default:
		t.Log.Error().Err(err).Msg("a call failed unexpectedly")
		return &failure{Code: "internal_error", Outcome: gigstack.NotSent, Message: "The server failed; its log says why.", Next: "Tell the person; the operator can look at the log."}
	}
}

// looksFor names the attempt whose outcome is unknown to whoever is told to look for it.
func (f *failure) looksFor(attempt string) {
	if f.Outcome == gigstack.Unknown && f.NextTool == "resolve_outcome" && attempt != "" {
		f.Next = `It may have taken effect. Do not call again blindly: resolve_outcome {"attempt": "` + attempt + `"} looks whether it did and says what to do.`
	}
}

// explainAPI explains what gigstack said, or that it said nothing. Its texts are
// gigstack's; cause, next and what details say of a code of the SAT are ours.
func (t *Tools) explainAPI(e *gigstack.Error) *failure {
	m, known := remediesOf[e.Op+" "+e.Code]
	if !known {
		m, known = remedies[e.Code]
	}
	f := &failure{
		Code:       cmp.Or(e.Code, "gigstack_error"),
		Message:    strings.TrimSuffix(schemas.Visible(e.Message), ".") + ".",
		Cause:      m.cause,
		Next:       m.fix,
		Outcome:    e.Outcome,
		Retryable:  e.Retryable(),
		RetryAfter: int(e.RetryAfter.Seconds()),
		Status:     e.Status,
		foreign:    e.Status != 0,
	}
	if known && m.later != asStatus {
		f.Retryable = m.later == perhaps && e.Harmless()
	}
	reasons, refused := reasonsOf(e)
	f.Details = reasons
	tool := m.tool
	switch {
	case e.Outcome == gigstack.Unknown:
		f.Next, tool = "It may have taken effect. Do not call again blindly: read the document (list or get), or let resolve_outcome look for it, and say what you found.", "resolve_outcome"
	case e.Outcome == gigstack.Done:
		f.Next, tool = "It took effect; only the answer is unusable. Read the document instead of calling again.", itsReader
	case refused != nil:
		f.Next, f.Retryable, tool = "Do what details say, then make the call anew.", false, cmp.Or(refused.Tool, correctedWith[e.Op], sameTool)
	case f.Next == "" && f.Retryable:
		f.Next, tool = "Wait a moment and call again.", sameTool
	case f.Next == "":
		f.Next = "Correct the call as the message says, or tell the person."
	}
	f.NextTool = t.offered(follow(tool, e.Op))
	return f
}

// offered is the tool if it is among those of this server, else "".
func (t *Tools) offered(tool string) string {
	if _, ok := t.Find(tool); !ok {
		return ""
	}
	return tool
}

// reason is one thing behind an error.
type reason struct {
	Code    string `json:"code,omitempty"`
	Field   string `json:"field,omitempty" doc:"Argument it is about."`
	Message string `json:"message,omitempty" doc:"Where error.message does not say it."`
	Cause   string `json:"cause,omitempty" doc:"What the SAT's code means."`
	Fix     string `json:"fix,omitempty"`
}

// reasonsOf is what is behind an error: its findings, and the codes of the SAT that it
// names anywhere. refused is the first of these that is known.
func reasonsOf(e *gigstack.Error) (reasons []reason, refused *catalogs.Rejection) {
	var named []string // codes of the SAT
	explained := map[string]bool{}
	explain := func(r reason, code string) reason {
		rejection, known := catalogs.RejectionOf(code)
		if known && refused == nil {
			refused = &rejection
		}
		explained[code] = true
		r.Code, r.Field = code, cmp.Or(r.Field, rejection.Argument, rejection.Field)
		r.Cause, r.Fix = rejection.EN, rejection.Fix
		return r
	}
	for _, d := range e.Details {
		r := reason{Code: schemas.Visible(d.Code), Field: schemas.Visible(d.Field)}
		if catalogs.RejectionCodes(d.Field) != nil { // it names no field
			r.Field = ""
		}
		if d.Message != d.Code && !strings.Contains(e.Message, d.Message) {
			r.Message = schemas.Visible(d.Message)
		}
		codes := catalogs.RejectionCodes(d.Code + " " + d.Field + " " + d.Message)
		if named = append(named, codes...); len(codes) > 0 && !explained[codes[0]] {
			r = explain(r, codes[0])
		}
		if r != (reason{}) {
			reasons = append(reasons, r)
		}
	}
	named = slices.Concat(named, catalogs.RejectionCodes(e.Code), catalogs.RejectionCodes(e.Message))
	for _, code := range named {
		if !explained[code] {
			reasons = append(reasons, explain(reason{}, code))
		}
	}
	return reasons, refused
}

// invalidArguments is the refusal of arguments that do not fit the schema.
func invalidArguments(problems []schemas.Problem) *failure {
	f := &failure{Code: "invalid_arguments", Outcome: gigstack.NotSent, Next: "Correct them and call again."}
	var lines []string
	for i, p := range problems {
		if i == 12 {
			lines = append(lines, "…")
			break
		}
		line := p.Message
		switch {
		case p.Path == "":
		case strings.HasPrefix(line, "is "): // a sentence
			line = p.Path + " " + line
		default:
			line = p.Path + ": " + line
		}
		lines = append(lines, line)
	}
	f.Message = "The arguments are not valid: " + strings.Join(lines, "; ") + ". Nothing was sent."
	return f
}

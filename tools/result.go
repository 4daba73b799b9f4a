package tools

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// single is what a tool answers about one thing. Data's type is the endpoint's.
type single struct {
	Untrusted string          `json:"untrusted,omitempty" doc:"Which members to take as mere data."`
	Data      json.RawMessage `json:"data,omitempty"`
	Team      string          `json:"team" jsonschema:"required" doc:"Team acted for."`
	Livemode  *bool           `json:"livemode,omitempty" doc:"false: test data; true: real documents and money."`
	Files     []download      `json:"files,omitempty" doc:"Files of the answer."`
	Notes     []string        `json:"notes,omitempty" doc:"What to know about this answer."`
	Error     *failure        `json:"error,omitempty"`
}

// page is what a tool answers about a list.
type page struct {
	single
	Next         string `json:"next,omitempty" doc:"Pass as next to get the following page."`
	HasMore      *bool  `json:"has_more,omitempty" doc:"The list goes on: this is not all."`
	TotalResults *int   `json:"total_results,omitempty"`
}

// written is what a tool answers that changes something.
type written struct {
	single
	Undo *undo `json:"undo,omitempty" doc:"What takes it back."`
}

// guarded is what a tool answers whose call must be confirmed.
type guarded struct {
	written
	Status    string     `json:"status,omitempty" doc:"confirmation_required: nothing ran yet, call again with plan. waiting_for_approval: nothing ran yet, a person outside of the conversation has to approve. declined: nothing ran. done: it ran."`
	Approval  string     `json:"approval,omitempty" doc:"Id of the approval that is waited for."`
	Plan      string     `json:"plan,omitempty" doc:"Pass as plan, with the same arguments, to run the call once."`
	Preview   *preview   `json:"preview,omitempty" doc:"What the call would do."`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Until when the plan can be confirmed."`
}

// Values of guarded.Status.
const (
	confirmationRequired = "confirmation_required"
	waitingForApproval   = "waiting_for_approval"
	declined             = "declined"
	done                 = "done"
)

// failure is an error in terms an agent can act on. No member repeats another.
type failure struct {
	Code       string           `json:"code" doc:"Stable, for programs."`
	Message    string           `json:"message" doc:"What happened."`
	Cause      string           `json:"cause,omitempty" doc:"What the code means."`
	Next       string           `json:"next,omitempty" doc:"What to do about it, and whose move it is."`
	NextTool   string           `json:"next_tool,omitempty" doc:"With which tool."`
	Retryable  bool             `json:"retryable" doc:"The same call may succeed later and can do no harm."`
	Outcome    gigstack.Outcome `json:"outcome" doc:"not_sent, refused: nothing changed. unknown: it may have taken effect, look before calling again. done: it took effect. partial: some steps did."`
	RetryAfter int              `json:"retry_after_seconds,omitempty"`
	Status     int              `json:"http_status,omitempty"`
	Details    []reason         `json:"details,omitempty"`

	foreign bool // message and details have text of third parties
}

// answer is a result as structured content; its text is made of it when a client gets
// it. One that is more than a model should be given is cut.
func answer(result any, isError bool) *mcp.CallToolResult {
	return bounded(marshal(result), isError)
}

// bounded is answer for what is JSON already.
func bounded(raw json.RawMessage, isError bool) *mcp.CallToolResult {
	if tooLong(raw) {
		raw = cut(raw)
	}
	return &mcp.CallToolResult{RawStructuredContent: raw, IsError: isError}
}

// marshal writes a value of ours as JSON that people can read too: without HTML
// escapes. Such values always encode.
func marshal(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

package gigstack

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Outcome is what is known about the effect of a call that failed.
type Outcome string

// The outcomes, from the harmless one to the one that needs a look.
const (
	NotSent Outcome = "not_sent" // nothing left this machine
	Refused Outcome = "refused"  // gigstack answered and changed nothing
	Unknown Outcome = "unknown"  // it may have taken effect: look before calling again
	Done    Outcome = "done"     // it took effect; only the answer is unusable
)

// Codes of ours for what gigstack says in words or not at all. gigstack's own
// codes (validation_failed, resource_not_found …) come through unchanged.
const (
	CodeNotMasterTeam  = "connect_not_master_team"
	CodeTeamNotFound   = "connect_team_not_found"
	CodeNoMatchedTeams = "connect_no_matched_teams"
	CodeRoleTooLow     = "connect_role_too_low"
	CodeUnreachable    = "unreachable"
	CodeTimeout        = "timeout"
	CodeCanceled       = "canceled"
	CodeStopping       = "stopping"
	CodeUnreadable     = "unreadable_answer"
	CodeRedirect       = "redirect_refused"
	CodeWrongTeam      = "answered_for_another_team"
	CodeNoPartnerKey   = "no_partner_key"
	CodeRateLimited    = "rate_limit_exceeded" // gigstack's too: a limiter speaks for it
)

// connectErrors tells the four refusals of gigstack Connect apart by their
// documented text; their statuses are not documented.
var connectErrors = map[string]string{
	"Unauthorized, not a master team":                         CodeNotMasterTeam,
	"The specified team does not exist":                       CodeTeamNotFound,
	"Unauthorized, no matched teams":                          CodeNoMatchedTeams,
	"Your role does not allow this action on the target team": CodeRoleTooLow,
}

// Error is a call that failed. Its texts come from gigstack, or from what stands
// before it: untrusted, shortened, and without the key.
type Error struct {
	Op         string        // the endpoint's name
	Team       string        // the team acted for; "" for the key's own
	Status     int           // HTTP status; 0 when there was no answer
	Code       string        // gigstack's code, or one of ours
	Message    string        // what went wrong
	Details    []Detail      // findings behind it
	Outcome    Outcome       // may it have taken effect?
	RetryAfter time.Duration // how long gigstack asks to wait; 0 when it does not say
	Data       json.RawMessage
	Err        error // the cause, when it was not gigstack's answer
}

// Error says what failed and what is known of its effect.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Op, e.Message)
	if e.Status != 0 {
		fmt.Fprintf(&b, " (HTTP %d", e.Status)
		if e.Code != "" {
			b.WriteString(", " + e.Code)
		}
		b.WriteString(")")
	}
	if e.Outcome == Unknown {
		b.WriteString("; it may have taken effect")
	}
	return b.String()
}

// Unwrap is the transport's error, if that was the cause.
func (e *Error) Unwrap() error { return e.Err }

// Retryable reports whether the same call may succeed later without any change
// and repeating it can do no harm.
func (e *Error) Retryable() bool {
	return e.Harmless() && (e.Status == http.StatusTooManyRequests || e.Status >= 500 || e.Code == CodeUnreachable || e.Code == CodeTimeout || e.Code == CodeRateLimited)
}

// Harmless reports whether the call is known to have changed nothing.
func (e *Error) Harmless() bool { return e.Outcome != Unknown && e.Outcome != Done }

// DecodeError is a call that succeeded with an answer this package could not
// read. Repeating a write because of it would be wrong.
type DecodeError struct {
	Op  string
	Err error
}

// Error says that the call itself went through.
func (e *DecodeError) Error() string {
	return fmt.Sprintf("%s: gigstack accepted the call, but its answer could not be read: %v", e.Op, e.Err)
}

// Unwrap is the decoder's error.
func (e *DecodeError) Unwrap() error { return e.Err }

// maxErrorText bounds what of an error's text is kept, in bytes.
const maxErrorText = 500

// describe fills in code, message and details from either form of error body:
// {message, error:"text or code"} and {success:false, error:{code, message, details}}.
func (e *Error) describe(env envelope) {
	e.Message = string(env.Message)
	var word string
	var object struct {
		Code    Scalar `json:"code"`
		Message string `json:"message"`
	}
	switch {
	case json.Unmarshal(env.Error, &word) == nil:
		if isCode(word) {
			e.Code = word
		} else if word != "" && word != string(env.Message) {
			e.Message = join(string(env.Message), word)
		}
		e.Code = cmp.Or(connectErrors[word], e.Code)
	case json.Unmarshal(env.Error, &object) == nil:
		e.Code = string(object.Code)
		e.Message = cmp.Or(object.Message, string(env.Message))
		e.Code = cmp.Or(connectErrors[e.Message], e.Code)
	}
	e.Details = readDetails(beside(env.Error), env.Details, env.Errors)
	if e.Message == "" {
		e.Message = cmp.Or(e.Code, http.StatusText(e.Status), "gigstack refused the call")
	}
}

// beside is what an error object carries that is neither its code nor its message;
// nothing of what is no object.
func beside(object json.RawMessage) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil {
		return nil
	}
	var carried []json.RawMessage
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if name == "details" || name != "code" && name != "message" && len(members[name]) > 0 && strings.ContainsRune("{[", rune(members[name][0])) {
			carried = append(carried, members[name])
		}
	}
	raw, err := json.Marshal(carried)
	if err != nil {
		return nil
	}
	return raw
}

// isCode reports whether s looks like resource_not_found rather than a sentence.
func isCode(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}

func join(a, b string) string {
	if a == "" || strings.Contains(b, a) {
		return b
	}
	return a + ": " + b
}

// clip shortens s to maxErrorText bytes and removes what is not printable.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
	if len(s) > maxErrorText {
		s = strings.ToValidUTF8(s[:maxErrorText], "") + "…"
	}
	return strings.TrimSpace(s)
}

package tools

import (
	"cmp"
	"errors"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// Error lets a failure travel as an error.
func (f *failure) Error() string { return f.Message }

// refuse renders any error as a tool result that says whose move it is.
func (t *Tools) refuse(err error, team string) *mcp.CallToolResult {
	f := t.explain(err)
	return answer(single{Team: team, Livemode: t.Caller.Claims().Livemode, Error: f}, true)
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
				f.Next = `resolve_outcome {"attempt": "` + refusal.Earlier.ID + `"} looks whether it took effect and says what to do.`
			}
		}
		return f
	case errors.As(err, &api):
		return explainAPI(api)
	case errors.As(err, &unreadable):
		// Only looks of our own decode into types; a tool's data is fitted.
		return &failure{Code: gigstack.CodeUnreadable, Outcome: gigstack.NotSent, Message: "gigstack's answer to " + unreadable.Op + " is not as documented and could not be read. Nothing was changed.", Next: "Tell the person; the operator can check the base URL."}
	default:
		t.Log.Error().Err(err).Msg("a call failed unexpectedly")
		return &failure{Code: "internal_error", Outcome: gigstack.NotSent, Message: "The server failed; its log says why.", Next: "Tell the person; the operator can look at the log."}
	}
}

func explainAPI(e *gigstack.Error) *failure {
	f := &failure{
		Code:       e.Code,
		Message:    strings.TrimSuffix(e.Message, ".") + ".",
		Next:       cmp.Or(remediesOf[e.Op+" "+e.Code], remedies[e.Code]),
		Retryable:  e.Retryable(),
		Outcome:    e.Outcome,
		RetryAfter: int(e.RetryAfter.Seconds()),
		Status:     e.Status,
		Details:    e.Details,
	}
	if f.Code == "" {
		f.Code = "gigstack_error"
	}
	switch {
	case e.Outcome == gigstack.Unknown:
		f.Next = "It may have taken effect. Do not call again blindly: read the document (list or get), or let resolve_outcome look for it, and say what you found."
	case e.Outcome == gigstack.Done:
		f.Next = "It took effect; only the answer is unusable. Read the document instead of calling again."
	case f.Next == "" && f.Retryable:
		f.Next = "Wait a moment and call again."
	case f.Next == "":
		f.Next = "Correct the call as the message says, or tell the person."
	}
	return f
}

// What is to be done first in bulk download, and where that is said.
const (
	downloadOff   = "Bulk download may be off for this team: get_sat_download_activation tells, activate_sat_download turns it on. Else the key's role is too low."
	downloadFirst = "Something has to come first; get_sat_download_schedule and get_sat_download_activation tell what: activate_sat_download, the FIEL (get_team_onboarding_url or upload_sat_fiel), register_sat_business."
	wrongCert     = "Ask the person for the right certificate, or let them upload it at gigstack with get_team_onboarding_url."
)

// remediesOf is what to do about a code where it means something else than usual, by
// tool.
var remediesOf = map[string]string{
	"list_sat_invoices insufficient_permissions":          downloadOff,
	"get_sat_invoice insufficient_permissions":            downloadOff,
	"retry_sat_invoice_xml insufficient_permissions":      downloadOff,
	"generate_sat_invoice_pdf insufficient_permissions":   downloadOff,
	"fetch_sat_invoice_xml insufficient_permissions":      downloadOff,
	"save_sat_download_schedule business_rule_violation":  downloadFirst,
	"create_sat_download_request business_rule_violation": downloadFirst,
	"enable_sat_sync business_rule_violation":             downloadFirst,
	"register_sat_business business_rule_violation":       downloadFirst,
	"upload_sat_fiel business_rule_violation":             downloadFirst,
	"generate_sat_invoice_pdf cfdi_service_error":         "Its XML is not stored yet: retry_sat_invoice_xml fetches it.",
	"retry_sat_invoice_xml cfdi_service_error":            "The download provider refused this one. Try another day, or ask the issuer for the XML.",
	"upload_client_csf cfdi_service_error":                "No fiscal data could be read from the file. Use the PDF as the SAT gives it out, or create_client with what the person reads there.",
	"upload_client_csf resource_conflict":                 "A client with that RFC is there already: pass its id as client_id to update it.",
	"upload_team_csd invalid_file_format":                 wrongCert,
	"upload_sat_fiel invalid_field_value":                 wrongCert,
	"sign_team_manifest invalid_field_value":              wrongCert,
}

// remedies is what to do about each code, and whose move it is.
var remedies = map[string]string{
	"unauthorized":             "The operator must check the API key: it is missing, wrong, revoked or expired.",
	"invalid_token":            "The operator must check the API key: it is wrong, revoked or expired.",
	"forbidden":                "The key may not do this. A person with a higher role can, or the operator can use another key.",
	"insufficient_permissions": "The key's role is too low for this. A person with a higher role can, or the operator can use another key.",
	"validation_failed":        "Correct the arguments that the message and details name.",
	"invalid_request_body":     "Correct the arguments that the message and details name.",
	"missing_required_field":   "Add the field that the message names.",
	"invalid_field_value":      "Correct the field that the message names; codes of the SAT are in gigstack://catalogs.",
	"resource_not_found":       "Check the id and the team; test and live data are separate. Find it with the list tool.",
	"file_not_found":           "Check the uuid with the list tools first; if the document exists, its files come a moment later.",
	"resource_already_exists":  "It exists: find and use it.",
	"resource_conflict":        "Its state does not allow this. Read it, then decide.",
	"data_integrity_error":     "Read the document and tell the person what you see.",
	"business_rule_violation":  "gigstack's rules forbid this in its state. Read it and tell the person.",
	"operation_not_allowed":    "gigstack's rules forbid this in its state. Read it and tell the person.",
	"file_upload_error":        "Check the file and try again.",
	"invalid_file_format":      "Use a file of the type that the message names.",
	"external_service_error":   "A service behind gigstack failed. Wait a few minutes.",
	"payment_processor_error":  "The payment processor refused. Tell the person its reason.",
	"cfdi_service_error":       "The SAT or the certifier refused. Correct the argument that the message names; only if it names the receiver, correct the client (validate_client, update_client).",
	"internal_server_error":    "gigstack failed. Wait a few minutes; if it stays, tell the person.",
	"database_error":           "gigstack failed. Wait a few minutes; if it stays, tell the person.",
	"service_unavailable":      "gigstack is busy. Wait a few minutes.",
	"rate_limit_exceeded":      "Too many calls. Wait as long as retry_after_seconds says, then go on more slowly.",

	gigstack.CodeNotMasterTeam:  "The key's team has no gigstack Connect, so it can only act for itself. Leave team out, or the operator asks gigstack's support to enable Connect.",
	gigstack.CodeTeamNotFound:   "Check the team id with list_teams (select_team also takes an RFC or a name); a deleted team is not found either.",
	gigstack.CodeNoMatchedTeams: "That team belongs to another billing account. Use one that list_teams shows.",
	gigstack.CodeRoleTooLow:     "The key's role on that team is too low. A person with a higher role there can do it.",
	gigstack.CodeUnreachable:    "gigstack cannot be reached. The operator checks network and base URL.",
	gigstack.CodeCanceled:       "The client stopped waiting. If the answer is still wanted, call again.",
	gigstack.CodeStopping:       "Nothing was sent. Call again when the server is back; a plan has to be made anew.",
	gigstack.CodeTimeout:        "gigstack is slow. Wait a moment and ask for less.",
	gigstack.CodeNoPartnerKey:   "Only gigstack's partners can do this: the operator starts the server with --partner-key-file.",
	gigstack.CodeRedirect:       "The operator must correct the base URL.",
	gigstack.CodeUnreadable:     "Something other than gigstack answered, or the answer is too large: ask for fewer records, or the operator checks the base URL.",
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
		f.Details = append(f.Details, gigstack.Detail{Field: p.Path, Message: p.Message})
	}
	f.Message = "The arguments are not valid: " + strings.Join(lines, "; ") + ". Nothing was sent."
	return f
}

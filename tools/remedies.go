package tools

import (
	"slices"
	"strings"
	"sync"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// remedy is what a code means, what to do about it and whose move it is, with which
// tool, and whether the same call can succeed later.
type remedy struct {
	cause, fix, tool string
	later            later
}

// later is whether the same call can succeed later, as long as nothing was done.
type later int

const (
	never later = iota
	perhaps
	asStatus // as the HTTP status says
)

// Tools that a remedy names by what they are to the one that failed.
const (
	sameTool  = "(same)"   // called with something else or later
	itsReader = "(reader)" // shows the record
	itsLister = "(lister)" // finds the record
)

// What is to be done first in bulk download, and where that is said.
const (
	offCause   = "Bulk download is off for this team, or the key's role is too low."
	offFix     = "If get_sat_download_activation says that it is off, activate_sat_download turns it on. Else a person with a higher role can do it."
	firstCause = "Bulk download is set up step by step, and one before this is missing."
	firstFix   = "get_sat_download_schedule and get_sat_download_activation tell which: activate_sat_download, the FIEL (get_team_onboarding_url or upload_sat_fiel), register_sat_business."
	certCause  = "The certificate, its key and its password do not belong together, or not to this RFC."
	certFix    = "Ask the person for the right files, or let them upload these at gigstack with get_team_onboarding_url."
)

var (
	downloadOff   = remedy{offCause, offFix, "get_sat_download_activation", never}
	downloadFirst = remedy{firstCause, firstFix, "get_sat_download_schedule", never}
	wrongCert     = remedy{certCause, certFix, "get_team_onboarding_url", never}
)

// remediesOf is the remedy of a code where it means something else than usual, by
// tool.
var remediesOf = map[string]remedy{
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
	"generate_sat_invoice_pdf cfdi_service_error":         {"Its XML is not stored, and the PDF is made of it.", "retry_sat_invoice_xml fetches it.", "retry_sat_invoice_xml", never},
	"retry_sat_invoice_xml cfdi_service_error":            {"The provider that downloads from the SAT refused this one.", "Try another day, or ask the issuer for the XML.", "get_sat_invoice", never},
	"upload_client_csf cfdi_service_error":                {"No fiscal data could be read from the file.", "Use the PDF as the SAT gives it out, or create_client with what the person reads there.", "create_client", never},
	"upload_client_csf resource_conflict":                 {"A client with that RFC is there already.", "Pass its id as client_id to update it.", "list_clients", never},
	"upload_team_csd invalid_file_format":                 wrongCert,
	"upload_sat_fiel invalid_field_value":                 wrongCert,
	"sign_team_manifest invalid_field_value":              wrongCert,
}

// remedies is the remedy of each code: gigstack's, those of Connect, and ours.
var remedies = map[string]remedy{
	"unauthorized":             {"gigstack does not know the API key: it is missing, wrong, revoked or expired.", "The operator checks it.", "get_context", never},
	"invalid_token":            {"The API key cannot be read as one, was revoked, or is expired.", "The operator checks it.", "get_context", never},
	"forbidden":                {"The key may not do this.", "A person with a higher role can, or the operator uses another key.", "get_context", never},
	"insufficient_permissions": {"The role behind the key is too low.", "A person with a higher role can do it, or the operator uses another key.", "get_context", never},
	"validation_failed":        {"gigstack does not take these arguments.", "Correct those that message and details name.", sameTool, never},
	"invalid_request_body":     {"The arguments do not have the form gigstack expects.", "Correct those that message and details name.", sameTool, never},
	"missing_required_field":   {"gigstack wants a field that was not sent.", "Add the one that is named; ask the person for its value.", sameTool, never},
	"invalid_field_value":      {"A field has a value gigstack does not know or admit.", "Correct the one that is named; the SAT's codes are in gigstack://catalogs.", sameTool, never},
	"resource_not_found":       {"There is no such record in this team and mode; test and live do not see each other.", "Check id and team; find it with the list tool.", itsLister, never},
	"file_not_found":           {"The document does not exist, or its files are not made yet.", "Find the document first; if it is there, ask again in a moment.", itsLister, perhaps},
	"resource_already_exists":  {"There is one like it already.", "Find it and use it.", itsLister, never},
	"resource_conflict":        {"The state it is in does not allow this.", "Read it, then decide with the person.", itsReader, never},
	"data_integrity_error":     {"What gigstack holds of it contradicts itself or this call.", "Read it and tell the person what you see; gigstack's support can repair it.", itsReader, never},
	"business_rule_violation":  {"A rule of gigstack's or the SAT's forbids this in its state.", "Read it and tell the person.", itsReader, never},
	"operation_not_allowed":    {"gigstack does not offer this for such a record, or for this team.", "Read it and tell the person.", itsReader, never},
	"file_upload_error":        {"The file did not arrive whole.", "Check the file and send it again.", sameTool, perhaps},
	"invalid_file_format":      {"The file is of another type than this takes.", "Use one of the type that is named.", sameTool, never},
	"external_service_error":   {"A service behind gigstack failed.", "Wait a few minutes; if it stays, tell the person.", sameTool, perhaps},
	"payment_processor_error":  {"The payment processor refused.", "Tell the person its reason; another method or card may do.", sameTool, never},
	"cfdi_service_error":       {"The SAT or the certifier refused the document, or did not answer.", "Correct the argument that message or details name; only where they name the receiver, correct the client (update_client, validate_client).", sameTool, asStatus},
	"internal_server_error":    {"gigstack failed.", "Wait a few minutes; if it stays, tell the person.", sameTool, perhaps},
	"database_error":           {"gigstack's store failed.", "Wait a few minutes; if it stays, tell the person.", sameTool, perhaps},
	"service_unavailable":      {"gigstack is down or too busy.", "Wait a few minutes.", sameTool, perhaps},
	"rate_limit_exceeded":      {"There were too many calls with this key, by whatever team.", "Wait as long as retry_after_seconds says, then go on more slowly.", sameTool, perhaps},

	gigstack.CodeNotMasterTeam:  {"The key's team has no gigstack Connect, so it can only act for itself.", "Leave team out, or the operator has gigstack's support enable Connect.", "get_context", never},
	gigstack.CodeTeamNotFound:   {"There is no such team, or it was deleted.", "Check the id; select_team also takes an RFC or a name.", "list_teams", never},
	gigstack.CodeNoMatchedTeams: {"That team belongs to another billing account.", "Use one that list_teams shows.", "list_teams", never},
	gigstack.CodeRoleTooLow:     {"The role behind the key is too low on that team.", "A person with a higher role there can do it.", "get_context", never},

	gigstack.CodeUnreachable:  {"", "The operator checks network and base URL.", sameTool, perhaps},
	gigstack.CodeCanceled:     {"The client stopped waiting.", "If the answer is still wanted, call again.", sameTool, never},
	gigstack.CodeStopping:     {"", "Nothing was sent. Call again when the server is back; a plan has to be made anew.", sameTool, never},
	gigstack.CodeTimeout:      {"gigstack is slow, or was asked for much.", "Wait a moment and ask for less.", sameTool, perhaps},
	gigstack.CodeNoPartnerKey: {"Only gigstack's partners can do this.", "The operator starts the server with --partner-key-file.", "", never},
	gigstack.CodeRedirect:     {"", "The operator corrects the base URL.", "", never},
	gigstack.CodeUnreadable:   {"Something other than gigstack answered, or the answer is too large.", "Ask for fewer records, or the operator checks the base URL.", sameTool, asStatus},
}

// correctedWith is the tool that changes or shows what a tool stamps, where that was
// written before and not by its own arguments.
var correctedWith = map[string]string{
	gigstack.StampDraftInvoice.Name:          gigstack.UpdateDraftInvoice.Name,
	gigstack.StampReceipt.Name:               gigstack.GetReceipt.Name,
	gigstack.StampClientPendingReceipts.Name: gigstack.ListReceipts.Name,
	gigstack.MarkPaymentPaid.Name:            gigstack.GetPayment.Name,
}

// kin is the tools that read what another tool is about.
type kin struct{ reader, lister string }

// kinOf finds them by route: of GET /clients/{id} and GET /clients the one shows the
// record of every route that begins so, the other lists such records. Where a page
// has no such route, its first list or read does.
var kinOf = sync.OnceValue(func() map[string]kin {
	all := map[string]kin{}
	for _, resource := range gigstack.API {
		reads, first := map[string]string{}, ""
		for _, op := range resource.Endpoints {
			spec := op.Spec()
			if spec.Risk.Effective() == risk.Read {
				reads[strings.TrimPrefix(spec.Route, "GET ")] = spec.Name
				if first == "" || strings.HasPrefix(spec.Name, "list_") && !strings.HasPrefix(first, "list_") {
					first = spec.Name
				}
			}
		}
		for _, op := range resource.Endpoints {
			all[op.Spec().Name] = kinAt(op.Spec().Route, reads, first)
		}
	}
	return all
})

func kinAt(route string, reads map[string]string, first string) kin {
	_, path, _ := strings.Cut(route, " ")
	k := kin{first, first}
	for i := 1; i <= len(path); i++ {
		if i < len(path) && path[i] != '/' {
			continue
		}
		switch name := reads[path[:i]]; {
		case name == "":
		case strings.HasSuffix(path[:i], "}"):
			k.reader = name
		case strings.HasPrefix(path[i:], "/{") || !strings.Contains(path, "{"):
			k.lister = name
		}
	}
	return k
}

// follow is the tool that a remedy of a failed tool leads to, "" for none.
func follow(tool, failed string) string {
	takesClient := func() bool { return slices.Contains(endpoints[failed]().input.Names(), "client") }
	switch {
	case tool == sameTool:
		return failed
	case endpoints[failed] == nil:
		return ""
	case tool == itsReader:
		return kinOf()[failed].reader
	case tool == itsLister && takesClient(): // it is more often the client that is not there
		return gigstack.ListClients.Name
	case tool == itsLister:
		return kinOf()[failed].lister
	}
	return tool
}

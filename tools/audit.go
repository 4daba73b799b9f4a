package tools

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/audit"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/policy"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/internal/session"
	"github.com/gigstack/gigstack-mcp/internal/telemetry"
)

// Auditor keeps the record of every write, and of every call that was to write and
// was not let through.
type Auditor interface {
	// Append adds a record and returns its number.
	Append(ctx context.Context, r audit.Record) (number int64, err error)
	// Audited hands each entry that q selects to use, oldest first.
	Audited(ctx context.Context, q audit.Query, use func(audit.Entry) error) error
}

// trail is what becomes of a request, for its record.
type trail struct {
	decision audit.Decision // "" when nothing but an error tells
	plan     string         // id
	intent   int64          // the record made before the request was sent; 0 when none was
	status   int
	resource string
	policy   string // what the operator's policy said, when it said more than yes
	approver string // who approved it outside of the conversation
	attempt  string // in the journal, once it was opened
	steps    []stepResult
}

// note keeps what the operator's policy says of the request.
func (t *trail) note(j guard.Judgement) {
	if t.policy = ""; j.Policy.Verdict == policy.Allow {
		return
	}
	if t.policy = j.Policy.String(); !j.Obeyed {
		t.policy = "shadow: " + t.policy
	}
}

// announce records a write that is about to be sent. One that cannot be recorded is
// not sent.
func (t *Tools) announce(ctx context.Context, r request) error {
	entry := t.entry(ctx, r)
	entry.Decision, entry.Outcome = audit.Ran, audit.Running
	number, err := t.Audit.Append(context.WithoutCancel(ctx), entry) // a call that was given up is not sent, and says so itself
	if err != nil {
		t.Log.Error().Err(err).Str("tool", r.spec.Name).Msg("a write could not be recorded in the audit, and was not sent")
		return &failure{Code: "audit_unavailable", Outcome: gigstack.NotSent, Message: "The server cannot record the call in its audit. Nothing was sent.",
			Next: "Tell the person; the operator can look at the log."}
	}
	r.trail.decision, r.trail.intent = audit.Ran, number
	return nil
}

// record records what became of a request, unless it was a read. failed is nil for
// one that did not fail.
func (t *Tools) record(ctx context.Context, r request, failed *failure) {
	if r.level.Effective() == risk.Read {
		return
	}
	entry := t.entry(ctx, r)
	entry.Decision, entry.Status, entry.Resource, entry.Intent = r.trail.decision, r.trail.status, brief(r.trail.resource), r.trail.intent
	switch {
	case failed != nil:
		if entry.Decision != audit.Ran {
			entry.Decision = audit.Refused
		}
		entry.Rule, entry.Outcome, entry.Status = brief(failed.Code), string(failed.Outcome), cmp.Or(failed.Status, entry.Status)
	case entry.Decision == audit.Ran:
		entry.Outcome = string(gigstack.Done)
	default:
		entry.Outcome = string(gigstack.NotSent)
	}
	if _, err := t.Audit.Append(context.WithoutCancel(ctx), entry); err != nil {
		t.Log.Error().Err(err).Str("tool", entry.Tool).Str("decision", string(entry.Decision)).Str("outcome", entry.Outcome).Int64("intent", entry.Intent).
			Msg("what became of a call could not be recorded in the audit")
	}
}

// entry is a record of a request, without what became of it.
func (t *Tools) entry(ctx context.Context, r request) audit.Record {
	entry := audit.Record{
		At: t.Now(), Principal: session.CallerOf(ctx).Principal, Client: clientName(ctx), Team: r.to.team, Mode: t.mode(),
		Tool: r.spec.Name, Tier: r.level.String(), Plan: r.trail.plan, Policy: r.trail.policy, Approver: r.trail.approver,
	}
	if r.args != nil { // else they were not understood, and may hold anything
		sum := sha256.Sum256(r.args)
		entry.Arguments, entry.Digest = redacted(r.args, longText), hex.EncodeToString(sum[:])
	}
	return entry
}

// clientName is how the client calls itself, "" when it does not say.
func clientName(ctx context.Context) string {
	var said mcp.Implementation
	if info := server.RequestProtocolInfoFromContext(ctx); info != nil && info.ClientInfo != nil {
		said = *info.ClientInfo
	} else if s, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo); ok {
		said = s.GetClientInfo()
	}
	if said.Version != "" {
		said.Name += " " + said.Version
	}
	return brief(said.Name)
}

// brief is text from elsewhere as a record keeps it.
func brief(s string) string { return clip(string(telemetry.Redact([]byte(s))), shortText) }

// secretName matches the names of arguments that hold a secret.
var secretName = regexp.MustCompile(`(?i)pass(word|phrase|wd)?$|keypass|secret|token|api_?key|private_?key|credential|contraseñ|^clave_?privada`)

// credentialsIn matches user and password in an address, fileIn a file as a data: URI.
var (
	credentialsIn = regexp.MustCompile(`://[^\s/"@]*:[^\s/"@]*@`)
	fileIn        = regexp.MustCompile(`data:[\w/+.;=%-]*,[^\s"]+`)
)

// redacted is arguments as they are kept: without secrets and contents of files, and
// with texts of more than so many bytes shortened one by one.
func redacted(arguments json.RawMessage, most int) json.RawMessage {
	tree, err := treeOf(arguments)
	if err != nil {
		return nil
	}
	return marshal(plainNames(eachText(withoutSecrets(tree), shorter(most))))
}

// withoutSecretText is text without what looks like a secret by itself.
func withoutSecretText(s string) string {
	s = credentialsIn.ReplaceAllString(fileIn.ReplaceAllString(s, "[file]"), "://[redacted]@")
	return string(telemetry.Redact([]byte(s)))
}

func withoutSecrets(tree any) any {
	switch v := tree.(type) {
	case string:
		return withoutSecretText(v)
	case map[string]any:
		safe := make(map[string]any, len(v))
		for name, value := range v {
			if secretName.MatchString(name) {
				value = "[redacted]"
			}
			safe[withoutSecrets(name).(string)] = withoutSecrets(value)
		}
		return safe
	case []any:
		for i := range v {
			v[i] = withoutSecrets(v[i])
		}
	}
	return tree
}

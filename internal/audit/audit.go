// Package audit is the record of what agents did: each write, and each call that
// was not let through. Records form a chain that shows when one of them was
// changed, dropped or moved; heads of it are signed.
package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
)

// Decision is what became of a call.
type Decision string

// The decisions.
const (
	Ran      Decision = "ran"      // it was let through
	Refused  Decision = "refused"  // it was not
	Declined Decision = "declined" // a person said no
	Planned  Decision = "planned"  // it was previewed and waits to be confirmed
	Waiting  Decision = "waiting"  // it waits for a person outside of the conversation
	Approved Decision = "approved" // who said yes
	Denied   Decision = "denied"   // or no
)

// Running is the outcome of a record that announces a request about to be sent.
// Without one that follows it, what came of the request is not known.
const Running = "running"

// Record is one entry. A write has two: one before its request is sent, one with
// what came of it.
type Record struct {
	Number    int64           `json:"number"`   // 1, 2, 3 …
	Previous  string          `json:"previous"` // SHA-256 of the record before, as it stands; "" in the first
	At        time.Time       `json:"at"`
	Principal string          `json:"principal"`
	Client    string          `json:"client,omitempty"` // as it calls itself
	Team      string          `json:"team"`
	Mode      string          `json:"mode"` // live, test or unknown
	Tool      string          `json:"tool"`
	Tier      string          `json:"tier"`
	Arguments json.RawMessage `json:"arguments,omitempty"` // without secrets and contents of files; long texts shortened
	Digest    string          `json:"digest,omitempty"`    // SHA-256 of the arguments as a plan binds them
	Plan      string          `json:"plan,omitempty"`      // its id, which confirms nothing
	Decision  Decision        `json:"decision"`
	Approver  string          `json:"approver,omitempty"` // the person outside of the conversation who decided
	Reason    string          `json:"reason,omitempty"`   // theirs
	Rule      string          `json:"rule,omitempty"`     // the code of what refused it, ours or gigstack's
	Policy    string          `json:"policy,omitempty"`   // what the operator's policy said, when it said more than yes
	Status    int             `json:"http_status,omitempty"`
	Resource  string          `json:"resource,omitempty"` // what came of it
	Outcome   string          `json:"outcome"`            // running, not_sent, refused, unknown, done or partial
	Intent    int64           `json:"intent,omitempty"`   // the record that announced it
}

// Entry is a record as a ledger keeps it.
type Entry struct {
	Number    int64
	At        int64 // unix nanoseconds
	Principal string
	Team      string
	Record    string // JSON, the text that is hashed
	Hash      string
}

// Seal makes a record the next after the one with the hash previous.
func Seal(r Record, number int64, previous string) Entry {
	r.Number, r.Previous, r.At = number, previous, r.At.UTC().Round(0)
	r.Principal, r.Team = Storable(r.Principal), Storable(r.Team)
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		panic(err) // Arguments are JSON, the rest always encodes
	}
	body := strings.TrimSuffix(text.String(), "\n")
	return Entry{Number: number, At: r.At.UnixNano(), Principal: r.Principal, Team: r.Team, Record: body, Hash: hashOf(body)}
}

// Storable is text that every database keeps as it is.
func Storable(s string) string { return strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "?") }

func hashOf(record string) string {
	sum := sha256.Sum256([]byte(record))
	return hex.EncodeToString(sum[:])
}

// Query selects entries. The zero Query selects all.
type Query struct {
	Of     *Owner    // nil for everybody's
	Since  time.Time // the first moment
	Newest int       // at most so many, the newest; 0 for all
}

// Owner is whose records are looked for.
type Owner struct{ Principal, Team string }

package audit

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
)

// Interval is after how many records the head of the chain is signed.
const Interval = 100

// Head is the signed end of the chain at some time: nothing before it can change
// unnoticed, and nothing up to it be missing.
type Head struct {
	Number    int64
	Hash      string
	Key       string // public, base64
	Signature string // base64
}

func (h Head) message() []byte {
	return fmt.Appendf(nil, "gigstack-mcp audit head\n%d\n%s\n", h.Number, h.Hash)
}

// Sign signs an entry as the head of its chain.
func Sign(number int64, hash string, key ed25519.PrivateKey) Head {
	h := Head{Number: number, Hash: hash, Key: PublicKey(key.Public().(ed25519.PublicKey))}
	h.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(key, h.message()))
	return h
}

// PublicKey is a key as text.
func PublicKey(key ed25519.PublicKey) string { return base64.StdEncoding.EncodeToString(key) }

// Problem is something wrong with a record.
type Problem struct {
	Number int64
	What   string
}

// String names the record.
func (p Problem) String() string { return fmt.Sprintf("record %d %s", p.Number, p.What) }

// Report is what a look at the whole chain found.
type Report struct {
	Records  int64 // how many there are
	Last     int64 // the number of the last; 0 without one
	Hash     string
	Heads    int
	Strange  int   // heads signed with keys that are not trusted
	Signed   int64 // up to which record a trusted signature vouches; 0 without one
	Checked  bool  // it was known which keys to trust
	Problems []Problem
}

// mostProblems is how many a report holds; more of them say nothing new.
const mostProblems = 100

// Verifier goes along a chain. Give it every entry in order, then ask for the
// Report.
type Verifier struct {
	report    Report
	heads     map[int64][]Head
	trusted   []ed25519.PublicKey
	strangers []stranger
	blamed    map[int64]bool
	far       int64 // the last record that a head speaks of
}

// stranger is a key that is not trusted, and the records it signed.
type stranger struct {
	key         ed25519.PublicKey
	first, last int64
}

// NewVerifier knows the signed heads, and the keys to trust. An empty list trusts
// none; nil leaves open whose signatures they are, but not what they are for.
func NewVerifier(heads []Head, trusted []ed25519.PublicKey) *Verifier {
	v := &Verifier{heads: map[int64][]Head{}, trusted: trusted, blamed: map[int64]bool{}}
	v.report.Heads, v.report.Checked = len(heads), trusted != nil
	for _, h := range heads {
		v.heads[h.Number] = append(v.heads[h.Number], h)
		v.far = max(v.far, h.Number)
	}
	return v
}

func (v *Verifier) blame(number int64, format string, args ...any) {
	if !v.blamed[number] && len(v.report.Problems) < mostProblems {
		v.report.Problems = append(v.report.Problems, Problem{number, fmt.Sprintf(format, args...)})
	}
	v.blamed[number] = true
}

// Next looks at the next entry.
func (v *Verifier) Next(e Entry) {
	before := v.report.Last
	v.missing(before+1, e.Number)
	sum := hashOf(e.Record)
	var r Record
	err := json.Unmarshal([]byte(e.Record), &r)
	switch {
	case sum != e.Hash || err != nil:
		v.blame(e.Number, "was changed: it does not have its hash")
	case r.Number != e.Number:
		v.blame(e.Number, "was replaced: in its place stands record %d", r.Number)
	case r.Principal != e.Principal || r.Team != e.Team || r.At.UnixNano() != e.At:
		v.blame(e.Number, "was changed: principal, team or time beside it differ from those in it")
	case e.Number != before+1: // what it followed is missing
	case r.Previous != v.report.Hash && before == 0:
		v.blame(e.Number, "was replaced: it follows another record, and is the first")
	case r.Previous != v.report.Hash:
		v.blame(before, "was replaced: record %d follows another one", e.Number)
	}
	v.report.Records++
	v.report.Last, v.report.Hash = e.Number, e.Hash
	for _, h := range v.heads[e.Number] {
		v.head(h, sum)
	}
	delete(v.heads, e.Number)
}

func (v *Verifier) missing(from, to int64) {
	switch {
	case from == to:
	case from+1 == to:
		v.blame(from, "is missing")
	case from < to:
		v.blame(from, "is missing, as are those up to %d", to-1)
	}
}

// head compares a signed head with the record at its number. What a key says that
// is not trusted counts for nothing, against the record neither.
func (v *Verifier) head(h Head, sum string) {
	switch key, ok := h.signer(); {
	case !ok:
		v.blame(h.Number, "has a signature that was forged: it is not of the key beside it")
	case v.report.Checked && !slices.ContainsFunc(v.trusted, func(t ed25519.PublicKey) bool { return t.Equal(key) }):
		v.estrange(h.Number, key)
	case h.Hash != sum:
		v.blame(h.Number, "is not the one that was signed: it or what comes before was replaced")
	case v.report.Checked:
		v.report.Signed = h.Number
	}
}

// signer is the key that signed the head, not ok when it is not the one it names.
func (h Head) signer() (key ed25519.PublicKey, ok bool) {
	key, err := base64.StdEncoding.DecodeString(h.Key)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, false
	}
	signature, err := base64.StdEncoding.DecodeString(h.Signature)
	return key, err == nil && ed25519.Verify(key, h.message(), signature)
}

func (v *Verifier) estrange(number int64, key ed25519.PublicKey) {
	v.report.Strange++
	i := slices.IndexFunc(v.strangers, func(s stranger) bool { return s.key.Equal(key) })
	switch {
	case i >= 0:
		v.strangers[i].last = number
	case len(v.strangers) < mostProblems:
		v.strangers = append(v.strangers, stranger{key, number, number})
	}
}

// Report is what was found, after the last entry.
func (v *Verifier) Report() Report {
	if v.far > v.report.Last {
		v.missing(v.report.Last+1, v.far+1)
	}
	report := v.report
	for _, s := range v.strangers {
		others := ""
		if s.last > s.first {
			others = fmt.Sprintf(", as are others up to %d", s.last)
		}
		report.Problems = append(report.Problems, Problem{s.first, fmt.Sprintf("is signed with a key that is not trusted%s: %s", others, PublicKey(s.key))})
	}
	return report
}

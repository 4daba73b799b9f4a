package gigstack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // America/Mexico_City on hosts without a zone database

	"github.com/shopspring/decimal"
)

// Choice is one value of a closed list and what it means.
type Choice struct{ Value, Meaning string }

// Decimal is an exact number: an amount in units of its currency (pesos, not
// cents), a quantity or a rate. It is a JSON number on the wire; a number in
// quotes is read too, because gigstack has sent both.
type Decimal struct{ decimal.Decimal }

// Dec parses a decimal literal of our own source; it panics on a malformed one.
func Dec(s string) Decimal { return Decimal{decimal.RequireFromString(s)} }

// MarshalJSON writes a bare number, never quotes and never an exponent.
func (d Decimal) MarshalJSON() ([]byte, error) { return []byte(d.Decimal.String()), nil }

// Scalar is text that gigstack sends now as a string, now as a number or a
// boolean; it is kept as the text it was.
type Scalar string

// UnmarshalJSON accepts any JSON scalar.
func (s *Scalar) UnmarshalJSON(raw []byte) error {
	switch raw = bytes.TrimSpace(raw); {
	case len(raw) == 0 || raw[0] == '{' || raw[0] == '[':
		return fmt.Errorf("%.20s is no scalar", raw)
	case bytes.Equal(raw, []byte("null")):
		return nil
	default:
		*s = Scalar(text(raw))
		return nil
	}
}

// Seconds is a moment as gigstack mostly writes it: unix seconds.
type Seconds int64

// Hint is the form in which agents are told it.
func (Seconds) Hint() string { return "RFC 3339" }

// Millis is a moment in unix milliseconds, as drafts, webhooks and a few others
// write it.
type Millis int64

// Hint is the form in which agents are told it.
func (Millis) Hint() string { return "RFC 3339" }

// SecondsOf is t in unix seconds.
func SecondsOf(t time.Time) Seconds { return Seconds(t.Unix()) }

// MillisOf is t in unix milliseconds.
func MillisOf(t time.Time) Millis { return Millis(t.UnixMilli()) }

// Time is the moment as a time in UTC.
func (s Seconds) Time() time.Time { return time.Unix(int64(s), 0).UTC() }

// Time is the moment as a time in UTC.
func (m Millis) Time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// firstMilli is a count of seconds in the year 5138, and of milliseconds in 1973.
const firstMilli = 100_000_000_000

// TimeOf is the time in UTC of a count of seconds or of milliseconds: gigstack writes now
// one, now the other, and not always as documented. No date of either is one of the other.
func TimeOf[N ~int64](n N) time.Time {
	if n >= firstMilli || n <= -firstMilli {
		return Millis(n).Time()
	}
	return Seconds(n).Time()
}

// UnmarshalJSON accepts a number, also one in quotes or with a fraction, an RFC 3339
// time, and a day, which begins at midnight in Mexico City.
func (s *Seconds) UnmarshalJSON(raw []byte) error {
	return unmarshalInt(raw, time.Second, (*int64)(s))
}

// UnmarshalJSON accepts what that of Seconds does.
func (m *Millis) UnmarshalJSON(raw []byte) error {
	return unmarshalInt(raw, time.Millisecond, (*int64)(m))
}

func unmarshalInt(raw []byte, unit time.Duration, n *int64) error {
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}
	whole, _, _ := strings.Cut(text(raw), ".")
	v, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return unmarshalMoment(raw, 0, unit, n)
	}
	*n = v
	return nil
}

// Since is the beginning of a period in a list filter: unix seconds, an RFC 3339
// time, or a day (YYYY-MM-DD), which begins at midnight in Mexico City.
type Since Seconds

// Until is the end of a period in a list filter, inclusive: unix seconds, an RFC
// 3339 time, or a day, which ends at 23:59:59 in Mexico City.
type Until Seconds

// SinceMillis and UntilMillis are the same for a list that counts milliseconds:
// a bare number is one of these.
type (
	SinceMillis Millis
	UntilMillis Millis
)

// UnmarshalJSON reads any of the three forms.
func (s *Since) UnmarshalJSON(raw []byte) error {
	return unmarshalMoment(raw, 0, time.Second, (*int64)(s))
}

// UnmarshalJSON reads any of the three forms.
func (u *Until) UnmarshalJSON(raw []byte) error {
	return unmarshalMoment(raw, 1, time.Second, (*int64)(u))
}

// UnmarshalJSON reads any of the three forms.
func (s *SinceMillis) UnmarshalJSON(raw []byte) error {
	return unmarshalMoment(raw, 0, time.Millisecond, (*int64)(s))
}

// UnmarshalJSON reads any of the three forms.
func (u *UntilMillis) UnmarshalJSON(raw []byte) error {
	return unmarshalMoment(raw, 1, time.Millisecond, (*int64)(u))
}

// MexicoCity is the zone of fiscal days. Its rules are compiled in, so that a
// host without a zone database counts the same days.
var MexicoCity = loadMexicoCity()

func loadMexicoCity() *time.Location {
	zone, err := time.LoadLocation("America/Mexico_City")
	if err != nil {
		panic(err) // the database is linked in above
	}
	return zone
}

// unmarshalMoment reads a filter's moment in units of time. A bare day means its
// first unit, or with days 1 its last.
func unmarshalMoment(raw []byte, days int, unit time.Duration, n *int64) error {
	s := text(raw)
	if day, err := time.ParseInLocation(time.DateOnly, s, MexicoCity); err == nil {
		*n = day.AddDate(0, 0, days).UnixMilli()/unit.Milliseconds() - int64(days)
		return nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		*n = t.UnixMilli() / unit.Milliseconds()
		return nil
	}
	if units, err := strconv.ParseInt(s, 10, 64); err == nil {
		*n = units
		return nil
	}
	return fmt.Errorf("%.40q is neither a day (2026-11-21), an RFC 3339 time nor a unix time", s)
}

// Nullable is a field of an input that can be left alone, cleared or set: absent
// keeps what is stored, an explicit null clears it. Use it with `json:",omitzero"`.
type Nullable[T any] struct {
	Set   bool // the field was present
	Value *T   // nil when it was null
}

// SetTo is a Nullable that sets v.
func SetTo[T any](v T) Nullable[T] { return Nullable[T]{true, &v} }

// IsZero reports whether the field is absent, for omitzero.
func (n Nullable[T]) IsZero() bool { return !n.Set }

// MarshalJSON writes the value, or null to clear.
func (n Nullable[T]) MarshalJSON() ([]byte, error) { return json.Marshal(n.Value) }

// UnmarshalJSON remembers that the field was present. Like every input it refuses
// names it does not know; a decoder does not hand its strictness down to here.
func (n *Nullable[T]) UnmarshalJSON(raw []byte) error {
	n.Set, n.Value = true, nil
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	return dec.Decode(&n.Value)
}

// Inner is a zero value of what is nullable, for those who describe the type.
func (n Nullable[T]) Inner() any { var zero T; return zero }

// SecretLink is a credential in an answer: a URL that lets in whoever holds it,
// also a token or an API key. It is handed to a person by the tool layer and never
// shown to an agent or a log.
type SecretLink string

// Format prints "[redacted]" for every verb and flag.
func (l SecretLink) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(redacted)) }

// Dump is an object in no fixed form, made for people who search for a fault: a
// credential may stand in it under any name.
type Dump map[string]any

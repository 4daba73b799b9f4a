package cfdi

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// RFC is a Mexican tax id, in upper case. Its methods judge the text alone: only
// the SAT can say whether it is registered.
type RFC string

// The RFCs that name nobody in particular. Neither has to pass the check digit.
const (
	PublicRFC  RFC = "XAXX010101000" // general public, or a domestic buyer without RFC
	ForeignRFC RFC = "XEXX010101000" // foreign residents
)

// Person is the kind of taxpayer behind an RFC.
type Person string

// The two kinds. The zero Person is that of a text that is no RFC.
const (
	Company    Person = "moral"  // 12 characters
	Individual Person = "física" // 13 characters
)

// rfcShape is SAT's t_RFC, with the date kept for a look at the calendar.
var rfcShape = regexp.MustCompile(`^([A-ZÑ&]{3,4})([0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))[A-Z0-9]{2}[0-9A]$`)

// WellFormed reports whether r has the shape the SAT's schema asks for, with a
// date that exists. The year's century is unknown: a leap day counts when either
// century has it.
func (r RFC) WellFormed() bool {
	parts := rfcShape.FindStringSubmatch(string(r))
	if parts == nil {
		return false
	}
	_, err := time.Parse("20060102", "20"+parts[2]) // 2000 is a leap year and 1900 is not: 20 covers both
	return err == nil
}

// Generic reports whether r stands for the general public or for foreigners.
func (r RFC) Generic() bool { return r == PublicRFC || r == ForeignRFC }

// Person is the kind of taxpayer r belongs to, which its length tells.
func (r RFC) Person() Person {
	switch {
	case !r.WellFormed():
		return ""
	case len([]rune(r)) == 12:
		return Company
	default:
		return Individual
	}
}

// rfcAlphabet holds every character of an RFC at the place of its value.
var rfcAlphabet = []rune("0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ")

// CheckDigit reports whether the last character follows from the others, or r is
// generic. A few real RFCs do not pass: a failure is a reason to look twice, not
// to refuse.
func (r RFC) CheckDigit() bool {
	if r.Generic() {
		return true
	}
	if !r.WellFormed() {
		return false
	}
	runes := []rune(strings.Repeat(" ", 13-len([]rune(r))) + string(r))
	sum := 0
	for i, c := range runes[:12] {
		sum += slices.Index(rfcAlphabet, c) * (13 - i)
	}
	return runes[12] == []rune("0123456789A")[(11-sum%11)%11]
}

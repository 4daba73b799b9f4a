package catalogs

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Rejection is a code by which the SAT or a certifier refuses a document.
type Rejection struct {
	Code     string `json:"code"`
	Field    string `json:"field,omitempty"`    // of the CFDI, in its own words
	Argument string `json:"argument,omitempty"` // of the call that made it; "" where none decides
	Type     string `json:"type"`               // whose data is wrong: invoice, receiver, sender or unknown
	Text            // what is wrong
	Fix      string `json:"fix"`            // what to do about it
	Tool     string `json:"tool,omitempty"` // with which; "" for the call itself, corrected
}

var loadRejections = sync.OnceValue(func() []Rejection {
	var list struct {
		Source  Source      `json:"source"`
		Entries []Rejection `json:"entries"`
	}
	read("rejections", &list)
	return list.Entries
})

// Rejections is the codes of the SAT's matrix of errors, in its order, and a few
// of payment complements.
func Rejections() []Rejection { return slices.Clone(loadRejections()) }

var rejectionsByCode = sync.OnceValue(func() map[string]Rejection {
	byCode := map[string]Rejection{}
	for _, r := range loadRejections() {
		byCode[r.Code] = r
	}
	return byCode
})

// RejectionOf is what a code means, false for one that is in no list here.
func RejectionOf(code string) (Rejection, bool) {
	r, ok := rejectionsByCode()[code]
	return r, ok
}

// rejectionCode is how certifiers write a code within a text. Some leave CFDI out
// where nothing else stands.
var rejectionCode = regexp.MustCompile(`(?i)\b(CFDI|CRP)[ _-]?(\d{5,6})\b|^(40[129]\d\d)$`)

// RejectionCodes is the codes that a text names, known ones or not, each once.
func RejectionCodes(text string) (codes []string) {
	for _, m := range rejectionCode.FindAllStringSubmatch(text, -1) {
		code := strings.ToUpper(m[1]) + m[2]
		if m[3] != "" {
			code = "CFDI" + m[3]
		}
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

package catalogs

import (
	"slices"
	"sync"
)

// Rejection is a code by which the SAT or a certifier refuses a document.
type Rejection struct {
	Code  string `json:"code"`
	Field string `json:"field,omitempty"` // of the CFDI, in its own words
	Type  string `json:"type"`            // whose data is wrong: invoice, receiver, sender or unknown
	Text         // what is wrong
	Fix   string `json:"fix"` // what to do about it
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

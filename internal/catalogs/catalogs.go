// Package catalogs is the SAT's short code lists of CFDI 4.0 and of retentions:
// embedded, searchable in Spanish and English, and able to say which codes go
// together.
package catalogs

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Names of the catalogues, in the order of [All].
const (
	TaxRegimes     = "tax-regimes"
	PaymentForms   = "payment-forms"
	CFDIUses       = "cfdi-uses"
	PaymentMethods = "payment-methods"
	Months         = "months"
	Relationships  = "relationships"
	RetentionKeys  = "retention-keys"
)

// Text says the same in Spanish and in English.
type Text struct {
	ES string `json:"es"`
	EN string `json:"en"`
}

// Catalog is one of the SAT's lists. It is shared: do not change its slices.
type Catalog struct {
	Name        string  `json:"name"`
	Title       Text    `json:"title"`
	Description Text    `json:"description"`
	Source      Source  `json:"source"`
	ValidFrom   string  `json:"valid_from"`        // day (YYYY-MM-DD) since which every entry counts; none has an end
	Notes       []Text  `json:"notes,omitempty"`   // rules of the list, and where gigstack's documentation differs from it
	Entries     []Entry `json:"entries"`           // in the SAT's order
	Retired     []Entry `json:"retired,omitempty"` // codes still seen in documentation that the SAT rejects
}

// Source is the edition of the list that the entries were taken from.
type Source struct {
	List     string `json:"list"`     // the SAT's name: c_UsoCFDI
	Standard string `json:"standard"` // CFDI 4.0, Retenciones 2.0
	Version  string `json:"version"`
	Date     string `json:"date"` // YYYY-MM-DD
}

// PersonType is what kind of person an RFC belongs to.
type PersonType string

// The person types; the empty one is an unknown person.
const (
	Natural PersonType = "natural" // persona física, RFC of 13 characters
	Legal   PersonType = "legal"   // persona moral, RFC of 12 characters
)

// Entry is a code of a list. Which of its other fields are set depends on the
// list.
type Entry struct {
	Code string `json:"code"`
	Text        // the SAT's name in Spanish, and one of ours in English

	PersonTypes []PersonType `json:"person_types,omitempty"` // regimes, uses: who may have it
	Regimes     []string     `json:"regimes,omitempty"`      // uses: receiver regimes that may have it

	Documents       []string `json:"documents,omitempty"`        // uses, methods, relationships: CFDI types that carry it
	Related         []string `json:"related,omitempty"`          // relationships: CFDI types it points to
	NeedsComplement bool     `json:"needs_complement,omitempty"` // methods: payments follow as complements; retention keys: the SAT asks for one

	Banked Banked `json:"banked,omitempty"` // forms
	Bank   *Bank  `json:"bank,omitempty"`   // forms: what a payment complement may say of the banks

	Months        []int    `json:"months,omitempty"`        // months: calendar months covered, one or two
	Periodicities []string `json:"periodicities,omitempty"` // months: periodicities of a global invoice

	Note Text `json:"note,omitzero"`
}

// Banked says whether a payment form goes through a bank.
type Banked string

// The answers; optional is for a form yet to be defined.
const (
	BankedYes      Banked = "yes"
	BankedNo       Banked = "no"
	BankedOptional Banked = "optional"
)

// Bank is the bank data that a payment complement accepts for a form. Accounts
// are unanchored regular expressions; an empty one means that the complement
// must not name that party's bank and account.
type Bank struct {
	PayerAccount    string `json:"payer_account,omitempty"`
	PayeeAccount    string `json:"payee_account,omitempty"`
	PaymentChain    bool   `json:"payment_chain,omitempty"`     // a SPEI certificate, chain and seal may be given
	ForeignBankName bool   `json:"foreign_bank_name,omitempty"` // needed when the bank's RFC is the generic foreign one
}

//go:embed data/*.json
var files embed.FS

// load reads the embedded lists on the first question, so that a process that
// asks none pays nothing.
var load = sync.OnceValue(func() []Catalog {
	names := []string{TaxRegimes, PaymentForms, CFDIUses, PaymentMethods, Months, Relationships, RetentionKeys}
	all := make([]Catalog, len(names))
	for i, name := range names {
		raw, err := files.ReadFile("data/" + name + ".json")
		if err == nil {
			err = json.Unmarshal(raw, &all[i])
		}
		if err != nil {
			panic(fmt.Sprintf("embedded catalog %s: %v", name, err)) // a broken build
		}
	}
	return all
})

// All is every catalogue, always in the same order.
func All() []Catalog { return slices.Clone(load()) }

// Find is the catalogue called name.
func Find(name string) (Catalog, bool) {
	return first(load(), func(c Catalog) bool { return c.Name == name })
}

// Entry is the entry of a code that is in force; retired codes are not found.
func (c Catalog) Entry(code string) (Entry, bool) {
	return first(c.Entries, func(e Entry) bool { return e.Code == code })
}

// Lookup is the entry of a code in the catalogue of that name; none when either
// is unknown.
func Lookup[T ~string](catalog string, code T) (Entry, bool) {
	c, _ := Find(catalog)
	return c.Entry(string(code))
}

// Codes is the codes that begin with prefix, followed by those with a word of
// their Spanish or English text that does. Case and accents do not matter; the
// empty prefix finds every code.
func (c Catalog) Codes(prefix string) []string {
	prefix = Fold(prefix)
	var byCode, byText []string
	for _, e := range c.Entries {
		switch {
		case strings.HasPrefix(Fold(e.Code), prefix):
			byCode = append(byCode, e.Code)
		case strings.Contains(" "+Fold(e.ES+" "+e.EN), " "+prefix):
			byText = append(byText, e.Code)
		}
	}
	return append(byCode, byText...)
}

func first[T any](list []T, matches func(T) bool) (found T, ok bool) {
	if i := slices.IndexFunc(list, matches); i >= 0 {
		return list[i], true
	}
	return found, false
}

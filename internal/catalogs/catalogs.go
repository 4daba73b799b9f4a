// Package catalogs is the SAT's short code lists of CFDI 4.0 and of retentions:
// embedded, searchable in Spanish and English, and able to say which codes go
// together.
package catalogs

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Text says the same in Spanish and in English.
type Text struct {
	ES string `json:"es"`
	EN string `json:"en"`
}

// Head is what is said of a catalogue before it is read.
type Head struct {
	Name        string `json:"name"`
	Title       Text   `json:"title"`
	Description Text   `json:"description"`
}

// Catalog is one of the SAT's lists. It is shared: do not change its slices.
type Catalog struct {
	Head
	Source    Source  `json:"source"`
	ValidFrom string  `json:"valid_from,omitempty"` // day (YYYY-MM-DD) since which entries count that name no other; none has an end
	Notes     []Text  `json:"notes,omitempty"`      // rules of the list, and where gigstack's documentation differs from it
	Entries   []Entry `json:"entries"`              // in the SAT's order
	Retired   []Entry `json:"retired,omitempty"`    // codes still seen in documentation that the SAT rejects
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
	Regimes     []string     `json:"regimes,omitempty"`      // uses, generic RFCs: receiver regimes that may have it; periodicities: issuer regimes
	Uses        []string     `json:"uses,omitempty"`         // generic RFCs: uses they take

	Documents        []string `json:"documents,omitempty"`         // uses, methods, relationships: CFDI types that carry it
	Related          []string `json:"related,omitempty"`           // relationships: CFDI types it points to
	MaxTotal         string   `json:"max_total,omitempty"`         // document types
	NeedsComplement  bool     `json:"needs_complement,omitempty"`  // methods: payments follow as complements; retention keys, exports: the SAT asks for one
	NeedsReplacement bool     `json:"needs_replacement,omitempty"` // motives

	Key          string    `json:"key,omitempty"`         // taxes: the name that gigstack writes
	Transferred  bool      `json:"transferred,omitempty"` // taxes
	Withheld     bool      `json:"withheld,omitempty"`    // taxes
	Rate         *Rate     `json:"rate,omitempty"`
	TaxRows      TaxRows   `json:"tax_rows,omitempty"`      // taxabilities
	TaxesAllowed []string  `json:"taxes_allowed,omitempty"` // taxabilities
	Taxes        []TaxLine `json:"taxes,omitempty"`         // tax presets

	Decimals       *int   `json:"decimals,omitempty"`        // currencies
	ISO2           string `json:"iso2,omitempty"`            // countries
	PostalPattern  string `json:"postal_pattern,omitempty"`  // countries: regular expression
	TaxIDPattern   string `json:"tax_id_pattern,omitempty"`  // countries: regular expression
	Country        string `json:"country,omitempty"`         // states
	PostalPrefixes string `json:"postal_prefixes,omitempty"` // states: of two digits, 44-49

	Banked Banked `json:"banked,omitempty"` // forms
	Bank   *Bank  `json:"bank,omitempty"`   // forms: what a payment complement may say of the banks

	Months        []int    `json:"months,omitempty"`        // months: calendar months covered, one or two
	Periodicities []string `json:"periodicities,omitempty"` // months: periodicities of a global invoice

	Similar string `json:"similar,omitempty"`          // product keys: the SAT's other words for it
	Unit    string `json:"unit,omitempty"`             // product keys: the usual unit
	Border  bool   `json:"border_incentive,omitempty"` // product keys: may have the IVA of the border
	Symbol  string `json:"symbol,omitempty"`           // unit keys

	Since string `json:"since,omitempty"` // day since which it counts, where that is not the list's
	Note  Text   `json:"note,omitzero"`
}

// Rate is what the SAT accepts of a tax: what lies between its ends, which are one
// for a fixed rate.
type Rate struct {
	Tax         string `json:"tax"` // IVA, ISR or IEPS
	Factor      string `json:"factor"`
	Min         string `json:"min"` // decimal fraction, or amount a unit
	Max         string `json:"max"`
	Transferred bool   `json:"transferred,omitempty"`
	Withheld    bool   `json:"withheld,omitempty"`
}

// TaxRows says whether a line lists its taxes.
type TaxRows string

// The answers.
const (
	RowsRequired  TaxRows = "required"
	RowsOptional  TaxRows = "optional"
	RowsForbidden TaxRows = "forbidden"
)

// TaxLine is a tax as a line of an invoice takes it.
type TaxLine struct {
	Type        string      `json:"type"`
	Rate        json.Number `json:"rate"`
	Factor      string      `json:"factor,omitempty"`
	Withholding bool        `json:"withholding,omitempty"`
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

// packed is the files of data in one object, by their names, made by TestPacked: as
// they are they would weigh five times as much.
//
//go:embed data.json.gz
var packed []byte

var unpacked = sync.OnceValue(func() (files map[string]json.RawMessage) {
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err == nil {
		err = json.NewDecoder(unzipped).Decode(&files)
	}
	if err != nil {
		panic(fmt.Sprintf("embedded catalogs: %v", err)) // a broken build
	}
	return files
})

// loaders read a list on the first question about it, so that a process that asks
// none pays nothing.
var loaders = func() map[string]func() Catalog {
	all := make(map[string]func() Catalog, len(heads))
	for _, head := range heads {
		all[head.Name] = sync.OnceValue(func() Catalog {
			c := Catalog{Head: head}
			read(head.Name, &c)
			return c
		})
	}
	return all
}()

// read decodes an embedded file.
func read(name string, into any) {
	if err := json.Unmarshal(unpacked()[name], into); err != nil {
		panic(fmt.Sprintf("embedded %s: %v", name, err)) // a broken build
	}
}

// Heads is every catalogue, unread and always in the same order.
func Heads() []Head { return slices.Clone(heads) }

// Find is the catalogue called name.
func Find(name string) (c Catalog, ok bool) {
	load, ok := loaders[name]
	if ok {
		c = load()
	}
	return c, ok
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
// their Spanish or English text, or another short name, that does. Case and accents do not matter; the
// empty prefix finds every code.
func (c Catalog) Codes(prefix string) []string {
	prefix = Fold(prefix)
	var byCode, byText []string
	for _, e := range c.Entries {
		switch {
		case strings.HasPrefix(Fold(e.Code), prefix):
			byCode = append(byCode, e.Code)
		case strings.Contains(" "+Fold(e.ES+" "+e.EN+" "+e.Key+" "+e.ISO2+" "+e.Similar), " "+prefix):
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

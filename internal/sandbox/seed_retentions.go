package sandbox

import (
	"fmt"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// payee is a retention of the demonstration company over the month it was stamped
// in. Days count back from the sandbox's beginning.
type payee struct {
	uuid      string
	to        gigstack.RFC
	days      int // ago
	key       gigstack.RetentionKey
	operation string
	isr       string
	definite  bool   // the ISR; it is provisional otherwise
	iva       string // "" for none
	canceled  int    // days ago
	live      bool
}

var seedPayees = []payee{
	{uuid: "4E0C9D52-6B1F-4C83-A7D2-93F5B0E81A01", to: "FUNK671228PH6", days: 58, key: "01", operation: "18500", isr: "1850", iva: "1973.34", canceled: 57},
	{uuid: "4E0C9D52-6B1F-4C83-A7D2-93F5B0E81A02", to: "FUNK671228PH6", days: 57, key: "01", operation: "18500", isr: "1850", iva: "1973.33"},
	{uuid: "4E0C9D52-6B1F-4C83-A7D2-93F5B0E81A03", to: "WATM640917J45", days: 33, key: "05", operation: "24000", isr: "2400", iva: "2560"},
	{uuid: "4E0C9D52-6B1F-4C83-A7D2-93F5B0E81A04", to: "XEXX010101000", days: 19, key: "18", operation: "44211.60", isr: "11052.90", definite: true},
	{uuid: "4E0C9D52-6B1F-4C83-A7D2-93F5B0E81A05", to: "FUNK671228PH6", days: 26, key: "01", operation: "9600", isr: "960", iva: "1024", live: true},
}

// seedRetentions stamps what the master team withheld. It panics when the table
// above breaks a rule, which is a mistake in this file.
func (s *Sandbox) seedRetentions() {
	for _, p := range seedPayees {
		if err := s.seedRetention(p); err != nil {
			panic(fmt.Errorf("seed: retention of %s: %w", p.to, err))
		}
	}
}

func (s *Sandbox) seedRetention(p payee) error {
	at := s.options.Now().AddDate(0, 0, -p.days)
	day := at.In(gigstack.MexicoCity)
	in := gigstack.CreateRetentionInput{
		RetentionKey: p.key,
		Client:       gigstack.ClientInput{Search: &gigstack.ClientSearch{OnKey: "tax_id", OnValue: string(p.to)}},
		PeriodStart:  int(day.Month()), PeriodEnd: int(day.Month()), PeriodYear: day.Year(),
		TotalOperation: gigstack.Dec(p.operation),
		Taxes:          []gigstack.RetainedTax{{Tax: "ISR", Base: gigstack.Dec(p.operation), Amount: gigstack.Dec(p.isr)}},
	}
	if !p.definite {
		in.Taxes[0].PaymentType = new(gigstack.RetentionPaymentType("04"))
	}
	if p.iva != "" {
		in.Taxes = append(in.Taxes, gigstack.RetainedTax{Tax: "IVA", Base: gigstack.Dec(p.operation), Amount: gigstack.Dec(p.iva)})
	}
	if _, err := s.pastCall(TeamKemper, p.live, at).retain(in, p.uuid); err != nil || p.canceled == 0 {
		return err
	}
	_, err := s.pastCall(TeamKemper, p.live, s.options.Now().AddDate(0, 0, -p.canceled)).cancelRetention(gigstack.CancelRetentionInput{ID: p.uuid, Motive: "02"})
	return err
}

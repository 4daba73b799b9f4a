package sandbox

import (
	"fmt"
	"time"
)

// Crowd adds so many companies to the demonstration group, each with so many invoices
// in test mode, one after the other back from now, an hour apart: every third is PPD,
// every fifth in dollars. It is for measuring.
func (s *Sandbox) Crowd(teams, invoices int) (ids []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	for i := range teams {
		t := xenon(now)
		t.ID, t.name = fmt.Sprintf("team_crowd_%02d", i), fmt.Sprintf("Empresa %02d", i)
		t.created = daysFrom(now, -100-i)
		s.state.teams.add(t.ID, t)
		clients, err := s.seedClients(t.ID, false)
		if err != nil {
			return nil, err
		}
		for n := range invoices {
			sold := sale{what: "Rodamiento industrial 6205", key: "31171500", quantity: "1", price: "100", tax: "16", ppd: n%3 == 0}
			if n%5 == 0 {
				sold.usd = "18.25"
			}
			at := now.Add(-time.Duration(invoices-n) * time.Hour).Truncate(time.Second)
			if _, err := s.seedSale(t.ID, false, clients["ICV060329BY0"], sold, at, nil); err != nil {
				return nil, err
			}
		}
		ids = append(ids, t.ID)
	}
	s.events = nil
	return ids, nil
}

package sandbox

import "github.com/gigstack/gigstack-mcp/gigstack"

// world is one team's documents in one mode.
type world struct {
	id       worldID
	clients  table[gigstack.Client]
	services table[gigstack.Service]
	payments table[gigstack.Payment]
	receipts table[gigstack.Receipt]
}

// team is a company: one taxpayer with one RFC.
type team struct {
	ID        string
	account   string // billing account
	master    bool   // has gigstack Connect
	status    string // active or pending_deletion
	name      string // brand
	legalName string // as the SAT has it
	taxID     gigstack.RFC
	taxSystem gigstack.TaxSystem
	zip       string
	stripe    bool // connected: cards, OXXO
}

package sandbox

import "github.com/gigstack/gigstack-mcp/gigstack"

// world is one team's documents in one mode.
type world struct {
	id       worldID
	clients  table[gigstack.Client]
	services table[gigstack.Service]
	payments table[gigstack.Payment]
	receipts table[gigstack.Receipt]

	invoices    table[gigstack.Invoice] // income and egress, by UUID
	complements table[gigstack.Invoice] // type P, by UUID
	credits     map[string][]credit     // what egress and complements took off balances, by their UUID

	drafts     table[draft]      // those that were stamped among them
	retentions table[retention]  // by UUID
	received   table[mirrored]   // CFDI of suppliers, by UUID
	requests   table[satRequest] // bulk downloads
	support    table[supportDocument]

	legacyInvoices map[string]legacyInvoice // what only the older endpoint knows of drafts, by id
	legacyReceipts map[string]legacyReceipt // what only the older endpoint knows of receipts, by id
}

// team is a company: one taxpayer with one RFC. Everything here is shared by
// live and test; documents are in its two worlds.
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

	brand        gigstack.Brand   // name rules over its alias
	address      gigstack.Address // zip rules over its own
	supportEmail string
	supportPhone string
	created      gigstack.Seconds

	sat          gigstack.TeamSAT
	credits      credits
	integrations gigstack.Integrations
	series       table[gigstack.Series] // by code
	settings     gigstack.TeamSettings
	webhooks     table[gigstack.Webhook]
	operations   map[gigstack.OperationID]operation // on webhooks
	secrets      map[string]string                  // that sign deliveries, by webhook
	deliveries   []Delivery                         // to webhooks, the last ones
	outbox       []Mail                             // documents mailed

	download       download
	manifestSigned gigstack.Seconds // zero until it is

	owner   string   // user id
	members []member // the owner among them

	connect connectTeam // what only the older endpoints know
}

// credits is what a team may stamp in a period.
type credits struct {
	limit, used gigstack.Decimal
	start       gigstack.Millis
}

// member is a user's place in a team.
type member struct {
	user string
	role gigstack.Role
}

// user is a person who logs in. Teams and role are told by the teams.
type user struct {
	gigstack.User
	account string // billing account
	home    string // the team that created the user
}

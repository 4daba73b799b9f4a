package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// LegacyCreateInvoice makes an invoice of plain lines.
//
// It makes an invoice without SAT keys or taxes; mostly a draft, but when it is stamped
// is nowhere said.
var LegacyCreateInvoice = Endpoint[LegacyCreateInvoiceInput, LegacyInvoice]{
	Name:     "legacy_create_invoice",
	Route:    "POST /invoices",
	Risk:     risk.Fiscal,
	Title:    "Create an invoice (older)",
	Doc:      "Older create_income_invoice, without taxes; may stamp.",
	Undo:     "What is stamped can only be cancelled by the SAT's rules (cancel_invoice).",
	Teamless: true, OwnTeam: true,
}

// LegacyCreateInvoiceInput is the invoice.
type LegacyCreateInvoiceInput struct {
	ClientID    string       `json:"clientId"`                               // client
	Amount      Decimal      `json:"amount" jsonschema:"exclusiveMinimum=0"` // total, in units; what the lines add up to
	Currency    *Currency    `json:"currency,omitempty"`                     // MXN when absent
	Description *string      `json:"description,omitempty"`
	Series      *string      `json:"series,omitempty" jsonschema:"maxLength=25"` // A when absent
	Items       []LegacyItem `json:"items,omitempty"`
	DueDate     *Moment      `json:"dueDate,omitempty"`   // RFC 3339 time
	IssueDate   *Moment      `json:"issueDate,omitempty"` // RFC 3339 time
}

// LegacyItem is a line of an invoice or a receipt.
type LegacyItem struct {
	Description *string  `json:"description,omitempty"`
	Quantity    *Decimal `json:"quantity,omitempty" jsonschema:"minimum=0"`  // 1 when absent
	UnitPrice   *Decimal `json:"unitPrice,omitempty" jsonschema:"minimum=0"` // price of one unit
	Amount      *Decimal `json:"amount,omitempty" jsonschema:"minimum=0"`    // quantity × unitPrice
}

// Sum is what the line comes to; false when it does not say, or says two things.
func (i LegacyItem) Sum() (sum Decimal, ok bool) {
	quantity := Dec("1")
	if i.Quantity != nil {
		quantity = *i.Quantity
	}
	switch {
	case i.UnitPrice == nil && i.Amount == nil:
		return sum, false
	case i.UnitPrice == nil:
		return *i.Amount, true
	}
	sum = Decimal{i.UnitPrice.Mul(quantity.Decimal)}
	return sum, i.Amount == nil || sum.Round(2).Equal(i.Amount.Round(2))
}

// LegacyListInvoices pages through documents of every kind.
var LegacyListInvoices = Endpoint[LegacyListInvoicesInput, Page[LegacyInvoice]]{
	Name:     "legacy_list_invoices",
	Route:    "GET /invoices",
	Risk:     risk.Read,
	Title:    "List invoices (older)",
	Doc:      "Older list_income_invoices, every type.",
	Teamless: true, OwnTeam: true,
}

// LegacyListInvoicesInput filters the documents.
type LegacyListInvoicesInput struct {
	OffsetPaging
	ClientID   *string `json:"clientId,omitempty"` // only this client's
	Status     *string `json:"status,omitempty"`   // such as draft
	Series     *string `json:"series,omitempty"`   // only this series
	IssuedFrom *Moment `json:"from,omitempty"`     // issued from; RFC 3339 time
	IssuedTo   *Moment `json:"to,omitempty"`       // issued to; RFC 3339 time
}

// LegacyGetInvoice reads one document.
var LegacyGetInvoice = Endpoint[LegacyInvoiceRef, LegacyInvoice]{
	Name:     "legacy_get_invoice",
	Route:    "GET /invoices/{id}",
	Risk:     risk.Read,
	Title:    "Read an invoice (older)",
	Doc:      "Older get_income_invoice, any type.",
	Teamless: true, OwnTeam: true,
}

// LegacyInvoiceRef names one document.
type LegacyInvoiceRef struct {
	ID string `json:"id"` // invoice id
}

// LegacyInvoice is a document as the older endpoints return it.
type LegacyInvoice struct {
	ID          string       `json:"id"`
	Client      *LegacyParty `json:"client,omitempty"`
	Status      string       `json:"status,omitempty" doc:"draft: not stamped."`
	Amount      Decimal      `json:"amount"`
	Currency    string       `json:"currency,omitempty"`
	Series      string       `json:"series,omitempty"`
	Invoice     LegacyFolio  `json:"invoice"`
	Description string       `json:"description,omitempty"`
	DueDate     Moment       `json:"dueDate,omitempty"`
	IssueDate   Moment       `json:"issueDate,omitempty"`
	Timestamp   Moment       `json:"timestamp,omitempty"`
	Items       []LegacyItem `json:"items,omitempty"`
}

// LegacyParty is whom a document is for.
type LegacyParty struct {
	RFC       string `json:"rfc,omitempty"`
	Name      string `json:"name,omitempty"`
	LegalName string `json:"legalName,omitempty"`
	Email     string `json:"email,omitempty"`
}

// LegacyFolio is the number of a document.
type LegacyFolio struct {
	FolioNumber string `json:"folioNumber,omitempty" doc:"Series and number: A001."`
}

// LegacyUpdateReceipt changes an open receipt.
var LegacyUpdateReceipt = Endpoint[LegacyUpdateReceiptInput, LegacyReceipt]{
	Name:     "legacy_update_receipt",
	Route:    "PUT /receipts/{id}",
	Risk:     risk.Write,
	Title:    "Update a receipt (older)",
	Doc:      "Older: change a receipt not invoiced.",
	Undo:     "Send the old buyer and metadata with legacy_update_receipt; for other lines, cancel_receipt and then create_receipt.",
	Back:     `legacy_update_receipt {"id":"$args.id","*":"$was"}`,
	Teamless: true, OwnTeam: true,
}

// LegacyUpdateReceiptInput is the receipt and the fields to change.
type LegacyUpdateReceiptInput struct {
	ID            string       `json:"id"`
	ClientID      *string      `json:"clientId,omitempty"`                               // buyer
	Amount        *Decimal     `json:"amount,omitempty" jsonschema:"exclusiveMinimum=0"` // total; what the lines add up to
	Currency      *Currency    `json:"currency,omitempty"`
	Description   *string      `json:"description,omitempty"`
	ReceiptNumber *string      `json:"receiptNumber,omitempty"` // your own number
	IssueDate     *Moment      `json:"issueDate,omitempty"`     // RFC 3339 time
	PaymentMethod *string      `json:"paymentMethod,omitempty"` // A word, such as transfer
	Items         []LegacyItem `json:"items,omitempty"`         // all lines anew
	Metadata      Metadata     `json:"metadata,omitempty"`
}

// LegacyReceipt is a receipt as the older endpoints return it.
type LegacyReceipt struct {
	ID            string       `json:"id"`
	Client        *LegacyParty `json:"client,omitempty"`
	Amount        Decimal      `json:"amount"`
	Currency      string       `json:"currency,omitempty"`
	Description   string       `json:"description,omitempty"`
	ReceiptNumber string       `json:"receiptNumber,omitempty"`
	IssueDate     Moment       `json:"issueDate,omitempty"`
	PaymentMethod string       `json:"paymentMethod,omitempty"`
	Status        string       `json:"status,omitempty" doc:"issued while it is open."`
	Items         []LegacyItem `json:"items,omitempty"`
	Metadata      Metadata     `json:"metadata,omitempty"`
	Timestamp     Moment       `json:"timestamp,omitempty"`
}

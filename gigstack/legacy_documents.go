package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// LegacyCreateInvoice makes an invoice of plain lines.
var LegacyCreateInvoice = Endpoint[LegacyCreateInvoiceInput, LegacyInvoice]{
	Name:     "legacy_create_invoice",
	Route:    "POST /invoices",
	Risk:     risk.Fiscal,
	Title:    "Create an invoice (older)",
	Doc:      "Make an invoice without SAT keys or taxes; mostly a draft, but when it is stamped is nowhere said. Older endpoint; today: create_income_invoice.",
	Undo:     "What is stamped can only be cancelled by the SAT's rules (cancel_invoice).",
	Teamless: true, OwnTeam: true,
}

// LegacyCreateInvoiceInput is the invoice.
type LegacyCreateInvoiceInput struct {
	ClientID    string       `json:"clientId" doc:"Client (client_…)."`
	Amount      Decimal      `json:"amount" doc:"Total, in units; what the lines add up to." jsonschema:"exclusiveMinimum=0"`
	Currency    *Currency    `json:"currency,omitempty" doc:"MXN when absent."`
	Description *string      `json:"description,omitempty" doc:"Text."`
	Series      *string      `json:"series,omitempty" doc:"A when absent." jsonschema:"maxLength=25"`
	Items       []LegacyItem `json:"items,omitempty" doc:"Lines."`
	DueDate     *Moment      `json:"dueDate,omitempty" doc:"RFC 3339 time."`
	IssueDate   *Moment      `json:"issueDate,omitempty" doc:"RFC 3339 time."`
}

// LegacyItem is a line of an invoice or a receipt.
type LegacyItem struct {
	Description *string  `json:"description,omitempty" doc:"Text."`
	Quantity    *Decimal `json:"quantity,omitempty" doc:"1 when absent." jsonschema:"minimum=0"`
	UnitPrice   *Decimal `json:"unitPrice,omitempty" doc:"Price of one unit." jsonschema:"minimum=0"`
	Amount      *Decimal `json:"amount,omitempty" doc:"quantity × unitPrice." jsonschema:"minimum=0"`
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
	Doc:      "List documents of every kind; older endpoint; today: list_income_invoices, list_egress_invoices, list_draft_invoices.",
	Teamless: true, OwnTeam: true,
}

// LegacyListInvoicesInput filters the documents.
type LegacyListInvoicesInput struct {
	OffsetPaging
	ClientID   *string `json:"clientId,omitempty" doc:"Only this client's (client_…)."`
	Status     *string `json:"status,omitempty" doc:"Such as draft."`
	Series     *string `json:"series,omitempty" doc:"Only this series."`
	IssuedFrom *Moment `json:"from,omitempty" doc:"Issued from; RFC 3339 time."`
	IssuedTo   *Moment `json:"to,omitempty" doc:"Issued to; RFC 3339 time."`
}

// LegacyGetInvoice reads one document.
var LegacyGetInvoice = Endpoint[LegacyInvoiceRef, LegacyInvoice]{
	Name:     "legacy_get_invoice",
	Route:    "GET /invoices/{id}",
	Risk:     risk.Read,
	Title:    "Read an invoice (older)",
	Doc:      "Read a document of any kind; older endpoint; today: get_income_invoice, get_egress_invoice, get_draft_invoice.",
	Teamless: true, OwnTeam: true,
}

// LegacyInvoiceRef names one document.
type LegacyInvoiceRef struct {
	ID string `json:"id" doc:"Invoice id (inv_…)."`
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
	Doc:      "Change a receipt that is not invoiced. Older endpoint; today: cancel_receipt, then create_receipt.",
	Undo:     "Send the old buyer and metadata with legacy_update_receipt; for other lines, cancel_receipt and then create_receipt.",
	Back:     `legacy_update_receipt {"id":"$args.id","*":"$was"}`,
	Teamless: true, OwnTeam: true,
}

// LegacyUpdateReceiptInput is the receipt and the fields to change.
type LegacyUpdateReceiptInput struct {
	ID            string       `json:"id" doc:"Receipt id (receipt_…)."`
	ClientID      *string      `json:"clientId,omitempty" doc:"Buyer (client_…)."`
	Amount        *Decimal     `json:"amount,omitempty" doc:"Total; what the lines add up to." jsonschema:"exclusiveMinimum=0"`
	Currency      *Currency    `json:"currency,omitempty" doc:"Currency."`
	Description   *string      `json:"description,omitempty" doc:"Text."`
	ReceiptNumber *string      `json:"receiptNumber,omitempty" doc:"Your own number."`
	IssueDate     *Moment      `json:"issueDate,omitempty" doc:"RFC 3339 time."`
	PaymentMethod *string      `json:"paymentMethod,omitempty" doc:"A word, such as transfer."`
	Items         []LegacyItem `json:"items,omitempty" doc:"All lines anew."`
	Metadata      Metadata     `json:"metadata,omitempty" doc:"Your own data."`
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

package gigstack

// Brief is the members of a record that a list shows unless it is asked for more, in
// the order of a table: those by which a person tells one from another, its state, its
// money with its currency, and the id that other calls take.

// Brief implements the list's view of an invoice.
func (Invoice) Brief() []string {
	return []string{"uuid", "series", "folio_number", "date", "invoice_type", "status", "client.id", "client.name", "client.tax_id", "total", "currency", "payment_method", "last_balance", "cancellation.cancellation_status"}
}

// Brief implements the list's view of a payment.
func (Payment) Brief() []string {
	return []string{"id", "created_at", "status", "client.id", "client.name", "total", "currency", "payment_form", "automation_type", "invoices", "receipts", "refunds.amount"}
}

// Brief implements the list's view of a receipt.
func (Receipt) Brief() []string {
	return []string{"id", "created_at", "status", "client.name", "total", "currency", "periodicity", "valid_until", "invoices"}
}

// Brief implements the list's view of a draft.
func (Draft) Brief() []string {
	return []string{"id", "created_at", "status", "invoice_type", "client.name", "total", "currency", "payment_method"}
}

// Brief implements the list's view of a client.
func (Client) Brief() []string {
	return []string{"id", "name", "legal_name", "tax_id", "tax_system", "use", "email", "address.zip", "is_valid"}
}

// Brief implements the list's view of a service.
func (Service) Brief() []string {
	return []string{"id", "description", "sku", "product_key", "unit_key", "unit_price", "taxability"}
}

// Brief implements the list's view of a team.
func (Team) Brief() []string {
	return []string{"id", "legal_name", "tax_id", "brand.alias", "status", "sat.completed", "sat.csd_expires_at"}
}

// Brief implements the list's view of an invoice as the SAT has it.
func (SATInvoice) Brief() []string {
	return []string{"uuid", "issue_date", "direction", "invoice_type", "status", "issuer", "receiver", "total", "currency", "series", "folio", "has_xml"}
}

package sandbox

// STUBS, each replaced by the branch that owns it; then this file goes away.

// paymentForInvoice (branch payments) records a payment along with an invoice
// that was asked for with automation_type "payment".
func (w *world) paymentForInvoice(s *Sandbox, uuid string) {}

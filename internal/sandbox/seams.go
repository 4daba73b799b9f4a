package sandbox

import (
	"errors"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// order is everything needed to stamp an income invoice, however it came about:
// asked for, automated by a payment, or made out of a receipt.
type order struct {
	client    *gigstack.Client // the receiver
	items     []gigstack.Item
	totals    cfdi.Totals
	method    string // PUE or PPD
	form      gigstack.PaymentForm
	use       gigstack.CFDIUse // "" for the client's
	currency  gigstack.Currency
	rate      gigstack.Decimal // pesos per unit of currency
	series    string           // "" for the team's default
	metadata  gigstack.Metadata
	paymentID string // the payment it settles, if any
}

var errStub = errors.New("stub: see the branch that owns this function")

// STUBS, each replaced by the branch that owns it; then this file goes away.

// issueIncome (branch invoices) stamps an income invoice and returns its UUID.
func (w *world) issueIncome(s *Sandbox, o order) (uuid string, err error) { return "", errStub }

// complement (branch invoices) stamps a payment complement of amount for a PPD
// invoice, lowers its last_balance and returns the complement's UUID.
func (w *world) complement(s *Sandbox, ppdUUID string, amount gigstack.Decimal, form gigstack.PaymentForm, paymentID string) (uuid string, err error) {
	return "", errStub
}

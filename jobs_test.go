package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// job is a call that must have its effect once.
type job struct {
	tool    string
	guarded bool // it is planned first
	keyed   bool // gigstack takes an idempotency key for it
	// prepare makes what it concerns, and returns its arguments.
	prepare func(t *testing.T, s *onceStand, name string) map[string]any
	// effects is how often it was done.
	effects func(t *testing.T, s *onceStand, name string) int
}

var jobs = []job{
	{"create_receipt", false, true, sale(nil), func(t *testing.T, s *onceStand, name string) int {
		return count(t, s, gigstack.ListReceipts, gigstack.ListReceiptsInput{Paging: all}, func(v gigstack.Receipt) bool { return sells(v.Items, name) })
	}},
	{"create_draft_invoice", false, true, sale(map[string]any{"invoice_type": "I", "payment_form": "03"}), func(t *testing.T, s *onceStand, name string) int {
		return count(t, s, gigstack.ListDraftInvoices, gigstack.ListDraftsInput{Paging: all}, func(v gigstack.Draft) bool { return sells(v.Items, name) })
	}},
	{"create_income_invoice", true, true, sale(map[string]any{"payment_form": "03"}), func(t *testing.T, s *onceStand, name string) int {
		return count(t, s, gigstack.ListIncomeInvoices, gigstack.ListInvoicesInput{Paging: all}, func(v gigstack.Invoice) bool { return sells(v.Items, name) })
	}},
	{"register_payment", true, true, sale(map[string]any{"payment_form": "03", "automation_type": "none"}), func(t *testing.T, s *onceStand, name string) int {
		return count(t, s, gigstack.ListPayments, gigstack.ListPaymentsInput{Paging: all}, func(v gigstack.Payment) bool { return sells(v.Items, name) })
	}},
	{"cancel_invoice", true, false, func(t *testing.T, s *onceStand, name string) map[string]any {
		return map[string]any{"id": s.make(t, gigstack.CreateIncomeInvoice, name, map[string]any{"payment_form": "03"}), "motive": "02"}
	}, func(t *testing.T, s *onceStand, name string) int {
		return count(t, s, gigstack.ListIncomeInvoices, gigstack.ListInvoicesInput{Paging: all}, func(v gigstack.Invoice) bool {
			return sells(v.Items, name) && v.Cancellation != nil
		})
	}},
	{"refund_payment", true, false, func(t *testing.T, s *onceStand, name string) map[string]any {
		id := s.make(t, gigstack.RegisterPayment, name, map[string]any{"payment_form": "03", "automation_type": "none"})
		return map[string]any{"id": id, "amount": 10, "reason": "Prueba"}
	}, func(t *testing.T, s *onceStand, name string) (refunds int) {
		count(t, s, gigstack.ListPayments, gigstack.ListPaymentsInput{Paging: all}, func(v gigstack.Payment) bool {
			if sells(v.Items, name) {
				refunds += len(v.Refunds)
			}
			return false
		})
		return refunds
	}},
}

// all is the first page of a list, the longest there is.
var all = gigstack.Paging{Limit: new(100)}

// sale is the arguments of a sale that can be told from every other.
func sale(with map[string]any) func(*testing.T, *onceStand, string) map[string]any {
	return func(_ *testing.T, s *onceStand, name string) map[string]any {
		with := also(with, "client", map[string]any{"id": s.client})
		return also(with, "items", []any{map[string]any{"description": name, "unit_price": 100, "taxes": []any{map[string]any{"type": "IVA", "rate": 0.16}}}})
	}
}

func sells(items []gigstack.Item, name string) bool {
	return len(items) == 1 && items[0].Description == name
}

// make has gigstack make a document, past the program.
func (s *onceStand) make(t *testing.T, op gigstack.Operation, name string, with map[string]any) (id string) {
	t.Helper()
	arguments, err := json.Marshal(also(sale(with)(t, s, name), "idempotency_key", name))
	require.NoError(t, err)
	reply, err := op.Invoke(t.Context(), s.api, arguments)
	require.NoError(t, err)
	var made struct{ UUID, ID string }
	require.NoError(t, json.Unmarshal(reply.Data, &made))
	if made.UUID != "" {
		return made.UUID
	}
	return made.ID
}

// count is how many elements of a list are such, read past the program.
func count[In, T any, P interface {
	*In
	From(cursor string)
}](t *testing.T, s *onceStand, e gigstack.Endpoint[In, gigstack.Page[T]], in In, such func(T) bool) (n int) {
	t.Helper()
	for v, err := range gigstack.Each[In, T, P](t.Context(), s.api, e, in) {
		require.NoError(t, err)
		if such(v) {
			n++
		}
	}
	return n
}

package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// A complement says which invoice it paid, how much of it, and what was left.
func TestComplementsOfAnInvoice(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, true, "editor")
	invoice := issue(t, c, incomeOf("1000", ppd))
	pay := func(price string) gigstack.Payment {
		in := received(price, "ppd_invoice_and_complement")
		in.Client, in.PPDInvoiceID = gigstack.ClientInput{ID: &invoice.Client.ID}, &invoice.UUID
		p := register(t, c, in)
		b.advance(time.Second)
		return p
	}
	list := func(in gigstack.ListPaymentComplementsInput) []gigstack.Invoice {
		page, err := gigstack.ListPaymentComplements.Call(t.Context(), c, in)
		require.NoError(t, err)
		return page.Data
	}
	of := gigstack.ListPaymentComplementsInput{InvoiceID: &invoice.UUID}
	assert.Empty(t, list(of))
	first, second := pay("400"), pay("600")

	complements := list(of)
	require.Len(t, complements, 2)
	for i, want := range []struct {
		payment      gigstack.Payment
		paid, left   string
		installments int
	}{{second, "696", "0", 2}, {first, "464", "696", 1}} {
		v := complements[i]
		assert.Equal(t, []string{want.payment.ID}, v.Payments)
		assert.Equal(t, []string{invoice.UUID}, v.Invoices)
		amount(t, want.paid, v.PaidByComplements)
		amount(t, want.left, v.LastBalance)
		assert.Equal(t, want.installments, v.Installments)
		amount(t, "0", v.Total)
		read, err := gigstack.GetPaymentComplement.Call(t.Context(), c, gigstack.InvoiceRef{ID: v.UUID})
		require.NoError(t, err)
		assert.NotEmpty(t, read.Files.XML)
	}
	filtered := func(edit func(*gigstack.ListPaymentComplementsInput)) []gigstack.Invoice {
		in := of
		edit(&in)
		return list(in)
	}
	assert.Len(t, filtered(func(in *gigstack.ListPaymentComplementsInput) { in.Status = new(gigstack.InvoiceStatus("valid")) }), 2)
	assert.Empty(t, filtered(func(in *gigstack.ListPaymentComplementsInput) { in.Status = new(gigstack.InvoiceStatus("canceled")) }))
	assert.Empty(t, filtered(func(in *gigstack.ListPaymentComplementsInput) { in.Series = new("A") }))
	assert.Empty(t, filtered(func(in *gigstack.ListPaymentComplementsInput) { in.ClientID = new("client_x") }))

	_, err := gigstack.GetPaymentComplement.Call(t.Context(), c, gigstack.InvoiceRef{ID: invoice.UUID})
	failure(t, err, http.StatusNotFound)
	_, err = gigstack.GetIncomeInvoice.Call(t.Context(), c, gigstack.InvoiceRef{ID: complements[0].UUID})
	failure(t, err, http.StatusNotFound)
	_, err = gigstack.GetPaymentComplement.Call(t.Context(), b.client(t, sandbox.TeamKemper, false, "viewer"), gigstack.InvoiceRef{ID: complements[0].UUID})
	failure(t, err, http.StatusNotFound)
}

package sandbox_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

func TestPaymentAutomation(t *testing.T) {
	for name, test := range map[string]struct {
		client             gigstack.ClientInput
		automation         gigstack.PaymentAutomation
		invoices, receipts int
		receiptError       string
	}{
		"pue":                         {xenon(), "pue_invoice", 1, 0, ""},
		"ppd and its complement":      {xenon(), "ppd_invoice_and_complement", 2, 0, ""},
		"none":                        {xenon(), "none", 0, 0, ""},
		"no RFC, pue":                 {walkIn(), "pue_invoice", 0, 1, ""},
		"no RFC, ppd":                 {walkIn(), "ppd_invoice_and_complement", 0, 1, ""},
		"no RFC, none":                {walkIn(), "none", 0, 0, ""},
		"the SAT refuses the client":  {misnamed(), "pue_invoice", 0, 1, "CFDI401"},
		"the SAT refuses it, for PPD": {misnamed(), "ppd_invoice_and_complement", 0, 1, "CFDI401"},
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t, sandbox.Options{})
			c := b.client(t, sandbox.TeamKemper, true, "editor")
			in := received("1000", test.automation)
			in.Client = test.client
			p := register(t, c, in)
			assert.Equal(t, "succeeded", p.Status)
			assert.Equal(t, "api", p.PaymentProcessor)
			assert.Empty(t, p.Invoices)
			b.advance(200 * time.Millisecond)
			p = readPayment(t, c, p.ID)
			assert.Empty(t, p.Invoices, "not yet")
			assert.Empty(t, p.Receipts, "not yet")

			b.advance(100 * time.Millisecond)
			p = readPayment(t, c, p.ID)
			assert.Len(t, p.Invoices, test.invoices)
			require.Len(t, p.Receipts, test.receipts)
			if test.receipts == 0 {
				return
			}
			r, err := gigstack.GetReceipt.Call(t.Context(), c, gigstack.ReceiptRef{ID: p.Receipts[0]})
			require.NoError(t, err)
			assert.Equal(t, "pending", r.Status)
			assert.Equal(t, []string{p.ID}, r.Payments)
			assert.True(t, r.Livemode)
			amount(t, "1160", r.Total)
			if test.receiptError == "" {
				assert.Empty(t, r.AutomaticInvoiceError)
			} else {
				assert.Contains(t, r.AutomaticInvoiceError, test.receiptError)
			}
		})
	}
}

func TestPartialPaymentsOfAPPDInvoice(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	ppd, err := gigstack.CreateIncomeInvoice.Call(t.Context(), c, gigstack.CreateIncomeInvoiceInput{
		InvoiceFields: gigstack.InvoiceFields{Client: xenon(), Items: lines("1000"), PaymentForm: "99"}, PaymentMethod: new(gigstack.PaymentMethod("PPD")),
	})
	require.NoError(t, err)
	amount(t, "1160", ppd.LastBalance)
	part := func(price string) gigstack.RegisterPaymentInput {
		in := received(price, "ppd_invoice_and_complement")
		in.PPDInvoiceID = &ppd.UUID
		return in
	}
	for i, step := range []struct{ price, balance string }{{"300", "812"}, {"200.01", "579.99"}, {"499.99", "0"}} {
		p := register(t, c, part(step.price))
		b.advance(time.Second)
		assert.Len(t, readPayment(t, c, p.ID).Invoices, 1, "the complement and no new invoice")
		invoice := reread(t, c, ppd.UUID)
		amount(t, step.balance, invoice.LastBalance)
		assert.Equal(t, i+1, invoice.Installments)
	}
	_, err = gigstack.RegisterPayment.Call(t.Context(), c, part("0.01"))
	requireStatus(t, err, 422, "balance")
}

func TestPaymentOfAPPDInvoiceThatDoesNotFit(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	issue := func(method gigstack.PaymentMethod, form gigstack.PaymentForm) *string {
		v, err := gigstack.CreateIncomeInvoice.Call(t.Context(), c, gigstack.CreateIncomeInvoiceInput{
			InvoiceFields: gigstack.InvoiceFields{Client: xenon(), Items: lines("100"), PaymentForm: form}, PaymentMethod: &method,
		})
		require.NoError(t, err)
		return &v.UUID
	}
	ppd, pue := issue("PPD", "99"), issue("PUE", "03")
	for name, test := range map[string]struct {
		change func(*gigstack.RegisterPaymentInput)
		status int
		words  string
	}{
		"unknown":            {func(in *gigstack.RegisterPaymentInput) { in.PPDInvoiceID = new("5F0C7A1E") }, 404, "5F0C7A1E"},
		"PUE":                {func(in *gigstack.RegisterPaymentInput) { in.PPDInvoiceID = pue }, 422, "not a valid PPD"},
		"another client's":   {func(in *gigstack.RegisterPaymentInput) { in.Client = walkIn() }, 422, "another client"},
		"another automation": {func(in *gigstack.RegisterPaymentInput) { in.AutomationType = "pue_invoice" }, 400, "ppd_invoice_and_complement"},
		"another currency": {func(in *gigstack.RegisterPaymentInput) {
			in.Currency, in.ExchangeRate = new(gigstack.Currency("USD")), new(gigstack.Dec("18.5"))
		}, 422, "USD"},
		"too much": {func(in *gigstack.RegisterPaymentInput) { in.Items = lines("100.01") }, 422, "above the balance of 116"},
	} {
		t.Run(name, func(t *testing.T) {
			in := received("100", "ppd_invoice_and_complement")
			in.PPDInvoiceID = ppd
			test.change(&in)
			_, err := gigstack.RegisterPayment.Call(t.Context(), c, in)
			requireStatus(t, err, test.status, test.words)
		})
	}
	in := received("60", "ppd_invoice_and_complement")
	in.PPDInvoiceID = ppd
	register(t, c, in)
	_, err := gigstack.RegisterPayment.Call(t.Context(), c, in)
	requireStatus(t, err, 422, "balance of 46.4") // the first one's complement is still to come
}

func TestRefundedBeforeItsAutomation(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	p := register(t, c, received("100", "pue_invoice"))
	_, err := gigstack.RefundPayment.Call(t.Context(), c, gigstack.RefundPaymentInput{ID: p.ID, Amount: p.Total, Reason: "duplicado"})
	require.NoError(t, err)
	b.advance(time.Second)
	assert.Empty(t, readPayment(t, c, p.ID).Invoices)
}

func TestInvoiceThatRecordsItsPayment(t *testing.T) {
	for method, form := range map[gigstack.PaymentMethod]gigstack.PaymentForm{"PUE": "04", "PPD": "99"} {
		t.Run(string(method), func(t *testing.T) {
			b := start(t, sandbox.Options{})
			c := b.client(t, sandbox.TeamStranger, false, "owner")
			invoice, err := gigstack.CreateIncomeInvoice.Call(t.Context(), c, gigstack.CreateIncomeInvoiceInput{
				InvoiceFields: gigstack.InvoiceFields{
					Client: xenon(), Items: lines("1000"), PaymentForm: form,
					InvoiceOptions: gigstack.InvoiceOptions{AutomationType: new(gigstack.InvoiceAutomation("payment"))},
				},
				PaymentMethod: &method,
			})
			require.NoError(t, err)
			b.advance(time.Second)
			payments, err := gigstack.ListPayments.Call(t.Context(), c, gigstack.ListPaymentsInput{})
			require.NoError(t, err)
			if method == "PPD" {
				assert.Empty(t, payments.Data, "nothing has come in yet")
				return
			}
			require.Len(t, payments.Data, 1)
			p := payments.Data[0]
			assert.Equal(t, "succeeded", p.Status)
			assert.Equal(t, string(form), p.PaymentForm)
			assert.Equal(t, []string{invoice.UUID}, p.Invoices)
			assert.Equal(t, []string{p.ID}, reread(t, c, invoice.UUID).Payments)
			amount(t, "1160", p.Total)
			b.advance(time.Hour)
			assert.Len(t, readPayment(t, c, p.ID).Invoices, 1, "it is not invoiced again")
		})
	}
}

func TestPaymentsInParallel(t *testing.T) {
	const callers = 20
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	payments := make([]gigstack.Payment, callers)
	errs := make([]error, callers)
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			in := received(fmt.Sprint(100+i), "pue_invoice")
			in.InvoiceConfig = &gigstack.InvoiceConfigInput{Serie: new("PAR")}
			payments[i], errs[i] = gigstack.RegisterPayment.Call(t.Context(), c, in)
		})
	}
	wg.Wait()
	b.advance(time.Second)

	ids, folios := map[string]bool{}, map[int]bool{}
	for i, err := range errs {
		require.NoError(t, err)
		p := readPayment(t, c, payments[i].ID)
		ids[p.ID] = true
		require.Len(t, p.Invoices, 1)
		invoice := reread(t, c, p.Invoices[0])
		assert.Equal(t, "PAR", invoice.Series)
		assert.True(t, p.Total.Equal(invoice.Total.Decimal))
		folios[invoice.FolioNumber] = true
	}
	assert.Len(t, ids, callers)
	assert.Len(t, folios, callers)
	for folio := range callers {
		assert.True(t, folios[folio+1], "folio %d is missing", folio+1)
	}
}

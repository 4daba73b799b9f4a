package sandbox_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// xenon is a buyer the SAT accepts, found again by RFC.
func xenon() gigstack.ClientInput {
	return gigstack.ClientInput{
		Search: &gigstack.ClientSearch{OnKey: "tax_id", OnValue: "XIA190128J61", AutoCreate: new(true)},
		ClientFields: gigstack.ClientFields{
			Name: new("Xenon"), Email: new("compras@example.mx"), LegalName: new("XENON INDUSTRIAL ARTICLES"), TaxID: new(gigstack.RFC("XIA190128J61")),
			TaxSystem: new(gigstack.TaxSystem("601")), Use: new(gigstack.CFDIUse("G03")), Address: &gigstack.Address{Zip: new("76343")},
		},
	}
}

// walkIn is a buyer without an RFC.
func walkIn() gigstack.ClientInput {
	return gigstack.ClientInput{ClientFields: gigstack.ClientFields{Name: new("Mostrador"), Email: new("mostrador@example.mx")}}
}

// misnamed is a buyer whose legal name the SAT does not accept.
func misnamed() gigstack.ClientInput {
	c := xenon()
	c.Search, c.LegalName = nil, new("Xenon, S.A. de C.V.")
	return c
}

// lines is one line of that price plus 16 % IVA.
func lines(price string) []gigstack.ItemInput {
	return []gigstack.ItemInput{{
		Description: new("Servicio de prueba"), UnitPrice: new(gigstack.Dec(price)),
		Taxes: []gigstack.TaxInput{{Type: "IVA", Rate: gigstack.Dec("0.16")}},
	}}
}

// received is a transfer of that price plus IVA from xenon.
func received(price string, automation gigstack.PaymentAutomation) gigstack.RegisterPaymentInput {
	return gigstack.RegisterPaymentInput{
		PaymentFields:  gigstack.PaymentFields{Client: xenon(), Items: lines(price)},
		AutomationType: automation, PaymentForm: "03",
	}
}

func register(t *testing.T, c *gigstack.Caller, in gigstack.RegisterPaymentInput) gigstack.Payment {
	t.Helper()
	p, err := gigstack.RegisterPayment.Call(t.Context(), c, in)
	require.NoError(t, err)
	return p
}

func readPayment(t *testing.T, c *gigstack.Caller, id string) gigstack.Payment {
	t.Helper()
	p, err := gigstack.GetPayment.Call(t.Context(), c, gigstack.PaymentRef{ID: id})
	require.NoError(t, err)
	return p
}

// requireStatus says that gigstack refused with that status and those words.
func requireStatus(t *testing.T, err error, status int, words string) {
	t.Helper()
	require.Contains(t, failure(t, err, status).Message, words)
}

func amount(t *testing.T, want string, got gigstack.Decimal) {
	t.Helper()
	require.True(t, gigstack.Dec(want).Equal(got.Decimal), "want %s, got %s", want, got)
}

func TestPaymentLink(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	link, err := gigstack.RequestPayment.Call(t.Context(), c, gigstack.RequestPaymentInput{
		PaymentFields: gigstack.PaymentFields{Client: xenon(), Items: lines("1000")}, AutomationType: new(gigstack.PaymentAutomation("pue_invoice")),
	})
	require.NoError(t, err)
	assert.Equal(t, "requires_payment_method", link.Status)
	assert.NotEmpty(t, link.ShortURL)
	assert.Nil(t, link.SucceededAt)
	assert.Equal(t, []gigstack.AllowedMethod{{ID: "card"}, {ID: "bank"}}, link.AllowedPaymentMethods)
	amount(t, "160", link.Taxes)
	amount(t, "1160", link.Total)

	b.advance(time.Hour)
	assert.Empty(t, readPayment(t, c, link.ID).Invoices, "nothing is issued before it is paid")
	_, err = gigstack.RefundPayment.Call(t.Context(), c, gigstack.RefundPaymentInput{ID: link.ID, Amount: gigstack.Dec("1"), Reason: "error"})
	requireStatus(t, err, 409, "only a succeeded payment")

	_, err = gigstack.MarkPaymentPaid.Call(t.Context(), c, gigstack.MarkPaymentPaidInput{ID: link.ID, PaymentForm: "03", Date: new(link.CreatedAt + 7200)})
	requireStatus(t, err, 400, "future")
	_, err = gigstack.MarkPaymentPaid.Call(t.Context(), c, gigstack.MarkPaymentPaidInput{ID: link.ID, PaymentForm: "transferencia"})
	requireStatus(t, err, 400, "payment_form")
	paid, err := gigstack.MarkPaymentPaid.Call(t.Context(), c, gigstack.MarkPaymentPaidInput{ID: link.ID, PaymentForm: "28", Date: new(link.CreatedAt + 60)})
	require.NoError(t, err)
	assert.Equal(t, "succeeded", paid.Status)
	assert.Equal(t, "28", paid.PaymentForm)
	assert.Equal(t, link.CreatedAt+60, *paid.SucceededAt)
	_, err = gigstack.MarkPaymentPaid.Call(t.Context(), c, gigstack.MarkPaymentPaidInput{ID: link.ID, PaymentForm: "03"})
	requireStatus(t, err, 409, "succeeded")

	b.advance(time.Second)
	invoices := readPayment(t, c, link.ID).Invoices
	require.Len(t, invoices, 1)
	invoice := reread(t, c, invoices[0])
	assert.Equal(t, "PUE", invoice.PaymentMethod)
	assert.Equal(t, "28", invoice.PaymentForm)
	assert.Equal(t, []string{link.ID}, invoice.Payments)
	amount(t, "1160", invoice.Total)
}

func TestRegisterPaymentRefusals(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	for name, test := range map[string]struct {
		change func(*gigstack.RegisterPaymentInput)
		status int
		words  string
	}{
		"no form": {func(in *gigstack.RegisterPaymentInput) { in.PaymentForm = "" }, 400, "payment_form"},
		"99 for a complement": {func(in *gigstack.RegisterPaymentInput) {
			in.PaymentForm, in.AutomationType = "99", "ppd_invoice_and_complement"
		}, 422, "complement"},
		"no lines":           {func(in *gigstack.RegisterPaymentInput) { in.Items = nil }, 400, "line"},
		"unknown automation": {func(in *gigstack.RegisterPaymentInput) { in.AutomationType = "receipt" }, 400, "automation_type"},
		"unknown client":     {func(in *gigstack.RegisterPaymentInput) { in.Client = gigstack.ClientInput{ID: new("client_0")} }, 404, "client_0"},
		"dollars, no rate":   {func(in *gigstack.RegisterPaymentInput) { in.Currency = new(gigstack.Currency("USD")) }, 400, "exchange_rate"},
		"pesos at a rate":    {func(in *gigstack.RegisterPaymentInput) { in.ExchangeRate = new(gigstack.Dec("18")) }, 400, "exchange_rate"},
		"a rate of 0":        {func(in *gigstack.RegisterPaymentInput) { in.ExchangeRate = new(gigstack.Dec("0")) }, 400, "exchange_rate"},
	} {
		t.Run(name, func(t *testing.T) {
			in := received("100", "none")
			test.change(&in)
			_, err := gigstack.RegisterPayment.Call(t.Context(), c, in)
			requireStatus(t, err, test.status, test.words)
		})
	}
}

func TestPaymentIdempotency(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	in := received("100", "pue_invoice")
	in.IdempotencyKey = new("pedido-77")
	first := register(t, c, in)
	in.Items = lines("200")
	again := register(t, c, in)
	assert.Equal(t, first, again, "the first one, even for another body")
	link := gigstack.RequestPaymentInput{PaymentFields: in.PaymentFields}
	asked, err := gigstack.RequestPayment.Call(t.Context(), c, link)
	require.NoError(t, err)
	assert.Equal(t, first.ID, asked.ID)
	b.advance(time.Second)
	assert.Len(t, readPayment(t, c, first.ID).Invoices, 1, "invoiced once")

	live := b.client(t, sandbox.TeamKemper, true, "owner")
	assert.NotEqual(t, first.ID, register(t, live, in).ID, "modes do not share keys")
}

func TestRefunds(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	in := received("1000", "pue_invoice")
	in.Client = walkIn()
	p := register(t, c, in)
	b.advance(time.Second)
	refund := func(sum string, external *bool) (gigstack.Payment, error) {
		return gigstack.RefundPayment.Call(t.Context(), c, gigstack.RefundPaymentInput{ID: p.ID, Amount: gigstack.Dec(sum), Reason: "devolución", External: external})
	}
	for _, sum := range []string{"0", "-5", "1160.01", "0.001"} {
		_, err := refund(sum, nil)
		requireStatus(t, err, 400, "amount")
	}
	_, err := gigstack.RefundPayment.Call(t.Context(), c, gigstack.RefundPaymentInput{ID: p.ID, Amount: gigstack.Dec("1")})
	requireStatus(t, err, 400, "reason")

	part, err := refund("580.10", new(false))
	require.NoError(t, err)
	assert.Equal(t, "succeeded", part.Status)
	assert.False(t, *part.Refunds[0].External)
	_, err = refund("579.91", nil)
	requireStatus(t, err, 400, "579.9 MXN not refunded")
	whole, err := refund("579.90", nil)
	require.NoError(t, err)
	assert.Equal(t, "refunded", whole.Status)
	require.Len(t, whole.Refunds, 2)
	assert.NotEqual(t, whole.Refunds[0].ID, whole.Refunds[1].ID)
	assert.True(t, *whole.Refunds[1].External)
	_, err = refund("1", nil)
	requireStatus(t, err, 409, "refunded")

	r, err := gigstack.GetReceipt.Call(t.Context(), c, gigstack.ReceiptRef{ID: whole.Receipts[0]})
	require.NoError(t, err)
	amount(t, "1160", r.TotalRefunded)
}

func TestCancelPayment(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	link, err := gigstack.RequestPayment.Call(t.Context(), c, gigstack.RequestPaymentInput{PaymentFields: gigstack.PaymentFields{Client: xenon(), Items: lines("10")}})
	require.NoError(t, err)
	canceled, err := gigstack.CancelPayment.Call(t.Context(), c, gigstack.PaymentRef{ID: link.ID})
	require.NoError(t, err)
	assert.Equal(t, gigstack.Canceled{ID: link.ID, Status: "canceled"}, canceled)
	_, err = gigstack.CancelPayment.Call(t.Context(), c, gigstack.PaymentRef{ID: link.ID})
	requireStatus(t, err, 409, "canceled")
	_, err = gigstack.MarkPaymentPaid.Call(t.Context(), c, gigstack.MarkPaymentPaidInput{ID: link.ID, PaymentForm: "03"})
	requireStatus(t, err, 409, "canceled")

	p := register(t, c, received("10", "none"))
	_, err = gigstack.CancelPayment.Call(t.Context(), c, gigstack.PaymentRef{ID: p.ID})
	requireStatus(t, err, 409, "refund it instead")
	_, err = gigstack.CancelPayment.Call(t.Context(), c, gigstack.PaymentRef{ID: "payment_0"})
	requireStatus(t, err, 404, "payment_0")
	editor := b.client(t, sandbox.TeamKemper, false, "editor")
	_, err = gigstack.CancelPayment.Call(t.Context(), editor, gigstack.PaymentRef{ID: p.ID})
	requireStatus(t, err, 403, "role")
}

func TestWaysToPay(t *testing.T) {
	b := start(t, sandbox.Options{})
	for name, test := range map[string]struct {
		team    string
		asked   []gigstack.PaymentMethodName
		status  int
		methods []gigstack.AllowedMethod
	}{
		"default with Stripe":    {sandbox.TeamKemper, nil, 0, []gigstack.AllowedMethod{{ID: "card"}, {ID: "bank"}}},
		"default without Stripe": {sandbox.TeamXenon, nil, 0, []gigstack.AllowedMethod{{ID: "bank"}}},
		"oxxo with Stripe":       {sandbox.TeamKemper, []gigstack.PaymentMethodName{"oxxo"}, 0, []gigstack.AllowedMethod{{ID: "oxxo"}}},
		"transfer":               {sandbox.TeamXenon, []gigstack.PaymentMethodName{"spei"}, 0, []gigstack.AllowedMethod{{ID: "spei"}}},
		"card without Stripe":    {sandbox.TeamXenon, []gigstack.PaymentMethodName{"spei", "card"}, 422, nil},
		"oxxo without Stripe":    {sandbox.TeamXenon, []gigstack.PaymentMethodName{"oxxo"}, 422, nil},
		"spei of Stripe":         {sandbox.TeamXenon, []gigstack.PaymentMethodName{"stripe-spei"}, 422, nil},
		"unknown":                {sandbox.TeamKemper, []gigstack.PaymentMethodName{"cheque"}, 400, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := b.client(t, test.team, false, "owner")
			in := gigstack.RequestPaymentInput{PaymentFields: gigstack.PaymentFields{Client: walkIn(), Items: lines("10")}, AllowedPaymentMethods: test.asked}
			p, err := gigstack.RequestPayment.Call(t.Context(), c, in)
			if test.status != 0 {
				requireStatus(t, err, test.status, string(test.asked[len(test.asked)-1]))
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.methods, p.AllowedPaymentMethods)
		})
	}
}

func TestPaymentFilters(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "owner")
	first := received("10", "none")
	first.Metadata = gigstack.Metadata{"pedido": "7"}
	old := register(t, c, first)
	b.advance(48 * time.Hour)
	dollars := received("20", "none")
	dollars.Client, dollars.Currency, dollars.ExchangeRate = walkIn(), new(gigstack.Currency("USD")), new(gigstack.Dec("18.50"))
	recent := register(t, c, dollars)
	link, err := gigstack.RequestPayment.Call(t.Context(), c, gigstack.RequestPaymentInput{PaymentFields: gigstack.PaymentFields{Client: xenon(), Items: lines("30")}})
	require.NoError(t, err)
	_, err = gigstack.CancelPayment.Call(t.Context(), c, gigstack.PaymentRef{ID: link.ID})
	require.NoError(t, err)

	for name, test := range map[string]struct {
		in   gigstack.ListPaymentsInput
		want []string
	}{
		"all, newest first": {gigstack.ListPaymentsInput{}, []string{link.ID, recent.ID, old.ID}},
		"succeeded":         {gigstack.ListPaymentsInput{Status: new(gigstack.PaymentStatus("succeeded"))}, []string{recent.ID, old.ID}},
		"canceled":          {gigstack.ListPaymentsInput{Status: new(gigstack.PaymentStatus("canceled"))}, []string{link.ID}},
		"cancelled":         {gigstack.ListPaymentsInput{Status: new(gigstack.PaymentStatus("cancelled"))}, []string{link.ID}},
		"failed":            {gigstack.ListPaymentsInput{Status: new(gigstack.PaymentStatus("failed"))}, []string{}},
		"client":            {gigstack.ListPaymentsInput{ClientID: &old.Client.ID}, []string{link.ID, old.ID}},
		"currency":          {gigstack.ListPaymentsInput{Currency: new(gigstack.Currency("USD"))}, []string{recent.ID}},
		"e-mail":            {gigstack.ListPaymentsInput{Email: new("Mostrador@example.mx")}, []string{recent.ID}},
		"RFC":               {gigstack.ListPaymentsInput{TaxID: new(gigstack.RFC("XIA190128J61"))}, []string{link.ID, old.ID}},
		"since":             {gigstack.ListPaymentsInput{ListFilter: gigstack.ListFilter{CreatedGTE: new(gigstack.Since(recent.CreatedAt))}}, []string{link.ID, recent.ID}},
		"until":             {gigstack.ListPaymentsInput{ListFilter: gigstack.ListFilter{CreatedLTE: new(gigstack.Until(old.CreatedAt))}}, []string{old.ID}},
		"metadata":          {gigstack.ListPaymentsInput{ListFilter: gigstack.ListFilter{Metadata: gigstack.MetadataFilter{"pedido": "7"}}}, []string{old.ID}},
	} {
		t.Run(name, func(t *testing.T) {
			page, err := gigstack.ListPayments.Call(t.Context(), c, test.in)
			require.NoError(t, err)
			ids := []string{}
			for _, p := range page.Data {
				ids = append(ids, p.ID)
			}
			assert.Equal(t, test.want, ids)
		})
	}
	_, err = gigstack.ListPayments.Call(t.Context(), c, gigstack.ListPaymentsInput{Status: new(gigstack.PaymentStatus("paid"))})
	requireStatus(t, err, 400, "status")
}

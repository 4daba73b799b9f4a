package sandbox_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

func newReceipt(t *testing.T, c *gigstack.Caller, in gigstack.CreateReceiptInput) gigstack.Receipt {
	t.Helper()
	if in.Items == nil {
		in.Items = lines("1000")
	}
	r, err := gigstack.CreateReceipt.Call(t.Context(), c, in)
	require.NoError(t, err)
	return r
}

func readReceipt(t *testing.T, c *gigstack.Caller, id string) gigstack.Receipt {
	t.Helper()
	r, err := gigstack.GetReceipt.Call(t.Context(), c, gigstack.ReceiptRef{ID: id})
	require.NoError(t, err)
	return r
}

func TestReceiptPeriods(t *testing.T) {
	for period, days := range map[gigstack.ReceiptPeriod]int{"": 30, "day": 1, "week": 7, "two_weeks": 14, "month": 30, "two_months": 60} {
		t.Run(string(period), func(t *testing.T) {
			b := start(t, sandbox.Options{})
			c := b.client(t, sandbox.TeamKemper, false, "owner")
			in := gigstack.CreateReceiptInput{Client: walkIn()}
			if period != "" {
				in.Periodicity = &period
			}
			r := newReceipt(t, c, in)
			assert.Equal(t, "pending", r.Status)
			assert.Contains(t, r.URL, r.ID)
			assert.Equal(t, time.Duration(days)*24*time.Hour, r.ValidUntil.Time().Sub(r.CreatedAt.Time()))
			b.advance(time.Duration(days) * 24 * time.Hour)
			assert.Equal(t, "pending", readReceipt(t, c, r.ID).Status, "to the last second")
			b.advance(time.Second)
			assert.Equal(t, "expired", readReceipt(t, c, r.ID).Status)
			_, err := gigstack.StampReceipt.Call(t.Context(), c, gigstack.StampReceiptInput{ID: r.ID, StampTo: "general_public_national"})
			requireStatus(t, err, 409, "expired")
		})
	}
}

func TestReceiptAmounts(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	items := lines("1000")
	items[0].Taxes = append(items[0].Taxes, gigstack.TaxInput{Type: "ISR", Rate: gigstack.Dec("0.1"), Withholding: new(true)})
	items[0].Discount = new(gigstack.Dec("100"))
	r := newReceipt(t, c, gigstack.CreateReceiptInput{Client: xenon(), Items: items})
	amount(t, "1000", r.Subtotal)
	amount(t, "100", r.Discount)
	amount(t, "144", r.Taxes)
	amount(t, "90", r.WithholdingTaxes)
	amount(t, "954", r.Total)

	p := register(t, c, gigstack.RegisterPaymentInput{
		PaymentFields: gigstack.PaymentFields{Client: xenon(), Items: items}, AutomationType: "none", PaymentForm: "03",
	})
	amount(t, "54", p.Taxes)
	amount(t, "954", p.Total)
}

func TestCreateReceiptRefusals(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	for name, test := range map[string]struct {
		in     gigstack.CreateReceiptInput
		status int
		words  string
	}{
		"no lines":         {gigstack.CreateReceiptInput{Client: xenon()}, 400, "line"},
		"unknown period":   {gigstack.CreateReceiptInput{Client: xenon(), Items: lines("1"), Periodicity: new(gigstack.ReceiptPeriod("fortnight"))}, 400, "periodicity"},
		"unknown form":     {gigstack.CreateReceiptInput{Client: xenon(), Items: lines("1"), PaymentForm: new(gigstack.PaymentForm("07"))}, 400, "payment_form"},
		"dollars, no rate": {gigstack.CreateReceiptInput{Client: xenon(), Items: lines("1"), Currency: new(gigstack.Currency("USD"))}, 400, "exchange_rate"},
		"no client":        {gigstack.CreateReceiptInput{Items: lines("1")}, 400, "client"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gigstack.CreateReceipt.Call(t.Context(), c, test.in)
			requireStatus(t, err, test.status, test.words)
		})
	}
}

func TestStampReceipt(t *testing.T) {
	foreign := gigstack.FiscalInformation{
		LegalName: new("KARLA FUENTE NOLASCO"), TaxID: new(gigstack.RFC("FUNK671228PH6")), TaxSystem: new(gigstack.TaxSystem("612")), Zip: new("01030"),
	}
	for name, test := range map[string]struct {
		client         gigstack.ClientInput
		in             gigstack.StampReceiptInput
		taxID, name    string
		use, issuerZip string
	}{
		"client":            {xenon(), gigstack.StampReceiptInput{StampTo: "client"}, "XIA190128J61", "XENON INDUSTRIAL ARTICLES", "G03", "76343"},
		"general public":    {walkIn(), gigstack.StampReceiptInput{StampTo: "general_public_national"}, "XAXX010101000", "PUBLICO EN GENERAL", "S01", "42501"},
		"foreign public":    {walkIn(), gigstack.StampReceiptInput{StampTo: "general_public_foreign"}, "XEXX010101000", "PUBLICO EN GENERAL EXTRANJERO", "S01", "42501"},
		"other fiscal data": {walkIn(), gigstack.StampReceiptInput{StampTo: "client", FiscalInformation: &foreign}, "FUNK671228PH6", "KARLA FUENTE NOLASCO", "G03", "01030"},
		"repaired legal name": {misnamed(), gigstack.StampReceiptInput{StampTo: "client", FiscalInformation: &gigstack.FiscalInformation{LegalName: new("XENON INDUSTRIAL ARTICLES")}},
			"XIA190128J61", "XENON INDUSTRIAL ARTICLES", "G03", "76343"},
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t, sandbox.Options{})
			c := b.client(t, sandbox.TeamKemper, false, "editor")
			r := newReceipt(t, c, gigstack.CreateReceiptInput{Client: test.client, PaymentForm: new(gigstack.PaymentForm("04"))})
			yesterday := gigstack.MillisOf(r.CreatedAt.Time().Add(-24 * time.Hour))
			test.in.ID, test.in.Date = r.ID, &yesterday
			stamped, err := gigstack.StampReceipt.Call(t.Context(), c, test.in)
			require.NoError(t, err)
			assert.Equal(t, "completed", stamped.Status)
			require.Len(t, stamped.Invoices, 1)
			invoice := reread(t, c, stamped.Invoices[0])
			assert.Equal(t, "PUE", invoice.PaymentMethod)
			assert.Equal(t, "04", invoice.PaymentForm)
			assert.Equal(t, test.taxID, invoice.Client.TaxID)
			assert.Equal(t, test.name, invoice.Client.LegalName)
			assert.Equal(t, test.use, invoice.Use)
			assert.Equal(t, test.issuerZip, *invoice.Client.Address.Zip)
			assert.Equal(t, yesterday, invoice.Date)
			amount(t, "1160", invoice.Total)

			_, err = gigstack.StampReceipt.Call(t.Context(), c, test.in)
			requireStatus(t, err, 409, "completed")
			owner := b.client(t, sandbox.TeamKemper, false, "owner")
			_, err = gigstack.CancelReceipt.Call(t.Context(), owner, gigstack.ReceiptRef{ID: r.ID})
			requireStatus(t, err, 409, "cancel its invoice instead")
		})
	}
}

func TestStampReceiptRefusals(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	in := gigstack.StampReceiptInput{ID: newReceipt(t, c, gigstack.CreateReceiptInput{Client: misnamed()}).ID, StampTo: "client"}
	_, err := gigstack.StampReceipt.Call(t.Context(), c, in)
	requireStatus(t, err, 422, "")
	r := readReceipt(t, c, in.ID)
	assert.Equal(t, "pending", r.Status)
	assert.Contains(t, r.AutomaticInvoiceError, "CFDI401")

	in.StampTo = "nobody"
	_, err = gigstack.StampReceipt.Call(t.Context(), c, in)
	requireStatus(t, err, 400, "stamp_to")
	in.StampTo, in.Date = "general_public_national", new(gigstack.MillisOf(r.CreatedAt.Time().Add(-73*time.Hour)))
	_, err = gigstack.StampReceipt.Call(t.Context(), c, in)
	requireStatus(t, err, 422, "72 hours")
	in.Date = nil
	stamped, err := gigstack.StampReceipt.Call(t.Context(), c, in)
	require.NoError(t, err)
	assert.Empty(t, stamped.AutomaticInvoiceError, "a success clears it")

	_, err = gigstack.StampReceipt.Call(t.Context(), c, gigstack.StampReceiptInput{ID: "receipt_0", StampTo: "client"})
	requireStatus(t, err, 404, "receipt_0")
	other := b.client(t, sandbox.TeamKemper, true, "owner")
	_, err = gigstack.GetReceipt.Call(t.Context(), other, gigstack.ReceiptRef{ID: in.ID})
	requireStatus(t, err, 404, in.ID)
}

func TestReceiptOfAPaymentIsStamped(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	in := received("1000", "pue_invoice")
	in.Client = walkIn()
	p := register(t, c, in)
	b.advance(time.Second)
	p = readPayment(t, c, p.ID)
	require.Len(t, p.Receipts, 1)
	r, err := gigstack.StampReceipt.Call(t.Context(), c, gigstack.StampReceiptInput{ID: p.Receipts[0], StampTo: "general_public_national"})
	require.NoError(t, err)
	assert.Equal(t, r.Invoices, readPayment(t, c, p.ID).Invoices)
	assert.Equal(t, []string{p.ID}, reread(t, c, r.Invoices[0]).Payments)
}

func TestCancelReceipt(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	r := newReceipt(t, c, gigstack.CreateReceiptInput{Client: xenon()})
	canceled, err := gigstack.CancelReceipt.Call(t.Context(), c, gigstack.ReceiptRef{ID: r.ID})
	require.NoError(t, err)
	assert.Equal(t, gigstack.Canceled{ID: r.ID, Status: "canceled"}, canceled)
	_, err = gigstack.CancelReceipt.Call(t.Context(), c, gigstack.ReceiptRef{ID: r.ID})
	requireStatus(t, err, 409, "already")
	_, err = gigstack.StampReceipt.Call(t.Context(), c, gigstack.StampReceiptInput{ID: r.ID, StampTo: "client"})
	requireStatus(t, err, 409, "canceled")
	b.advance(100 * 24 * time.Hour)
	assert.Equal(t, "canceled", readReceipt(t, c, r.ID).Status, "canceled is final")
}

func TestReceiptIdempotency(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	in := gigstack.CreateReceiptInput{Client: xenon(), IdempotencyKey: new("venta-1")}
	first := newReceipt(t, c, in)
	in.Items = lines("5")
	assert.Equal(t, first, newReceipt(t, c, in))
	in.IdempotencyKey = new("venta-2")
	assert.NotEqual(t, first.ID, newReceipt(t, c, in).ID)
}

func TestReceiptFilters(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "owner")
	day := gigstack.ReceiptPeriod("day")
	expired := newReceipt(t, c, gigstack.CreateReceiptInput{Client: xenon(), Periodicity: &day})
	b.advance(25 * time.Hour)
	pending := newReceipt(t, c, gigstack.CreateReceiptInput{Client: xenon(), Metadata: gigstack.Metadata{"caja": "2"}})
	completed := newReceipt(t, c, gigstack.CreateReceiptInput{Client: walkIn()})
	_, err := gigstack.StampReceipt.Call(t.Context(), c, gigstack.StampReceiptInput{ID: completed.ID, StampTo: "general_public_national"})
	require.NoError(t, err)
	canceled := newReceipt(t, c, gigstack.CreateReceiptInput{Client: xenon()})
	_, err = gigstack.CancelReceipt.Call(t.Context(), c, gigstack.ReceiptRef{ID: canceled.ID})
	require.NoError(t, err)

	list := func(t *testing.T, in gigstack.ListReceiptsInput) (ids []string) {
		page, err := gigstack.ListReceipts.Call(t.Context(), c, in)
		require.NoError(t, err)
		for _, r := range page.Data {
			ids = append(ids, r.ID)
		}
		return ids
	}
	for status, want := range map[gigstack.ReceiptStatus]string{
		"pending": pending.ID, "open": pending.ID, "completed": completed.ID, "stamped": completed.ID, "invoiced": completed.ID,
		"expired": expired.ID, "canceled": canceled.ID, "cancelled": canceled.ID,
	} {
		t.Run(string(status), func(t *testing.T) {
			assert.Equal(t, []string{want}, list(t, gigstack.ListReceiptsInput{Status: &status}))
		})
	}
	assert.Equal(t, []string{canceled.ID, completed.ID, pending.ID, expired.ID}, list(t, gigstack.ListReceiptsInput{}))
	assert.Equal(t, []string{completed.ID}, list(t, gigstack.ListReceiptsInput{ClientID: &completed.Client.ID}))
	assert.Equal(t, []string{pending.ID}, list(t, gigstack.ListReceiptsInput{ListFilter: gigstack.ListFilter{Metadata: gigstack.MetadataFilter{"caja": "2"}}}))
	assert.Equal(t, []string{expired.ID}, list(t, gigstack.ListReceiptsInput{ListFilter: gigstack.ListFilter{CreatedLTE: new(gigstack.Until(expired.CreatedAt))}}))
	_, err = gigstack.ListReceipts.Call(t.Context(), c, gigstack.ListReceiptsInput{Status: new(gigstack.ReceiptStatus("lost"))})
	requireStatus(t, err, 400, "status")
}

func TestStampClientPendingReceipts(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "owner")
	mine := newReceipt(t, c, gigstack.CreateReceiptInput{Client: xenon()})
	clashing := gigstack.InvoiceConfigInput{Serie: new("Z"), Folio: new(7)}
	for range 2 {
		newReceipt(t, c, gigstack.CreateReceiptInput{Client: xenon(), InvoiceConfig: &clashing})
	}
	bystander := newReceipt(t, c, gigstack.CreateReceiptInput{Client: walkIn()})

	done, err := gigstack.StampClientPendingReceipts.Call(t.Context(), c, gigstack.ClientRef{ID: mine.Client.ID})
	require.NoError(t, err, "a partial failure is a success to HTTP")
	assert.Equal(t, [3]int{2, 1, 0}, [3]int{done.Stamped, done.Failed, done.Remaining})
	require.Len(t, done.Results, 3)
	assert.Equal(t, gigstack.StampedReceipt{ID: mine.ID, Status: "stamped"}, done.Results[0])
	assert.Equal(t, "failed", done.Results[2].Status)
	assert.Contains(t, done.Results[2].Error, "Folio Z 7")
	assert.Len(t, readReceipt(t, c, mine.ID).Invoices, 1)
	assert.Equal(t, "pending", readReceipt(t, c, bystander.ID).Status)

	refused, err := gigstack.StampClientPendingReceipts.Call(t.Context(), c, gigstack.ClientRef{ID: bystander.Client.ID})
	require.NoError(t, err)
	assert.Equal(t, [3]int{0, 1, 0}, [3]int{refused.Stamped, refused.Failed, refused.Remaining})
	assert.NotEmpty(t, readReceipt(t, c, bystander.ID).AutomaticInvoiceError)
	_, err = gigstack.StampClientPendingReceipts.Call(t.Context(), c, gigstack.ClientRef{ID: "client_0"})
	requireStatus(t, err, 404, "client_0")
}

func TestStampClientPendingReceiptsByTheHundred(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "owner")
	var client string
	for i := range 103 {
		client = newReceipt(t, c, gigstack.CreateReceiptInput{Client: xenon(), Items: lines(fmt.Sprint(1 + i))}).Client.ID
	}
	for _, want := range [][2]int{{100, 3}, {3, 0}, {0, 0}} {
		done, err := gigstack.StampClientPendingReceipts.Call(t.Context(), c, gigstack.ClientRef{ID: client})
		require.NoError(t, err)
		assert.Equal(t, want, [2]int{done.Stamped, done.Remaining})
	}
}

package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// receiver is a client by its RFC, created when it is new.
func receiver(rfc gigstack.RFC, legalName string, regime gigstack.TaxSystem, use gigstack.CFDIUse) gigstack.ClientInput {
	return gigstack.ClientInput{
		Search: &gigstack.ClientSearch{OnKey: "tax_id", OnValue: string(rfc), AutoCreate: new(true)},
		ClientFields: gigstack.ClientFields{
			LegalName: &legalName, TaxID: &rfc, TaxSystem: &regime, Use: &use, Email: new(strings.ToLower(string(rfc[:3])) + "@example.mx"),
			Address: &gigstack.Address{Zip: new("40501")},
		},
	}
}

func aCompany() gigstack.ClientInput {
	return receiver("H&E951128469", "HERRERIA & ELECTRICOS", "601", "G03")
}

// taxed is a line of that price with IVA of 16 %.
func taxed(price string) gigstack.ItemInput {
	return gigstack.ItemInput{
		Description: new("Consultoría"), UnitPrice: new(gigstack.Dec(price)), ProductKey: new(gigstack.ProductKey("80101500")),
		Taxes: []gigstack.TaxInput{{Type: "IVA", Rate: gigstack.Dec("0.16")}},
	}
}

// incomeOf is an income invoice of one line, with what edit makes of it.
func incomeOf(price string, edit ...func(*gigstack.CreateIncomeInvoiceInput)) gigstack.CreateIncomeInvoiceInput {
	in := gigstack.CreateIncomeInvoiceInput{InvoiceFields: gigstack.InvoiceFields{Client: aCompany(), Items: []gigstack.ItemInput{taxed(price)}, PaymentForm: "03"}}
	for _, e := range edit {
		e(&in)
	}
	return in
}

// ppd makes an income invoice one that is paid later.
func ppd(in *gigstack.CreateIncomeInvoiceInput) {
	in.PaymentMethod, in.PaymentForm = new(gigstack.PaymentMethod("PPD")), "99"
}

// egressOf is a credit note of one line on an income invoice.
func egressOf(price string, related ...string) gigstack.CreateEgressInvoiceInput {
	return gigstack.CreateEgressInvoiceInput{InvoiceFields: gigstack.InvoiceFields{
		Client: aCompany(), Items: []gigstack.ItemInput{taxed(price)}, PaymentForm: "03", InvoiceOptions: gigstack.InvoiceOptions{
			Use: new(gigstack.CFDIUse("G02")), RelatedDocuments: []gigstack.DocumentRelation{{Relationship: "01", Documents: related}},
		},
	}}
}

func issue(t *testing.T, c *gigstack.Caller, in gigstack.CreateIncomeInvoiceInput) gigstack.Invoice {
	t.Helper()
	v, err := gigstack.CreateIncomeInvoice.Call(t.Context(), c, in)
	require.NoError(t, err)
	return v
}

func reread(t *testing.T, c *gigstack.Caller, uuid string) gigstack.Invoice {
	t.Helper()
	v, err := gigstack.GetIncomeInvoice.Call(t.Context(), c, gigstack.InvoiceRef{ID: uuid})
	require.NoError(t, err)
	return v
}

// requireError checks a refusal by its status and by words of its message or of
// its details.
func requireError(t *testing.T, err error, status int, words string) {
	t.Helper()
	refused := failure(t, err, status)
	text := refused.Message
	for _, d := range refused.Details {
		text += " " + d.Field
	}
	require.Contains(t, text, words)
}

func TestIncomeInvoice(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "editor")
	created := issue(t, c, incomeOf("1000", func(in *gigstack.CreateIncomeInvoiceInput) {
		in.Items = append(in.Items, gigstack.ItemInput{Description: new("Libro"), Quantity: new(gigstack.Dec("3")), UnitPrice: new(gigstack.Dec("33.33")), Taxes: []gigstack.TaxInput{
			{Type: "IVA", Rate: gigstack.Dec("0.16")}, {Type: "ISR", Rate: gigstack.Dec("0.10"), Withholding: new(true)},
		}})
		in.SendEmail, in.Emails = new(true), []string{"pagos@example.com", "H&E@example.mx"}
		in.ReturnFilesURLs = new(true)
		in.PaymentConditions, in.Metadata = new("Contado"), gigstack.Metadata{"order": "77"}
	}))
	assert.Equal(t, "1099.99", created.Subtotal.String())
	assert.Equal(t, "176", created.Taxes.String())
	assert.Equal(t, "10", created.WithholdingTaxes.String())
	assert.Equal(t, "1265.99", created.Total.String())
	assert.Equal(t, "valid", created.Status)
	assert.Equal(t, "I", created.InvoiceType)
	assert.Equal(t, "PUE", created.PaymentMethod)
	assert.True(t, created.LastBalance.IsZero(), "PUE owes nothing")
	assert.Equal(t, "A", created.Series)
	assert.Equal(t, 1, created.FolioNumber)
	assert.Equal(t, "G03", created.Use)
	assert.Equal(t, []string{"h&e@example.mx", "pagos@example.com"}, created.Emails)
	assert.Equal(t, "ORGANICOS ÑAVEZ OSORIO", created.IssuerInfo.LegalName)
	assert.Contains(t, created.VerificationURL, created.UUID)
	require.NotNil(t, created.Files)

	read := reread(t, c, strings.ToLower(created.UUID))
	assert.Equal(t, created, read, "a UUID may be written in lower case")
	_, err := gigstack.GetEgressInvoice.Call(t.Context(), c, gigstack.InvoiceRef{ID: created.UUID})
	requireError(t, err, 404, "not found")
	live := b.client(t, sandbox.TeamStranger, true, "editor")
	_, err = gigstack.GetIncomeInvoice.Call(t.Context(), live, gigstack.InvoiceRef{ID: created.UUID})
	requireError(t, err, 404, "not found")
}

// Every refusal leaves the series without a gap.
func TestIncomeInvoiceRefusals(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "editor")
	now := time.Unix(0, b.clock.Load())
	public := receiver("XAXX010101000", "PUBLICO EN GENERAL", "616", "S01")
	period := func(periodicity gigstack.Periodicity, months gigstack.GlobalMonth, year int) func(*gigstack.CreateIncomeInvoiceInput) {
		return func(in *gigstack.CreateIncomeInvoiceInput) {
			in.Client, in.Global = public, &gigstack.GlobalPeriod{Periodicity: periodicity, Months: months, Year: year}
		}
	}
	related := func(code gigstack.Relationship, uuid string) func(*gigstack.CreateIncomeInvoiceInput) {
		return func(in *gigstack.CreateIncomeInvoiceInput) {
			in.RelatedDocuments = []gigstack.DocumentRelation{{Relationship: code, Documents: []string{uuid}}}
		}
	}
	const unknown = "12345678-1234-4234-8234-123456789012"
	for name, refusal := range map[string]struct {
		edit   func(*gigstack.CreateIncomeInvoiceInput)
		status int
		words  string
	}{
		"receiver without RFC": {func(in *gigstack.CreateIncomeInvoiceInput) {
			in.Client = gigstack.ClientInput{ClientFields: gigstack.ClientFields{Name: new("Ana")}}
		}, 400, "RFC"},
		"receiver with a wrong check digit": {func(in *gigstack.CreateIncomeInvoiceInput) {
			in.Client = receiver("EEJ920318M5A", "EMPRESA EJEMPLO", "601", "G03")
		}, 422, "CFDI40143"},
		"regime of the other kind of person": {func(in *gigstack.CreateIncomeInvoiceInput) {
			in.Client = receiver("FUNK671228PH6", "KARLA FUENTE NOLASCO", "601", "G03")
		}, 422, "CFDI40158"},
		"use that the regime forbids": {func(in *gigstack.CreateIncomeInvoiceInput) {
			in.Client = receiver("CACX7605101P8", "XOCHILT CASAS CHAVEZ", "605", "G03")
		}, 422, "CFDI40161"},
		"deduction for a company": {func(in *gigstack.CreateIncomeInvoiceInput) { in.Use = new(gigstack.CFDIUse("D01")) }, 422, "CFDI40161"},
		"use of complements":      {func(in *gigstack.CreateIncomeInvoiceInput) { in.Use = new(gigstack.CFDIUse("CP01")) }, 422, "CFDI40161"},
		"use that is gone":        {func(in *gigstack.CreateIncomeInvoiceInput) { in.Use = new(gigstack.CFDIUse("P01")) }, 422, "CFDI40160"},
		"PPD with a real form":    {func(in *gigstack.CreateIncomeInvoiceInput) { ppd(in); in.PaymentForm = "03" }, 422, "CFDI40105"},
		"unknown form":            {func(in *gigstack.CreateIncomeInvoiceInput) { in.PaymentForm = "07" }, 400, "payment form"},
		"unknown method":          {func(in *gigstack.CreateIncomeInvoiceInput) { in.PaymentMethod = new(gigstack.PaymentMethod("PPP")) }, 400, "PUE or PPD"},
		"dollars without a rate":  {func(in *gigstack.CreateIncomeInvoiceInput) { in.Currency = new(gigstack.Currency("USD")) }, 422, "CFDI40115"},
		"pesos with a rate":       {func(in *gigstack.CreateIncomeInvoiceInput) { in.ExchangeRate = new(gigstack.Dec("18")) }, 422, "CFDI40114"},
		"no currency at all":      {func(in *gigstack.CreateIncomeInvoiceInput) { in.Currency = new(gigstack.Currency("XXX")) }, 400, "currency"},
		"tomorrow":                {func(in *gigstack.CreateIncomeInvoiceInput) { in.Date = new(gigstack.MillisOf(now.Add(time.Hour))) }, 422, "72 hours"},
		"last week": {func(in *gigstack.CreateIncomeInvoiceInput) {
			in.Date = new(gigstack.MillisOf(now.Add(-73 * time.Hour)))
		}, 422, "72 hours"},
		"public without a period": {func(in *gigstack.CreateIncomeInvoiceInput) { in.Client = public }, 422, "CFDI40130"},
		"period without the public": {func(in *gigstack.CreateIncomeInvoiceInput) {
			in.Global = &gigstack.GlobalPeriod{Periodicity: "04", Months: "11", Year: 2026}
		}, 422, "CFDI40146"},
		"unknown periodicity":        {period("06", "11", 2026), 422, "CFDI40131"},
		"bimonthly by regime 601":    {period("05", "18", 2026), 422, "CFDI40132"},
		"month 19":                   {period("04", "19", 2026), 422, "CFDI40133"},
		"two months with monthly":    {period("04", "13", 2026), 422, "CFDI40134"},
		"year before last":           {period("04", "11", 2024), 422, "CFDI40136"},
		"relation 08":                {related("08", unknown), 422, "CFDI40137"},
		"credit note that is income": {related("01", unknown), 400, "relation 01"},
		"relation to no UUID":        {related("04", "invoice_1"), 400, "no UUID"},
		"no lines":                   {func(in *gigstack.CreateIncomeInvoiceInput) { in.Items = nil }, 400, "line"},
		"series too long":            {func(in *gigstack.CreateIncomeInvoiceInput) { in.Series = new(strings.Repeat("A", 26)) }, 400, "25"},
		"addenda that is not XML":    {func(in *gigstack.CreateIncomeInvoiceInput) { in.Addenda = new("<a>") }, 400, "well-formed"},
		"recipient that is none":     {func(in *gigstack.CreateIncomeInvoiceInput) { in.Emails = []string{"nobody"} }, 400, "e-mail"},
		"export without complement":  {func(in *gigstack.CreateIncomeInvoiceInput) { in.Exports = new(gigstack.ExportCode("02")) }, 422, "CFDI40122"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gigstack.CreateIncomeInvoice.Call(t.Context(), c, incomeOf("100", refusal.edit))
			requireError(t, err, refusal.status, refusal.words)
		})
	}
	assert.Equal(t, 1, issue(t, c, incomeOf("100")).FolioNumber)
}

func TestGlobalInvoice(t *testing.T) {
	c := start(t, sandbox.Options{}).client(t, sandbox.TeamStranger, false, "editor")
	v := issue(t, c, incomeOf("100", func(in *gigstack.CreateIncomeInvoiceInput) {
		in.Client = receiver("XAXX010101000", "PUBLICO EN GENERAL", "616", "S01")
		in.Global = &gigstack.GlobalPeriod{Periodicity: "04", Months: "11", Year: 2026}
	}))
	assert.Equal(t, &gigstack.GlobalPeriod{Periodicity: "04", Months: "11", Year: 2026}, v.Global)
	named := issue(t, c, incomeOf("100", func(in *gigstack.CreateIncomeInvoiceInput) {
		in.Client = gigstack.ClientInput{ClientFields: receiver("XAXX010101000", "JUAN PEREZ", "616", "S01").ClientFields}
	}))
	assert.Nil(t, named.Global, "the generic RFC under a name is an ordinary invoice")
}

func TestForm99WithPUEWarns(t *testing.T) {
	c := start(t, sandbox.Options{}).client(t, sandbox.TeamStranger, false, "editor")
	reply, err := gigstack.CreateIncomeInvoice.Invoke(t.Context(), c, []byte(`{"payment_form":"99","client":{"name":"Ana","legal_name":"KARLA FUENTE NOLASCO",
		"tax_id":"FUNK671228PH6","tax_system":"612","address":{"zip":"01160"}},"items":[{"description":"Curso","unit_price":10,"taxability":"01"}]}`))
	require.NoError(t, err)
	assert.Contains(t, reply.Message, "99 does not belong to PUE")
}

func TestFolios(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "editor")
	series := func(name string, folio *int) func(*gigstack.CreateIncomeInvoiceInput) {
		return func(in *gigstack.CreateIncomeInvoiceInput) { in.Series, in.FolioNumber = &name, folio }
	}
	var folios []int
	for _, edit := range []func(*gigstack.CreateIncomeInvoiceInput){series("A", nil), series("B", nil), series("A", nil), series("B", new(40)), series("B", nil)} {
		folios = append(folios, issue(t, c, incomeOf("100", edit)).FolioNumber)
	}
	assert.Equal(t, []int{1, 1, 2, 40, 41}, folios)
	_, err := gigstack.CreateIncomeInvoice.Call(t.Context(), c, incomeOf("100", series("B", new(40))))
	requireError(t, err, 409, "is taken")
	live := b.client(t, sandbox.TeamStranger, true, "editor")
	assert.Equal(t, 1, issue(t, live, incomeOf("100", series("B", nil))).FolioNumber, "test and live count apart")
}

func TestInvoiceIdempotency(t *testing.T) {
	c := start(t, sandbox.Options{}).client(t, sandbox.TeamStranger, false, "editor")
	key := func(in *gigstack.CreateIncomeInvoiceInput) { in.IdempotencyKey = new("order-1") }
	first := issue(t, c, incomeOf("100", key))
	again := issue(t, c, incomeOf("999", key, func(in *gigstack.CreateIncomeInvoiceInput) { in.PaymentForm = "no form" }))
	assert.Equal(t, first, again, "also with another body")
	credit := egressOf("10", first.UUID)
	credit.IdempotencyKey = new("order-1")
	note, err := gigstack.CreateEgressInvoice.Call(t.Context(), c, credit)
	require.NoError(t, err)
	assert.NotEqual(t, first.UUID, note.UUID, "each type has its keys")
	assert.NotEqual(t, first.UUID, issue(t, c, incomeOf("100")).UUID)
}

func TestListInvoices(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "admin")
	first := issue(t, c, incomeOf("100", func(in *gigstack.CreateIncomeInvoiceInput) { in.Metadata = gigstack.Metadata{"order": "1"} }))
	b.advance(48 * time.Hour)
	second := issue(t, c, incomeOf("200", func(in *gigstack.CreateIncomeInvoiceInput) {
		in.Series, in.Client = new("B"), receiver("FUNK671228PH6", "KARLA FUENTE NOLASCO", "612", "G03")
	}))
	third := issue(t, c, incomeOf("300"))
	_, err := gigstack.CreateEgressInvoice.Call(t.Context(), c, egressOf("10", third.UUID))
	require.NoError(t, err)
	_, err = gigstack.CancelInvoice.Call(t.Context(), c, gigstack.CancelInvoiceInput{ID: second.UUID, Motive: "02"})
	require.NoError(t, err)

	for name, list := range map[string]struct {
		in   gigstack.ListInvoicesInput
		want []string
	}{
		"newest first": {gigstack.ListInvoicesInput{}, []string{third.UUID, second.UUID, first.UUID}},
		"valid":        {gigstack.ListInvoicesInput{Status: new(gigstack.InvoiceStatus("valid"))}, []string{third.UUID, first.UUID}},
		"canceled":     {gigstack.ListInvoicesInput{Status: new(gigstack.InvoiceStatus("canceled"))}, []string{second.UUID}},
		"stamped":      {gigstack.ListInvoicesInput{Status: new(gigstack.InvoiceStatus("stamped"))}, []string{third.UUID, first.UUID}},
		"cancelled":    {gigstack.ListInvoicesInput{Status: new(gigstack.InvoiceStatus("cancelled"))}, []string{second.UUID}},
		"client":       {gigstack.ListInvoicesInput{ClientID: &second.Client.ID}, []string{second.UUID}},
		"series":       {gigstack.ListInvoicesInput{Series: new("B")}, []string{second.UUID}},
		"until":        {gigstack.ListInvoicesInput{ListFilter: gigstack.ListFilter{CreatedLTE: new(gigstack.Until(first.CreatedAt))}}, []string{first.UUID}},
		"metadata":     {gigstack.ListInvoicesInput{ListFilter: gigstack.ListFilter{Metadata: gigstack.MetadataFilter{"order": "1"}}}, []string{first.UUID}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for v, err := range gigstack.Each(t.Context(), c, gigstack.ListIncomeInvoices, list.in) {
				require.NoError(t, err)
				got = append(got, v.UUID)
			}
			assert.Equal(t, list.want, got)
		})
	}
	_, err = gigstack.ListIncomeInvoices.Call(t.Context(), c, gigstack.ListInvoicesInput{Status: new(gigstack.InvoiceStatus("paid"))})
	requireError(t, err, 400, "status")
	notes, err := gigstack.ListEgressInvoices.Call(t.Context(), c, gigstack.ListInvoicesInput{})
	require.NoError(t, err)
	require.Len(t, notes.Data, 1)
	assert.Equal(t, "NC", notes.Data[0].Series)
}

func TestEgressInvoice(t *testing.T) {
	c := start(t, sandbox.Options{}).client(t, sandbox.TeamStranger, false, "admin")
	a, z := issue(t, c, incomeOf("1000", ppd)), issue(t, c, incomeOf("500", ppd))
	assert.Equal(t, "1160", a.LastBalance.String())
	note, err := gigstack.CreateEgressInvoice.Call(t.Context(), c, egressOf("1200", a.UUID, z.UUID))
	require.NoError(t, err)
	assert.Equal(t, "E", note.InvoiceType)
	assert.Equal(t, []string{a.UUID, z.UUID}, note.Invoices)
	assert.Equal(t, "0", reread(t, c, a.UUID).LastBalance.String(), "the first is used up")
	assert.Equal(t, "348", reread(t, c, z.UUID).LastBalance.String(), "and the rest goes to the next")
	assert.Equal(t, []string{note.UUID}, reread(t, c, a.UUID).Invoices)

	_, err = gigstack.CancelInvoice.Call(t.Context(), c, gigstack.CancelInvoiceInput{ID: note.UUID, Motive: "02"})
	require.NoError(t, err)
	assert.Equal(t, "1160", reread(t, c, a.UUID).LastBalance.String(), "owed again")
	assert.Equal(t, "580", reread(t, c, z.UUID).LastBalance.String())

	second, err := gigstack.CreateEgressInvoice.Call(t.Context(), c, egressOf("10", note.UUID))
	requireError(t, err, 400, "which is of type E")
	assert.Empty(t, second.UUID)
	paid := issue(t, c, incomeOf("100"))
	_, err = gigstack.CreateEgressInvoice.Call(t.Context(), c, egressOf("10", paid.UUID))
	require.NoError(t, err)
	assert.True(t, reread(t, c, paid.UUID).LastBalance.IsZero(), "PUE has no balance to lower")
}

func TestForeignInvoice(t *testing.T) {
	c := start(t, sandbox.Options{}).client(t, sandbox.TeamStranger, false, "admin")
	v := issue(t, c, incomeOf("100", func(in *gigstack.CreateIncomeInvoiceInput) {
		in.Currency, in.ExchangeRate = new(gigstack.Currency("USD")), new(gigstack.Dec("18.4215"))
	}))
	assert.Equal(t, "USD", v.Currency)
	assert.Equal(t, "18.4215", v.ExchangeRate.String())
	assert.Equal(t, "116", v.Total.String())
}

// The series and its last folio are the team's, and a new series joins them.
func TestFoliosAreTheTeams(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, true, "owner")
	counters := func() map[string]int {
		series, err := gigstack.ListTeamSeries.Call(t.Context(), c, gigstack.TeamRef{ID: sandbox.TeamKemper})
		require.NoError(t, err)
		live := map[string]int{}
		for _, s := range series.Data {
			live[s.Series] = s.Live
		}
		return live
	}
	before := counters()
	v := issue(t, c, incomeOf("100"))
	assert.Equal(t, before["A"]+1, v.FolioNumber)
	assert.Equal(t, 1, issue(t, c, incomeOf("100", func(in *gigstack.CreateIncomeInvoiceInput) { in.Series = new("WEB") })).FolioNumber)
	_, err := gigstack.UpdateTeamSeries.Call(t.Context(), c, gigstack.UpdateTeamSeriesInput{ID: sandbox.TeamKemper, SeriesID: "A", Live: new(before["A"])})
	require.NoError(t, err)
	assert.Equal(t, v.FolioNumber+1, issue(t, c, incomeOf("100")).FolioNumber, "a counter set back repeats no folio")
	after := counters()
	assert.Equal(t, before["A"]+2, after["A"])
	assert.Equal(t, 1, after["WEB"])
}

func TestNoCertificateNoInvoice(t *testing.T) {
	b := start(t, sandbox.Options{})
	_, err := gigstack.CreateIncomeInvoice.Call(t.Context(), b.client(t, sandbox.TeamNueva, false, "owner"), incomeOf("100"))
	requireError(t, err, 422, "onboarding")
	b.advance(1300 * day)
	_, err = gigstack.CreateIncomeInvoice.Call(t.Context(), b.client(t, sandbox.TeamStranger, false, "owner"), incomeOf("100"))
	requireError(t, err, 422, "expired")
}

// What else an invoice is asked to create comes a moment later.
func TestInvoiceWithPayment(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "admin")
	v := issue(t, c, incomeOf("100", func(in *gigstack.CreateIncomeInvoiceInput) {
		in.AutomationType = new(gigstack.InvoiceAutomation("payment"))
	}))
	assert.Empty(t, v.Payments)
	b.advance(time.Second)
	v = reread(t, c, v.UUID)
	require.Len(t, v.Payments, 1)
	payment, err := gigstack.GetPayment.Call(t.Context(), c, gigstack.PaymentRef{ID: v.Payments[0]})
	require.NoError(t, err)
	assert.Equal(t, []string{v.UUID}, payment.Invoices)
	assert.Equal(t, "116", payment.Total.String())
}

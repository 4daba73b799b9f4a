package sandbox_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// draftOf is a draft of one line that lacks nothing, with what edit makes of it.
func draftOf(price string, edit ...func(*gigstack.CreateDraftInput)) gigstack.CreateDraftInput {
	in := gigstack.CreateDraftInput{InvoiceType: "I", DraftFields: gigstack.DraftFields{
		Client: new(aCompany()), Items: []gigstack.ItemInput{taxed(price)}, PaymentForm: new(gigstack.PaymentForm("03")),
	}}
	for _, e := range edit {
		e(&in)
	}
	return in
}

func drafted(t *testing.T, c *gigstack.Caller, in gigstack.CreateDraftInput) gigstack.Draft {
	t.Helper()
	v, err := gigstack.CreateDraftInvoice.Call(t.Context(), c, in)
	require.NoError(t, err)
	return v
}

func stampDraft(t *testing.T, c *gigstack.Caller, id string) (gigstack.Invoice, error) {
	t.Helper()
	return gigstack.StampDraftInvoice.Call(t.Context(), c, gigstack.DraftRef{ID: id})
}

// A draft grows member by member and is stamped once, as it stands then.
func TestDraftBecomesAnInvoice(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "editor")
	first := issue(t, c, incomeOf("10"))
	d := drafted(t, c, gigstack.CreateDraftInput{InvoiceType: "I"})
	assert.NotContains(t, d.ID, "_", "an id without prefix")
	assert.True(t, d.IsDraft)
	assert.Equal(t, "draft", d.Status)
	assert.True(t, d.Total.IsZero())

	b.advance(time.Minute)
	whole := draftOf("1000", func(in *gigstack.CreateDraftInput) {
		in.PaymentMethod, in.PaymentForm = new(gigstack.PaymentMethod("PPD")), new(gigstack.PaymentForm("99"))
		in.Metadata, in.PaymentConditions = gigstack.Metadata{"order": "7"}, new("30 días")
	})
	_, err := gigstack.UpdateDraftInvoice.Call(t.Context(), c, gigstack.UpdateDraftInput{ID: d.ID, DraftFields: whole.DraftFields})
	require.NoError(t, err)
	d, err = gigstack.UpdateDraftInvoice.Call(t.Context(), c, gigstack.UpdateDraftInput{ID: d.ID, DraftFields: gigstack.DraftFields{
		InvoiceOptions: gigstack.InvoiceOptions{Metadata: gigstack.Metadata{"project": "x"}, FolioNumber: new(77)},
	}})
	require.NoError(t, err)
	assert.Equal(t, "1160", d.Total.String(), "what is left out stays")
	assert.Equal(t, gigstack.Metadata{"project": "x"}, d.Metadata, "a member is replaced as a whole")
	assert.Zero(t, d.FolioNumber)
	assert.Equal(t, time.Minute, d.UpdatedAt.Time().Sub(d.CreatedAt.Time()))
	read, err := gigstack.GetDraftInvoice.Call(t.Context(), c, gigstack.DraftRef{ID: d.ID})
	require.NoError(t, err)
	assert.Equal(t, d, read)

	v, err := stampDraft(t, c, d.ID)
	require.NoError(t, err)
	assert.Equal(t, reread(t, c, v.UUID).Total, d.Total)
	assert.Equal(t, "1160", v.LastBalance.String(), "PPD")
	assert.Equal(t, 77, v.FolioNumber)
	assert.Equal(t, "30 días", v.PaymentConditions)
	assert.NotEqual(t, first.UUID, v.UUID)

	_, err = stampDraft(t, c, d.ID)
	requireError(t, err, 409, v.UUID)
	_, err = gigstack.UpdateDraftInvoice.Call(t.Context(), c, gigstack.UpdateDraftInput{ID: d.ID, DraftFields: whole.DraftFields})
	requireError(t, err, 409, v.UUID)
	_, err = gigstack.GetDraftInvoice.Call(t.Context(), c, gigstack.DraftRef{ID: d.ID})
	requireError(t, err, 404, "not found")
	list, err := gigstack.ListDraftInvoices.Call(t.Context(), c, gigstack.ListDraftsInput{})
	require.NoError(t, err)
	assert.Empty(t, list.Data)
}

// A draft is stamped for the client as it is by then, at the prices it shows.
func TestDraftKeepsItsPrices(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "editor")
	service, err := gigstack.CreateService.Call(t.Context(), c, gigstack.CreateServiceInput{
		Description: "Curso", UnitPrice: gigstack.Dec("100"), Taxes: taxed("100").Taxes,
	})
	require.NoError(t, err)
	d := drafted(t, c, draftOf("1", func(in *gigstack.CreateDraftInput) { in.Items = []gigstack.ItemInput{{ID: &service.ID}} }))
	_, err = gigstack.UpdateService.Call(t.Context(), c, gigstack.UpdateServiceInput{ID: service.ID, UnitPrice: new(gigstack.Dec("900"))})
	require.NoError(t, err)
	_, err = gigstack.UpdateClient.Call(t.Context(), c, gigstack.UpdateClientInput{ID: d.Client.ID, ClientFields: gigstack.ClientFields{Email: new("nuevo@example.mx")}})
	require.NoError(t, err)
	v, err := stampDraft(t, c, d.ID)
	require.NoError(t, err)
	assert.Equal(t, "100", v.Subtotal.String())
	assert.Equal(t, "nuevo@example.mx", v.Client.Email)
}

// A draft that is refused is still a draft and has cost no folio.
func TestDraftsThatAreNotStamped(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "editor")
	for name, refusal := range map[string]struct {
		edit   func(*gigstack.CreateDraftInput)
		status int
		words  string
	}{
		"only its type": {func(in *gigstack.CreateDraftInput) { in.DraftFields = gigstack.DraftFields{} }, 400, "lacks client, items, payment_form"},
		"no client":     {func(in *gigstack.CreateDraftInput) { in.Client = nil }, 400, "lacks client"},
		"receiver without RFC": {func(in *gigstack.CreateDraftInput) {
			in.Client = &gigstack.ClientInput{ClientFields: gigstack.ClientFields{Name: new("Ana")}}
		}, 400, "RFC"},
		"PPD with a real form": {func(in *gigstack.CreateDraftInput) { in.PaymentMethod = new(gigstack.PaymentMethod("PPD")) }, 422, "CFDI40105"},
		"egress by PPD": {func(in *gigstack.CreateDraftInput) {
			in.InvoiceType, in.PaymentMethod, in.Use = "E", new(gigstack.PaymentMethod("PPD")), new(gigstack.CFDIUse("G02"))
		}, 400, "PUE"},
		"too old":    {func(in *gigstack.CreateDraftInput) { in.Date = new(gigstack.Millis(1)) }, 422, "72 hours"},
		"complement": {func(in *gigstack.CreateDraftInput) { in.InvoiceType = "P" }, 422, "type P"},
		"transfer":   {func(in *gigstack.CreateDraftInput) { in.InvoiceType = "T" }, 422, "type T"},
	} {
		t.Run(name, func(t *testing.T) {
			d := drafted(t, c, draftOf("100", refusal.edit))
			_, err := stampDraft(t, c, d.ID)
			requireError(t, err, refusal.status, refusal.words)
			_, err = gigstack.GetDraftInvoice.Call(t.Context(), c, gigstack.DraftRef{ID: d.ID})
			require.NoError(t, err)
		})
	}
	note, err := stampDraft(t, c, drafted(t, c, draftOf("100", func(in *gigstack.CreateDraftInput) {
		in.InvoiceType, in.Use = "E", new(gigstack.CFDIUse("G02"))
	})).ID)
	require.NoError(t, err)
	assert.Equal(t, []any{"E", "NC", 1}, []any{note.InvoiceType, note.Series, note.FolioNumber})
	v, err := stampDraft(t, c, drafted(t, c, draftOf("100")).ID)
	require.NoError(t, err)
	assert.Equal(t, []any{"I", "A", 1}, []any{v.InvoiceType, v.Series, v.FolioNumber})
}

func TestDraftRefusals(t *testing.T) {
	c := start(t, sandbox.Options{}).client(t, sandbox.TeamStranger, false, "editor")
	for name, refusal := range map[string]struct {
		edit  func(*gigstack.CreateDraftInput)
		words string
	}{
		"type":           {func(in *gigstack.CreateDraftInput) { in.InvoiceType = "N" }, "invoice_type"},
		"method":         {func(in *gigstack.CreateDraftInput) { in.PaymentMethod = new(gigstack.PaymentMethod("PPP")) }, "payment_method"},
		"form":           {func(in *gigstack.CreateDraftInput) { in.PaymentForm = new(gigstack.PaymentForm("07")) }, "payment_form"},
		"addenda":        {func(in *gigstack.CreateDraftInput) { in.Addenda = new("<a>") }, "well-formed"},
		"line of no use": {func(in *gigstack.CreateDraftInput) { in.Items = []gigstack.ItemInput{{}} }, "description"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gigstack.CreateDraftInvoice.Call(t.Context(), c, draftOf("100", refusal.edit))
			requireError(t, err, 400, refusal.words)
		})
	}
	d := drafted(t, c, draftOf("100"))
	_, err := gigstack.UpdateDraftInvoice.Call(t.Context(), c, gigstack.UpdateDraftInput{ID: d.ID})
	requireError(t, err, 400, "at least one field")
	_, err = gigstack.UpdateDraftInvoice.Call(t.Context(), c, gigstack.UpdateDraftInput{ID: d.ID, DraftFields: gigstack.DraftFields{
		Items: []gigstack.ItemInput{taxed("5")}, Client: &gigstack.ClientInput{ID: new("client_none")},
	}})
	requireError(t, err, 404, "client_none")
	read, err := gigstack.GetDraftInvoice.Call(t.Context(), c, gigstack.DraftRef{ID: d.ID})
	require.NoError(t, err)
	assert.Equal(t, d, read, "a refused change changes nothing")
}

// A repeated key answers the first draft, and refuses once that was stamped.
func TestDraftIdempotency(t *testing.T) {
	c := start(t, sandbox.Options{}).client(t, sandbox.TeamStranger, false, "editor")
	key := func(in *gigstack.CreateDraftInput) { in.IdempotencyKey = new("order-1") }
	d := drafted(t, c, draftOf("100", key))
	assert.Equal(t, d, drafted(t, c, draftOf("999", key)))
	v, err := stampDraft(t, c, d.ID)
	require.NoError(t, err)
	_, err = gigstack.CreateDraftInvoice.Call(t.Context(), c, draftOf("100", key))
	requireError(t, err, 409, v.UUID)
	assert.Equal(t, v.UUID, issue(t, c, incomeOf("5", func(in *gigstack.CreateIncomeInvoiceInput) { in.IdempotencyKey = new("order-1") })).UUID)
}

// A preview is kept with the draft until the draft changes.
func TestDraftPreview(t *testing.T) {
	c := start(t, sandbox.Options{}).client(t, sandbox.TeamStranger, false, "admin")
	d := drafted(t, c, draftOf("1000"))
	preview, err := gigstack.PreviewDraftInvoice.Call(t.Context(), c, gigstack.DraftRef{ID: d.ID})
	require.NoError(t, err)
	pdf, err := base64.StdEncoding.DecodeString(string(preview.PDF))
	require.NoError(t, err)
	requirePDF(t, pdf)
	for _, words := range []string{"Sin Validez Fiscal", "Consultor\xeda", "1160.00", "sin timbrar", "HERRERIA & ELECTRICOS"} {
		assert.Contains(t, string(pdf), words)
	}
	read := func() gigstack.Draft {
		v, err := gigstack.GetDraftInvoice.Call(t.Context(), c, gigstack.DraftRef{ID: d.ID})
		require.NoError(t, err)
		return v
	}
	assert.Equal(t, preview.PDF, read().PreviewPDF)
	_, err = gigstack.UpdateDraftInvoice.Call(t.Context(), c, gigstack.UpdateDraftInput{ID: d.ID, DraftFields: gigstack.DraftFields{Items: []gigstack.ItemInput{taxed("5")}}})
	require.NoError(t, err)
	assert.Empty(t, read().PreviewPDF, "it would show what is no longer so")

	empty := drafted(t, c, gigstack.CreateDraftInput{InvoiceType: "T"})
	_, err = gigstack.PreviewDraftInvoice.Call(t.Context(), c, gigstack.DraftRef{ID: empty.ID})
	require.NoError(t, err, "also of one that lacks everything")
	_, err = gigstack.DeleteDraftInvoice.Call(t.Context(), c, gigstack.DraftRef{ID: d.ID})
	require.NoError(t, err)
	_, err = gigstack.PreviewDraftInvoice.Call(t.Context(), c, gigstack.DraftRef{ID: d.ID})
	requireError(t, err, 404, "not found")
	_, err = gigstack.DeleteDraftInvoice.Call(t.Context(), c, gigstack.DraftRef{ID: d.ID})
	requireError(t, err, 404, "not found")
}

// Drafts are listed newest first, by client and metadata, and never across teams
// or modes.
func TestListDrafts(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "viewer")
	list := func(in gigstack.ListDraftsInput) (ids []string) {
		for v, err := range gigstack.Each(t.Context(), c, gigstack.ListDraftInvoices, in) {
			require.NoError(t, err)
			ids = append(ids, v.ID)
		}
		return ids
	}
	seeded := []string{"c3906d52be48f1a7e92d", "5b1d9c4ea07f3826d4c1", "8e20f7a36cd94b15f70a"}
	assert.Equal(t, seeded, list(gigstack.ListDraftsInput{Paging: gigstack.Paging{Limit: new(1)}}))
	ready, err := gigstack.GetDraftInvoice.Call(t.Context(), c, gigstack.DraftRef{ID: seeded[1]})
	require.NoError(t, err)
	assert.Equal(t, seeded[1:2], list(gigstack.ListDraftsInput{ClientID: &ready.Client.ID}))
	assert.Equal(t, seeded, list(gigstack.ListDraftsInput{ListFilter: gigstack.ListFilter{Metadata: gigstack.MetadataFilter{"origin": "demo"}}}))
	assert.Empty(t, list(gigstack.ListDraftsInput{ListFilter: gigstack.ListFilter{CreatedLTE: new(gigstack.Until(1))}}))
	for _, other := range []*gigstack.Caller{b.client(t, sandbox.TeamKemper, true, "owner"), b.client(t, sandbox.TeamXenon, false, "owner")} {
		_, err := stampDraft(t, other, seeded[1])
		requireError(t, err, 404, "not found")
	}
	_, err = stampDraft(t, c, seeded[1])
	failure(t, err, 403)
	owner := b.client(t, sandbox.TeamKemper, false, "owner")
	_, err = stampDraft(t, owner, seeded[2])
	require.NoError(t, err)
	_, err = stampDraft(t, owner, seeded[0])
	requireError(t, err, 400, "lacks client, payment_form")
}

package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// mirror is everything in the mirror that a filter lets through.
func mirror(t *testing.T, c *gigstack.Caller, in gigstack.ListSATInvoicesInput) (all []gigstack.SATInvoice) {
	t.Helper()
	for v, err := range gigstack.Each(t.Context(), c, gigstack.ListSATInvoices, in) {
		require.NoError(t, err)
		all = append(all, v)
	}
	return all
}

// inState is a received CFDI whose XML is in a state; why is part of its error.
func inState(t *testing.T, c *gigstack.Caller, state, why string) gigstack.SATInvoice {
	t.Helper()
	for _, v := range mirror(t, c, gigstack.ListSATInvoicesInput{Direction: new(gigstack.SATDirection("received"))}) {
		if v.ResourceStatus == state && strings.Contains(v.XMLError, why) {
			return v
		}
	}
	require.Fail(t, "nothing in the mirror is "+state+" "+why)
	return gigstack.SATInvoice{}
}

func ref(v gigstack.SATInvoice) gigstack.SATInvoiceRef { return gigstack.SATInvoiceRef{UUID: v.UUID} }

// The mirror holds what the team stamped and what others stamped for it.
func TestMirrorHoldsBothSides(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "viewer")
	own := map[string]gigstack.Invoice{}
	for _, list := range []gigstack.Endpoint[gigstack.ListInvoicesInput, gigstack.Page[gigstack.Invoice]]{gigstack.ListIncomeInvoices, gigstack.ListEgressInvoices} {
		for v, err := range gigstack.Each(t.Context(), c, list, gigstack.ListInvoicesInput{}) {
			require.NoError(t, err)
			own[v.UUID] = v
		}
	}
	types, last := map[string]int{}, "9999"
	for _, v := range mirror(t, c, gigstack.ListSATInvoicesInput{RecordPaging: gigstack.RecordPaging{Paging: gigstack.Paging{Limit: new(7)}}}) {
		assert.LessOrEqual(t, v.IssueDate, last, "newest first")
		last = v.IssueDate
		types[v.Direction+" "+v.InvoiceType]++
		if v.Direction == "received" {
			assert.Equal(t, kemperRFC, v.Receiver.RFC)
			assert.NotContains(t, own, v.UUID)
			continue
		}
		assert.Equal(t, kemperRFC, v.Issuer.RFC)
		if v.InvoiceType != "P" {
			require.Contains(t, own, v.UUID)
			assert.Equal(t, own[v.UUID].Total.String(), v.Total.String())
			assert.Equal(t, map[bool]string{true: "Cancelado", false: "Vigente"}[own[v.UUID].Status == "canceled"], v.Status)
			assert.Equal(t, v.Status == "Cancelado", v.CancellationDate != "")
		}
	}
	assert.Equal(t, len(own), types["issued I"]+types["issued E"])
	assert.Positive(t, types["issued P"])
	assert.Equal(t, 9, types["received I"])
	assert.Equal(t, 1, types["received E"])
}

func TestMirrorFilters(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "viewer")
	all := mirror(t, c, gigstack.ListSATInvoicesInput{})
	middle := all[len(all)/2]
	day := gigstack.Day(middle.IssueDate[:10])
	for name, f := range map[string]struct {
		in   gigstack.ListSATInvoicesInput
		fits func(gigstack.SATInvoice) bool
	}{
		"from":      {gigstack.ListSATInvoicesInput{FirstDay: &day}, func(v gigstack.SATInvoice) bool { return v.IssueDate[:10] >= string(day) }},
		"to":        {gigstack.ListSATInvoicesInput{LastDay: &day}, func(v gigstack.SATInvoice) bool { return v.IssueDate[:10] <= string(day) }},
		"direction": {gigstack.ListSATInvoicesInput{Direction: new(gigstack.SATDirection("issued"))}, func(v gigstack.SATInvoice) bool { return v.Direction == "issued" }},
		"status":    {gigstack.ListSATInvoicesInput{Status: new(gigstack.VoucherStatus("Cancelado"))}, func(v gigstack.SATInvoice) bool { return v.Status == "Cancelado" }},
		"type":      {gigstack.ListSATInvoicesInput{InvoiceType: new(gigstack.VoucherType("P"))}, func(v gigstack.SATInvoice) bool { return v.InvoiceType == "P" }},
		"issuer":    {gigstack.ListSATInvoicesInput{IssuerRFC: new(gigstack.RFC("IXS7607092R5"))}, func(v gigstack.SATInvoice) bool { return v.Issuer.RFC == "IXS7607092R5" }},
		"receiver":  {gigstack.ListSATInvoicesInput{ReceiverRFC: new(gigstack.RFC("ICV060329BY0"))}, func(v gigstack.SATInvoice) bool { return v.Receiver.RFC == "ICV060329BY0" }},
	} {
		t.Run(name, func(t *testing.T) {
			var want []string
			for _, v := range all {
				if f.fits(v) {
					want = append(want, v.UUID)
				}
			}
			require.NotEmpty(t, want)
			require.Less(t, len(want), len(all))
			var got []string
			for _, v := range mirror(t, c, f.in) {
				got = append(got, v.UUID)
			}
			assert.Equal(t, want, got)
		})
	}
	for name, in := range map[string]gigstack.ListSATInvoicesInput{
		"no day":    {FirstDay: new(gigstack.Day("2026-02-30"))},
		"seconds":   {LastDay: new(gigstack.Day("1730419200"))},
		"valid":     {Status: new(gigstack.VoucherStatus("valid"))},
		"direction": {Direction: new(gigstack.SATDirection("both"))},
	} {
		_, err := gigstack.ListSATInvoices.Call(t.Context(), c, in)
		assert.Equal(t, "validation_failed", failure(t, err, http.StatusBadRequest).Code, name)
	}
}

// The cursor is the last record seen, as its parameter's name says.
func TestMirrorCursorIsARecord(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "viewer")
	all := mirror(t, c, gigstack.ListSATInvoicesInput{})
	in := gigstack.ListSATInvoicesInput{RecordPaging: gigstack.RecordPaging{Paging: gigstack.Paging{Limit: new(2), Next: &all[4].UUID}}}
	page, err := gigstack.ListSATInvoices.Call(t.Context(), c, in)
	require.NoError(t, err)
	assert.Equal(t, all[5:7], page.Data)
	assert.Equal(t, all[6].UUID, page.Next)
	assert.Equal(t, len(all), *page.TotalResults)
}

// Each mode and each team has a mirror of its own, and none while bulk download
// is off.
func TestMirrorIsolation(t *testing.T) {
	b := start(t, sandbox.Options{})
	test, live := b.client(t, sandbox.TeamKemper, false, "owner"), b.client(t, sandbox.TeamKemper, true, "owner")
	received := gigstack.ListSATInvoicesInput{Direction: new(gigstack.SATDirection("received"))}
	one := mirror(t, test, received)[0]
	assert.Len(t, mirror(t, live, received), 3)
	_, err := gigstack.GetSATInvoice.Call(t.Context(), live, ref(one))
	assert.Equal(t, "resource_not_found", failure(t, err, http.StatusNotFound).Code)
	same, err := gigstack.GetSATInvoice.Call(t.Context(), test, gigstack.SATInvoiceRef{UUID: strings.ToLower(one.UUID)})
	require.NoError(t, err)
	assert.Equal(t, one, same)

	xenon := test.As(sandbox.TeamXenon)
	_, err = gigstack.ListSATInvoices.Call(t.Context(), xenon, received)
	assert.Equal(t, "insufficient_permissions", failure(t, err, http.StatusForbidden).Code)
	_, err = gigstack.ActivateSATDownload.Call(t.Context(), xenon, struct{}{})
	require.NoError(t, err)
	assert.Len(t, mirror(t, xenon, received), 3)
	_, err = gigstack.GetSATInvoice.Call(t.Context(), xenon, ref(one))
	failure(t, err, http.StatusNotFound)
}

// A missing XML comes by itself, by another attempt, or not at all; what comes is
// charged once.
func TestMissingXML(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	billed := func() int { return b.XMLsBilled(sandbox.TeamKemper) }
	before := billed()
	retry := func(v gigstack.SATInvoice) (gigstack.SATRetry, error) {
		return gigstack.RetrySATInvoiceXML.Call(t.Context(), c, gigstack.RetrySATInvoiceXMLInput{SATInvoiceRef: ref(v)})
	}

	late := inState(t, c, "error", "a tiempo")
	_, err := gigstack.GenerateSATInvoicePDF.Call(t.Context(), c, ref(late))
	assert.Equal(t, "cfdi_service_error", failure(t, err, http.StatusUnprocessableEntity).Code)
	out, err := retry(late)
	require.NoError(t, err)
	assert.Equal(t, gigstack.SATRetry{CreditCharged: true, HasXML: new(true)}, out)
	out, err = retry(late)
	require.NoError(t, err)
	assert.False(t, out.CreditCharged, "it is there")
	assert.Equal(t, before+1, billed())
	pdf, err := gigstack.GenerateSATInvoicePDF.Call(t.Context(), c, ref(late))
	require.NoError(t, err)
	f, _, err := pdf.PDF.Open(late.UUID)
	require.NoError(t, err)
	assert.Equal(t, "application/pdf", f.MediaType)

	_, err = retry(inState(t, c, "error", "ya no conserva"))
	assert.Contains(t, failure(t, err, http.StatusUnprocessableEntity).Message, "ya no conserva")
	_, err = retry(inState(t, c, "error", "no respondió"))
	assert.Equal(t, "external_service_error", failure(t, err, http.StatusBadGateway).Code)
	assert.Equal(t, before+1, billed())

	building := inState(t, c, "building", "")
	b.advance(15 * time.Minute)
	ready, err := gigstack.GetSATInvoice.Call(t.Context(), c, ref(building))
	require.NoError(t, err)
	assert.True(t, ready.HasXML)
	assert.Equal(t, "ready", ready.ResourceStatus)
	assert.Equal(t, before+3, billed(), "one in test and one in live")
}

// One XML is fetched by its UUID, and charged unless it is stored.
func TestFetchXML(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	for state, charged := range map[string]bool{"ready": false, "building": true} {
		before := b.XMLsBilled(sandbox.TeamKemper)
		v := inState(t, c, state, "")
		out, err := gigstack.FetchSATInvoiceXML.Call(t.Context(), c, ref(v))
		require.NoError(t, err)
		assert.Equal(t, charged, out.CreditCharged, state)
		assert.Equal(t, charged, b.XMLsBilled(sandbox.TeamKemper) > before)
		f, _, err := out.XML.Open(v.UUID)
		require.NoError(t, err)
		assert.Contains(t, string(f.Content), fmt.Sprintf("UUID=%q", v.UUID))
		assert.Contains(t, string(f.Content), fmt.Sprintf("Rfc=%q", v.Issuer.RFC))
	}
	_, err := gigstack.FetchSATInvoiceXML.Call(t.Context(), c, ref(inState(t, c, "error", "ya no conserva")))
	assert.Equal(t, "external_service_error", failure(t, err, http.StatusUnprocessableEntity).Code)
	_, err = gigstack.FetchSATInvoiceXML.Call(t.Context(), c, gigstack.SATInvoiceRef{UUID: "nothing"})
	failure(t, err, http.StatusNotFound)
}

// The PDF stands at the top of its answer, which is as the official CLI reads it.
func TestPDFHasNoEnvelope(t *testing.T) {
	b := start(t, sandbox.Options{})
	secret := b.NewKey(sandbox.TeamKemper, false, "owner")
	v := inState(t, b.client(t, sandbox.TeamKemper, false, "viewer"), "ready", "")
	status, answer := b.raw(t, secret, http.MethodPost, "/invoices/sat/"+v.UUID+"/pdf", "")
	require.Equal(t, http.StatusOK, status, answer)
	assert.Contains(t, answer, `"pdf":"JVBERi0xLj`, "%PDF-1.")
	assert.NotContains(t, answer, `"data"`)
}

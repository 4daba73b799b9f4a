package sandbox_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// What happens a moment later bears the time it was due, not that of the call
// that came upon it, and comes about in order of time.
func TestWhatIsDueIsDatedWhenItWas(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	old := issue(t, c, incomeOf("5000", ppd))
	b.advance(4 * day) // past the day on which it needs no acceptance
	_, err := gigstack.CancelInvoice.Call(t.Context(), c, gigstack.CancelInvoiceInput{ID: old.UUID, Motive: "02"})
	require.NoError(t, err)
	first := register(t, c, received("100", "pue_invoice"))
	b.advance(time.Second)
	second := register(t, c, received("200", "ppd_invoice_and_complement"))
	b.advance(30 * day)

	for _, p := range []gigstack.Payment{first, second} {
		p = readPayment(t, c, p.ID)
		require.NotEmpty(t, p.Invoices)
		assert.Equal(t, p.CreatedAt, reread(t, c, p.Invoices[0]).CreatedAt)
	}
	a, z := reread(t, c, readPayment(t, c, first.ID).Invoices[0]), reread(t, c, readPayment(t, c, second.ID).Invoices[0])
	assert.Equal(t, a.FolioNumber+1, z.FolioNumber)
	settled := reread(t, c, old.UUID)
	assert.Equal(t, "canceled", settled.Status)
	assert.Greater(t, settled.Cancellation.CancelledAt, z.CreatedAt)
	assert.Less(t, settled.Cancellation.CancelledAt.Time(), time.Unix(0, b.clock.Load()).Add(-20*day))
}

// The same by the clock on the wall, as --sandbox runs.
func TestAutomationByTheWallClock(t *testing.T) {
	b := &bench{Sandbox: sandbox.New(sandbox.Options{Now: time.Now})}
	server := httptest.NewServer(b.Sandbox)
	t.Cleanup(server.Close)
	b.url = server.URL + "/v2"
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	p := register(t, c, received("100", "pue_invoice"))
	require.Empty(t, p.Invoices)
	require.Eventually(t, func() bool { return len(readPayment(t, c, p.ID).Invoices) == 1 }, 5*time.Second, 50*time.Millisecond)
}

func TestSettingsSteerAutomation(t *testing.T) {
	tests := []struct {
		name               string
		settings           gigstack.TeamSettings
		client             gigstack.ClientInput
		invoices, receipts int
	}{
		{"receipts are avoided", gigstack.TeamSettings{AvoidReceipts: gigstack.SetTo(true)}, walkIn(), 0, 0},
		{"invoices are not", gigstack.TeamSettings{AvoidReceipts: gigstack.SetTo(true)}, xenon(), 1, 0},
		{"pesos are avoided", gigstack.TeamSettings{AvoidAutomationsOnCurrencies: gigstack.SetTo([]gigstack.Currency{"USD", "MXN"})}, xenon(), 0, 0},
		{"dollars are avoided", gigstack.TeamSettings{AvoidAutomationsOnCurrencies: gigstack.SetTo([]gigstack.Currency{"USD"})}, walkIn(), 0, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := start(t, sandbox.Options{})
			c := b.client(t, sandbox.TeamKemper, false, "owner")
			_, err := gigstack.UpdateTeamSettings.Call(t.Context(), c, gigstack.UpdateTeamSettingsInput{ID: sandbox.TeamKemper, TeamSettings: tt.settings})
			require.NoError(t, err)
			in := received("100", "pue_invoice")
			in.Client = tt.client
			p := register(t, c, in)
			b.advance(time.Second)
			p = readPayment(t, c, p.ID)
			assert.Len(t, p.Invoices, tt.invoices)
			assert.Len(t, p.Receipts, tt.receipts)
		})
	}
}

func TestSettingsAreDefaults(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "owner")
	line := gigstack.ItemInput{UnitPrice: new(gigstack.Dec("10")), Taxes: []gigstack.TaxInput{{Type: "IVA", Rate: gigstack.Dec("0.16")}}}
	in := gigstack.CreateReceiptInput{Client: walkIn(), Items: []gigstack.ItemInput{line}}
	_, err := gigstack.CreateReceipt.Call(t.Context(), c, in)
	requireStatus(t, err, 400, "description is required")

	_, err = gigstack.UpdateTeamSettings.Call(t.Context(), c, gigstack.UpdateTeamSettingsInput{ID: sandbox.TeamStranger, TeamSettings: gigstack.TeamSettings{
		DefaultDescription: gigstack.SetTo("Producto orgánico"), ProductKey: gigstack.SetTo(gigstack.ProductKey("50300000")),
		UnitKey: gigstack.SetTo("KGM"), UnitName: gigstack.SetTo("Kilogramo"), Use: gigstack.SetTo(gigstack.CFDIUse("S01")),
	}})
	require.NoError(t, err)
	r := newReceipt(t, c, in)
	assert.Equal(t, "Producto orgánico", r.Items[0].Description)
	assert.Equal(t, "50300000", r.Items[0].ProductKey)
	assert.Equal(t, "KGM", r.Items[0].UnitKey)
	assert.Equal(t, "Kilogramo", r.Items[0].UnitName)
	assert.Equal(t, "S01", r.Client.Use)
	service, err := gigstack.CreateService.Call(t.Context(), c, gigstack.CreateServiceInput{Description: "Jitomate", UnitPrice: gigstack.Dec("30"), UnitKey: new("H87")})
	require.NoError(t, err)
	assert.Equal(t, "50300000", service.ProductKey)
	assert.Equal(t, "H87", service.UnitKey, "what the call says goes before")
}

func TestPartialRefundBeforeTheReceipt(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	in := received("100", "pue_invoice")
	in.Client = walkIn()
	p := register(t, c, in)
	for _, part := range []string{"10.10", "20.20"} {
		_, err := gigstack.RefundPayment.Call(t.Context(), c, gigstack.RefundPaymentInput{ID: p.ID, Amount: gigstack.Dec(part), Reason: "faltante"})
		require.NoError(t, err)
	}
	b.advance(time.Second)
	p = readPayment(t, c, p.ID)
	require.Len(t, p.Receipts, 1)
	amount(t, "30.3", readReceipt(t, c, p.Receipts[0]).TotalRefunded)
}

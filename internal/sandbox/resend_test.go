package sandbox_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

func TestResendInvoice(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, true, "editor")
	invoice := issue(t, c, incomeOf("100"))
	sent, err := gigstack.ResendInvoiceEmail.Call(t.Context(), c, gigstack.ResendInvoiceEmailInput{ID: invoice.UUID, Emails: []string{"contador@example.mx", "COMPRAS@herreria.example.mx"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"compras@herreria.example.mx", "contador@example.mx"}, sent.Recipients, "each once")
	assert.Equal(t, []string{invoice.UUID + ".pdf", invoice.UUID + ".xml"}, sent.Attachments)

	assert.Equal(t, []sandbox.Mail{{
		Livemode: true, To: sent.Recipients, BCC: []string{"archivo@herreria.example.mx", "contabilidad@kemper.example.mx"}, Subject: "Tu factura de Escuela Kemper", Attachments: sent.Attachments,
	}}, b.Outbox(sandbox.TeamKemper))
	assert.Empty(t, b.Outbox(sandbox.TeamXenon))

	_, err = gigstack.ResendInvoiceEmail.Call(t.Context(), c, gigstack.ResendInvoiceEmailInput{ID: invoice.UUID})
	require.NoError(t, err)
	assert.Len(t, b.Outbox(sandbox.TeamKemper), 2, "one more each time")
}

func TestResendInvoiceRefusals(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "editor")
	nobody := issue(t, c, incomeOf("100", func(in *gigstack.CreateIncomeInvoiceInput) { in.Client.Search, in.Client.Email = nil, nil }))
	for name, s := range map[string]struct {
		in     gigstack.ResendInvoiceEmailInput
		status int
		words  string
	}{
		"nobody to send it to": {gigstack.ResendInvoiceEmailInput{ID: nobody.UUID}, http.StatusBadRequest, "no e-mail"},
		"no address":           {gigstack.ResendInvoiceEmailInput{ID: nobody.UUID, Emails: []string{"a@example.mx", "contador"}}, http.StatusBadRequest, "emails[1]"},
		"no such invoice":      {gigstack.ResendInvoiceEmailInput{ID: "5F0C7A1E", Emails: []string{"a@example.mx"}}, http.StatusNotFound, "5F0C7A1E"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gigstack.ResendInvoiceEmail.Call(t.Context(), c, s.in)
			requireError(t, err, s.status, s.words)
			assert.Empty(t, b.Outbox(sandbox.TeamKemper))
		})
	}
	_, err := gigstack.ResendInvoiceEmail.Call(t.Context(), c, gigstack.ResendInvoiceEmailInput{ID: nobody.UUID, Emails: []string{"a@example.mx"}})
	require.NoError(t, err, "an address of the call is enough")
}

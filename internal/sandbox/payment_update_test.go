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

func update(t *testing.T, c *gigstack.Caller, in gigstack.UpdatePaymentInput) error {
	t.Helper()
	_, err := gigstack.UpdatePayment.Call(t.Context(), c, in)
	return err
}

// New texts reach the payment and nothing that was made of it.
func TestUpdatePaymentTexts(t *testing.T) {
	b := start(t, sandbox.Options{})
	const team = sandbox.TeamKemper
	c := b.client(t, team, false, "editor")
	p := register(t, c, received("100", "pue_invoice"))
	b.advance(time.Second)
	invoiced := readPayment(t, c, p.ID)
	require.Len(t, invoiced.Invoices, 1)

	require.NoError(t, update(t, c, gigstack.UpdatePaymentInput{ID: p.ID, Items: []gigstack.LineText{{ID: p.Items[0].ID, Description: "Curso de octubre"}}}))
	after := readPayment(t, c, p.ID)
	assert.Equal(t, "Curso de octubre", after.Items[0].Description)
	assert.Equal(t, invoiced.Total, after.Total)
	invoice, err := gigstack.GetIncomeInvoice.Call(t.Context(), c, gigstack.InvoiceRef{ID: invoiced.Invoices[0]})
	require.NoError(t, err)
	assert.Equal(t, p.Items[0].Description, invoice.Items[0].Description)
}

func TestUpdatePaymentAutomation(t *testing.T) {
	for name, s := range map[string]struct {
		client     gigstack.ClientInput
		automation gigstack.PaymentAutomation
		invoices   int
		receipts   int
	}{
		"PUE":                {xenon(), "pue_invoice", 1, 0},
		"PPD":                {xenon(), "ppd_invoice_and_complement", 2, 0},
		"client without RFC": {walkIn(), "pue_invoice", 0, 1},
		"none":               {xenon(), "none", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t, sandbox.Options{})
			c := b.client(t, sandbox.TeamKemper, false, "editor")
			in := received("100", "none")
			in.Client = s.client
			p := register(t, c, in)
			b.advance(time.Second)

			require.NoError(t, update(t, c, gigstack.UpdatePaymentInput{ID: p.ID, AutomationType: &s.automation}))
			if s.automation != "none" {
				assert.Equal(t, "succeeded_", readPayment(t, c, p.ID).Status)
			}
			b.advance(time.Second)
			after := readPayment(t, c, p.ID)
			assert.Equal(t, "succeeded", after.Status)
			assert.Len(t, after.Invoices, s.invoices)
			assert.Len(t, after.Receipts, s.receipts)
		})
	}
}

// An open link runs its new automation once it is paid, and a dead one never.
func TestUpdatePaymentThatIsNotCollected(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "admin")
	open := func() gigstack.Payment {
		p, err := gigstack.RequestPayment.Call(t.Context(), c, gigstack.RequestPaymentInput{PaymentFields: received("100", "none").PaymentFields})
		require.NoError(t, err)
		return p
	}
	later, dead := open(), open()
	_, err := gigstack.CancelPayment.Call(t.Context(), c, gigstack.PaymentRef{ID: dead.ID})
	require.NoError(t, err)
	for _, p := range []gigstack.Payment{later, dead} {
		require.NoError(t, update(t, c, gigstack.UpdatePaymentInput{ID: p.ID, AutomationType: new(gigstack.PaymentAutomation("pue_invoice"))}))
	}
	b.advance(time.Second)
	assert.Empty(t, readPayment(t, c, later.ID).Invoices)
	assert.Equal(t, "canceled", readPayment(t, c, dead.ID).Status)
	_, err = gigstack.MarkPaymentPaid.Call(t.Context(), c, gigstack.MarkPaymentPaidInput{ID: later.ID, PaymentForm: "03"})
	require.NoError(t, err)
	b.advance(time.Second)
	assert.Len(t, readPayment(t, c, later.ID).Invoices, 1)
	assert.Empty(t, readPayment(t, c, dead.ID).Invoices)
}

// A patch reaches the copy and the client, and nobody asks the SAT.
func TestUpdatePaymentClient(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "editor")
	p := register(t, c, received("100", "none"))
	require.True(t, *p.Client.IsValid)

	require.NoError(t, update(t, c, gigstack.UpdatePaymentInput{ID: p.ID, Client: &gigstack.ClientFields{LegalName: new("Otro nombre"), Phone: new("5555550100")}}))
	client, err := gigstack.GetClient.Call(t.Context(), c, gigstack.ClientRef{ID: p.Client.ID})
	require.NoError(t, err)
	for _, v := range []gigstack.Client{client, *readPayment(t, c, p.ID).Client} {
		assert.Equal(t, "Otro nombre", v.LegalName)
		assert.Equal(t, "5555550100", v.Phone)
		assert.Equal(t, p.Client.TaxID, v.TaxID)
		assert.True(t, *v.IsValid, "not looked at again")
	}
}

func TestUpdatePaymentRefusals(t *testing.T) {
	b := start(t, sandbox.Options{})
	const team = sandbox.TeamKemper
	c := b.client(t, team, false, "editor")
	automated := register(t, c, received("100", "pue_invoice"))
	plain := register(t, c, received("100", "none"))
	unpaid := received("100", "none")
	unpaid.PaymentForm = "99"
	toBeDefined := register(t, c, unpaid)
	invoice := issue(t, c, incomeOf("100", func(in *gigstack.CreateIncomeInvoiceInput) {
		in.AutomationType = new(gigstack.InvoiceAutomation("payment"))
	}))
	b.advance(time.Second)
	recorded := reread(t, c, invoice.UUID).Payments[0]

	secret := b.NewKey(team, false, "editor")
	line := plain.Items[0].ID
	for name, s := range map[string]struct {
		id, body string
		status   int
		words    string
	}{
		"nothing to change":         {plain.ID, `{}`, 400, "at least one"},
		"no lines":                  {plain.ID, `{"items":[]}`, 400, "at least one"},
		"a price":                   {plain.ID, `{"items":[{"id":"` + line + `","description":"x","unit_price":1}]}`, 400, "unit_price"},
		"no such line":              {plain.ID, `{"items":[{"id":"item_x","description":"x"}]}`, 400, "item_x"},
		"no text":                   {plain.ID, `{"items":[{"id":"` + line + `","description":" "}]}`, 400, "description is required"},
		"another client":            {plain.ID, `{"client":{"id":"client_1"}}`, 400, "id"},
		"a bad e-mail":              {plain.ID, `{"items":[{"id":"` + line + `","description":"x"}],"client":{"email":"x"}}`, 400, "email"},
		"unknown automation":        {plain.ID, `{"automation_type":"receipt"}`, 400, "automation_type"},
		"second automation":         {automated.ID, `{"automation_type":"ppd_invoice_and_complement"}`, 400, "pue_invoice already"},
		"no automation any more":    {automated.ID, `{"automation_type":"none"}`, 400, "pue_invoice already"},
		"complement with form 99":   {toBeDefined.ID, `{"automation_type":"ppd_invoice_and_complement"}`, 422, "not 99"},
		"what is invoiced already":  {recorded, `{"automation_type":"pue_invoice"}`, 409, "invoiced already"},
		"no such payment":           {"payment_x", `{"automation_type":"pue_invoice"}`, 404, "payment_x"},
		"a member of the old total": {plain.ID, `{"total":1}`, 400, "total"},
	} {
		t.Run(name, func(t *testing.T) {
			before := readPayment(t, c, plain.ID)
			status, answer := b.raw(t, secret, http.MethodPut, "/payments/"+s.id, s.body)
			assert.Equal(t, s.status, status, answer)
			assert.Contains(t, answer, s.words)
			assert.Equal(t, before, readPayment(t, c, plain.ID), "nothing changed")
		})
	}
	status, _ := b.raw(t, b.NewKey(team, true, "editor"), http.MethodPut, "/payments/"+plain.ID, `{"automation_type":"none"}`)
	assert.Equal(t, http.StatusNotFound, status, "live does not see test")
}

package sandbox_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

const day = 24 * time.Hour

func cancel(t *testing.T, c *gigstack.Caller, uuid, motive string, substitute *string) (gigstack.CanceledInvoice, error) {
	t.Helper()
	return gigstack.CancelInvoice.Call(t.Context(), c, gigstack.CancelInvoiceInput{ID: uuid, Motive: gigstack.CancellationMotive(motive), SubstitutionUUID: substitute})
}

// The clock of the bench starts on a Saturday noon in Mexico City.
func TestCancelAtOnceOrLater(t *testing.T) {
	for name, c := range map[string]struct {
		price   string
		edit    func(*gigstack.CreateIncomeInvoiceInput)
		after   time.Duration
		pending bool
	}{
		"on the business day after issue":    {"5000", nil, 2*day + 11*time.Hour, false}, // Monday, 23:00
		"on the day after that":              {"5000", nil, 2*day + 13*time.Hour, true},  // Tuesday, 01:00
		"up to 1,000 pesos":                  {"862.06", nil, 30 * day, false},
		"above 1,000 pesos":                  {"862.08", nil, 30 * day, true},
		"1,000 pesos' worth in dollars, not": {"100", dollars, 30 * day, true},
		"generic receiver": {"5000", func(in *gigstack.CreateIncomeInvoiceInput) {
			in.Client = receiver("XEXX010101000", "LONE STAR LEARNING LLC", "616", "S01")
		}, 30 * day, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t, sandbox.Options{})
			caller := b.client(t, sandbox.TeamStranger, false, "admin")
			edit := c.edit
			if edit == nil {
				edit = func(*gigstack.CreateIncomeInvoiceInput) {}
			}
			v := issue(t, caller, incomeOf(c.price, edit))
			b.advance(c.after)
			out, err := cancel(t, caller, v.UUID, "02", nil)
			require.NoError(t, err)
			assert.Equal(t, gigstack.Scalar("201"), out.Cancellation.Code)
			if c.pending {
				assert.Equal(t, "valid", out.Status)
				assert.Equal(t, "pending", out.Cancellation.Status)
			} else {
				assert.Equal(t, "canceled", out.Status)
				assert.Equal(t, "accepted", out.Cancellation.Status)
				assert.NotEmpty(t, out.Cancellation.Receipt)
			}
			assert.Equal(t, out.Cancellation, reread(t, caller, v.UUID).Cancellation)
		})
	}
}

func dollars(in *gigstack.CreateIncomeInvoiceInput) {
	in.Currency, in.ExchangeRate = new(gigstack.Currency("USD")), new(gigstack.Dec("18.5"))
}

// Silence for three business days is acceptance.
func TestCancellationSettles(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "admin")
	v := issue(t, c, incomeOf("5000", ppd))
	b.advance(6 * day) // a Friday
	_, err := cancel(t, c, v.UUID, "03", nil)
	require.NoError(t, err)
	_, err = cancel(t, c, v.UUID, "03", nil)
	requireError(t, err, 409, "already pending")

	b.advance(5*day - time.Minute)
	assert.Equal(t, "valid", reread(t, c, v.UUID).Status)
	b.advance(time.Minute) // Wednesday
	settled := reread(t, c, v.UUID)
	assert.Equal(t, "canceled", settled.Status)
	assert.Equal(t, "accepted", settled.Cancellation.Status)
	assert.Equal(t, settled.Cancellation.RequestedAt+gigstack.Seconds(5*day/time.Second), settled.Cancellation.CancelledAt)
	_, err = cancel(t, c, v.UUID, "03", nil)
	requireError(t, err, 409, "already canceled")
}

func TestCancellationRejected(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "admin")
	v := issue(t, c, incomeOf("5000", func(in *gigstack.CreateIncomeInvoiceInput) {
		in.Client = receiver(sandbox.RejectingRFC, "KERNEL INDUSTIA JUGUETERA", "601", "G01")
	}))
	b.advance(10 * day)
	_, err := cancel(t, c, v.UUID, "02", nil)
	require.NoError(t, err)
	b.advance(time.Hour)
	rejected := reread(t, c, v.UUID)
	assert.Equal(t, "valid", rejected.Status)
	assert.Equal(t, "rejected", rejected.Cancellation.Status)
	b.advance(10 * day)
	assert.Equal(t, "valid", reread(t, c, v.UUID).Status, "and stays so")
	again, err := cancel(t, c, v.UUID, "02", nil)
	require.NoError(t, err, "it may be asked again")
	assert.Equal(t, "pending", again.Cancellation.Status)
}

func TestCancelWithSubstitute(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "admin")
	wrong, other := issue(t, c, incomeOf("500")), issue(t, c, incomeOf("500"))
	right := issue(t, c, incomeOf("550", func(in *gigstack.CreateIncomeInvoiceInput) {
		in.RelatedDocuments = []gigstack.DocumentRelation{{Relationship: "04", Documents: []string{wrong.UUID}}}
	}))
	_, err := cancel(t, c, wrong.UUID, "01", nil)
	requireError(t, err, 400, "needs substitution_uuid")
	_, err = cancel(t, c, wrong.UUID, "02", &right.UUID)
	requireError(t, err, 400, "motive 01 only")
	_, err = cancel(t, c, wrong.UUID, "01", &other.UUID)
	requireError(t, err, 400, "relates to")
	_, err = cancel(t, c, wrong.UUID, "02", nil)
	requireError(t, err, 409, "use motive 01")
	out, err := cancel(t, c, wrong.UUID, "01", &right.UUID)
	require.NoError(t, err)
	assert.Equal(t, "canceled", out.Status)
	assert.Equal(t, right.UUID, out.Cancellation.SubstitutionUUID)
}

func TestCancelRefusals(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "admin")
	v := issue(t, c, incomeOf("500"))
	_, err := cancel(t, c, v.UUID, "05", nil)
	requireError(t, err, 400, "motive must be")
	_, err = cancel(t, c, v.UUID, "04", nil)
	requireError(t, err, 422, "global")
	_, err = cancel(t, c, "12345678-1234-4234-8234-123456789012", "02", nil)
	requireError(t, err, 404, "not found")
	_, err = cancel(t, b.client(t, sandbox.TeamStranger, false, "editor"), v.UUID, "02", nil)
	requireError(t, err, 403, "role")

	note, err := gigstack.CreateEgressInvoice.Call(t.Context(), c, egressOf("100", v.UUID))
	require.NoError(t, err)
	_, err = cancel(t, c, v.UUID, "02", nil)
	requireError(t, err, 409, note.UUID)
	_, err = cancel(t, c, note.UUID, "02", nil)
	require.NoError(t, err)
	_, err = cancel(t, c, v.UUID, "02", nil)
	require.NoError(t, err, "the credit note is gone")
}

func TestCancelTooLate(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "admin")
	v := issue(t, c, incomeOf("500"))
	b.advance(time.Date(2027, 4, 1, 6, 0, 0, 0, time.UTC).Sub(time.Unix(0, b.clock.Load()))) // midnight in Mexico City
	_, err := cancel(t, c, v.UUID, "02", nil)
	requireError(t, err, 422, "2026")
}

func TestCancelGlobalInvoice(t *testing.T) {
	c := start(t, sandbox.Options{}).client(t, sandbox.TeamStranger, false, "admin")
	v := issue(t, c, incomeOf("5000", func(in *gigstack.CreateIncomeInvoiceInput) {
		in.Client = receiver("XAXX010101000", "PUBLICO EN GENERAL", "616", "S01")
		in.Global = &gigstack.GlobalPeriod{Periodicity: "01", Months: "11", Year: 2026}
	}))
	out, err := cancel(t, c, v.UUID, "04", nil)
	require.NoError(t, err)
	assert.Equal(t, "canceled", out.Status)
}

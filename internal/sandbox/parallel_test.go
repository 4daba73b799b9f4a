package sandbox_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// Many callers at once change and read the same records; under -race this shows
// that an answer shares nothing with what is stored once it is on its way.
func TestEverythingAtOnce(t *testing.T) {
	const callers = 8
	b := start(t, sandbox.Options{})
	test, live := b.client(t, sandbox.TeamKemper, false, "owner"), b.client(t, sandbox.TeamKemper, true, "owner")
	shared := issue(t, test, incomeOf("1000", ppd))
	work := []func(ctx context.Context, i int) error{
		func(ctx context.Context, i int) error {
			_, err := gigstack.CreateIncomeInvoice.Call(ctx, []*gigstack.Caller{test, live}[i%2], incomeOf("100", func(in *gigstack.CreateIncomeInvoiceInput) { in.Series = new("RACE") }))
			return err
		},
		func(ctx context.Context, i int) error {
			_, err := gigstack.UpdateClient.Call(ctx, test, gigstack.UpdateClientInput{ID: shared.Client.ID, ClientFields: gigstack.ClientFields{
				Phone: new(fmt.Sprint(i)), BCC: []string{"a@example.mx"}, Metadata: gigstack.Metadata{"n": i}, Address: &gigstack.Address{Street: new(fmt.Sprint("Calle ", i))},
			}})
			return err
		},
		func(ctx context.Context, i int) error {
			in := received("10", "ppd_invoice_and_complement")
			in.Client, in.PPDInvoiceID = gigstack.ClientInput{ID: &shared.Client.ID}, &shared.UUID
			_, err := gigstack.RegisterPayment.Call(ctx, test, in)
			b.advance(time.Second)
			return err
		},
		func(ctx context.Context, i int) error {
			_, err := gigstack.UpdateTeamSettings.Call(ctx, test, gigstack.UpdateTeamSettingsInput{ID: sandbox.TeamKemper, TeamSettings: gigstack.TeamSettings{
				ConceptsCatalog: gigstack.SetTo([]string{fmt.Sprint(i)}),
			}})
			return err
		},
		func(ctx context.Context, _ int) error {
			for _, c := range []*gigstack.Caller{test, live} {
				if _, err := gigstack.ListIncomeInvoices.Call(ctx, c, gigstack.ListInvoicesInput{Paging: gigstack.Paging{Limit: new(100)}}); err != nil {
					return err
				}
			}
			_, err := gigstack.GetTeam.Call(ctx, test, gigstack.TeamRef{ID: sandbox.TeamKemper})
			return err
		},
	}
	errs := make([]error, callers*len(work))
	var wg sync.WaitGroup
	for n := range errs {
		wg.Go(func() { errs[n] = work[n%len(work)](t.Context(), n/len(work)) })
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	b.advance(time.Second)
	for _, c := range []*gigstack.Caller{test, live} {
		var folios []int
		for v, err := range gigstack.Each(t.Context(), c, gigstack.ListIncomeInvoices, gigstack.ListInvoicesInput{Series: new("RACE")}) {
			require.NoError(t, err)
			folios = append(folios, v.FolioNumber)
		}
		slices.Sort(folios)
		assert.Equal(t, []int{1, 2, 3, 4}, folios, "no gaps, no folio twice, each mode by itself")
	}
	paid := reread(t, test, shared.UUID)
	assert.Equal(t, callers, paid.Installments)
	amount(t, "92.8", paid.PaidByComplements)
	amount(t, "1067.2", paid.LastBalance)
}

// Two sandboxes of the same hour that were told the same answer the same.
func TestSandboxesRepeat(t *testing.T) {
	live := func() (said []string) {
		b := start(t, sandbox.Options{})
		secret := b.DemoKeys()[0].Secret
		c := b.client(t, sandbox.TeamKemper, false, "owner")
		register(t, c, received("250", "ppd_invoice_and_complement"))
		issue(t, c, incomeOf("90"))
		newReceipt(t, c, gigstack.CreateReceiptInput{Client: walkIn()})
		b.advance(time.Second)
		for _, team := range []string{sandbox.TeamKemper, sandbox.TeamXenon, sandbox.TeamRobotica} {
			for _, path := range []string{"/clients", "/services", "/invoices/income", "/invoices/egress", "/payments", "/receipts", "/users", "/webhooks", "/teams"} {
				status, answer := b.raw(t, secret, "GET", path+"?limit=100&team="+team, "")
				require.Equal(t, 200, status)
				said = append(said, strings.ReplaceAll(answer, b.url, ""))
			}
		}
		return said
	}
	assert.Equal(t, live(), live())
}

package tools

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// Around an attempt, documents are looked through that were made so long before or
// after it: clocks differ.
const (
	aroundIt = time.Hour
	// closeToIt is how near a document that shows no idempotency key at all may be
	// the one that is looked for.
	closeToIt = 10 * time.Minute
	// mostLookedAt is how many documents of one list are looked through.
	mostLookedAt = 1000
)

// candidate is a document in a list, as far as it matters here.
type candidate struct {
	id, key string
	made    time.Time
}

// list reads the documents of one kind that were made in a period.
type list func(ctx context.Context, c *gigstack.Caller, within gigstack.ListFilter, each func(candidate) (more bool)) error

// listing is the list that an endpoint gives.
func listing[In, T any, P interface {
	*In
	From(cursor string)
}](e gigstack.Endpoint[In, gigstack.Page[T]], in func(gigstack.Paging, gigstack.ListFilter) In, of func(T) candidate) list {
	return func(ctx context.Context, c *gigstack.Caller, within gigstack.ListFilter, each func(candidate) bool) error {
		for v, err := range gigstack.Each[In, T, P](ctx, c, e, in(gigstack.Paging{Limit: new(100)}, within)) {
			if err != nil {
				return err
			}
			if !each(of(v)) {
				break
			}
		}
		return nil
	}
}

var (
	incomeInvoices = listing(gigstack.ListIncomeInvoices, invoicesWithin, invoiceDocument)
	egressInvoices = listing(gigstack.ListEgressInvoices, invoicesWithin, invoiceDocument)
	drafts         = listing(gigstack.ListDraftInvoices, func(p gigstack.Paging, f gigstack.ListFilter) gigstack.ListDraftsInput {
		return gigstack.ListDraftsInput{Paging: p, ListFilter: f}
	}, func(v gigstack.Draft) candidate { return candidate{v.ID, v.IdempotencyKey, v.CreatedAt.Time()} })
	payments = listing(gigstack.ListPayments, func(p gigstack.Paging, f gigstack.ListFilter) gigstack.ListPaymentsInput {
		return gigstack.ListPaymentsInput{Paging: p, ListFilter: f}
	}, func(v gigstack.Payment) candidate { return candidate{v.ID, v.IdempotencyKey, v.CreatedAt.Time()} })
	receipts = listing(gigstack.ListReceipts, func(p gigstack.Paging, f gigstack.ListFilter) gigstack.ListReceiptsInput {
		return gigstack.ListReceiptsInput{Paging: p, ListFilter: f}
	}, func(v gigstack.Receipt) candidate { return candidate{v.ID, v.IdempotencyKey, v.CreatedAt.Time()} })
)

func invoicesWithin(p gigstack.Paging, f gigstack.ListFilter) gigstack.ListInvoicesInput {
	return gigstack.ListInvoicesInput{Paging: p, ListFilter: f}
}

func invoiceDocument(v gigstack.Invoice) candidate {
	return candidate{v.UUID, v.IdempotencyKey, v.CreatedAt.Time()}
}

// byKey looks for a document with the attempt's idempotency key. That there is none
// is certain only when the lists were read to their end, and no document made
// around that time shows no key at all.
func byKey(lists ...list) func(context.Context, sought) (finding, error) {
	return func(ctx context.Context, s sought) (finding, error) {
		var keyless []string
		for _, l := range lists {
			it, without, whole, err := s.among(ctx, l)
			switch {
			case err != nil:
				return finding{}, err
			case it != "":
				return found(it, "%s carries the idempotency key of the call.", plain(it))
			case !whole:
				return undecided(fmt.Sprintf("It is not among the first %d documents of that time, and there are more.", mostLookedAt), "Look for it with the list tool and narrower filters, and tell the person."), nil
			}
			keyless = append(keyless, without...)
		}
		if len(keyless) > 0 {
			return undecided(fmt.Sprintf("No document carries the idempotency key of the call, but %d of that time show none at all: %s.", len(keyless), strings.Join(keyless[:min(len(keyless), 5)], ", ")),
				"Read these: if one is what the call would have made, it took effect. Else tell the person, who decides."), nil
		}
		return notFound("No document of that time carries the idempotency key of the call.")
	}
}

// among looks through one list: for the document with the key, and for those
// without any that may be it. whole says that the list was read to its end.
func (s sought) among(ctx context.Context, l list) (it string, keyless []string, whole bool, err error) {
	from, to := gigstack.Since(gigstack.SecondsOf(s.began.Add(-aroundIt))), gigstack.Until(gigstack.SecondsOf(s.At.Add(aroundIt)))
	read, whole := 0, true
	err = l(ctx, s.caller, gigstack.ListFilter{CreatedGTE: &from, CreatedLTE: &to}, func(c candidate) (more bool) {
		switch {
		case read == mostLookedAt:
			whole = false
			return false
		case c.key != "" && c.key == s.Key:
			it = c.id
			return false
		case c.key == "" && c.made.After(s.began.Add(-closeToIt)) && c.made.Before(s.At.Add(closeToIt)):
			keyless = append(keyless, plain(c.id))
		}
		read++
		return true
	})
	return it, keyless, whole, err
}

package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
)

// lookup is how the effect of a tool is looked for when its answer was lost.
type lookup struct {
	args []string // arguments it takes; the journal keeps these, so they are ids and amounts
	find func(context.Context, sought) (finding, error)
}

// lookups is what can be looked for. What a tool makes is found by its idempotency
// key, what it changes by the id; of a tool that is not here nothing can be told.
var lookups = map[string]lookup{
	gigstack.CreateIncomeInvoice.Name: {find: byKey(incomeInvoices)},
	gigstack.CreateEgressInvoice.Name: {find: byKey(egressInvoices)},
	gigstack.CreateDraftInvoice.Name:  {find: byKey(drafts, incomeInvoices, egressInvoices)}, // it may be stamped by now
	gigstack.RequestPayment.Name:      {find: byKey(payments)},
	gigstack.RegisterPayment.Name:     {find: byKey(payments)},
	gigstack.CreateReceipt.Name:       {find: byKey(receipts)},
	gigstack.SignupAccount.Name:       {find: unlisted},

	gigstack.CancelInvoice.Name:      {byID, canceledInvoice},
	gigstack.CancelRetention.Name:    {byID, canceledRetention},
	gigstack.CancelPayment.Name:      {byID, paymentIs("canceled")},
	gigstack.MarkPaymentPaid.Name:    {byID, paymentIs("succeeded", "refunded")},
	gigstack.RefundPayment.Name:      {[]string{"id", "amount"}, refunded},
	gigstack.CancelReceipt.Name:      {byID, receiptIs("canceled", "cancelled")},
	gigstack.StampReceipt.Name:       {byID, receiptIs("completed", "stamped", "invoiced")},
	gigstack.StampDraftInvoice.Name:  {byID, gone(gigstack.GetDraftInvoice, draftRef)},
	gigstack.DeleteDraftInvoice.Name: {byID, gone(gigstack.GetDraftInvoice, draftRef)},
	gigstack.DeleteClient.Name:       {byID, gone(gigstack.GetClient, func(id string) gigstack.ClientRef { return gigstack.ClientRef{ID: id} })},
	gigstack.DeleteService.Name:      {byID, gone(gigstack.GetService, func(id string) gigstack.ServiceRef { return gigstack.ServiceRef{ID: id} })},
	gigstack.DeleteWebhook.Name:      {byID, gone(gigstack.GetWebhook, func(id string) gigstack.WebhookRef { return gigstack.WebhookRef{ID: id} })},
}

var byID = []string{"id"}

func draftRef(id string) gigstack.DraftRef { return gigstack.DraftRef{ID: id} }

// lookupOf is the part of a request's arguments that its lookup takes, "" for none.
func lookupOf(r request) string {
	subject := r.about
	if r.whole != nil {
		subject = r.whole.subject()
	}
	if subject != "" {
		return string(marshal(map[string]string{"id": subject}))
	}
	names := lookups[r.spec.Name].args
	if names == nil {
		return ""
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(r.args, &fields) != nil {
		return ""
	}
	kept := map[string]json.RawMessage{}
	for _, name := range names {
		if value, ok := fields[name]; ok {
			kept[name] = value
		}
	}
	return string(marshal(kept))
}

// sought is an attempt whose effect is looked for.
type sought struct {
	guard.Attempt
	caller *gigstack.Caller
	began  time.Time // of the first attempt with its idempotency key
	kept   struct {
		ID     string           `json:"id"`
		Amount gigstack.Decimal `json:"amount"`
	}
}

func (t *Tools) sought(ctx context.Context, a guard.Attempt) (s sought, err error) {
	s = sought{Attempt: a, caller: t.as(target{team: a.Team}), began: a.At}
	if id, ours := guard.AttemptOf(a.Key); ours && id != a.ID {
		first, known, err := t.Guard.Journal.Find(ctx, id)
		if err != nil {
			return s, err
		}
		if known && first.At.Before(s.began) {
			s.began = first.At
		}
	}
	if a.Lookup != "" {
		err = json.Unmarshal([]byte(a.Lookup), &s.kept)
	}
	return s, err
}

// finding is what a look saw.
type finding struct {
	verdict  Verdict
	resource string
	saw      string
	next     string // where undecided
}

func found(resource, format string, args ...any) (finding, error) {
	return finding{verdict: Found, resource: resource, saw: fmt.Sprintf(format, args...)}, nil
}

func notFound(format string, args ...any) (finding, error) {
	return finding{verdict: NotFound, saw: fmt.Sprintf(format, args...)}, nil
}

func undecided(saw, next string) finding { return finding{Undecided, "", saw, next} }

// atItsState is the verdict on what is in the state that the attempt was to bring
// about, whoever brought it about.
func atItsState(reached bool, id, state string) (finding, error) {
	if reached {
		return found(id, "%s is %s, as the call wanted it.", plain(id), plain(state))
	}
	return notFound("%s is %s: the call changed nothing.", plain(id), plain(state))
}

func canceledInvoice(ctx context.Context, s sought) (finding, error) {
	v, err := findInvoice(ctx, request{caller: s.caller}, s.kept.ID)
	if err != nil {
		return finding{}, err
	}
	switch {
	case v.Cancellation != nil && v.Cancellation.Status == "rejected" && v.Status != "canceled":
		return undecided("A cancellation of it was rejected; whether it was this one cannot be told.", "Tell the person; they decide whether to ask for it again."), nil
	case v.Cancellation != nil && v.Status != "canceled":
		return atItsState(true, v.UUID, "being canceled")
	}
	return atItsState(v.Status == "canceled", v.UUID, v.Status)
}

func canceledRetention(ctx context.Context, s sought) (finding, error) {
	v, err := gigstack.GetRetention.Call(ctx, s.caller, gigstack.RetentionRef{ID: s.kept.ID})
	if err != nil {
		return finding{}, err
	}
	if v.Status == "canceled" {
		return atItsState(true, v.UUID, v.Status)
	}
	return undecided("It is "+plain(v.Status)+"; the SAT may still be canceling it.", "Read get_retention later, and tell the person."), nil
}

func paymentIs(wanted ...string) func(context.Context, sought) (finding, error) {
	return func(ctx context.Context, s sought) (finding, error) {
		v, err := gigstack.GetPayment.Call(ctx, s.caller, gigstack.PaymentRef{ID: s.kept.ID})
		if err != nil {
			return finding{}, err
		}
		return atItsState(slices.Contains(wanted, v.Status), v.ID, v.Status)
	}
}

func receiptIs(wanted ...string) func(context.Context, sought) (finding, error) {
	return func(ctx context.Context, s sought) (finding, error) {
		v, err := gigstack.GetReceipt.Call(ctx, s.caller, gigstack.ReceiptRef{ID: s.kept.ID})
		if err != nil {
			return finding{}, err
		}
		reached := slices.Contains(wanted, v.Status)
		if reached && slices.Contains(wanted, "completed") && len(v.Invoices) > 0 {
			return found(v.Invoices[0], "%s is %s: invoice %s.", plain(v.ID), plain(v.Status), plain(strings.Join(v.Invoices, ", ")))
		}
		return atItsState(reached, v.ID, v.Status)
	}
}

// refunded looks for a refund of the amount since the attempt. Two of them, or one
// without a time, may be somebody else's.
func refunded(ctx context.Context, s sought) (finding, error) {
	v, err := gigstack.GetPayment.Call(ctx, s.caller, gigstack.PaymentRef{ID: s.kept.ID})
	if err != nil {
		return finding{}, err
	}
	var ids []string
	for _, refund := range v.Refunds {
		switch {
		case !refund.Amount.Equal(s.kept.Amount.Decimal):
		case refund.CreatedAt == 0:
			return undecided("There is a refund of that amount, but not of when.", "Show the person get_payment; they decide."), nil
		case refund.CreatedAt.Time().After(s.At.Add(-lateness)):
			ids = append(ids, refund.ID)
		}
	}
	switch len(ids) {
	case 0:
		return notFound("%s has no refund of that amount since then.", plain(v.ID))
	case 1:
		return found(ids[0], "%s has refund %s of that amount since then.", plain(v.ID), plain(ids[0]))
	}
	return undecided(fmt.Sprintf("%s has %d refunds of that amount since then.", plain(v.ID), len(ids)), "Show the person get_payment; they decide."), nil
}

// gone looks for what the call was to remove.
func gone[In, Out any](get gigstack.Endpoint[In, Out], ref func(id string) In) func(context.Context, sought) (finding, error) {
	return func(ctx context.Context, s sought) (finding, error) {
		_, err := get.Call(ctx, s.caller, ref(s.kept.ID))
		switch {
		case err == nil:
			return notFound("%s is still there: the call changed nothing.", plain(s.kept.ID))
		case !hasCode(err, "resource_not_found"):
			return finding{}, err
		case s.Tool == gigstack.StampDraftInvoice.Name:
			return found("", "Draft %s is gone, as drafts are once stamped; the list of invoices shows what came of it.", plain(s.kept.ID))
		}
		return found(s.kept.ID, "%s is gone.", plain(s.kept.ID))
	}
}

func unlisted(context.Context, sought) (finding, error) {
	return undecided("gigstack has no list of the accounts a partner opened.", "The same call within an hour carries the same idempotency key and answers with the first account. Later ask gigstack's support."), nil
}

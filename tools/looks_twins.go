package tools

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// Bounds of the search for what a call may be a repetition of.
const (
	twinDays  = 7
	twinPage  = 100 // records of each kind, the newest
	mostTwins = 3   // of each kind are named
)

// record is a document, a payment, a receipt or a draft as it is compared.
type record struct {
	what, id, status string
	client           gigstack.Client
	total            decimal.Decimal
	currency, key    string
	metadata         gigstack.Metadata
	created          time.Time
	idle             bool // nothing is issued of it
}

// records is those of the last days, and whether there are more than were read.
type records struct {
	list []record
	more bool
}

// search reads the records of one kind that are of a client, or of anybody.
type search func(ctx context.Context, r request, client *string) (records, error)

// since is the filter of all searches.
func (r request) since() (gigstack.Paging, gigstack.ListFilter) {
	return gigstack.Paging{Limit: new(twinPage)}, gigstack.ListFilter{CreatedGTE: new(gigstack.Since(gigstack.SecondsOf(r.now.AddDate(0, 0, -twinDays))))}
}

func recorded[T any](page gigstack.Page[T], err error, record func(T) record) (all records, _ error) {
	for _, v := range page.Data {
		all.list = append(all.list, record(v))
	}
	all.more = page.HasMore
	return all, err
}

func invoicesOf(list gigstack.Endpoint[gigstack.ListInvoicesInput, gigstack.Page[gigstack.Invoice]]) search {
	return func(ctx context.Context, r request, client *string) (records, error) {
		paging, filter := r.since()
		page, err := list.Call(ctx, r.caller, gigstack.ListInvoicesInput{Paging: paging, ListFilter: filter, ClientID: client})
		return recorded(page, err, func(v gigstack.Invoice) record {
			return record{what: fmt.Sprintf("invoice %s%d (%s)", v.Series, v.FolioNumber, v.UUID), id: v.UUID, status: v.Status, client: v.Client,
				total: v.Total.Decimal, currency: v.Currency, key: v.IdempotencyKey, metadata: v.Metadata, created: v.CreatedAt.Time()}
		})
	}
}

func paymentsOf(ctx context.Context, r request, client *string) (records, error) {
	paging, filter := r.since()
	page, err := gigstack.ListPayments.Call(ctx, r.caller, gigstack.ListPaymentsInput{Paging: paging, ListFilter: filter, ClientID: client})
	return recorded(page, err, func(v gigstack.Payment) record {
		return record{what: "payment " + v.ID, id: v.ID, status: v.Status, client: value(v.Client), total: v.Total.Decimal, currency: v.Currency, key: v.IdempotencyKey,
			metadata: v.Metadata, created: v.CreatedAt.Time(), idle: !automates(v.AutomationType) && len(v.Invoices)+len(v.Receipts) == 0}
	})
}

func receiptsOf(ctx context.Context, r request, client *string) (records, error) {
	paging, filter := r.since()
	page, err := gigstack.ListReceipts.Call(ctx, r.caller, gigstack.ListReceiptsInput{Paging: paging, ListFilter: filter, ClientID: client})
	return recorded(page, err, func(v gigstack.Receipt) record {
		return record{what: "receipt " + v.ID, id: v.ID, status: v.Status, client: value(v.Client), total: v.Total.Decimal, currency: v.Currency, key: v.IdempotencyKey,
			metadata: v.Metadata, created: v.CreatedAt.Time()}
	})
}

func draftsOf(ctx context.Context, r request, client *string) (records, error) {
	paging, filter := r.since()
	page, err := gigstack.ListDraftInvoices.Call(ctx, r.caller, gigstack.ListDraftsInput{Paging: paging, ListFilter: filter, ClientID: client})
	return recorded(page, err, func(v gigstack.Draft) record {
		return record{what: "draft " + v.ID, id: v.ID, status: v.Status, client: value(v.Client), total: v.Total.Decimal, currency: v.Currency, key: v.IdempotencyKey,
			metadata: v.Metadata, created: v.CreatedAt.Time()}
	})
}

// searches is where the twins of a call are: those of its own kind, which decide,
// and those that may come to the same, which are for the eye.
func (d document) searches(tool string) (own search, others []search) {
	income := invoicesOf(gigstack.ListIncomeInvoices)
	switch kind := d.kind(tool); {
	case kind == "I" && d.ID != "":
		return income, []search{paymentsOf, receiptsOf}
	case kind == "I":
		return income, []search{paymentsOf, receiptsOf, draftsOf}
	case kind == "E" && d.ID != "":
		return invoicesOf(gigstack.ListEgressInvoices), nil
	case kind == "E":
		return invoicesOf(gigstack.ListEgressInvoices), []search{draftsOf}
	case tool == gigstack.RegisterPayment.Name:
		return paymentsOf, []search{income, receiptsOf}
	default:
		return paymentsOf, nil
	}
}

// recent starts the search that decides.
func (d document) recent(ctx context.Context, r request) func() (records, error) {
	own, _ := d.searches(r.spec.Name)
	if !d.comparable(r) {
		return func() (none records, _ error) { return none, nil }
	}
	return ahead(func() (records, error) { return own(ctx, r, d.Client.ID) })
}

// comparable reports whether a twin could be told from others at all.
func (d document) comparable(r request) bool {
	client := clientOf(d.Client)
	return d.Client.ID != nil || client.TaxID != "" || client.Email != "" || r.key != "" || d.IdempotencyKey != "" || len(d.Metadata) > 0
}

// findOwnTwins warns of what is of the kind that the call makes. A plan is for
// those that were seen: another means that somebody was faster.
func (d document) findOwnTwins(r request, client gigstack.Client, recent func() (records, error), p *preview) {
	own, err := recent()
	if ids := d.warnOfTwins(r, client, own, err, p); len(ids) > 0 {
		p.saw(ids)
	}
}

// findTwins warns of whatever the call may repeat.
func (d document) findTwins(r request, client gigstack.Client, recent func() (records, error), p *preview) {
	d.findOwnTwins(r, client, recent, p)
	_, others := d.searches(r.spec.Name)
	if !d.comparable(r) {
		return
	}
	for _, other := range others {
		p.asides = append(p.asides, func(ctx context.Context) func() {
			all, err := other(ctx, r, d.Client.ID)
			return func() { d.warnOfTwins(r, client, all, err, p) }
		})
	}
}

// Bounded searches say so, once.
const (
	notSearched = "Not everything could be searched for duplicates."
	notAll      = "There were more records in the last 7 days than were searched for duplicates."
)

// warnOfTwins names the twins among records and returns their ids.
func (d document) warnOfTwins(r request, client gigstack.Client, all records, err error, p *preview) (ids []string) {
	once := func(warning string) {
		if !slices.Contains(p.Warnings, warning) {
			p.Warnings = append(p.Warnings, warning)
		}
	}
	if err != nil {
		once(notSearched)
		return nil
	}
	for _, v := range all.list {
		if same := d.same(r, client, v, p.Totals); same != "" {
			if ids = append(ids, v.id); len(ids) > mostTwins {
				continue
			}
			p.Warnings = append(p.Warnings, fmt.Sprintf("Possible duplicate: %s, %s %s, %s, of %s: the same %s.", v.what, v.total.StringFixed(2), v.currency, v.status, day(v.created), same))
		}
	}
	if hidden := len(ids) - mostTwins; hidden > 0 {
		p.Warnings = append(p.Warnings, fmt.Sprintf("… and %d more possible duplicates.", hidden))
	}
	if all.more {
		once(notAll)
	}
	return ids
}

// same is what makes a record a twin, or "".
func (d document) same(r request, client gigstack.Client, v record, t *totals) string {
	related := append([]string{d.ID, d.PPDInvoiceID}, r.made...)
	for _, relation := range d.RelatedDocuments {
		related = append(related, relation.Documents...)
	}
	dead := slices.ContainsFunc([]string{"cancel", "fail", "expired", "refunded"}, func(s string) bool { return strings.HasPrefix(v.status, s) })
	isRelated := slices.ContainsFunc(related, func(id string) bool { return strings.EqualFold(id, v.id) })
	paid := strings.HasPrefix(v.what, "payment") && d.kind(r.spec.Name) != "" && v.idle // only now is its invoice made
	if dead || isRelated || paid || v.created.Before(r.now.AddDate(0, 0, -twinDays)) {
		return ""
	}
	if key := cmp.Or(r.key, d.IdempotencyKey); key != "" && v.key == key {
		return "idempotency_key"
	}
	for _, name := range slices.Sorted(maps.Keys(d.Metadata)) {
		if referring.MatchString(name) && v.metadata[name] != nil && fmt.Sprint(v.metadata[name]) == fmt.Sprint(d.Metadata[name]) {
			return "metadata " + clip(name, shortText)
		}
	}
	if sameReceiver(client, v.client) && v.currency == t.Currency && v.total.Equal(t.Total.Decimal) {
		return "receiver, total and currency"
	}
	return ""
}

// referring is names of metadata that tell one sale from another.
var referring = regexp.MustCompile(`(?i)(^|_|-)(id|ref|reference|referencia|order|orden|pedido|folio|number|ticket|po)$|(order|invoice|external)_?(id|ref|number)`)

// sameReceiver compares by id, else by RFC. Sales to nobody in particular are
// alike often enough.
func sameReceiver(a, b gigstack.Client) bool {
	switch {
	case cfdi.RFC(a.TaxID).Generic():
		return false
	case a.ID != "" && b.ID != "":
		return a.ID == b.ID
	case a.TaxID != "" && b.TaxID != "":
		return strings.EqualFold(a.TaxID, b.TaxID)
	default:
		return a.Email != "" && strings.EqualFold(a.Email, b.Email)
	}
}

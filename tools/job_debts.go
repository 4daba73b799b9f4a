package tools

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

type debtsInput struct {
	forTeam
	Client *string `json:"client,omitempty" doc:"Only this client's: id, RFC, or part of the name." jsonschema:"maxLength=200"`
	Limit  *int    `json:"limit,omitempty" doc:"Clients listed, 10 when absent; the others are summed." jsonschema:"minimum=1,maximum=50"`
}

// debts is what customers owe a team.
type debts struct {
	AsOf    string    `json:"as_of" doc:"Day, Mexico City."`
	Aged    string    `json:"aged" doc:"What days are counted from."`
	Total   []owed    `json:"total_per_currency"`
	Clients []debtor  `json:"clients" doc:"By client and currency, the oldest debt first."`
	Others  []owed    `json:"other_clients,omitempty" doc:"The clients beyond limit, summed."`
	NotDebt []notDebt `json:"not_debt" doc:"Often taken for debt, and none: not in the totals."`
}

// owed is a debt in one currency.
type owed struct {
	Currency string           `json:"currency"`
	Owed     gigstack.Decimal `json:"owed"`
	Clients  int              `json:"clients,omitempty"`
	Invoices int              `json:"invoices"`
	Oldest   string           `json:"oldest" doc:"Day of the oldest invoice."`
	Aging    aging            `json:"aging"`
}

// aging is a debt by how old it is.
type aging struct {
	NotDue *gigstack.Decimal `json:"not_due,omitempty"`
	Month  gigstack.Decimal  `json:"days_0_30"`
	Second gigstack.Decimal  `json:"days_31_60"`
	Third  gigstack.Decimal  `json:"days_61_90"`
	Older  gigstack.Decimal  `json:"days_over_90"`
}

// debtor is what a client owes in one currency.
type debtor struct {
	ID   string `json:"client_id,omitempty"`
	Name string `json:"name,omitempty"`
	RFC  string `json:"rfc,omitempty"`
	owed
	List []debt `json:"oldest_invoices" doc:"The oldest three."`
}

// debt is what is owed of one invoice.
type debt struct {
	UUID      string           `json:"uuid"`
	Folio     string           `json:"folio,omitempty"`
	Date      string           `json:"date"`
	Days      int              `json:"days" doc:"Since the day of aged; negative when not due."`
	Total     gigstack.Decimal `json:"total"`
	Owed      gigstack.Decimal `json:"owed"`
	Canceling bool             `json:"cancelling,omitempty" doc:"Its cancellation is pending: valid until then."`
}

type notDebt struct {
	Kind string `json:"kind"`
	tally
	About string `json:"about"`
}

// The kinds of what is no debt, in their order.
const (
	unpaidLinks = iota
	pendingReceipts
	replacedInvoices
)

const (
	debtorsShown   = 10
	debtsPerClient = 3
)

func (t *Tools) whoOwesUs() ownTool {
	return job(t, "who_owes_us", "Who owes us",
		"Tell who owes the company money, how much and since when (quién me debe, cobranza, cartera vencida): the open balances of all valid PPD invoices, per currency and client, by age. Unpaid payment links and pending receipts are no debt and stand apart.",
		func(ctx context.Context, s *study, in debtsInput) (d debts, err error) {
			of := ledgerOf{client: strings.TrimSpace(value(in.Client)), now: t.Now(), debtors: map[string]*debtor{}, replaced: map[string]bool{}}
			d.NotDebt = []notDebt{
				unpaidLinks:      {Kind: "payment_links_unpaid", About: "Money asked for by link and not paid; where nothing was invoiced nothing is owed."},
				pendingReceipts:  {Kind: "receipts_pending", About: "Money already collected that waits for its invoice."},
				replacedInvoices: {Kind: "replaced_invoices", About: "Valid invoices with a valid substitute (relation 04): the sale is owed once, by that. Cancel them with motive 01."},
			}
			s.together(
				func() { of.limitDays(ctx, s) },
				func() { of.readInvoices(ctx, s) },
				func() { of.readLinks(ctx, s, &d.NotDebt[unpaidLinks].tally) },
				func() { of.readReceipts(ctx, s, &d.NotDebt[pendingReceipts].tally) },
			)
			of.answer(&d, cmp.Or(value(in.Limit), debtorsShown))
			if of.client != "" && len(of.debtors) > 1 {
				s.note("%d clients (or currencies) match; pass a client_id for one.", len(of.debtors))
			}
			if of.client != "" && len(of.debtors) == 0 && s.missing(gigstack.ListIncomeInvoices.Name) == "" {
				s.note("No client that matches owes anything.")
			}
			return d, nil
		})
}

// ledgerOf is what is owed, while it is read.
type ledgerOf struct {
	client   string // wanted; "" for all
	now      time.Time
	days     int // to pay; 0 when not known
	open     []gigstack.Invoice
	replaced map[string]bool    // by UUID: a valid substitute stands for it
	debtors  map[string]*debtor // by client and currency
}

// wants reports whether a client is the one asked for.
func (l *ledgerOf) wants(c gigstack.Client) bool {
	wanted := catalogs.Fold(l.client)
	return l.client == "" || c.ID == l.client || strings.EqualFold(c.TaxID, l.client) ||
		slices.ContainsFunc([]string{c.Name, c.LegalName, c.Company}, func(name string) bool { return wanted != "" && strings.Contains(catalogs.Fold(name), wanted) })
}

// id is the client's id, where it is by that it was asked for.
func (l *ledgerOf) id() *string {
	if strings.HasPrefix(l.client, "client_") {
		return &l.client
	}
	return nil
}

func (l *ledgerOf) limitDays(ctx context.Context, s *study) {
	team, _ := one(ctx, s, gigstack.GetTeam, gigstack.TeamRef{ID: s.to.team})
	if days, ok := team.Settings["limit_days_to_pay"].(float64); ok {
		l.days = int(days)
	}
}

func (l *ledgerOf) readInvoices(ctx context.Context, s *study) {
	for v := range reading(ctx, s, gigstack.ListIncomeInvoices, gigstack.ListInvoicesInput{Paging: gigstack.Paging{Limit: new(100)}, ClientID: l.id()}) {
		if valid(&v) {
			l.substitutes(&v)
		}
		if valid(&v) && v.PaymentMethod == "PPD" && v.LastBalance.IsPositive() && l.wants(v.Client) {
			l.open = append(l.open, slim(v))
		}
	}
}

// substitutes notes which invoices a valid one replaces: while the old one is not
// cancelled, the sale stands in both, and is owed once.
func (l *ledgerOf) substitutes(v *gigstack.Invoice) {
	for _, old := range replacedBy(v) {
		l.replaced[strings.ToUpper(old)] = true
	}
}

func (l *ledgerOf) readLinks(ctx context.Context, s *study, links *tally) {
	for _, status := range []gigstack.PaymentStatus{"requires_payment_method", "pending"} {
		for p := range reading(ctx, s, gigstack.ListPayments, gigstack.ListPaymentsInput{Paging: gigstack.Paging{Limit: new(100)}, Status: &status, ClientID: l.id()}) {
			if l.wants(value(p.Client)) {
				links.add(p.Currency, totalOf(p))
			}
		}
	}
}

func (l *ledgerOf) readReceipts(ctx context.Context, s *study, waiting *tally) {
	for r := range reading(ctx, s, gigstack.ListReceipts, gigstack.ListReceiptsInput{Paging: gigstack.Paging{Limit: new(100)}, Status: new(gigstack.ReceiptStatus("pending")), ClientID: l.id()}) {
		if l.wants(value(r.Client)) {
			waiting.add(r.Currency, r.Total.Sub(r.TotalRefunded.Decimal))
		}
	}
}

// answer sums up what was read.
func (l *ledgerOf) answer(d *debts, limit int) {
	d.AsOf, d.Aged = day(l.now), "invoice date"
	if l.days > 0 {
		d.Aged = fmt.Sprintf("due date, %d days after the invoice", l.days)
	}
	slices.SortFunc(l.open, func(a, b gigstack.Invoice) int {
		return cmp.Or(issuedAt(&a).Compare(issuedAt(&b)), strings.Compare(a.UUID, b.UUID))
	})
	totals, others := map[string]*owed{}, map[string]*owed{}
	for i := range l.open {
		if v := &l.open[i]; l.replaced[strings.ToUpper(v.UUID)] {
			d.NotDebt[replacedInvoices].add(v.Currency, v.LastBalance.Decimal)
		} else {
			l.enter(v)
		}
	}
	d.Clients = []debtor{}
	for _, client := range slices.SortedFunc(maps.Values(l.debtors), func(a, b *debtor) int {
		return cmp.Or(strings.Compare(a.Oldest, b.Oldest), strings.Compare(a.List[0].UUID, b.List[0].UUID))
	}) {
		client.owed.joins(totals)
		if len(d.Clients) < limit {
			d.Clients = append(d.Clients, *client)
		} else {
			client.owed.joins(others)
		}
	}
	d.Total, d.Others = byCurrency(totals), byCurrency(others)
}

// enter adds an invoice to its client's debt.
func (l *ledgerOf) enter(v *gigstack.Invoice) {
	key := cmp.Or(v.Client.ID, v.Client.TaxID, v.Client.Name) + "\x00" + v.Currency
	client := l.debtors[key]
	if client == nil {
		client = &debtor{ID: v.Client.ID, Name: clip(cmp.Or(v.Client.Name, v.Client.LegalName), shortText), RFC: clip(v.Client.TaxID, shortText)}
		client.Currency, client.Oldest = v.Currency, day(issuedAt(v))
		l.debtors[key] = client
	}
	age := daysBetween(issuedAt(v), l.now) - l.days
	client.Owed.Decimal = client.Owed.Add(v.LastBalance.Decimal)
	client.Invoices++
	client.Aging.add(age, v.LastBalance)
	if len(client.List) < debtsPerClient {
		client.List = append(client.List, debt{UUID: v.UUID, Folio: folioOf(v), Date: day(issuedAt(v)), Days: age, Total: v.Total, Owed: v.LastBalance, Canceling: canceling(v)})
	}
}

// daysBetween counts the days of Mexico City from a to b.
func daysBetween(a, b time.Time) int {
	from, _ := time.Parse(time.DateOnly, day(a))
	to, _ := time.Parse(time.DateOnly, day(b))
	return int(to.Sub(from).Hours() / 24)
}

func (a *aging) add(days int, amount gigstack.Decimal) {
	bucket := &a.Older
	switch {
	case days < 0:
		a.NotDue = cmp.Or(a.NotDue, &gigstack.Decimal{})
		bucket = a.NotDue
	case days <= 30:
		bucket = &a.Month
	case days <= 60:
		bucket = &a.Second
	case days <= 90:
		bucket = &a.Third
	}
	bucket.Decimal = bucket.Add(amount.Decimal)
}

// joins adds a client's debt to that of its currency.
func (o owed) joins(all map[string]*owed) {
	sum := all[o.Currency]
	if sum == nil {
		sum = &owed{Currency: o.Currency, Oldest: o.Oldest}
		all[o.Currency] = sum
	}
	sum.Clients++
	sum.Invoices += o.Invoices
	sum.Owed.Decimal = sum.Owed.Add(o.Owed.Decimal)
	sum.Oldest = min(sum.Oldest, o.Oldest)
	if o.Aging.NotDue != nil {
		sum.Aging.add(-1, *o.Aging.NotDue)
	}
	sum.Aging.add(0, o.Aging.Month)
	sum.Aging.add(31, o.Aging.Second)
	sum.Aging.add(61, o.Aging.Third)
	sum.Aging.add(91, o.Aging.Older)
}

func byCurrency(all map[string]*owed) []owed {
	list := []owed{}
	for _, currency := range slices.Sorted(maps.Keys(all)) {
		list = append(list, *all[currency])
	}
	return list
}

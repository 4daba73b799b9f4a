package tools

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

type duplicatesInput struct {
	forTeam
	Period *string `json:"period,omitempty" doc:"2026-10, 30d, this year; 90d when absent." jsonschema:"maxLength=60"`
	Window *int    `json:"window_days,omitempty" doc:"Days between two that are the same sale, 3 when absent." jsonschema:"minimum=0,maximum=31"`
}

// duplicates is documents that may say the same twice.
type duplicates struct {
	Period   string           `json:"period"`
	Window   int              `json:"window_days"`
	Compared int              `json:"compared" doc:"Invoices and payments that count."`
	Found    int              `json:"found" doc:"Groups."`
	Excess   sums             `json:"excess" doc:"All of each group but its largest, by currency: what is at stake if every group is one sale."`
	Groups   []duplicateGroup `json:"groups" doc:"Newest first."`
	NotShown int              `json:"not_shown,omitempty" doc:"Further groups."`
}

// duplicateGroup is documents that hang together as one sale would.
type duplicateGroup struct {
	Kind      string      `json:"kind" doc:"invoices or payments."`
	Why       []string    `json:"why" doc:"same_sale: receiver, total and currency within the window; same_payment: invoices of one payment; same_key: one idempotency key."`
	SameLines bool        `json:"same_lines" doc:"Their lines say the same."`
	Documents []duplicate `json:"documents"`
	NotShown  int         `json:"not_shown,omitempty"`
	Look      []string    `json:"look" doc:"What to look at before anything is cancelled."`
}

// duplicate is one document of a group.
type duplicate struct {
	example
	At       time.Time `json:"at"`
	Status   string    `json:"status"`
	Payments []string  `json:"payments,omitempty" doc:"Of an invoice, three at most."`
	Invoices []string  `json:"invoices,omitempty" doc:"Of a payment, three at most."`
}

// Bounds of an answer.
const (
	groupsShown     = 20
	duplicatesShown = 5
	windowDays      = 3
	// oneGo is how near two documents are that the end of a month does not part.
	oneGo = time.Hour
)

func (t *Tools) findDuplicates() ownTool {
	return job(t, "find_duplicates", "Find duplicates",
		"Find income invoices and payments that may be there twice (duplicadas): same receiver, total and currency within days, two invoices of one payment, or one idempotency key. Cancelled and replaced documents (relation 04), global invoices, sales to the general public and monthly retainers are left out. Says what to look at; cancels nothing.",
		func(ctx context.Context, s *study, in duplicatesInput) (d duplicates, err error) {
			p, err := t.during(in.Period, "90d")
			if err != nil {
				return d, err
			}
			d = duplicates{Period: p.String(), Window: windowDays, Excess: sums{}, Groups: []duplicateGroup{}}
			if in.Window != nil {
				d.Window = *in.Window
			}
			around := gigstack.ListFilter{CreatedGTE: new(gigstack.Since(p.from.AddDate(0, 0, -d.Window).Unix())), CreatedLTE: new(gigstack.Until(p.until.AddDate(0, 0, d.Window).Unix()))}
			var invoices, payments []paper
			s.together(
				func() { invoices = invoicePapers(ctx, s, around) },
				func() { payments = paymentPapers(ctx, s, around) },
			)
			ofPayment(invoices, payments)
			d.Compared = len(invoices) + len(payments)
			groups := append(gather(invoices, d.Window), gather(payments, d.Window)...)
			groups = slices.DeleteFunc(groups, func(g twins) bool {
				return !slices.ContainsFunc(g.papers, func(v paper) bool { return p.Contains(v.At) })
			})
			slices.SortStableFunc(groups, func(a, b twins) int { return b.papers[len(b.papers)-1].At.Compare(a.papers[len(a.papers)-1].At) })
			d.Found = len(groups)
			for i, g := range groups {
				g.addExcess(d.Excess)
				if i < groupsShown {
					d.Groups = append(d.Groups, g.shown())
				}
			}
			d.NotShown = d.Found - len(d.Groups)
			return d, nil
		})
}

// paper is an invoice or a payment as it is compared.
type paper struct {
	duplicate
	kind     string
	sale     string // equal for what may be one sale; "" for what cannot be told
	key      string
	payments []string // of an invoice
	invoices []string // of a payment
	lines    string
	settled  bool // it has a payment, or a payment has its invoice
	partial  bool // complements hang on it
}

// invoicePapers is the income invoices that count: valid, and not replaced by another.
func invoicePapers(ctx context.Context, s *study, around gigstack.ListFilter) (list []paper) {
	successors := map[string]bool{}
	for v := range reading(ctx, s, gigstack.ListIncomeInvoices, gigstack.ListInvoicesInput{Paging: gigstack.Paging{Limit: new(100)}, ListFilter: around}) {
		if !valid(&v) || v.Global != nil {
			continue
		}
		for _, uuid := range replacedBy(&v) {
			successors[strings.ToUpper(uuid)] = true
		}
		status := v.Status
		if canceling(&v) {
			status = "cancellation pending"
		}
		list = append(list, paper{
			duplicate: duplicate{example: invoiceExample(&v, v.PaymentMethod), At: issuedAt(&v).In(gigstack.MexicoCity), Status: status},
			kind:      "invoices", sale: saleOf(v.Client, v.Currency, v.Total), key: v.IdempotencyKey, payments: v.Payments, lines: saleLines(v.Items),
			partial: v.Installments > 0 || v.PaidByComplements.IsPositive(),
		})
	}
	return slices.DeleteFunc(list, func(v paper) bool { return successors[strings.ToUpper(v.ID)] })
}

// paymentPapers is the payments that are collected or still can be.
func paymentPapers(ctx context.Context, s *study, around gigstack.ListFilter) (list []paper) {
	for p := range reading(ctx, s, gigstack.ListPayments, gigstack.ListPaymentsInput{Paging: gigstack.Paging{Limit: new(100)}, ListFilter: around}) {
		if voided(p.Status) || p.Status == "failed" || !kept(p).IsPositive() {
			continue
		}
		list = append(list, paper{
			duplicate: duplicate{example: paymentExample(p, p.Total.Decimal, clip(p.PaymentProcessor, shortText)), At: collectedAt(p).In(gigstack.MexicoCity), Status: clip(p.Status, shortText), Invoices: firstOf(p.Invoices)},
			kind:      "payments", sale: saleOf(value(p.Client), p.Currency, p.Total), key: p.IdempotencyKey, invoices: p.Invoices, lines: saleLines(p.Items), settled: len(p.Invoices) > 0,
		})
	}
	return list
}

// ofPayment adds to invoices the payments that name them.
func ofPayment(invoices, payments []paper) {
	named := map[string][]string{}
	for _, p := range payments {
		for _, uuid := range p.invoices {
			named[strings.ToUpper(uuid)] = append(named[strings.ToUpper(uuid)], p.ID)
		}
	}
	for i := range invoices {
		v := &invoices[i]
		for _, payment := range named[strings.ToUpper(v.ID)] {
			if !slices.Contains(v.payments, payment) {
				v.payments = append(slices.Clip(v.payments), payment)
			}
		}
		v.Payments, v.settled = firstOf(v.payments), len(v.payments) > 0
	}
}

func firstOf(ids []string) []string { return ids[:min(len(ids), 3)] }

// saleOf is equal for documents that one sale may have made. Sales to the general
// public are alike often enough; foreigners share an RFC.
func saleOf(c gigstack.Client, currency string, total gigstack.Decimal) string {
	receiver := strings.ToUpper(c.TaxID)
	switch {
	case receiver == string(cfdi.PublicRFC):
		return ""
	case receiver == "" || cfdi.RFC(receiver).Generic():
		receiver = c.ID
	}
	if receiver == "" {
		return ""
	}
	return receiver + " " + cmp.Or(currency, "MXN") + " " + total.StringFixed(2)
}

// saleLines is what the lines say, their prices and all.
func saleLines(items []gigstack.Item) string {
	var said []string
	for _, item := range items {
		said = append(said, strings.Join([]string{strings.ToLower(item.Description), item.Quantity.String(), item.UnitPrice.String()}, "\x00"))
	}
	slices.Sort(said)
	return strings.Join(said, "\x01")
}

// twins is papers that hang together, oldest first, and why.
type twins struct {
	papers []paper
	why    []string
}

// gather finds what hangs together, also by way of a third.
func gather(papers []paper, window int) (groups []twins) {
	slices.SortFunc(papers, func(a, b paper) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.ID, b.ID)) })
	leader, why := make([]int, len(papers)), make([][]string, len(papers))
	for i := range leader {
		leader[i] = i
	}
	find := func(i int) int {
		for leader[i] != i {
			i = leader[i]
		}
		return i
	}
	latest := map[string]int{} // by reason and what is the same
	join := func(reason, same string, i int, near func(a, b paper) bool) {
		if same == "" {
			return
		}
		j, seen := latest[reason+same]
		if latest[reason+same] = i; !seen || papers[j].ID == papers[i].ID || !near(papers[j], papers[i]) {
			return
		}
		a, b := find(j), find(i)
		first, second := min(a, b), max(a, b)
		if leader[second] = first; first != second {
			why[first] = append(why[first], why[second]...)
		}
		why[first] = append(why[first], reason)
	}
	always := func(a, b paper) bool { return true }
	for i, v := range papers {
		join("same_sale", v.sale, i, func(a, b paper) bool { return oneSale(a.At, b.At, window) })
		join("same_key", v.key, i, always)
		for _, payment := range v.payments {
			join("same_payment", payment, i, always)
		}
	}
	members := map[int][]paper{}
	for i, v := range papers {
		members[find(i)] = append(members[find(i)], v)
	}
	for i := range papers {
		if len(members[i]) > 1 {
			slices.Sort(why[i])
			groups = append(groups, twins{members[i], slices.Compact(why[i])})
		}
	}
	return groups
}

// oneSale reports whether equal sales at two times may be one: within so many days of
// one month, or in one go. In different months they are a retainer.
func oneSale(a, b time.Time, window int) bool {
	apart := b.Sub(a)
	return apart <= oneGo || daysBetween(a, b) <= window && a.Month() == b.Month()
}

// addExcess adds all of a group but its largest document.
func (g twins) addExcess(to sums) {
	largest := slices.MaxFunc(g.papers, func(a, b paper) int { return a.Amount.Cmp(b.Amount.Decimal) })
	to.add(largest.Currency, largest.Amount.Neg())
	for _, v := range g.papers {
		to.add(v.Currency, v.Amount.Decimal)
	}
}

// shown is the group as it is answered.
func (g twins) shown() duplicateGroup {
	shown := duplicateGroup{Kind: g.papers[0].kind, Why: g.why, SameLines: true, NotShown: max(len(g.papers)-duplicatesShown, 0)}
	for _, v := range g.papers[:min(len(g.papers), duplicatesShown)] {
		v.Date = "" // at says more
		shown.Documents = append(shown.Documents, v.duplicate)
	}
	for _, v := range g.papers {
		shown.SameLines = shown.SameLines && v.lines == g.papers[0].lines
	}
	if !shown.SameLines {
		shown.Look = append(shown.Look, "Their lines differ: perhaps different sales.")
	}
	shown.Look = append(shown.Look, g.look()...)
	return shown
}

// look is what to look at before anything is cancelled.
func (g twins) look() (look []string) {
	settled := g.count(func(v paper) bool { return v.settled })
	if g.papers[0].kind == "payments" {
		switch {
		case settled == 1:
			look = append(look, "The one with an invoice stays.")
		case settled > 1:
			look = append(look, "More than one has an invoice: see the groups of invoices too.")
		}
		if g.count(func(v paper) bool { return !strings.HasPrefix(v.Status, "succeeded") }) > 0 {
			look = append(look, "One is not paid yet: cancel_payment keeps a link from being paid too.")
		}
		return append(look, "Look in the bank whether the money came once or twice; refund_payment only what came twice.")
	}
	switch {
	case settled == len(g.papers) && !slices.Contains(g.why, "same_payment"):
		look = append(look, "Each has a payment of its own: different sales, or the client paid twice.")
	case settled == 1:
		look = append(look, "The one with a payment stays.")
	}
	if g.count(func(v paper) bool { return v.partial }) > 0 {
		look = append(look, "Complements have to be cancelled before their invoice.")
	}
	return append(look, "Ask which one stays, then cancel_invoice the other (motive 02 or 03). That gives no money back.")
}

func (g twins) count(such func(paper) bool) (n int) {
	for _, v := range g.papers {
		if such(v) {
			n++
		}
	}
	return n
}

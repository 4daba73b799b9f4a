package tools

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
	"github.com/gigstack/gigstack-mcp/schemas"
)

type suppliersInput struct {
	forTeam
	Period *string  `json:"period,omitempty" doc:"Of the received CFDI: 2026-10, 2026, 30d, last_month; 90d when absent."`
	RFCs   []string `json:"rfcs,omitempty" doc:"Check these instead, without their CFDI." jsonschema:"maxItems=1000"`
}

// Bounds of a screening.
const (
	usualScreening  = "90d"
	mostScreened    = 1000 // RFCs
	screenedAtOnce  = 8
	mostUncheckable = 50 // shown
)

// screenSuppliers looks for suppliers on the SAT's lists.
func (t *Tools) screenSuppliers() ownTool {
	return job(t, "screen_suppliers", "Screen suppliers",
		"Check suppliers against the SAT's lists (69-B EFOS: presunto, definitivo, desvirtuado; 69; 69-B Bis): all who issued CFDI to the company in a period, with what they billed, or given RFCs. Says which could not be checked and how old the lists are. The period needs bulk SAT download to be on.",
		func(ctx context.Context, s *study, in suppliersInput) (screening, error) {
			if len(in.RFCs) > 0 && in.Period != nil {
				return screening{}, invalidArguments([]schemas.Problem{{Path: "rfcs", Message: "cannot be combined with period"}})
			}
			v := screening{Hits: []hit{}}
			suppliers := suppliersOf(in.RFCs)
			if len(in.RFCs) == 0 {
				period, err := t.during(in.Period, usualScreening)
				if err == nil {
					v.Period = period.String()
					suppliers, err = s.suppliers(ctx, period)
				}
				if err != nil {
					return v, err
				}
				s.note("The suppliers are those of the CFDI that bulk download has brought so far.")
			}
			v.Suppliers = len(suppliers)
			v.Lists = s.satLists(ctx)
			v.check(ctx, s, suppliers)
			return v, nil
		})
}

// screening is what the lists say of suppliers.
type screening struct {
	Period     string        `json:"period,omitempty"`
	Suppliers  int           `json:"suppliers" doc:"Different RFCs found or given."`
	Checked    int           `json:"checked"`
	Hits       []hit         `json:"hits" doc:"On a list; favourable ones last."`
	NotChecked []uncheckable `json:"not_checked,omitempty" doc:"The first 50."`
	Unchecked  int           `json:"not_checked_in_all,omitempty"`
	Lists      []listAge     `json:"lists" doc:"What was checked against, and when gigstack last read it from the SAT."`
}

// hit is a supplier on a list.
type hit struct {
	RFC        string     `json:"rfc"`
	Name       string     `json:"name,omitempty"`
	Exposure   []exposure `json:"exposure,omitempty" doc:"What it billed in the period."`
	Entries    []entry    `json:"entries"`
	Favourable bool       `json:"favourable" doc:"Every entry was decided in its favour."`
}

// entry is what one list says.
type entry struct {
	List      string `json:"list"`
	Situation string `json:"situation,omitempty" doc:"The SAT's word."`
	Published string `json:"published,omitempty"`
	Notice    string `json:"notice,omitempty" doc:"Number of the SAT's notice."`
	Meaning   string `json:"meaning" doc:"In general; no legal advice."`

	favourable bool
}

// exposure is the valid CFDI of a supplier in one currency.
type exposure struct {
	Currency    string           `json:"currency"`
	Invoices    int              `json:"invoices"`
	Billed      gigstack.Decimal `json:"billed" doc:"Income CFDI, taxes included."`
	CreditNotes gigstack.Decimal `json:"credit_notes"`
}

type uncheckable struct {
	RFC string `json:"rfc"`
	Why string `json:"why"`
}

type listAge struct {
	List   string `json:"list"`
	Name   string `json:"name,omitempty"`
	Synced string `json:"synced,omitempty"`
	Status string `json:"status,omitempty" doc:"Of the last sync; unless success, recent entries may be missing."`
}

// supplier is an issuer of CFDI and what it billed, by currency.
type supplier struct {
	rfc, name string
	billed    map[string]*exposure
}

// suppliersOf is the suppliers of these RFCs, as people write them.
func suppliersOf(rfcs []string) (all []*supplier) {
	for _, written := range rfcs {
		rfc := strings.ToUpper(strings.NewReplacer(" ", "", "-", "", ".", "").Replace(plain(written)))
		if !slices.ContainsFunc(all, func(v *supplier) bool { return v.rfc == rfc }) {
			all = append(all, &supplier{rfc: rfc})
		}
	}
	return all
}

// suppliers is who issued CFDI to the team in a period, the last first. Without bulk
// download there is no telling.
func (s *study) suppliers(ctx context.Context, period span) (all []*supplier, err error) {
	activation, ok := one(ctx, s, gigstack.GetSATDownloadActivation, struct{}{})
	if ok && activation.Status != "active" {
		return nil, &failure{Code: "sat_download_off", Outcome: gigstack.Refused,
			Message: fmt.Sprintf("Bulk SAT download is not on for this team (%s), so nobody knows who issued CFDI to it.", clip(activation.Status, shortText)),
			Next:    "Pass rfcs to check given suppliers. Else a person decides whether to turn it on: activate_sat_download settles needs_activation and needs_addon and costs money per XML; needs_upgrade takes a paid plan in gigstack's app."}
	}
	by := map[string]*supplier{}
	first, last := period.days()
	for v := range reading(ctx, s, gigstack.ListSATInvoices, gigstack.ListSATInvoicesInput{
		RecordPaging: gigstack.RecordPaging{Paging: gigstack.Paging{Limit: new(100)}}, FirstDay: &first, LastDay: &last, Direction: new(gigstack.SATDirection("received")),
	}) {
		issuer := value(v.Issuer)
		if by[issuer.RFC] == nil {
			by[issuer.RFC] = &supplier{rfc: clip(issuer.RFC, shortText), name: clip(issuer.Name, shortText), billed: map[string]*exposure{}}
			all = append(all, by[issuer.RFC])
		}
		by[issuer.RFC].bill(v)
	}
	return all, nil
}

// days is the first and the last day of a period, as the mirror counts them.
func (p span) days() (first, last gigstack.Day) {
	return gigstack.Day(p.from.Format(time.DateOnly)), gigstack.Day(p.until.AddDate(0, 0, -1).Format(time.DateOnly))
}

// bill adds a CFDI to what the supplier billed. Payments and payroll bill nothing, and
// nothing is owed on what was canceled.
func (v *supplier) bill(invoice gigstack.SATInvoice) {
	if invoice.Status != "Vigente" || invoice.InvoiceType != "I" && invoice.InvoiceType != "E" {
		return
	}
	currency := cmp.Or(clip(invoice.Currency, shortText), "MXN")
	if v.billed[currency] == nil {
		v.billed[currency] = &exposure{Currency: currency}
	}
	e := v.billed[currency]
	add := func(to *gigstack.Decimal) { to.Decimal = decimal.Sum(to.Decimal, invoice.Total.Decimal) }
	if invoice.InvoiceType == "E" {
		add(&e.CreditNotes)
		return
	}
	e.Invoices++
	add(&e.Billed)
}

// satLists is the lists and how old they are.
func (s *study) satLists(ctx context.Context) []listAge {
	all, failed := []listAge{}, 0
	page, _ := one(ctx, s, gigstack.ListSATLists, struct{}{})
	for _, l := range page.Data {
		v := listAge{List: clip(l.ID, shortText), Name: clip(l.Name, shortText), Status: clip(l.LastSync.Status, shortText)}
		if at := instant(l.LastSync.SyncedAt); !at.IsZero() {
			v.Synced = at.Format(time.RFC3339)
		}
		if v.Status != "success" {
			failed++
		}
		all = append(all, v)
	}
	if failed > 0 {
		s.note("The last sync of %d of the lists failed: recent entries may be missing there.", failed)
	}
	return all
}

// check looks each supplier up.
func (v *screening) check(ctx context.Context, s *study, suppliers []*supplier) {
	found := spread(ctx, screenedAtOnce, min(len(suppliers), mostScreened), func(ctx context.Context, i int) lookedUp {
		return s.lookUp(ctx, suppliers[i])
	})
	c := coverage{Tool: gigstack.CheckRFC.Name}
	for i, supplier := range suppliers {
		var l lookedUp
		if l.why = fmt.Sprintf("Only %d are checked at once: ask for a shorter period.", mostScreened); i < len(found) {
			l = found[i]
		}
		switch {
		case l.why != "":
			if v.Unchecked++; len(v.NotChecked) < mostUncheckable {
				v.NotChecked = append(v.NotChecked, uncheckable{supplier.rfc, l.why})
			}
			if !l.pointless {
				c.Missing = l.why
			}
			continue
		case l.hit != nil:
			v.Hits = append(v.Hits, *l.hit)
		}
		v.Checked++
	}
	c.Records = v.Checked
	s.covered(c)
	slices.SortStableFunc(v.Hits, func(a, b hit) int {
		switch {
		case a.Favourable == b.Favourable:
			return 0
		case b.Favourable:
			return -1
		}
		return 1
	})
}

// lookedUp is what came of looking a supplier up.
type lookedUp struct {
	hit       *hit
	why       string // it was not checked
	pointless bool   // nobody could
}

func (s *study) lookUp(ctx context.Context, who *supplier) lookedUp {
	rfc := cfdi.RFC(who.rfc)
	switch {
	case rfc.Generic():
		return lookedUp{why: "It stands for nobody in particular.", pointless: true}
	case !rfc.WellFormed():
		return lookedUp{why: "It is no RFC.", pointless: true}
	}
	check, err := gigstack.CheckRFC.Call(ctx, s.caller, gigstack.CheckRFCInput{RFC: gigstack.RFC(who.rfc)})
	switch {
	case err != nil:
		return lookedUp{why: s.explain(err).Message}
	case check.RFC != "" && !strings.EqualFold(check.RFC, who.rfc):
		return lookedUp{why: "gigstack answered about another RFC."}
	case !check.Listed && len(check.Matches) == 0:
		return lookedUp{}
	case len(check.Matches) == 0:
		check.Matches = []gigstack.ListedEntry{{List: "not said"}}
	}
	h := &hit{RFC: who.rfc, Name: who.name, Favourable: true}
	for _, match := range check.Matches {
		e := entryOf(match)
		h.Favourable = h.Favourable && e.favourable
		h.Entries = append(h.Entries, e)
	}
	for _, currency := range slices.Sorted(maps.Keys(who.billed)) {
		h.Exposure = append(h.Exposure, *who.billed[currency])
	}
	return lookedUp{hit: h}
}

// meanings is what it means to be on a list, by words of its situation or name; the
// first that fits.
var meanings = []struct {
	words      string // all of them, folded
	says       string
	favourable bool
}{
	{"no desvirtu", "The SAT's finding was not disproved: its CFDI are taken as covering operations that did not happen (69-B).", false},
	{"desvirtua", "It disproved the SAT's presumption: favourable.", true},
	{"sentencia favorable", "A court set the SAT's finding aside: favourable.", true},
	{"sentencias favorables", "A court set the SAT's finding aside: favourable.", true},
	{"69 b bis", "The SAT finds that it passed tax losses on without right (69-B Bis).", false},
	{"definitiv", "The SAT's finding is final: its CFDI are taken as covering operations that did not happen and have no tax effect, also for who received them (69-B).", false},
	{"presunt", "The SAT presumes that its CFDI cover operations that did not happen; it may still disprove that (69-B).", false},
	{"no localizad", "The SAT did not find it at its tax domicile (69).", false},
	{"firme", "It owes taxes that can no longer be contested (69).", false},
	{"exigible", "It owes taxes that the SAT can collect (69).", false},
	{"sentencia", "It was convicted of a tax crime (69).", false},
	{"cancelad", "Taxes that it owed were written off (69).", false},
	{"condonad", "Taxes that it owed were forgiven (69).", false},
}

func entryOf(match gigstack.ListedEntry) entry {
	notice, _ := match.Details["notice"].(string)
	e := entry{
		List: clip(match.List, shortText), Situation: clip(match.Status, shortText), Published: clip(match.PublishedAt, shortText), Notice: clip(notice, shortText),
		Meaning: "See what list_sat_lists says of the list.",
	}
	for _, of := range []string{match.Status, match.List, match.Name} { // the situation is the newer word
		said := catalogs.Fold(of)
		for _, m := range meanings {
			if strings.Contains(said, m.words) {
				e.Meaning, e.favourable = m.says, m.favourable
				return e
			}
		}
	}
	return e
}

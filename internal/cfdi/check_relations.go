package cfdi

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

var uuidShape = regexp.MustCompile(`^(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// Codes of relations with habits of their own.
const (
	appliesAdvance = "07"
	formAdvance    = "30" // payment form: applied advances
)

// checkRelations judges what the document relates to. Of what type the others are is
// not known here.
func (d *Document) checkRelations(f *findings) {
	if d.Kind == Egress && len(d.Related) == 0 {
		f.doubt("", "related_documents", "Relate the invoices it reduces: 01 discount, 03 return, 07 advance.", "A credit note names the invoices it reduces; this one names none.")
	}
	for i, group := range d.Related {
		at := fmt.Sprintf("related_documents[%d].", i)
		relation, ok := catalogs.Lookup(catalogs.Relationships, group.Code)
		switch {
		case !ok:
			f.refuse("CFDI40137", at+"relationship", "See gigstack://catalogs/relationships.", "%.10q is no relation of CFDI 4.0.", group.Code)
		case !slices.Contains(relation.Documents, d.Kind):
			f.refuse("", at+"relationship", "See gigstack://catalogs/relationships.", "Relation %s is not for documents of type %s.", relation.Code, d.Kind)
		case relation.Code == appliesAdvance && d.Kind == Egress && d.Form != formAdvance:
			f.doubt("", "payment_form", "Pass "+formAdvance+".", "A credit note that applies an advance has form %s.", formAdvance)
		}
		if len(group.UUIDs) == 0 {
			f.refuse("", at+"documents", "Name the documents.", "A relation needs documents.")
		}
		for j, uuid := range group.UUIDs {
			if !uuidShape.MatchString(uuid) {
				f.refuse("", fmt.Sprintf("%sdocuments[%d]", at, j), "Pass the uuid of an invoice.", "%.40q is no UUID.", uuid)
			}
		}
	}
}

// checkGlobal judges the period of a global invoice, or its lack.
func (d *Document) checkGlobal(f *findings, now time.Time) {
	public := d.Receiver != nil && d.Receiver.RFC == PublicRFC
	if d.Global == nil {
		if public && d.Kind == Income && d.Receiver.Name == PublicName {
			f.refuse("CFDI40130", "global", "Pass global, or the buyer's own name.", "An invoice to %s needs the period of a global invoice.", PublicName)
		}
		return
	}
	switch {
	case d.Kind != Income:
		f.refuse("CFDI40130", "global", "Leave global out.", "A global invoice is income.")
		return
	case d.Receiver == nil:
	case !public:
		f.refuse("CFDI40146", "client.tax_id", "Leave global out, or bill the general public.", "A global invoice is for %s, not for %.20s.", PublicRFC, d.Receiver.RFC)
	case d.Receiver.Name != PublicName:
		f.refuse("CFDI40130", "client.legal_name", "Pass "+PublicName+", or leave global out.", "A global invoice is for %s.", PublicName)
	}
	d.Global.check(f, d.Issuer, d.issued(now), now)
	d.checkGlobalHabits(f)
}

// issued is when the document is dated.
func (d *Document) issued(now time.Time) time.Time {
	if d.Date.IsZero() {
		return now
	}
	return d.Date
}

// check judges the period by itself. Moments are in the issuer's zone.
func (p *Period) check(f *findings, issuer Party, issued, now time.Time) {
	periodicity, ok := catalogs.Lookup(catalogs.Periodicities, p.Periodicity)
	months, monthly := catalogs.Lookup(catalogs.Months, p.Months)
	bimonthly := p.Periodicity == "05"
	const fix = "See gigstack://catalogs/months."
	switch {
	case !ok:
		f.refuse("CFDI40131", "global.periodicity", "See gigstack://catalogs/periodicities.", "%.10q is no periodicity.", p.Periodicity)
	case len(periodicity.Regimes) == 0:
	case issuer.Regime == "":
		f.doubt("CFDI40132", "global.periodicity", "Pass 04 unless the issuer's regime is 621.", "Periodicity %s is only for issuers of regime 621.", p.Periodicity)
	case !slices.Contains(periodicity.Regimes, issuer.Regime):
		f.refuse("CFDI40132", "global.periodicity", "Pass 04.", "Periodicity %s is only for issuers of regime 621, not %s.", p.Periodicity, issuer.Regime)
	}
	switch {
	case !monthly:
		f.refuse("CFDI40133", "global.months", fix, "%.10q is no month of a global invoice.", p.Months)
	case !ok || slices.Contains(months.Periodicities, p.Periodicity):
	case bimonthly:
		f.refuse("CFDI40135", "global.months", fix, "Periodicity 05 takes months 13 to 18, not %s.", p.Months)
	default:
		f.refuse("CFDI40134", "global.months", fix, "Periodicity %s takes months 01 to 12, not %s.", p.Periodicity, p.Months)
	}
	year := issued.Year()
	switch {
	case p.Year != year && p.Year != year-1:
		f.refuse("CFDI40136", "global.year", "Correct the year.", "The year must be %d or %d, not %d.", year-1, year, p.Year)
	case monthly && (p.Periodicity == "04" || bimonthly):
		last := months.Months[len(months.Months)-1]
		if closed := time.Date(p.Year, time.Month(last)+1, 1, 0, 0, 0, 0, issued.Location()); now.After(closed.Add(24 * time.Hour)) {
			f.doubt("", "global", "Issue it all the same, and earlier next time.", "A global invoice is due 24 hours after its period; this one ended on %s.", closed.AddDate(0, 0, -1).Format(time.DateOnly))
		}
	}
}

// checkGlobalHabits doubts what no rule forbids and no global invoice has.
func (d *Document) checkGlobalHabits(f *findings) {
	if d.Method == "PPD" {
		f.doubt("", "payment_method", "Pass PUE.", "What the general public buys is paid: a global invoice is PUE.")
	}
	if d.Currency != "MXN" {
		f.doubt("", "currency", "Leave it out.", "A global invoice is in MXN.")
	}
	if d.Use != "" && d.Use != "S01" {
		f.doubt("CFDI40161", "use", "Pass S01.", "A global invoice has use S01.")
	}
	for i, item := range d.Items {
		at := fmt.Sprintf("items[%d].", i)
		if item.Inherits {
			continue
		}
		if item.Product != uncatalogued || item.Unit != "ACT" || !item.Quantity.Equal(decimal.NewFromInt(1)) || item.UnitName != "" {
			f.doubt("", at+"product_key", "Pass product_key 01010101, unit_key ACT, quantity 1 and no unit_name.", "Each line of a global invoice is one ticket: key 01010101, unit ACT, quantity 1.")
		}
		if item.SKU == "" {
			f.doubt("", at+"sku", "Pass the number of the ticket as sku.", "A line of a global invoice carries the number of its ticket.")
		}
	}
}

package tools

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

// platformKey is the retention key that goes with platform_services.
const platformKey = "26"

// looksAtRetention shows from whom is withheld, what and when, and adds it up.
func looksAtRetention(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.CreateRetentionInput](r)
	if err != nil {
		return err
	}
	if err := checkRetention(in); err != nil {
		return err
	}
	if err := checkRetainedTaxes(in, r.now); err != nil {
		return err
	}
	client, err := (document{Client: in.Client}).receiver(ctx, r, p)
	if err != nil {
		return err
	}
	p.usesCredit()
	p.mayMail(client, "invoices_bcc")
	var withheld decimal.Decimal
	for _, tax := range in.Taxes {
		withheld = withheld.Add(tax.Amount.Decimal)
		p.Lines = append(p.Lines, taxWords(tax))
		if tax.Amount.GreaterThan(tax.Base.Decimal) {
			p.Warnings = append(p.Warnings, fmt.Sprintf("More %s is withheld than its base.", tax.Tax))
		}
	}
	p.word = withheld.StringFixed(2)
	p.moves(withheld, "MXN")
	key, _ := catalogs.Lookup(catalogs.RetentionKeys, in.RetentionKey)
	exempt := value(in.TotalExempt)
	p.Facts = append(p.Facts,
		fmt.Sprintf("key %s %s", in.RetentionKey, key.EN), "period "+periodWords(period(in)),
		fmt.Sprintf("operation %s MXN, of it taxable %s and exempt %s", in.TotalOperation.StringFixed(2), in.TotalOperation.Sub(exempt.Decimal).StringFixed(2), exempt.StringFixed(2)),
		fmt.Sprintf("withheld in all %s MXN", withheld.StringFixed(2)))
	if in.Series != nil {
		p.Facts = append(p.Facts, "series "+*in.Series)
	}
	if key.NeedsComplement && in.RetentionKey != platformKey {
		p.Warnings = append(p.Warnings, fmt.Sprintf("The SAT asks for a complement with key %s that gigstack does not take; it may refuse.", in.RetentionKey))
	}
	if in.Client.ID == nil {
		return nil
	}
	return warnOfTwin(ctx, r, in, p)
}

// checkRetention refuses what no retention can be.
func checkRetention(in gigstack.CreateRetentionInput) error {
	exempt := value(in.TotalExempt)
	switch {
	case in.PeriodEnd < in.PeriodStart:
		return pointless("Correct the months.", "period_end is before period_start")
	case exempt.GreaterThan(in.TotalOperation.Decimal):
		return pointless("Correct the amounts.", "total_exempt of %s is above total_operation of %s", exempt, in.TotalOperation)
	case in.RetentionKey == platformKey && in.PlatformServices == nil:
		return pointless("Pass the sales as platform_services.", "retention_key 26 needs platform_services")
	case in.RetentionKey != platformKey && in.PlatformServices != nil:
		return pointless("Leave platform_services out, or use retention_key 26.", "platform_services goes with retention_key 26 only")
	case in.PlatformServices == nil:
		return nil
	case in.PeriodStart != in.PeriodEnd || exempt.IsPositive():
		return pointless("Make one retention a month, all of it taxable.", "retention_key 26 is for one month, with nothing exempt")
	}
	var prices decimal.Decimal
	for _, service := range in.PlatformServices.Services {
		prices = prices.Add(service.PriceWithoutTax.Decimal)
	}
	if !prices.Equal(in.TotalOperation.Decimal) {
		return pointless("Correct the amounts.", "the prices of the services add up to %s, and total_operation is %s", prices, in.TotalOperation)
	}
	return nil
}

// paymentTypes is what an amount withheld of each tax can count as.
var paymentTypes = map[gigstack.TaxType]string{"ISR": "03, 04", "IVA": "01", "IEPS": "02"}

// checkRetainedTaxes refuses a year and payment types that the SAT does not take.
func checkRetainedTaxes(in gigstack.CreateRetentionInput, now time.Time) error {
	now = now.In(gigstack.MexicoCity)
	if year := now.Year(); in.PeriodYear != year && in.PeriodYear != year-1 {
		return pointless("Correct period_year.", "period_year is %d, and the SAT takes %d or %d", in.PeriodYear, year-1, year)
	}
	if in.PeriodYear == now.Year() && in.PeriodEnd > int(now.Month()) {
		return pointless("Wait until the period has begun, or correct it.", "the period ends in %d-%02d, which has not begun", in.PeriodYear, in.PeriodEnd)
	}
	for i, tax := range in.Taxes {
		if types := paymentTypes[tax.Tax]; tax.PaymentType != nil && !strings.Contains(types, string(*tax.PaymentType)) {
			return pointless("Leave payment_type out, or use one of "+types+".", "taxes[%d]: payment_type %s is not for %s", i, *tax.PaymentType, tax.Tax)
		}
	}
	return nil
}

// taxWords is a withheld tax as a person reads it, with the rate it comes to.
func taxWords(tax gigstack.RetainedTax) string {
	words := fmt.Sprintf("%s %s withheld of %s", tax.Tax, tax.Amount.StringFixed(2), tax.Base.StringFixed(2))
	if tax.Base.IsPositive() {
		words += fmt.Sprintf(" (%s %%)", tax.Amount.Shift(2).DivRound(tax.Base.Decimal, 2))
	}
	if tax.PaymentType != nil {
		words += ", payment type " + string(*tax.PaymentType)
	}
	return words
}

func period(in gigstack.CreateRetentionInput) gigstack.RetentionPeriod {
	return gigstack.RetentionPeriod{Start: in.PeriodStart, End: in.PeriodEnd, Year: in.PeriodYear}
}

func periodWords(p gigstack.RetentionPeriod) string {
	if p.Start == p.End {
		return fmt.Sprintf("%d-%02d", p.Year, p.Start)
	}
	return fmt.Sprintf("%d-%02d to %d-%02d", p.Year, p.Start, p.Year, p.End)
}

// warnOfTwin looks for valid retentions of the same client, key and period: each
// counts by itself, so that one made twice is a tax paid twice.
func warnOfTwin(ctx context.Context, r request, in gigstack.CreateRetentionInput, p *preview) error {
	for v, err := range gigstack.Each(ctx, r.caller, gigstack.ListRetentions, gigstack.ListRetentionsInput{
		Paging: gigstack.Paging{Limit: new(100)}, ClientID: in.Client.ID, RetentionKey: &in.RetentionKey, Status: new(gigstack.RetentionStatus("valid")),
	}) {
		if err != nil {
			return err
		}
		if v.Period == period(in) {
			p.saw(v.UUID)
			p.Warnings = append(p.Warnings, "There is a valid one of the same key and period already: "+retentionWords(v)+".")
		}
	}
	return nil
}

// looksAtRetentionCancellation shows the retention to cancel, and its substitute.
func looksAtRetentionCancellation(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.CancelRetentionInput](r)
	if err != nil {
		return err
	}
	if err := p.motive(in.Motive, in.SubstitutionUUID, "Stamp the substitute first (create_retention) and pass its uuid."); err != nil {
		return err
	}
	v, err := gigstack.GetRetention.Call(ctx, r.caller, gigstack.RetentionRef{ID: in.ID})
	if err != nil {
		return err
	}
	p.sees(whenTrue(v.Livemode))
	p.saw(v.Status, v.Totals)
	p.word = v.Totals.Retained.StringFixed(2)
	p.moves(v.Totals.Retained.Decimal, "MXN")
	p.Subject = "Retention " + retentionWords(v) + ", status " + v.Status
	switch {
	case strings.HasPrefix(v.Status, "cancel"):
		return pointless("Nothing is left to do.", "%s: it is already cancelled", p.Subject)
	case in.Motive == "04":
		return pointless("Ask the person; 02 and 03 need no substitute.", "motive 04 is for sales in a global invoice, not for retentions")
	}
	p.Warnings = append(p.Warnings, "The payee is left without proof of what was withheld, unless there is a substitute.")
	if value(in.SubstitutionUUID) == "" {
		return nil
	}
	substitute, err := gigstack.GetRetention.Call(ctx, r.caller, gigstack.RetentionRef{ID: *in.SubstitutionUUID})
	switch {
	case isNotFound(err):
		return pointless("Pass the uuid of another valid retention of list_retentions.", "substitution_uuid %s is no retention of this team", *in.SubstitutionUUID)
	case err != nil:
		return err
	case strings.HasPrefix(substitute.Status, "cancel") || strings.EqualFold(substitute.UUID, v.UUID):
		return pointless("Pass the uuid of another valid retention of list_retentions.", "%s cannot replace it", retentionWords(substitute))
	}
	p.saw(substitute.Status, substitute.Totals)
	p.Facts = append(p.Facts, "the substitute is "+retentionWords(substitute))
	return nil
}

func retentionWords(v gigstack.Retention) string {
	to := value(v.Receiver)
	return fmt.Sprintf("%s%s (%s), key %s, %s RFC %s, period %s, withheld %s MXN", v.Series, v.FolioNumber, v.UUID, v.RetentionKey, to.LegalName, to.TaxID, periodWords(v.Period), v.Totals.Retained.StringFixed(2))
}

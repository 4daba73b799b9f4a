package sandbox

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// What the SAT and its certifiers check of a retention: Reten201xx of the document,
// SPTxxx of the complement for technology platforms.

// The keys with rules of their own.
const (
	keyAbroad   = "18" // payments to residents abroad
	keyOther    = "25"
	keyPlatform = "26" // services through technology platforms
)

// paymentTypes is what an amount of each tax can count as; the first is meant when
// none is said.
var paymentTypes = map[gigstack.TaxType][]gigstack.RetentionPaymentType{"ISR": {"03", "04"}, "IVA": {"01"}, "IEPS": {"02"}}

// checkRetention reports the first reason not to stamp what a call asks for,
// whoever it is for.
func checkRetention(in gigstack.CreateRetentionInput, now time.Time) error {
	year := now.In(gigstack.MexicoCity).Year()
	exempt := orElse(in.TotalExempt, gigstack.Decimal{})
	if err := cmp.Or(
		shaped("retention_key", &in.RetentionKey),
		within("period_start", &in.PeriodStart, 1, 12), within("period_end", &in.PeriodEnd, 1, 12),
		pesos("total_operation", in.TotalOperation), pesos("total_exempt", exempt),
	); err != nil {
		return err
	}
	switch {
	case in.PeriodEnd < in.PeriodStart:
		return invalid("period_end", "period_end must not be before period_start")
	case in.PeriodYear != year && in.PeriodYear != year-1:
		return fiscalRefusal("Reten20126", "The period must be of %d or %d", year-1, year)
	case exempt.GreaterThan(in.TotalOperation.Decimal):
		return fiscalRefusal("Reten20129", "The exempt %s is more than the operation's %s", exempt, in.TotalOperation)
	case len(in.Taxes) == 0:
		return invalid("taxes", "at least one tax is required")
	case in.RetentionKey == keyPlatform && in.PlatformServices == nil:
		return invalid("platform_services", "retention_key 26 needs platform_services")
	case in.RetentionKey != keyPlatform && in.PlatformServices != nil:
		return fiscalRefusal("SPT102", "platform_services goes with retention_key 26 only")
	}
	for i, tax := range in.Taxes {
		if err := checkRetainedTax(fmt.Sprintf("taxes[%d].", i), tax); err != nil {
			return err
		}
	}
	if in.PlatformServices == nil {
		return nil
	}
	return checkPlatform(in, now)
}

// pesos refuses what is no amount in pesos.
func pesos(field string, d gigstack.Decimal) error {
	if d.IsNegative() || !d.Equal(d.Round(2)) {
		return invalid(field, "%s must be at least 0 and have at most 2 decimals", field)
	}
	return nil
}

func checkRetainedTax(field string, tax gigstack.RetainedTax) error {
	types := paymentTypes[tax.Tax]
	switch {
	case types == nil:
		return invalid(field+"tax", "%q is not a tax: ISR, IVA or IEPS", tax.Tax)
	case tax.PaymentType != nil && !slices.Contains(types, *tax.PaymentType):
		return invalid(field+"payment_type", "payment_type %s is not for %s", *tax.PaymentType, tax.Tax)
	}
	return cmp.Or(pesos(field+"base", tax.Base), pesos(field+"amount", tax.Amount))
}

// checkPlatform looks at a retention with the complement for technology platforms.
func checkPlatform(in gigstack.CreateRetentionInput, now time.Time) error {
	p := in.PlatformServices
	switch {
	case in.PeriodStart != in.PeriodEnd || time.Date(in.PeriodYear, time.Month(in.PeriodStart), 1, 0, 0, 0, 0, gigstack.MexicoCity).After(now):
		return fiscalRefusal("SPT106", "With key 26 the period is one month that has begun")
	case orElse(in.TotalExempt, gigstack.Decimal{}).IsPositive():
		return fiscalRefusal("SPT110", "With key 26 nothing is exempt")
	case !isChoice(p.Periodicity):
		return fiscalRefusal("SPT115", "%q is no periodicity of platforms", p.Periodicity)
	case len(p.Services) == 0:
		return invalid("platform_services.services", "at least one service is required")
	}
	seen := map[gigstack.TaxType]bool{}
	for _, tax := range in.Taxes {
		if seen[tax.Tax] {
			return fiscalRefusal("SPT112", "With key 26 %s may be given once", tax.Tax)
		}
		seen[tax.Tax] = true
	}
	var sum decimal.Decimal
	for i, service := range p.Services {
		if err := checkPlatformService(fmt.Sprintf("platform_services.services[%d].", i), service, in); err != nil {
			return err
		}
		sum = sum.Add(service.PriceWithoutTax.Decimal)
	}
	if !sum.Equal(in.TotalOperation.Decimal) {
		return fiscalRefusal("SPT108", "The prices of the services add up to %s, not to total_operation %s", sum, in.TotalOperation)
	}
	return nil
}

var (
	platformForms    = regexp.MustCompile(`^0[1-9]$`)         // c_FormaPagoServ
	platformServices = regexp.MustCompile(`^(0[1-9]|1[01])$`) // c_TipoDeServ
	platformRates    = []string{"0.16", "0.08", "0"}          // c_TasaCuota
)

func checkPlatformService(field string, service gigstack.PlatformService, in gigstack.CreateRetentionInput) error {
	day, err := time.Parse(time.DateOnly, service.ServiceDate)
	switch {
	case err != nil:
		return invalid(field+"service_date", "service_date must be a day (YYYY-MM-DD)")
	case day.Year() != in.PeriodYear || int(day.Month()) != in.PeriodStart:
		return fiscalRefusal("SPT128", "The service of %s is not of the period", service.ServiceDate)
	case !platformForms.MatchString(string(service.PaymentForm)):
		return fiscalRefusal("SPT124", "%q is no payment form of platforms", service.PaymentForm)
	case !platformServices.MatchString(string(service.ServiceType)):
		return fiscalRefusal("SPT125", "%q is no type of service", service.ServiceType)
	case !slices.ContainsFunc(platformRates, func(rate string) bool { return service.TaxRate.Equal(gigstack.Dec(rate).Decimal) }):
		return invalid(field+"tax_rate", "tax_rate must be 0.16, 0.08 or 0")
	}
	return cmp.Or(pesos(field+"price_without_tax", service.PriceWithoutTax), pesos(field+"commission", orElse(service.Commission, gigstack.Decimal{})))
}

// checkRetained reports whether the SAT would take the client as the receiver of a
// retention. Its regime is not part of one, and of a foreigner only the name is.
func checkRetained(client *gigstack.Client) error {
	rfc := cfdi.RFC(client.TaxID)
	switch {
	case rfc == "":
		return invalid("client.tax_id", "The client has no RFC")
	case client.LegalName == "":
		return invalid("client.legal_name", "The client has no legal name")
	case rfc == cfdi.ForeignRFC:
		return nil
	case !registered(rfc):
		return fiscalRefusal("Reten20113", "The RFC is not registered at the SAT")
	case nameFinding(client) != "":
		return fiscalRefusal("Reten20116", "%s", nameFinding(client))
	case !domiciled(client):
		return fiscalRefusal("Reten20120", "The postal code is not the tax domicile of the RFC")
	default:
		return nil
	}
}

// checkNationality reports whether a receiver from there can have a retention of
// that key.
func checkNationality(key gigstack.RetentionKey, nationality string) error {
	switch {
	case key == keyAbroad && nationality != foreign:
		return ruleViolation("retention_key 18 is for residents abroad (RFC %s)", cfdi.ForeignRFC)
	case key == keyPlatform && nationality == foreign:
		return fiscalRefusal("SPT104", "retention_key 26 is not for residents abroad")
	default:
		return nil
	}
}

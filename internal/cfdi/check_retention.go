package cfdi

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

// Retention is what a retention certificate would say. Amounts are pesos.
type Retention struct {
	Key              string
	Receiver         *Party // nil when only gigstack knows
	Start, End, Year int    // months, and the year they are of
	Operation        decimal.Decimal
	Exempt           decimal.Decimal
	Taxes            []Withheld
	Platform         *Platform
	Series           string
}

// Withheld is a tax that was withheld.
type Withheld struct {
	Type         string
	Base, Amount decimal.Decimal
	PaymentType  string // "" for the definitive one of its tax
}

// Platform is what was sold through a technology platform.
type Platform struct {
	Periodicity string
	Services    []PlatformService
}

// PlatformService is one sale through a platform.
type PlatformService struct {
	Form, Type, Day         string
	Price, Rate, Commission decimal.Decimal
}

// The keys with rules of their own.
const (
	keyAbroad   = "18" // payments to residents abroad
	keyPlatform = "26" // services through technology platforms
	lastKey     = "26" // that gigstack takes
)

// CheckRetention is everything that a retention can be seen to break without asking
// anybody. now is in Mexico City.
func CheckRetention(r *Retention, now time.Time) []Finding {
	var f findings
	r.checkKey(&f)
	if r.Receiver != nil {
		r.checkReceiver(&f)
	}
	r.checkPeriod(&f, now)
	r.checkAmounts(&f)
	for i := range r.Taxes {
		r.Taxes[i].check(&f, fmt.Sprintf("taxes[%d].", i))
	}
	if r.Platform != nil {
		r.checkPlatform(&f, now)
	}
	f.text("series", r.Series, 25)
	return f
}

func (r *Retention) checkKey(f *findings) {
	_, ok := catalogs.Lookup(catalogs.RetentionKeys, r.Key)
	const fix = "See gigstack://catalogs/retention-keys."
	switch {
	case !ok:
		f.refuse("", "retention_key", fix, "%.10q is no retention key.", r.Key)
	case r.Key > lastKey:
		f.refuse("", "retention_key", "Use the SAT's own service, or another key.", "gigstack takes keys 01 to %s, not %s.", lastKey, r.Key)
	case r.Key == keyPlatform && r.Platform == nil:
		f.refuse("", "platform_services", "Add platform_services.", "Key %s needs the complement of platforms.", keyPlatform)
	case r.Key != keyPlatform && r.Platform != nil:
		f.refuse("SPT102", "platform_services", "Leave platform_services out, or pass key "+keyPlatform+".", "The complement of platforms goes with key %s only.", keyPlatform)
	}
}

func (r *Retention) checkReceiver(f *findings) {
	p := r.Receiver
	const fix = "Write it as on the payee's tax certificate (CSF)."
	abroad := p.RFC == ForeignRFC
	switch {
	case p.RFC == "" || !p.RFC.WellFormed():
		f.refuse("Reten20113", "client.tax_id", "Ask the payee for its tax certificate (CSF); a foreigner is "+string(ForeignRFC)+".", "%.20q has not the shape of an RFC.", p.RFC)
	case !p.RFC.CheckDigit():
		f.doubt("Reten20113", "client.tax_id", "Compare it with the payee's tax certificate (CSF).", "The check digit of %s does not fit: look for a typo.", p.RFC)
	case abroad && r.Key == keyPlatform:
		f.refuse("SPT104", "retention_key", "Pass another key.", "Key %s is not for residents abroad.", keyPlatform)
	case !abroad && r.Key == keyAbroad:
		f.refuse("", "retention_key", "Pass another key, or RFC "+string(ForeignRFC)+".", "Key %s is for residents abroad.", keyAbroad)
	}
	switch fault := nameFault(p.RFC, p.Name); {
	case p.Name == "":
		f.refuse("Reten20116", "client.legal_name", fix, "The payee has no legal name.")
	case !abroad && fault != "":
		f.refuse("Reten20116", "client.legal_name", fix, "The name must be as the SAT has it: %s.", fault)
	}
	f.text("client.legal_name", p.Name, 300)
	if !abroad && !zipExists(p.Zip) {
		f.refuse("Reten20120", "client.address.zip", fix, "%.10q is no postal code of Mexico.", p.Zip)
	}
}

func (r *Retention) checkPeriod(f *findings, now time.Time) {
	month := func(path string, m int) bool {
		if m < 1 || m > 12 {
			f.refuse("", path, "Pass 1 to 12.", "%d is no month.", m)
			return false
		}
		return true
	}
	started, ended := month("period_start", r.Start), month("period_end", r.End)
	switch {
	case started && ended && r.End < r.Start:
		f.refuse("", "period_end", "Swap the months.", "The period ends before it begins.")
	case r.Year != now.Year() && r.Year != now.Year()-1:
		f.refuse("Reten20126", "period_year", "Correct the year.", "The year must be %d or %d, not %d.", now.Year()-1, now.Year(), r.Year)
	case started && ended && time.Date(r.Year, time.Month(r.End), 1, 0, 0, 0, 0, now.Location()).After(now):
		f.doubt("", "period_end", "Correct the period.", "The period lies in the future.")
	}
}

// checkAmounts judges what was paid, all together.
func (r *Retention) checkAmounts(f *findings) {
	pesos(f, "total_operation", r.Operation)
	pesos(f, "total_exempt", r.Exempt)
	if r.Exempt.GreaterThan(r.Operation) {
		f.refuse("Reten20129", "total_exempt", "Correct the amounts.", "The exempt part (%s) is more than the whole (%s).", r.Exempt, r.Operation)
	}
	if len(r.Taxes) == 0 {
		f.refuse("", "taxes", "Add what was withheld.", "The retention has no taxes.")
	}
}

// pesos refuses what is no amount in pesos.
func pesos(f *findings, path string, d decimal.Decimal) {
	if d.IsNegative() || !d.Equal(d.Round(2)) {
		f.refuse("", path, "Round it to cents.", "An amount is at least 0 and has at most 2 decimals.")
	}
}

// paymentTypes is what an amount of each tax can count as.
var paymentTypes = map[string][]string{"ISR": {"03", "04"}, "IVA": {"01"}, "IEPS": {"02"}}

func (w *Withheld) check(f *findings, at string) {
	types, ok := paymentTypes[w.Type]
	switch {
	case !ok:
		f.refuse("", at+"tax", "Pass ISR, IVA or IEPS.", "%.10q is no tax.", w.Type)
	case w.PaymentType != "" && !slices.Contains(types, w.PaymentType):
		f.refuse("", at+"payment_type", "Leave it out for the definitive one.", "Payment type %.10s is not for %s.", w.PaymentType, w.Type)
	}
	pesos(f, at+"base", w.Base)
	pesos(f, at+"amount", w.Amount)
	if w.Amount.GreaterThan(w.Base) {
		f.doubt("", at+"amount", "Pass the amount withheld, and what it was withheld from as base.", "More was withheld (%s) than there was (%s).", w.Amount, w.Base)
	}
}

// checkPlatform judges the complement of platforms.
func (r *Retention) checkPlatform(f *findings, now time.Time) {
	if r.Start != r.End || time.Date(r.Year, time.Month(r.Start), 1, 0, 0, 0, 0, now.Location()).After(now) {
		f.refuse("SPT106", "period_end", "One certificate a month.", "With key %s the period is one month that has begun.", keyPlatform)
	}
	if r.Exempt.IsPositive() {
		f.refuse("SPT110", "total_exempt", "Leave it out.", "With key %s nothing is exempt.", keyPlatform)
	}
	seen := map[string]bool{}
	for i, tax := range r.Taxes {
		if seen[tax.Type] {
			f.refuse("SPT112", fmt.Sprintf("taxes[%d].tax", i), "Add its amounts up.", "With key %s %s is given once.", keyPlatform, tax.Type)
		}
		seen[tax.Type] = true
	}
	if _, ok := catalogs.Lookup(catalogs.PlatformPeriodicities, r.Platform.Periodicity); !ok {
		f.refuse("SPT115", "platform_services.periodicity", "See gigstack://catalogs/platform-periodicities.", "%.10q is no periodicity of platforms.", r.Platform.Periodicity)
	}
	if len(r.Platform.Services) == 0 {
		f.refuse("", "platform_services.services", "Name the sales.", "The complement of platforms has no services.")
	}
	var sum decimal.Decimal
	for i := range r.Platform.Services {
		service := &r.Platform.Services[i]
		service.check(f, fmt.Sprintf("platform_services.services[%d].", i), r)
		sum = sum.Add(service.Price)
	}
	if !sum.Equal(r.Operation) {
		f.refuse("SPT108", "total_operation", "Pass the sum.", "The services add up to %s, not to %s.", sum, r.Operation)
	}
}

var (
	platformForms = regexp.MustCompile(`^0[1-9]$`)         // c_FormaPagoServ
	platformTypes = regexp.MustCompile(`^(0[1-9]|1[01])$`) // c_TipoDeServ
)

func (s *PlatformService) check(f *findings, at string, r *Retention) {
	switch day, err := time.Parse(time.DateOnly, s.Day); {
	case err != nil:
		f.refuse("SPT128", at+"service_date", "Pass a day, YYYY-MM-DD.", "%.20q is no day.", s.Day)
	case day.Year() != r.Year || int(day.Month()) != r.Start:
		f.refuse("SPT128", at+"service_date", "Certify it with its own month.", "The service of %s is not of the period.", s.Day)
	}
	if !platformForms.MatchString(s.Form) {
		f.refuse("SPT124", at+"payment_form", "Pass 01 to 09.", "%.10q is no payment form of platforms.", s.Form)
	}
	if !platformTypes.MatchString(s.Type) {
		f.refuse("SPT125", at+"service_type", "Pass 01 to 11.", "%.10q is no type of service.", s.Type)
	}
	if !(Tax{Type: "IVA", Rate: s.Rate}).listed() {
		f.refuse("", at+"tax_rate", "Pass 0.16, 0.08 or 0.", "%s is no rate of IVA.", s.Rate)
	}
	pesos(f, at+"price_without_tax", s.Price)
	pesos(f, at+"commission", s.Commission)
}

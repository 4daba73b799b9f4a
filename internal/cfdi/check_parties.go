package cfdi

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

// PublicName is the receiver of a global invoice.
const PublicName = "PUBLICO EN GENERAL"

// ordinary is the regime of those who have none, and of the generic RFCs.
const ordinary = "616"

var (
	zipShape = regexp.MustCompile(`^\d{5}$`)

	// companySuffix is what the SAT leaves out of a company's name.
	companySuffix = regexp.MustCompile(`[ ,](S\.? ?A\.? ?P\.? ?I\.?|S\.? ?A\.? ?S\.?|S\.? ?A\.?|S\.? ?(DE ?)?R\.? ?L\.?|S\.? ?C\.?|A\.? ?C\.?)( ?(DE ?)?C\.? ?V\.?)?$`)
)

// personType is the kind of person behind an RFC in the catalogues' terms; "" of a
// generic one, which is nobody, and of no RFC.
func (r RFC) personType() catalogs.PersonType {
	switch {
	case r.Generic():
		return ""
	case r.Person() == Company:
		return catalogs.Legal
	case r.Person() == Individual:
		return catalogs.Natural
	default:
		return ""
	}
}

// checkIssuer judges what is known of the issuer.
func (d *Document) checkIssuer(f *findings) {
	const fix = "Compare with get_team and the issuer's tax certificate (CSF)."
	i := d.Issuer
	switch {
	case i.RFC == "":
	case !i.RFC.WellFormed() || i.RFC.Generic():
		f.refuse("CFDI40138", "issuer.tax_id", fix, "%.20q cannot be an issuer's RFC.", i.RFC)
	case !i.RFC.CheckDigit():
		f.doubt("CFDI40138", "issuer.tax_id", fix, "The check digit of %s does not fit: look for a typo.", i.RFC)
	}
	if i.Name != "" && nameFault(i.RFC, i.Name) != "" {
		f.doubt("CFDI40139", "issuer.legal_name", fix, "The name must be as the SAT has it: %s.", nameFault(i.RFC, i.Name))
	}
	if regime, ok := catalogs.Lookup(catalogs.TaxRegimes, i.Regime); i.Regime != "" {
		switch {
		case !ok:
			f.refuse("CFDI40140", "issuer.tax_system", fix, "%.10q is no tax regime.", i.Regime)
		case !catalogs.RegimeFits(regime.Code, i.RFC.personType()):
			f.refuse("CFDI40141", "issuer.tax_system", fix, "Regime %s is none of a person like %s.", regime.Code, i.RFC)
		}
	}
	if i.Zip != "" && !zipExists(i.Zip) {
		f.refuse("CFDI40126", "issuer.zip", fix, "%.10q is no postal code.", i.Zip)
	}
}

// zipExists reports whether a postal code has five digits and belongs to a state.
func zipExists(zip string) bool {
	if !zipShape.MatchString(zip) {
		return false
	}
	states, _ := catalogs.Find(catalogs.States)
	return slices.ContainsFunc(states.Entries, func(e catalogs.Entry) bool {
		first, last, ranged := strings.Cut(e.PostalPrefixes, "-")
		return first != "" && zip[:2] >= first && zip[:2] <= map[bool]string{true: last, false: first}[ranged]
	})
}

// nameFault is why a name cannot be the one the SAT has, or "".
func nameFault(rfc RFC, name string) string {
	switch {
	case name != strings.ToUpper(name):
		return "in upper case"
	case strings.Contains(name, "  ") || name != strings.TrimSpace(name):
		return "without double spaces or spaces around"
	case rfc.Person() == Company && companySuffix.MatchString(name):
		return "without the company suffix (" + strings.TrimLeft(companySuffix.FindString(name), " ,") + ")"
	default:
		return ""
	}
}

// Check is what a receiver alone can be seen to break.
func (r *Party) Check() []Finding {
	var f findings
	r.checkReceiver(&f, Party{})
	return f
}

// checkReceiver judges who the document is for.
func (r *Party) checkReceiver(f *findings, issuer Party) {
	switch {
	case r.RFC == "":
		f.refuse("CFDI40143", "client.tax_id", "Ask for the buyer's tax certificate (CSF), or bill XAXX010101000.", "The receiver has no RFC.")
	case !r.RFC.WellFormed():
		f.refuse("CFDI40143", "client.tax_id", "Ask the buyer for its tax certificate (CSF).", "%.20q has not the shape of an RFC: three letters (company) or four, a date, three characters.", r.RFC)
	case !r.RFC.CheckDigit():
		f.doubt("CFDI40143", "client.tax_id", "Compare it with the buyer's tax certificate (CSF).", "The check digit of %s does not fit: look for a typo. A few real RFCs are like that.", r.RFC)
	}
	r.checkName(f)
	r.checkRegime(f)
	r.checkZip(f, issuer)
	r.checkCountry(f)
}

func (r *Party) checkName(f *findings) {
	const fix = "Write it as on the tax certificate (CSF)."
	if r.Name == "" {
		f.refuse("CFDI40145", "client.legal_name", fix, "The receiver has no legal name.")
	} else if fault := nameFault(r.RFC, r.Name); fault != "" {
		f.refuse("CFDI40145", "client.legal_name", fix, "The name must be as the SAT has it: %s.", fault)
	}
	f.text("client.legal_name", r.Name, 300)
}

func (r *Party) checkRegime(f *findings) {
	const path, fix = "client.tax_system", "Ask the buyer for its tax certificate (CSF); see gigstack://catalogs/tax-regimes."
	regime, ok := catalogs.Lookup(catalogs.TaxRegimes, r.Regime)
	switch {
	case r.Regime == "":
		f.refuse("CFDI40157", path, fix, "The receiver has no tax regime.")
	case !ok:
		f.refuse("CFDI40157", path, fix, "%.10q is no tax regime of the SAT's.", r.Regime)
	case r.RFC.Generic() && regime.Code != ordinary:
		f.refuse("CFDI40159", path, "Pass "+ordinary+".", "RFC %s takes regime %s, not %s.", r.RFC, ordinary, regime.Code)
	case !catalogs.RegimeFits(regime.Code, r.RFC.personType()):
		f.refuse("CFDI40158", path, fix, "Regime %s is none of a person like %s.", regime.Code, r.RFC)
	}
}

func (r *Party) checkZip(f *findings, issuer Party) {
	const path, fix = "client.address.zip", "Pass the postal code of the tax domicile, as on the tax certificate (CSF)."
	switch {
	case r.Zip == "":
		f.refuse("CFDI40148", path, fix, "The receiver has no postal code.")
	case !zipExists(r.Zip):
		f.refuse("CFDI40148", path, fix, "%.10q is no postal code of Mexico.", r.Zip)
	case r.RFC.Generic() && issuer.Zip != "" && r.Zip != issuer.Zip:
		f.refuse("CFDI40149", path, "Pass "+strconv.Quote(issuer.Zip)+".", "With RFC %s the postal code is that of the place of issue, %s.", r.RFC, issuer.Zip)
	}
}

func (r *Party) checkCountry(f *findings) {
	const path = "client.address.country"
	if r.Country == "" {
		return
	}
	_, ok := catalogs.Lookup(catalogs.Countries, r.Country)
	switch {
	case !ok:
		f.refuse("CFDI40150", path, "Pass three letters; see gigstack://catalogs/countries.", "%.10q is no country of the SAT's.", r.Country)
	case r.RFC == ForeignRFC && r.Country == "MEX":
		f.refuse("CFDI40152", path, "Pass the country of tax residence.", "A foreign resident does not reside in MEX.")
	case r.RFC != ForeignRFC && r.Country != "MEX":
		f.doubt("CFDI40151", path, "Bill a foreign resident under "+string(ForeignRFC)+", or leave the country out.", "Only RFC %s has a tax residence abroad.", ForeignRFC)
	}
}

// checkUse judges the use, which must be for the type, the person and the regime.
func (d *Document) checkUse(f *findings) {
	const path, fix = "use", "Ask the buyer for a use its regime may have; see gigstack://catalogs/cfdi-uses."
	use, ok := catalogs.Lookup(catalogs.CFDIUses, d.Use)
	switch {
	case d.Use == "" && d.Receiver == nil:
	case d.Use == "":
		f.refuse("CFDI40160", path, fix, "The document has no CFDI use.")
	case d.Use == "P01":
		f.refuse("CFDI40160", path, "Pass S01 if the use is not known.", "Use P01 ended with CFDI 3.3.")
	case !ok:
		f.refuse("CFDI40160", path, fix, "%.10q is no CFDI use.", d.Use)
	case !slices.Contains(use.Documents, d.Kind):
		f.refuse("CFDI40161", path, fix, "Use %s is not for documents of type %s.", use.Code, d.Kind)
	case d.Receiver == nil || d.Receiver.Regime == "":
	case !catalogs.UseAllowed(use.Code, d.Receiver.Regime, d.Receiver.RFC.personType()):
		f.refuse("CFDI40161", path, fix, "Use %s does not go with regime %.10s of %.20s.", use.Code, d.Receiver.Regime, d.Receiver.RFC)
	}
}

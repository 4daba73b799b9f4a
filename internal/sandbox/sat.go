package sandbox

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// The part of the SAT that can be played without its registers: a taxpayer is
// accepted when the data could be right, a line when it breaks no rule of CFDI 4.0.

// review records on a client what the SAT says of its fiscal data.
func review(client *gigstack.Client, now time.Time) {
	finding := fiscalFinding(client)
	client.IsValid = new(finding == "")
	client.FiscalValidation = &gigstack.FiscalValidation{Status: "valid", Message: "OK"}
	if finding != "" {
		client.FiscalValidation = &gigstack.FiscalValidation{Status: "invalid", Message: finding}
	}
	client.SATStatus = satStatus(gigstack.RFC(client.TaxID), now)
	client.EFOS = client.SATStatus.EFOS
}

var (
	zipShape      = regexp.MustCompile(zipCode("").Pattern())
	companySuffix = regexp.MustCompile(`[ ,](S\.? ?A\.? ?P\.? ?I\.?|S\.? ?A\.?|S\.? ?DE ?R\.? ?L\.?|S\.? ?C\.?|A\.? ?C\.?)( ?DE ?C\.? ?V\.?)?$`)
)

// fiscalFinding is the first thing wrong with a client's fiscal data, "" when the
// SAT would accept it.
func fiscalFinding(client *gigstack.Client) string {
	rfc := cfdi.RFC(client.TaxID)
	switch {
	case rfc == "":
		return "The client has no RFC"
	case !registered(rfc):
		return "CFDI40143: the RFC is not registered at the SAT"
	case nameFinding(client) != "":
		return "CFDI40145: " + nameFinding(client)
	case rfc.Generic() && client.TaxSystem != "616", !catalogs.RegimeFits(client.TaxSystem, personOf(rfc)):
		return "CFDI40158: the tax system does not fit the kind of taxpayer"
	case !domiciled(client):
		return "CFDI40148: the postal code is not the tax domicile of the RFC"
	default:
		return ""
	}
}

// registered reports whether the SAT could know the RFC.
func registered(rfc cfdi.RFC) bool { return rfc.WellFormed() && rfc.CheckDigit() }

// nameFinding is what is wrong with a client's legal name, "" when nothing is.
func nameFinding(client *gigstack.Client) string {
	switch name := client.LegalName; {
	case name == "" || name != strings.ToUpper(name) || strings.Contains(name, "  "):
		return "the legal name must be the registered one, in upper case"
	case cfdi.RFC(client.TaxID).Person() == cfdi.Company && companySuffix.MatchString(name):
		return "the legal name must not carry the company suffix"
	default:
		return ""
	}
}

// domiciled reports whether the client's postal code could be its tax domicile.
func domiciled(client *gigstack.Client) bool {
	return client.Address != nil && client.Address.Zip != nil && zipShape.MatchString(*client.Address.Zip)
}

// personOf is the kind of taxpayer behind an RFC, in the catalogues' terms.
func personOf(rfc cfdi.RFC) catalogs.PersonType {
	if rfc.Person() == cfdi.Company {
		return catalogs.Legal
	}
	return catalogs.Natural
}

// checkLine is what the certifier says about one line; nil when it takes it.
func checkLine(item gigstack.Item, line cfdi.Line) error {
	amount := line.Quantity.Mul(line.Net())
	switch {
	case line.UnitPrice.IsZero():
		return fiscalRefusal("CFDI40166", "ValorUnitario of %q must be greater than 0", item.Description)
	case line.Discount.GreaterThan(amount):
		return fiscalRefusal("CFDI40169", "Descuento of %q is greater than its Importe", item.Description)
	case len(item.Taxes) == 0 && item.Taxability == "02":
		return fiscalRefusal("CFDI40171", "ObjetoImp 02 of %q needs at least one tax row", item.Description)
	case len(item.Taxes) > 0 && slices.Contains([]string{"01", "03", "04", "05"}, item.Taxability):
		return fiscalRefusal("CFDI40172", "ObjetoImp %s of %q forbids tax rows", item.Taxability, item.Description)
	case len(item.Taxes) > 0 && line.Discount.Equal(amount):
		return fiscalRefusal("CFDI40174", "Base of %q must be greater than 0", item.Description)
	}
	for _, tax := range item.Taxes {
		if err := checkTax(item, tax); err != nil {
			return err
		}
	}
	return nil
}

// checkTax looks at one tax row of a line by c_ObjetoImp and c_TasaOCuota.
func checkTax(item gigstack.Item, tax gigstack.Tax) error {
	row := "Traslado"
	if tax.Withholding {
		row = "Retencion"
	}
	switch {
	case !slices.Contains([]string{"IVA", "ISR", "IEPS"}, tax.Type):
		return invalid("taxes.type", "%q is not a tax: IVA, ISR or IEPS", tax.Type)
	case tax.Withholding && tax.Factor == "Exento":
		return fiscalRefusal("CFDI40184", "TipoFactor Exento is not allowed in a Retencion")
	case item.Taxability == "06" && (!tax.Withholding || tax.Type != "ISR"), item.Taxability == "08" && (!tax.Withholding || tax.Type != "ISR"),
		item.Taxability == "07" && tax.Type == "IVA":
		return fiscalRefusal("CFDI40172", "ObjetoImp %s of %q forbids a %s of %s", item.Taxability, item.Description, row, tax.Type)
	case tax.Factor != "Exento" && !rateExists(tax):
		code := "CFDI40179"
		if tax.Withholding {
			code = "CFDI40185"
		}
		return fiscalRefusal(code, "TasaOCuota %s is not in c_TasaOCuota for a %s of %s by %s", tax.Rate, row, tax.Type, tax.Factor)
	default:
		return nil
	}
}

// rateExists reports whether c_TasaOCuota can hold the rate. IEPS is bounded
// rather than looked up.
func rateExists(tax gigstack.Tax) bool {
	upTo := func(limit string) bool {
		return !tax.Rate.IsNegative() && !tax.Rate.GreaterThan(decimal.RequireFromString(limit))
	}
	switch {
	case tax.Type == "IEPS" && tax.Factor == "Cuota":
		return upTo("72.1605")
	case tax.Factor != "Tasa":
		return false
	case tax.Type == "IEPS":
		return upTo("1.6")
	case tax.Type == "ISR":
		return tax.Withholding && upTo("0.35")
	case tax.Withholding:
		return upTo("0.16")
	default: // a transfer of IVA
		return slices.ContainsFunc([]string{"0", "0.08", "0.16"}, func(rate string) bool { return tax.Rate.Equal(decimal.RequireFromString(rate)) })
	}
}

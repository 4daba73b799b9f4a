package tools

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// fault is a rule of the SAT's that a document breaks, or a habit it departs from.
type fault struct {
	words string
	next  string // what to do; "" where the SAT need not refuse
}

// obey refuses what the SAT is sure to refuse, and warns of the rest. Money that
// may be invoiced later is only warned of.
func (d document) obey(client gigstack.Client, lines []cfdi.Line, p *preview) error {
	kind := d.kind(p.Tool)
	if kind == "" && !automates(d.AutomationType) {
		return nil
	}
	faults := slices.Concat(receiverFaults(client), d.useFaults(kind, client), d.lineFaults(lines), d.relationFaults(kind), d.globalFaults(kind, client))
	for _, f := range faults {
		switch {
		case f.next == "":
			p.Warnings = append(p.Warnings, f.words+".")
		case kind != "":
			return pointless(f.next, "%s", f.words)
		default:
			p.Warnings = append(p.Warnings, "Its invoice would be refused: "+f.words+".")
		}
	}
	return nil
}

func person(rfc string) catalogs.PersonType {
	return map[cfdi.Person]catalogs.PersonType{cfdi.Company: catalogs.Legal, cfdi.Individual: catalogs.Natural}[cfdi.RFC(rfc).Person()]
}

// receiverFaults is what is odd about a receiver's RFC and regime.
func receiverFaults(client gigstack.Client) (faults []fault) {
	rfc := cfdi.RFC(client.TaxID)
	switch {
	case rfc == "":
	case !rfc.WellFormed():
		faults = append(faults, fault{words: fmt.Sprintf("%s has not the shape of an RFC (CFDI40143)", rfc)})
	case !rfc.CheckDigit():
		faults = append(faults, fault{words: fmt.Sprintf("The check digit of RFC %s does not fit: look for a typo", rfc)})
	}
	if client.TaxSystem != "" && !rfc.Generic() && !catalogs.RegimeFits(client.TaxSystem, person(client.TaxID)) {
		faults = append(faults, fault{words: fmt.Sprintf("Regime %s is none of a person like RFC %s (CFDI40157)", client.TaxSystem, cmp.Or(rfc, "unknown"))})
	}
	return faults
}

// useFaults is what a use breaks, where receiver and use are known.
func (d document) useFaults(kind string, client gigstack.Client) (faults []fault) {
	code := cmp.Or(d.Use, client.Use)
	use, known := catalogs.Lookup(catalogs.CFDIUses, code)
	const next = "Ask the buyer for a use its regime may have (gigstack://catalogs/cfdi-uses) and pass it as use, or repair the client (update_client)."
	switch rfc := cfdi.RFC(client.TaxID); {
	case code == "":
	case !known:
		return []fault{{fmt.Sprintf("%s is no CFDI use (CFDI40160)", clip(code, shortText)), next}}
	case kind != "" && !slices.Contains(use.Documents, kind):
		return []fault{{fmt.Sprintf("use %s is not for type %s (CFDI40161)", code, kind), next}}
	case client.TaxSystem == "" || !rfc.WellFormed():
	case !catalogs.UseAllowed(code, client.TaxSystem, map[bool]catalogs.PersonType{false: person(client.TaxID)}[rfc.Generic()]):
		return []fault{{fmt.Sprintf("use %s does not go with regime %s of RFC %s (CFDI40161)", code, client.TaxSystem, rfc), next}}
	}
	return nil
}

// Shapes of the keys of a line.
var (
	productShape = regexp.MustCompile(gigstack.ProductKey("").Pattern())
	unitShape    = regexp.MustCompile(`^[A-Z0-9]{1,3}$`)
)

// lineFaults is what is wrong with keys and taxes of lines.
func (d document) lineFaults(lines []cfdi.Line) (faults []fault) {
	for i, item := range d.Items {
		service := value(item.service)
		product, unit := cmp.Or(string(value(item.ProductKey)), service.ProductKey), cmp.Or(value(item.UnitKey), service.UnitKey)
		if product != "" && !productShape.MatchString(product) {
			faults = append(faults, fault{words: fmt.Sprintf("items[%d]: %s is no SAT product key", i, clip(product, shortText))})
		}
		if unit != "" && !unitShape.MatchString(unit) {
			faults = append(faults, fault{words: fmt.Sprintf("items[%d]: %s is no SAT unit key", i, clip(unit, shortText))})
		}
		object := cmp.Or(string(value(item.Taxability)), service.Taxability, "02")
		if kept, _ := catalogs.Lookup(catalogs.Taxabilities, object); kept.TaxRows == catalogs.RowsForbidden && len(lines[i].Taxes) > 0 {
			faults = append(faults, fault{fmt.Sprintf("items[%d] has taxes, and taxability %s allows none (CFDI40172)", i, object), "Leave taxability out for a taxed line, or its taxes."})
		}
		for _, tax := range lines[i].Taxes {
			if words := rateFault(tax); words != "" {
				faults = append(faults, fault{words: fmt.Sprintf("items[%d]: %s", i, words)})
			}
		}
	}
	return faults
}

// rateFault is what is odd about a tax, or "".
func rateFault(t cfdi.Tax) string {
	switch {
	case t.Factor == "Exento" && t.Withholding:
		return "what is withheld cannot be exempt (CFDI40184)"
	case t.Border():
		return "IVA 8 % is for issuers enrolled in the border incentive, and for some products only"
	case t.Factor == "Exento" || t.Listed():
		return ""
	case t.Factor == "Cuota":
		return t.Type + " of " + t.Rate.String() + " a unit is no quota of the SAT's (CFDI40179)"
	default:
		return t.Type + " of " + t.Rate.Shift(2).String() + " % is no rate of the SAT's (CFDI40179)"
	}
}

// relationFaults is what is odd about related documents.
func (d document) relationFaults(kind string) (faults []fault) {
	if kind == "E" && len(d.RelatedDocuments) == 0 {
		faults = append(faults, fault{words: "A credit note names the invoices it reduces (related_documents); this one names none"})
	}
	for _, relation := range d.RelatedDocuments {
		entry, known := catalogs.Lookup(catalogs.Relationships, relation.Relationship)
		switch {
		case !known:
			faults = append(faults, fault{fmt.Sprintf("relation %s is none of the SAT's (CFDI40137)", relation.Relationship), "See gigstack://catalogs/relationships."})
		case kind != "" && !slices.Contains(entry.Documents, kind):
			faults = append(faults, fault{words: fmt.Sprintf("Relation %s is not for type %s", relation.Relationship, kind)})
		}
	}
	return faults
}

// globalFaults is what is wrong with the period of a global invoice, or its lack.
func (d document) globalFaults(kind string, client gigstack.Client) []fault {
	public := cfdi.RFC(client.TaxID) == cfdi.PublicRFC
	if d.Global == nil {
		if kind == "I" && public && client.LegalName == cfdi.PublicName {
			return []fault{{"an invoice to " + cfdi.PublicName + " needs the period of a global invoice (CFDI40130)", "Pass global, or the buyer's own name."}}
		}
		return nil
	}
	months, known := catalogs.Lookup(catalogs.Months, d.Global.Months)
	switch {
	case client.TaxID != "" && !public:
		return []fault{{fmt.Sprintf("a global invoice is for %s, not for %s (CFDI40146)", cfdi.PublicRFC, client.TaxID), "Leave global out, or bill the general public."}}
	case kind != "I":
		return []fault{{"a global invoice is income (CFDI40130)", "Leave global out."}}
	case !known || !slices.Contains(months.Periodicities, string(d.Global.Periodicity)):
		return []fault{{fmt.Sprintf("months %s do not go with periodicity %s (CFDI40134)", d.Global.Months, d.Global.Periodicity), "See gigstack://catalogs/months."}}
	case d.PaymentMethod == "PPD" || d.Currency != "MXN":
		return []fault{{words: "A global invoice is PUE and in MXN"}}
	}
	return nil
}

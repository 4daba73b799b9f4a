package tools

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// looked is the arguments whose rules a look applies. Of the others it has words of its
// own, or gigstack fills them in.
var looked = regexp.MustCompile(`^(client\.tax_(id|system)|use|global.*|related_documents.*|items\[\d+\]\.(product_key|unit_key|taxability|taxes.*))$`)

// sure is the codes of what the SAT is sure to refuse, whatever gigstack adds.
var sure = []string{"CFDI40130", "CFDI40131", "CFDI40133", "CFDI40134", "CFDI40135", "CFDI40137", "CFDI40146", "CFDI40160", "CFDI40161", "CFDI40172"}

// obey refuses what the SAT is sure to refuse, and warns of the rest. Money that
// may be invoiced later is only warned of.
func (d document) obey(r request, client gigstack.Client, lines []cfdi.Line, p *preview) error {
	kind := d.kind(p.Tool)
	if kind == "" && !automates(d.AutomationType) {
		return nil
	}
	foreseen := d.foreseen(kind, client, lines)
	for _, f := range cfdi.Check(foreseen, r.now.In(gigstack.MexicoCity)) {
		if !judged(f, client) || f.Path == "use" && foreseen.Use == "" {
			continue
		}
		words := ruleWords(f)
		switch {
		case f.Severity == cfdi.Doubted || !slices.Contains(sure, f.Code):
			p.Warnings = append(p.Warnings, words+".")
		case kind != "":
			return pointless(f.Fix, "%s", words)
		default:
			p.Warnings = append(p.Warnings, "Its invoice would be refused: "+words+".")
		}
	}
	return nil
}

// judged reports whether a look goes by a finding: not where gigstack may know more of
// the receiver, nor by habits of lines.
func judged(f cfdi.Finding, client gigstack.Client) bool {
	switch {
	case !looked.MatchString(f.Path):
		return false
	case f.Path == "client.tax_system":
		return client.TaxSystem != ""
	default:
		return f.Severity == cfdi.Refused || !strings.HasSuffix(f.Path, ".product_key")
	}
}

// ruleWords is a finding as a person reads it, without its full stop.
func ruleWords(f cfdi.Finding) string {
	words := strings.TrimSuffix(f.Message, ".")
	if line, _, ok := strings.Cut(f.Path, "."); ok && strings.HasPrefix(line, "items[") {
		words = line + ": " + words
	}
	if f.Code != "" {
		words += " (" + f.Code + ")"
	}
	return words
}

// foreseen is the document as the SAT would see it. What gigstack adds is not judged.
func (d document) foreseen(kind string, client gigstack.Client, lines []cfdi.Line) *cfdi.Document {
	v := &cfdi.Document{
		Kind: cmp.Or(kind, cfdi.Income), Receiver: receiverSeen(client), Use: cmp.Or(d.Use, client.Use), Form: d.PaymentForm, Method: d.PaymentMethod,
		Currency: d.Currency, Export: "01",
	}
	if g := d.Global; g != nil {
		v.Global = &cfdi.Period{Periodicity: string(g.Periodicity), Months: string(g.Months), Year: g.Year}
	}
	for _, relation := range d.RelatedDocuments {
		v.Related = append(v.Related, cfdi.Relation{Code: string(relation.Relationship), UUIDs: relation.Documents})
	}
	for i, item := range d.Items {
		service := value(item.service)
		v.Items = append(v.Items, cfdi.Item{
			Line: lines[i], Inherits: true, Priced: true, Product: cmp.Or(string(value(item.ProductKey)), service.ProductKey), Unit: cmp.Or(value(item.UnitKey), service.UnitKey),
			Taxability: cmp.Or(string(value(item.Taxability)), service.Taxability, "02"),
		})
	}
	return v
}

// receiverSeen is a client as far as its record tells, nil when that is too little.
func receiverSeen(client gigstack.Client) *cfdi.Party {
	if client.TaxID == "" {
		return nil
	}
	return &cfdi.Party{RFC: cfdi.RFC(client.TaxID), Name: client.LegalName, Regime: client.TaxSystem}
}

// receiverWarnings is what is odd about a receiver's RFC and regime.
func receiverWarnings(client gigstack.Client) (warnings []string) {
	if client.TaxID == "" {
		return nil
	}
	for _, f := range receiverSeen(client).Check() {
		if judged(f, client) {
			warnings = append(warnings, ruleWords(f)+".")
		}
	}
	return warnings
}

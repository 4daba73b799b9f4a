package tools

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
	"github.com/gigstack/gigstack-mcp/internal/satkeys"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// checkInput is a document to look at before it is sent.
type checkInput struct {
	Kind     checkKind    `json:"kind" doc:"What it is for."`
	Document verbatim     `json:"document" doc:"Arguments of create_income_invoice (also global), create_egress_invoice or create_retention, as they would be sent."`
	Issuer   *checkIssuer `json:"issuer,omitempty" doc:"The issuing team, as far as known (get_team)."`
}

// verbatim is an object of which numbers are kept as they were written.
type verbatim map[string]any

// UnmarshalJSON keeps numbers from becoming floats.
func (v *verbatim) UnmarshalJSON(raw []byte) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return dec.Decode((*map[string]any)(v))
}

// checkKind is a type of document that can be checked.
type checkKind string

// Choices lists them.
func (checkKind) Choices() []gigstack.Choice {
	return []gigstack.Choice{{Value: "income"}, {Value: "egress"}, {Value: "retention"}}
}

// checkIssuer is what is known of the issuer.
type checkIssuer struct {
	TaxID     string `json:"tax_id,omitempty" doc:"RFC."`
	LegalName string `json:"legal_name,omitempty" doc:"Registered name."`
	TaxSystem string `json:"tax_system,omitempty" doc:"Tax regime."`
	Zip       string `json:"zip,omitempty" doc:"Place of issue."`
}

// checkResult is what a document breaks.
type checkResult struct {
	OK        bool          `json:"ok" doc:"Nothing was found that the SAT would refuse; warnings may remain."`
	Findings  []ruleFinding `json:"findings"`
	Keys      []keyMeaning  `json:"keys,omitempty" doc:"What the keys of lines mean: compare with what is sold."`
	Totals    *totals       `json:"totals,omitempty" doc:"To the cent, by the SAT's rounding; absent when a price is not known here."`
	Unchecked []string      `json:"unchecked" doc:"What cannot be seen offline, and what can tell."`
	Error     *failure      `json:"error,omitempty"`
}

func (checkResult) actedFor() string { return "" }

// ruleFinding is a rule that is broken, or a habit departed from.
type ruleFinding struct {
	Code     string `json:"code,omitempty" doc:"The SAT's."`
	Severity string `json:"severity" doc:"error: refused; warning: may be wrong."`
	Path     string `json:"path,omitempty" doc:"Argument."`
	Message  string `json:"message"`
	Fix      string `json:"fix,omitempty"`
}

// keyMeaning is what the SAT says a key of a line is for.
type keyMeaning struct {
	Path   string `json:"path"`
	Key    string `json:"key"`
	NameES string `json:"name_es"`
}

// checkInvoice judges a document offline, before anybody is asked to stamp it.
func (t *Tools) checkInvoice() ownTool {
	forms := map[checkKind]func() *schemas.Schema{
		"income":    sync.OnceValue(func() *schemas.Schema { return schemas.Input(gigstack.CreateIncomeInvoice.Input()) }),
		"egress":    sync.OnceValue(func() *schemas.Schema { return schemas.Input(gigstack.CreateEgressInvoice.Input()) }),
		"retention": sync.OnceValue(func() *schemas.Schema { return schemas.Input(gigstack.CreateRetention.Input()) }),
	}
	return sessionTool("check_invoice", "Check an invoice",
		"Check an income, egress or global invoice or a retention offline before it is sent: RFC, name, use and regime, form and method, taxes and rates, relations, global period, date, currency; exact totals by the SAT's rounding. Each finding has the SAT's code, the argument, and a fix. Sends nothing.",
		func(ctx context.Context, in checkInput) (v checkResult, err error) {
			raw, err := json.Marshal(in.Document)
			if err != nil {
				return v, err
			}
			canonical, problems, err := forms[in.Kind]().Check(raw)
			if err != nil {
				return v, err
			}
			if problems == nil {
				raw = canonical
			}
			v = t.judge(ctx, in, raw)
			v.add(problems)
			return v, nil
		}, t)
}

// judge applies the rules to the arguments of a document. What cannot be read breaks
// its schema, which is for the caller to say.
func (t *Tools) judge(ctx context.Context, in checkInput, raw json.RawMessage) (v checkResult) {
	v = checkResult{Findings: []ruleFinding{}, Unchecked: []string{"Whether RFC, name, regime and postal code are what the SAT has: validate_client tells."}}
	now := t.Now().In(gigstack.MexicoCity)
	var found []cfdi.Finding
	switch in.Kind {
	case "retention":
		var args gigstack.CreateRetentionInput
		if json.Unmarshal(raw, &args) == nil {
			found = cfdi.CheckRetention(retentionOf(args), now)
			v.knows(args.Client, nil)
		}
	default:
		var args gigstack.CreateIncomeInvoiceInput
		if json.Unmarshal(raw, &args) == nil {
			d := documentOf(in, args)
			found = append(cfdi.Check(d, now), t.lookUp(ctx, d, &v)...)
			v.knows(args.Client, d.Items)
			if !slices.ContainsFunc(d.Items, func(i cfdi.Item) bool { return !i.Priced }) && len(d.Items) > 0 {
				v.Totals = totalsOf(d.Sum(), d.Currency)
			}
			if in.Issuer == nil {
				v.Unchecked = append(v.Unchecked, "Rules of the issuer's regime and postal code: pass issuer (get_team).")
			}
		}
	}
	for _, f := range found {
		v.Findings = append(v.Findings, ruleFinding{f.Code, string(f.Severity), f.Path, f.Message, f.Fix})
	}
	v.OK = !slices.ContainsFunc(found, func(f cfdi.Finding) bool { return f.Severity == cfdi.Refused })
	return v
}

// lookUp tells what the keys of lines mean. A key that the loaded list lacks may be
// newer than the list, so that is no more than a doubt.
func (t *Tools) lookUp(ctx context.Context, d *cfdi.Document, v *checkResult) (found []cfdi.Finding) {
	for i, item := range d.Items {
		if item.Product == "" {
			continue
		}
		path := fmt.Sprintf("items[%d].product_key", i)
		key, whole, err := t.Keys.Key(ctx, satkeys.Product, item.Product)
		switch {
		case err != nil:
			v.Unchecked = append(v.Unchecked, "Product keys: the list of them could not be read.")
			return found
		case key == nil && whole:
			found = append(found, cfdi.Finding{Code: "CFDI40162", Severity: cfdi.Doubted, Path: path, Message: "The loaded list has no product key " + clip(item.Product, shortText) + ".", Fix: "Look for it with find_sat_key."})
		case key != nil:
			v.Keys = append(v.Keys, keyMeaning{path, key.Code, key.ES})
			if !key.Border && slices.ContainsFunc(item.Taxes, cfdi.Tax.Border) {
				found = append(found, cfdi.Finding{Severity: cfdi.Doubted, Path: path, Message: "Product key " + key.Code + " is not part of the border incentive.", Fix: "Pass a rate of 0.16, or the key of what is sold."})
			}
		}
	}
	return found
}

// knows names what of a document only gigstack knows.
func (v *checkResult) knows(client gigstack.ClientInput, items []cfdi.Item) {
	if receiverOf(client) == nil {
		v.Unchecked = append(v.Unchecked, "The receiver: pass its fields as get_client has them instead of id or search.")
	}
	if slices.ContainsFunc(items, func(i cfdi.Item) bool { return i.Inherits }) {
		v.Unchecked = append(v.Unchecked, "What lines inherit from the catalogue: get_service has it.")
	}
}

// add joins what breaks the schema, where no rule has said it better.
func (v *checkResult) add(problems []schemas.Problem) {
	for _, p := range problems {
		if slices.ContainsFunc(v.Findings, func(f ruleFinding) bool { return f.Path == p.Path && f.Severity == string(cfdi.Refused) }) {
			continue
		}
		v.Findings = append(v.Findings, ruleFinding{Severity: string(cfdi.Refused), Path: p.Path, Message: p.Message, Fix: "Correct it; the call would not be taken."})
	}
	v.OK = v.OK && len(problems) == 0
}

// documentOf is an invoice as the rules see it.
func documentOf(in checkInput, args gigstack.CreateIncomeInvoiceInput) *cfdi.Document {
	d := &cfdi.Document{
		Kind: cfdi.Income, Receiver: receiverOf(args.Client), Use: string(cmp.Or(value(args.Use), value(args.Client.Use))), Form: string(args.PaymentForm),
		Method: string(cmp.Or(value(args.PaymentMethod), "PUE")), Currency: string(cmp.Or(value(args.Currency), "MXN")), Export: string(cmp.Or(value(args.Exports), "01")),
		Complements: len(args.Complements) > 0, Series: value(args.Series), Conditions: value(args.PaymentConditions),
	}
	if in.Kind == "egress" {
		d.Kind = cfdi.Egress
	}
	if i := in.Issuer; i != nil {
		d.Issuer = cfdi.Party{RFC: cfdi.RFC(i.TaxID), Name: i.LegalName, Regime: i.TaxSystem, Zip: i.Zip}
	}
	if args.ExchangeRate != nil {
		d.Rate = &args.ExchangeRate.Decimal
	}
	if args.Date != nil {
		d.Date = args.Date.Time().In(gigstack.MexicoCity)
	}
	if g := args.Global; g != nil {
		d.Global = &cfdi.Period{Periodicity: string(g.Periodicity), Months: string(g.Months), Year: g.Year}
	}
	for _, r := range args.RelatedDocuments {
		d.Related = append(d.Related, cfdi.Relation{Code: string(r.Relationship), UUIDs: r.Documents})
	}
	for _, i := range args.Items {
		d.Items = append(d.Items, lineOf(i))
	}
	return d
}

// receiverOf is what a call says of the receiver, nil when it leaves that to gigstack.
func receiverOf(c gigstack.ClientInput) *cfdi.Party {
	if c.ID != nil || c.Search != nil && c.TaxID == nil && c.LegalName == nil && c.TaxSystem == nil && c.Address == nil {
		return nil
	}
	address := value(c.Address)
	return &cfdi.Party{RFC: cfdi.RFC(value(c.TaxID)), Name: value(c.LegalName), Regime: string(value(c.TaxSystem)), Zip: value(address.Zip), Country: value(address.Country)}
}

// lineOf is a line as the rules see it.
func lineOf(in gigstack.ItemInput) cfdi.Item {
	item := cfdi.Item{
		Inherits: in.ID != nil || in.Search != nil, Priced: in.UnitPrice != nil, Description: value(in.Description), Product: string(value(in.ProductKey)),
		Unit: value(in.UnitKey), UnitName: value(in.UnitName), SKU: value(in.SKU), Taxability: string(cmp.Or(value(in.Taxability), "02")),
		Line: cfdi.Line{Quantity: decimal.NewFromInt(1), UnitPrice: value(in.UnitPrice).Decimal, Discount: value(in.Discount).Decimal},
	}
	item.Priced = item.Priced && (in.Taxes != nil || !item.Inherits)
	if in.Quantity != nil {
		item.Quantity = in.Quantity.Decimal
	}
	for _, tax := range in.Taxes {
		item.Taxes = append(item.Taxes, inputTax(tax))
	}
	if p := in.ThirdParty; p != nil {
		item.ThirdParty = &cfdi.Party{RFC: cfdi.RFC(p.TaxID), Name: p.LegalName, Regime: string(p.TaxSystem), Zip: p.Zip}
	}
	return item
}

// retentionOf is a retention as the rules see it.
func retentionOf(in gigstack.CreateRetentionInput) *cfdi.Retention {
	r := &cfdi.Retention{
		Key: string(in.RetentionKey), Receiver: receiverOf(in.Client), Start: in.PeriodStart, End: in.PeriodEnd, Year: in.PeriodYear,
		Operation: in.TotalOperation.Decimal, Exempt: value(in.TotalExempt).Decimal, Series: value(in.Series),
	}
	for _, tax := range in.Taxes {
		r.Taxes = append(r.Taxes, cfdi.Withheld{Type: string(tax.Tax), Base: tax.Base.Decimal, Amount: tax.Amount.Decimal, PaymentType: string(value(tax.PaymentType))})
	}
	if p := in.PlatformServices; p != nil {
		r.Platform = &cfdi.Platform{Periodicity: string(p.Periodicity)}
		for _, s := range p.Services {
			r.Platform.Services = append(r.Platform.Services, cfdi.PlatformService{
				Form: string(s.PaymentForm), Type: string(s.ServiceType), Day: s.ServiceDate,
				Price: s.PriceWithoutTax.Decimal, Rate: s.TaxRate.Decimal, Commission: value(s.Commission).Decimal,
			})
		}
	}
	return r
}

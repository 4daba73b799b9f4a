package tools

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// document is what the calls that make documents have in common.
type document struct {
	ID               string                      `json:"id"`           // of a draft
	InvoiceType      string                      `json:"invoice_type"` // of a draft
	Client           gigstack.ClientInput        `json:"client"`
	Items            []item                      `json:"items"`
	Currency         string                      `json:"currency"`
	ExchangeRate     *gigstack.Decimal           `json:"exchange_rate"`
	PaymentMethod    string                      `json:"payment_method"`
	PaymentForm      string                      `json:"payment_form"`
	Use              string                      `json:"use"`
	Series           string                      `json:"series"`
	RelatedDocuments []gigstack.DocumentRelation `json:"related_documents"`
	AutomationType   string                      `json:"automation_type"`
	PPDInvoiceID     string                      `json:"ppd_invoice_id"`
	Global           *gigstack.GlobalPeriod      `json:"global"`
	Metadata         gigstack.Metadata           `json:"metadata"`
	IdempotencyKey   string                      `json:"idempotency_key"`
	SendEmail        bool                        `json:"send_email"`
	Emails           []string                    `json:"emails"`
	IgnoreEmails     bool                        `json:"ignore_emails"`
}

// kind is the type of CFDI the call stamps, "" when it is about money.
func (d document) kind(tool string) string {
	switch {
	case d.InvoiceType != "":
		return d.InvoiceType
	case tool == gigstack.CreateIncomeInvoice.Name:
		return "I"
	case tool == gigstack.CreateEgressInvoice.Name:
		return "E"
	}
	return ""
}

// item is a line of a document, with the catalogue's words once they were read.
type item struct {
	gigstack.ItemInput
	service *gigstack.Service
}

// what is what the line is for.
func (i item) what() string {
	switch {
	case i.Description != nil:
		return *i.Description
	case i.service != nil && i.service.Description != "":
		return i.service.Description
	case i.Search != nil:
		return fmt.Sprintf("the service whose %s is %q", i.Search.OnKey, i.Search.OnValue)
	}
	return "no text"
}

// catalogue is a team's services, read when they are first asked for.
type catalogue func() ([]gigstack.Service, error)

func catalogueOf(ctx context.Context, r request) catalogue {
	return sync.OnceValues(func() (all []gigstack.Service, err error) {
		for service, err := range gigstack.Each(ctx, r.caller, gigstack.ListServices, gigstack.ListServicesInput{Paging: gigstack.Paging{Limit: new(100)}}) {
			if err != nil {
				return nil, err
			}
			all = append(all, service)
		}
		return all, nil
	})
}

// inherits is the catalogue entry the line inherits from, nil for none. One that
// is searched for must be found here too, and found once: a person confirms a
// price, not a search.
func (i item) inherits(ctx context.Context, r request, catalogue catalogue) (*gigstack.Service, error) {
	if i.ID != nil {
		service, err := gigstack.GetService.Call(ctx, r.caller, gigstack.ServiceRef{ID: *i.ID})
		return &service, err
	}
	if i.Search == nil {
		return nil, nil
	}
	all, err := catalogue()
	if err != nil {
		return nil, err
	}
	var found *gigstack.Service
	for _, service := range all {
		has := map[gigstack.ItemSearchKey]string{"sku": service.SKU, "description": service.Description}[i.Search.OnKey]
		switch {
		case has != i.Search.OnValue:
		case found != nil:
			return nil, pointless("Name one of them by its id.", "several services have the %s %q", i.Search.OnKey, i.Search.OnValue)
		default:
			found = &service
		}
	}
	return found, nil
}

// looksAtLines shows the receiver and adds the lines up.
func looksAtLines(ctx context.Context, r request, p *preview) error {
	d, err := arguments[document](r)
	if err != nil {
		return err
	}
	return d.show(ctx, r, p)
}

// largestFirst is the lines in the order a person should read them: as they are while
// a dialog shows them all, else by amount, so that none of weight is cut off.
func largestFirst(lines []cfdi.Line) (order []int) {
	for i := range lines {
		order = append(order, i)
	}
	if len(lines) > mostLines {
		slices.SortStableFunc(order, func(a, b int) int {
			return lines[b].Quantity.Mul(lines[b].UnitPrice).Cmp(lines[a].Quantity.Mul(lines[a].UnitPrice))
		})
	}
	return order
}

// show is looksAtLines for a document that was read.
func (d document) show(ctx context.Context, r request, p *preview) error {
	recent := d.recent(ctx, r)
	client, err := d.receiver(ctx, r, p)
	if err != nil {
		return err
	}
	lines, err := d.lines(ctx, r)
	if err != nil {
		return err
	}
	d.Currency = cmp.Or(d.Currency, "MXN")
	if d.kind(p.Tool) == "I" {
		d.PaymentMethod = cmp.Or(d.PaymentMethod, "PUE")
	}
	if err := d.check(lines); err != nil {
		return err
	}
	sum := cfdi.Sum(lines)
	p.saw(lines)
	for _, i := range largestFirst(lines) {
		p.Lines = append(p.Lines, d.lineWords(i, lines[i]))
	}
	p.Totals = totalsOf(sum, d.Currency)
	d.facts(p)
	d.warn(lines, p)
	if err := d.obey(r, client, lines, p); err != nil {
		return err
	}
	d.foretell(r, client, p)
	d.findTwins(r, client, recent, p)
	if d.PPDInvoiceID != "" {
		return d.settles(ctx, r, sum.Total, p)
	}
	return nil
}

// lineWords is a line as a person reads it.
func (d document) lineWords(i int, line cfdi.Line) string {
	words := fmt.Sprintf("%s × %s at %s", line.Quantity, clip(d.Items[i].what(), shortText), line.UnitPrice)
	if !line.Discount.IsZero() {
		words += ", discount " + line.Discount.String()
	}
	for _, t := range line.Taxes {
		words += ", " + t.Type
		switch {
		case t.Factor == "Exento":
			words += " exempt"
		case t.Factor == "Cuota":
			words += " " + t.Rate.String() + " a unit"
		default:
			words += " " + t.Rate.Shift(2).String() + " %"
		}
		if t.Withholding {
			words += " withheld"
		}
		if t.Inclusive {
			words += " included"
		}
	}
	return words
}

// receiver says whom the document is for, read from gigstack when it exists.
func (d document) receiver(ctx context.Context, r request, p *preview) (client gigstack.Client, err error) {
	switch c := d.Client; {
	case c.ID != nil:
		client, err = gigstack.GetClient.Call(ctx, r.caller, gigstack.ClientRef{ID: *c.ID})
		if isForbidden(err) {
			p.Subject = "Client " + *c.ID
			p.Warnings = append(p.Warnings, "The key may not read the client: who it is was not checked.")
			return gigstack.Client{ID: *c.ID}, nil
		}
		if err != nil {
			return client, err
		}
		p.Subject = "Client " + clientWords(client)
		p.reaches(client.TaxID, string(value(c.TaxID)))
		p.sees(client.Livemode)
		p.saw(client.LegalName, client.TaxID, client.TaxSystem, client.Use, client.Address, client.Email)
		if client.IsValid != nil && !*client.IsValid {
			p.Warnings = append(p.Warnings, "The SAT has not accepted this client's fiscal data; stamping may be refused (validate_client).")
		}
		if client.EFOS != nil && !client.EFOS.IsValid {
			p.Warnings = append(p.Warnings, "This client is on the SAT's 69-B list (presumed simulated operations).")
		}
	case c.Search != nil:
		p.Subject = fmt.Sprintf("The client whose %s is %q when it runs", c.Search.OnKey, c.Search.OnValue)
		if value(c.Search.AutoCreate) {
			p.Subject += ", made from the arguments if there is none"
		}
		if value(c.Search.Update) {
			p.Subject += ", overwritten with the arguments"
		}
		client = clientOf(c)
		if c.Search.OnKey == "tax_id" { // one that is found by anything else may have another RFC
			p.reaches(c.Search.OnValue, string(value(c.TaxID))) // which may overwrite it
		}
	default:
		client = clientOf(c)
		p.reaches(client.TaxID)
		p.Subject = "New client: " + clientWords(client)
	}
	return client, nil
}

// clientOf is the client that arguments describe.
func clientOf(c gigstack.ClientInput) gigstack.Client {
	client := gigstack.Client{
		LegalName: value(c.LegalName), Name: value(c.Name), Company: value(c.Company), Email: value(c.Email), BCC: c.BCC,
		TaxID: string(value(c.TaxID)), TaxSystem: string(value(c.TaxSystem)), Use: string(value(c.Use)), Defaults: c.Defaults,
	}
	if s := value(c.Search); s.OnKey == "tax_id" && client.TaxID == "" {
		client.TaxID = s.OnValue
	} else if s.OnKey == "email" && client.Email == "" {
		client.Email = s.OnValue
	}
	return client
}

// lines resolves what lines inherit from the catalogue.
func (d document) lines(ctx context.Context, r request) (lines []cfdi.Line, err error) {
	catalogue := catalogueOf(ctx, r)
	for i, item := range d.Items {
		line := cfdi.Line{Quantity: gigstack.Dec("1").Decimal}
		service, err := item.inherits(ctx, r, catalogue)
		if err != nil {
			return nil, fmt.Errorf("items[%d]: %w", i, err)
		}
		if service != nil {
			d.Items[i].service = service
			line.UnitPrice = service.UnitPrice.Decimal
			for _, t := range service.Taxes {
				line.Taxes = append(line.Taxes, cfdi.Tax{Type: t.Type, Factor: t.Factor, Rate: t.Rate.Decimal, Inclusive: t.Inclusive, Withholding: t.Withholding})
			}
		} else if item.UnitPrice == nil {
			return nil, pointless("Ask for the price, or name a service of list_services by its id.", "items[%d] has no unit_price, and no catalogue service was found for it", i)
		}
		if item.Quantity != nil {
			line.Quantity = item.Quantity.Decimal
		}
		if item.UnitPrice != nil {
			line.UnitPrice = item.UnitPrice.Decimal
		}
		if item.Discount != nil {
			line.Discount = item.Discount.Decimal
		}
		if item.Taxes != nil {
			line.Taxes = nil
			for _, t := range item.Taxes {
				line.Taxes = append(line.Taxes, inputTax(t))
			}
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func inputTax(t gigstack.TaxInput) cfdi.Tax {
	tax := cfdi.Tax{Type: strings.ToUpper(string(t.Type)), Rate: t.Rate.Decimal}
	if t.Factor != nil {
		tax.Factor = string(*t.Factor)
	}
	tax.Inclusive = t.Inclusive != nil && *t.Inclusive
	tax.Withholding = t.Withholding != nil && *t.Withholding
	return tax
}

// check refuses amounts that no document can have; a rate of 16 that means 16 %
// is the slip most often made.
func (d document) check(lines []cfdi.Line) error {
	for i, line := range lines {
		amount := line.Quantity.Mul(line.UnitPrice)
		switch {
		case !line.Quantity.IsPositive():
			return pointless("Correct the quantity.", "items[%d].quantity must be above 0", i)
		case line.Discount.GreaterThan(amount):
			return pointless("Correct the discount; it is an amount, not percent.", "items[%d].discount of %s is above the line's amount of %s", i, line.Discount, amount)
		}
		for _, t := range line.Taxes {
			if t.Type != "IEPS" && t.Factor != "Cuota" && t.Rate.GreaterThan(decimal.NewFromInt(1)) {
				return pointless("Pass a fraction: 0.16 for 16 %.", "items[%d] has %s at a rate of %s, which is %s %%", i, t.Type, t.Rate, t.Rate.Shift(2))
			}
		}
	}
	if d.Currency != "MXN" && d.ExchangeRate == nil {
		return pointless("Ask for the exchange rate of the day and pass it.", "exchange_rate is needed for %s", d.Currency)
	}
	return nil
}

// facts names what decides how a document is treated.
func (d document) facts(p *preview) {
	fact := func(given bool, format string, args ...any) {
		if given {
			p.Facts = append(p.Facts, fmt.Sprintf(format, args...))
		}
	}
	fact(d.PaymentMethod != "", "method %s", d.PaymentMethod)
	fact(d.PaymentForm != "", "form %s", d.PaymentForm)
	fact(d.Use != "", "use %s", d.Use)
	fact(d.Series != "", "series %s", d.Series)
	fact(d.ExchangeRate != nil, "exchange rate %s", value(d.ExchangeRate))
	for _, relation := range d.RelatedDocuments {
		fact(true, "relation %s to %s", relation.Relationship, strings.Join(relation.Documents, ", "))
	}
}

// warn names what often goes wrong with a document like this.
func (d document) warn(lines []cfdi.Line, p *preview) {
	add := func(condition bool, warning string) {
		if condition {
			p.Warnings = append(p.Warnings, warning)
		}
	}
	untaxed := false
	for i, item := range d.Items {
		untaxed = untaxed || len(lines[i].Taxes) == 0 && value(item.Taxability) != "01"
	}
	add(untaxed, "A line has no taxes. Give it its taxes, or taxability 01 if it is not subject to any; otherwise it may be refused.")
	add(d.PaymentMethod == "PPD" && d.PaymentForm != "99", "PPD goes with payment form 99; the SAT refuses others.")
	add(d.PaymentMethod != "PPD" && d.PaymentForm == "99" && p.Tool != gigstack.RequestPayment.Name, "Form 99 goes with PPD only; a payment in full states its real form.")
}

// settles shows what a payment leaves open of the PPD invoice it is for, and
// refuses one that does not fit it.
func (d document) settles(ctx context.Context, r request, paid decimal.Decimal, p *preview) error {
	invoice, err := gigstack.GetIncomeInvoice.Call(ctx, r.caller, gigstack.InvoiceRef{ID: d.PPDInvoiceID})
	if isNotFound(err) {
		return pointless("Pass the uuid of an invoice of list_income_invoices.", "ppd_invoice_id %s is no income invoice of this team", d.PPDInvoiceID)
	}
	if err != nil {
		return err
	}
	name := fmt.Sprintf("invoice %s%d (%s)", invoice.Series, invoice.FolioNumber, invoice.UUID)
	left := invoice.LastBalance.Sub(paid)
	switch {
	case invoice.PaymentMethod != "PPD" || strings.HasPrefix(invoice.Status, "cancel"):
		return pointless("Choose a valid PPD invoice with a balance.", "%s is %s and %s", name, invoice.PaymentMethod, invoice.Status)
	case d.Client.ID != nil && invoice.Client.ID != "" && *d.Client.ID != invoice.Client.ID:
		return pointless("Pass the invoice's client, or another invoice.", "%s is of %s", name, clientWords(invoice.Client))
	case invoice.Currency != d.Currency:
		p.saw(invoice.Status)
		p.Warnings = append(p.Warnings, fmt.Sprintf("The payment is in %s and %s in %s: what it leaves open is not computed here.", d.Currency, name, invoice.Currency))
		return nil
	case invoice.LastBalance.IsZero():
		p.saw(invoice.Status)
		p.Warnings = append(p.Warnings, name+" has no balance left, or gigstack does not tell it.")
		return nil
	case left.IsNegative():
		return pointless("Ask the person; part of it may be for another invoice.", "the payment of %s is above the balance of %s of %s", paid.StringFixed(2), invoice.LastBalance.StringFixed(2), name)
	}
	p.saw(invoice.LastBalance, invoice.Status)
	p.Facts = append(p.Facts, fmt.Sprintf("pays %s: balance %s becomes %s %s", name, invoice.LastBalance.StringFixed(2), left.StringFixed(2), invoice.Currency))
	return nil
}

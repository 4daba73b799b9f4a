package sandbox

import (
	"cmp"
	"encoding/base64"
	"maps"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// draft is an invoice to be: what gigstack shows of it, and what was said of it so
// far beside whom it is for and what it charges.
type draft struct {
	gigstack.Draft
	said gigstack.DraftFields
	uuid string // of the invoice it became; such a draft is remembered, not shown
}

func (s *Sandbox) routeDrafts() {
	serve(s, gigstack.CreateDraftInvoice, (*call).createDraft)
	serve(s, gigstack.ListDraftInvoices, (*call).listDrafts)
	serve(s, gigstack.GetDraftInvoice, (*call).getDraft)
	serve(s, gigstack.UpdateDraftInvoice, (*call).updateDraft)
	serve(s, gigstack.DeleteDraftInvoice, (*call).deleteDraft)
	serve(s, gigstack.StampDraftInvoice, (*call).stampDraft)
	serve(s, gigstack.PreviewDraftInvoice, (*call).previewDraft)
}

// createDraft saves a draft. A repeated idempotency key answers the first one, as
// long as it is a draft.
func (c *call) createDraft(in gigstack.CreateDraftInput) (v gigstack.Draft, err error) {
	c.message = "Draft created"
	switch first := c.repeatedDraft(in.IdempotencyKey); {
	case first != nil && first.uuid != "":
		return v, alreadyStamped(first)
	case first != nil:
		return first.Draft, nil
	}
	d, err := c.newDraft(in)
	if err != nil {
		return v, err
	}
	d.ID = c.sandbox.digest("draft")[:20]
	c.created()
	return c.world().drafts.add(d.ID, d).Draft, nil
}

// repeatedDraft is the draft that was first made with an idempotency key, nil when
// there is none.
func (c *call) repeatedDraft(key *string) *draft {
	return c.world().drafts.first(func(d *draft) bool { return orElse(key, "") != "" && d.IdempotencyKey == *key })
}

// newDraft is a draft that has no id yet and is not stored.
func (c *call) newDraft(in gigstack.CreateDraftInput) (d draft, err error) {
	if err := checkChoice("invoice_type", in.InvoiceType); err != nil {
		return d, err
	}
	d.Draft = gigstack.Draft{
		IsDraft: true, InvoiceType: string(in.InvoiceType), Status: "draft", CreatedAt: gigstack.MillisOf(c.now),
		Livemode: c.key.live, Owner: c.team.owner, From: "api",
	}
	err = c.say(&d, in.DraftFields)
	return d, err
}

// say lays what a call says of a draft over what was said before, member by
// member.
func (c *call) say(d *draft, in gigstack.DraftFields) (err error) {
	if err := cmp.Or(checkOptions(in.InvoiceOptions, in.Items), allowed("payment_method", in.PaymentMethod)); err != nil {
		return err
	}
	if in.PaymentForm != nil {
		if err := checkForm(*in.PaymentForm); err != nil {
			return err
		}
	}
	items, client := d.Items, d.Client
	if len(in.Items) > 0 {
		items, _, err = c.resolveItems(in.Items)
	} else if in.Items != nil {
		items = nil
	}
	if err == nil && in.Client != nil { // last, because that may create one
		client, err = c.resolveClient(*in.Client)
	}
	if err != nil {
		return err
	}
	in.Items, in.Client = nil, nil
	all := object(d.said)
	maps.Copy(all, object(in))
	d.said = gigstack.DraftFields{}
	fill(&d.said, all)
	c.rewrite(d, items, client)
	return nil
}

// rewrite is a draft anew from what was said of it. A preview would show it as it
// was, and is dropped.
func (c *call) rewrite(d *draft, items []gigstack.Item, client *gigstack.Client) {
	v := gigstack.Draft{
		ID: d.ID, IsDraft: true, InvoiceType: d.InvoiceType, Status: d.Status, CreatedAt: d.CreatedAt, UpdatedAt: gigstack.MillisOf(c.now),
		Livemode: d.Livemode, Owner: d.Owner, From: d.From,
	}
	fill(&v, d.said)
	v.FolioNumber = 0 // until it is stamped, whatever was asked for
	v.Series = cmp.Or(v.Series, c.team.defaultSeries(v.InvoiceType))
	v.Currency = cmp.Or(v.Currency, "MXN")
	if v.Currency == "MXN" && v.ExchangeRate == nil {
		v.ExchangeRate = new(gigstack.Dec("1"))
	}
	if client != nil {
		v.Client = new(*client)
	}
	totals := sumItems(items)
	v.Items, v.Subtotal, v.Discount, v.Total = items, exact(totals.Subtotal), exact(totals.Discount), exact(totals.Total)
	d.Draft = v
}

// draft finds a draft that is still one.
func (c *call) draft(id string) (*draft, error) {
	d, err := c.world().drafts.find("Draft", id)
	if err == nil && d.uuid != "" {
		return nil, notFound("Draft", id)
	}
	return d, err
}

// openDraft finds a draft in order to change what it is. One that was stamped is a
// conflict, which names the invoice.
func (c *call) openDraft(id string) (*draft, error) {
	d, err := c.world().drafts.find("Draft", id)
	if err == nil && d.uuid != "" {
		return nil, alreadyStamped(d)
	}
	return d, err
}

func alreadyStamped(d *draft) error {
	return conflict("Draft %s was stamped as invoice %s", d.ID, d.uuid)
}

func (c *call) listDrafts(in gigstack.ListDraftsInput) (gigstack.Page[gigstack.Draft], error) {
	var drafts table[gigstack.Draft]
	for _, d := range c.world().drafts.rows {
		if d.uuid == "" {
			drafts.add(d.ID, d.Draft).PreviewPDF = ""
		}
	}
	return page(&drafts, in.Paging, in.ListFilter, func(v *gigstack.Draft) listed {
		return listed{gigstack.SecondsOf(v.CreatedAt.Time()), orElse(v.Client, gigstack.Client{}).Name, v.Metadata}
	}, func(v *gigstack.Draft) bool {
		return in.ClientID == nil || orElse(v.Client, gigstack.Client{}).ID == *in.ClientID
	})
}

func (c *call) getDraft(in gigstack.DraftRef) (v gigstack.Draft, err error) {
	d, err := c.draft(in.ID)
	if err != nil {
		return v, err
	}
	return d.Draft, nil
}

func (c *call) updateDraft(in gigstack.UpdateDraftInput) (v gigstack.Draft, err error) {
	d, err := c.openDraft(in.ID)
	if err != nil {
		return v, err
	}
	in.IdempotencyKey = nil // it names the draft already
	if in.InvoiceType == nil && len(object(in.DraftFields)) == 0 && in.Items == nil {
		return v, invalid("", "at least one field is required")
	}
	if err := allowed("invoice_type", in.InvoiceType); err != nil {
		return v, err
	}
	changed := *d
	setAs(&changed.InvoiceType, in.InvoiceType)
	if err := c.say(&changed, in.DraftFields); err != nil {
		return v, err
	}
	*d = changed
	return d.Draft, nil
}

func (c *call) deleteDraft(in gigstack.DraftRef) (v gigstack.Deleted, err error) {
	if _, err := c.draft(in.ID); err != nil {
		return v, err
	}
	c.world().drafts.remove(in.ID)
	return v, nil
}

// stampDraft makes an invoice of a draft, with the client as it is by now.
func (c *call) stampDraft(in gigstack.DraftRef) (v gigstack.Invoice, err error) {
	d, err := c.openDraft(in.ID)
	if err != nil {
		return v, err
	}
	if err := d.stampable(); err != nil {
		return v, err
	}
	if c.repeatedInvoice(d.InvoiceType, &d.IdempotencyKey) != nil {
		return v, conflict("There is an invoice with the idempotency_key of draft %s already", d.ID)
	}
	o := orderWith(d.said.InvoiceOptions)
	o.client = c.world().currentClient(d.Client)
	o.items, o.totals = d.Items, sumItems(d.Items)
	o.method, o.form = d.method(), *d.said.PaymentForm
	c.message = "Draft stamped successfully"
	if v, err = c.fulfil(d.InvoiceType, o, d.said.InvoiceOptions); err != nil {
		return v, err
	}
	d.uuid = v.UUID
	return v, nil
}

// method is the payment method of the invoice, PUE where a draft of one does not say.
func (d *draft) method() string {
	if d.InvoiceType == typeIncome || d.InvoiceType == typeEgress {
		return cmp.Or(d.PaymentMethod, "PUE")
	}
	return d.PaymentMethod
}

// stampable reports what a draft lacks to be stamped at all. The rules for what it
// says are those of every invoice.
func (d *draft) stampable() error {
	if d.InvoiceType != typeIncome && d.InvoiceType != typeEgress {
		return ruleViolation("The sandbox does not stamp drafts of type %s; a payment complement comes from paying a PPD invoice", d.InvoiceType)
	}
	var missing []string
	for _, part := range []struct {
		name  string
		there bool
	}{{"client", d.Client != nil}, {"items", len(d.Items) > 0}, {"payment_form", d.PaymentForm != ""}} {
		if !part.there {
			missing = append(missing, part.name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	refusal := invalid("", "Draft %s is incomplete: it lacks %s", d.ID, strings.Join(missing, ", "))
	for _, name := range missing {
		refusal.details = append(refusal.details, detail{name, name + " is required"})
	}
	return refusal
}

func (c *call) previewDraft(in gigstack.DraftRef) (v gigstack.DraftPreview, err error) {
	d, err := c.draft(in.ID)
	if err != nil {
		return v, err
	}
	d.PreviewPDF = gigstack.Download(base64.StdEncoding.EncodeToString(pdfOf(d.unstamped(c.team))))
	c.message = "Draft preview generated"
	return gigstack.DraftPreview{PDF: d.PreviewPDF}, nil
}

// unstamped is the invoice that a draft would become, for its printed form.
func (d *draft) unstamped(issuer *team) *gigstack.Invoice {
	totals := sumItems(d.Items)
	v := &gigstack.Invoice{
		InvoiceType: d.InvoiceType, Client: orElse(d.Client, gigstack.Client{}), Items: d.Items, Currency: d.Currency,
		Subtotal: d.Subtotal, Discount: d.Discount, Taxes: exact(totals.Transferred), WithholdingTaxes: exact(totals.Withheld), Total: d.Total,
		Series: d.Series, Use: d.Use, PaymentForm: d.PaymentForm, PaymentMethod: d.method(), PDFNotes: d.PDFNotes,
		Date: cmp.Or(d.Date, d.UpdatedAt), IssuerInfo: issuer.asIssuer(),
	}
	v.Use = cmp.Or(v.Use, v.Client.Use)
	for _, relation := range d.RelatedDocuments {
		v.Invoices = append(v.Invoices, relation.Documents...)
	}
	return v
}

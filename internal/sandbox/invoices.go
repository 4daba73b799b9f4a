package sandbox

import (
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// automationDelay is how long gigstack's automations are taken to need.
const automationDelay = 300 * time.Millisecond

func (s *Sandbox) routeInvoices() {
	serve(s, gigstack.ListIncomeInvoices, listInvoices(typeIncome))
	serve(s, gigstack.GetIncomeInvoice, getInvoice(typeIncome))
	serve(s, gigstack.CreateIncomeInvoice, (*call).createIncomeInvoice)
	serve(s, gigstack.ListEgressInvoices, listInvoices(typeEgress))
	serve(s, gigstack.GetEgressInvoice, getInvoice(typeEgress))
	serve(s, gigstack.CreateEgressInvoice, (*call).createEgressInvoice)
	serve(s, gigstack.ListPaymentComplements, (*call).listComplements)
	serve(s, gigstack.GetPaymentComplement, getInvoice(typeComplement))
	serve(s, gigstack.SearchInvoices, (*call).searchInvoices)
	serve(s, gigstack.GetInvoiceFiles, (*call).getInvoiceFiles)
	serve(s, gigstack.ResendInvoiceEmail, (*call).resendInvoice)
	serve(s, gigstack.CancelInvoice, (*call).cancelInvoice)
	serve(s, gigstack.ListCFDIErrors, (*call).listCFDIErrors)
	serve(s, gigstack.UploadInvoiceSupportDocument, (*call).uploadInvoiceDocument)
	serve(s, gigstack.ListInvoiceSupportDocuments, (*call).listInvoiceDocuments)
	s.routes.add("GET /_files/{file}", s.serveFile)
}

// listInvoices lists income or egress invoices.
func listInvoices(kind string) func(*call, gigstack.ListInvoicesInput) (gigstack.Page[gigstack.Invoice], error) {
	return func(c *call, in gigstack.ListInvoicesInput) (gigstack.Page[gigstack.Invoice], error) {
		return invoicePage(&c.world().invoices, in, func(v *gigstack.Invoice) bool { return v.InvoiceType == kind })
	}
}

// invoicePage lists the documents of a table that have a property.
func invoicePage(t *table[gigstack.Invoice], in gigstack.ListInvoicesInput, has func(*gigstack.Invoice) bool) (p gigstack.Page[gigstack.Invoice], err error) {
	status, err := filterStatus(in.Status)
	if err != nil {
		return p, err
	}
	return page(t, in.Paging, in.ListFilter, func(v *gigstack.Invoice) listed {
		return listed{v.CreatedAt, v.Client.Name, v.Metadata}
	}, func(v *gigstack.Invoice) bool {
		return has(v) && (status == "" || v.Status == status) &&
			(in.ClientID == nil || v.Client.ID == *in.ClientID) && (in.Series == nil || v.Series == *in.Series)
	})
}

// getInvoice reads a document of one type.
func getInvoice(kind string) func(*call, gigstack.InvoiceRef) (gigstack.Invoice, error) {
	return func(c *call, in gigstack.InvoiceRef) (v gigstack.Invoice, err error) {
		stored, ok := c.world().document(in.ID)
		if !ok || stored.InvoiceType != kind {
			return v, notFound("Invoice", in.ID)
		}
		v = *stored
		v.Files = new(c.fileLinks(v.UUID))
		return v, nil
	}
}

func (c *call) createIncomeInvoice(in gigstack.CreateIncomeInvoiceInput) (gigstack.Invoice, error) {
	return c.createInvoice(typeIncome, in.InvoiceFields, string(orElse(in.PaymentMethod, "PUE")))
}

func (c *call) createEgressInvoice(in gigstack.CreateEgressInvoiceInput) (gigstack.Invoice, error) {
	return c.createInvoice(typeEgress, in.InvoiceFields, "PUE")
}

// createInvoice stamps a document that was asked for. A repeated idempotency key
// answers the first document of that type, whatever else the call says.
func (c *call) createInvoice(kind string, in gigstack.InvoiceFields, method string) (v gigstack.Invoice, err error) {
	c.message = "Invoice created successfully"
	if first := c.repeatedInvoice(kind, in.IdempotencyKey); first != nil {
		return c.shown(*first, in.InvoiceOptions), nil
	}
	c.created()
	if err := checkOptions(in.InvoiceOptions, in.Items); err != nil {
		return v, err
	}
	o, err := c.orderOf(in, method)
	if err != nil {
		return v, err
	}
	return c.fulfil(kind, o, in.InvoiceOptions)
}

// fulfil stamps an order, with what options say beyond it.
func (c *call) fulfil(kind string, o order, in gigstack.InvoiceOptions) (v gigstack.Invoice, err error) {
	stored, err := c.world().issue(c.sandbox, kind, o)
	if err != nil {
		return v, err
	}
	stored.IdempotencyKey = orElse(in.IdempotencyKey, "")
	stored.PaymentConditions = orElse(in.PaymentConditions, "")
	stored.PDFNotes, stored.Addenda = orElse(in.PDFNotes, ""), orElse(in.Addenda, "")
	stored.Complements = in.Complements
	stored.Emails = recipients(in, stored.Client)
	if o.method == "PUE" && o.form == "99" {
		c.message += ". Warning: payment form 99 does not belong to PUE; use the real form, or PPD"
	}
	if kind == typeIncome && orElse(in.AutomationType, "none") == "payment" {
		world, uuid := c.world(), stored.UUID
		c.sandbox.later(automationDelay, func(time.Time) { world.paymentForInvoice(c.sandbox, uuid) })
	}
	return c.shown(*stored, in), nil
}

// shown is a document as the call that made it sees it.
func (c *call) shown(v gigstack.Invoice, in gigstack.InvoiceOptions) gigstack.Invoice {
	if orElse(in.ReturnFilesURLs, false) {
		v.Files = new(c.fileLinks(v.UUID))
	}
	return v
}

// repeatedInvoice is the document of a type that was first made with an
// idempotency key, nil when there is none.
func (c *call) repeatedInvoice(kind string, key *string) *gigstack.Invoice {
	return c.world().invoices.first(func(v *gigstack.Invoice) bool {
		return orElse(key, "") != "" && v.IdempotencyKey == *key && v.InvoiceType == kind
	})
}

// orderOf makes the order that a call asks for.
func (c *call) orderOf(in gigstack.InvoiceFields, method string) (o order, err error) {
	o = orderWith(in.InvoiceOptions)
	o.method, o.form = method, in.PaymentForm
	if o.client, err = c.resolveClient(in.Client); err != nil {
		return o, err
	}
	o.items, o.totals, err = c.resolveItems(in.Items)
	return o, err
}

// orderWith is the part of an order that options say.
func orderWith(in gigstack.InvoiceOptions) order {
	o := order{
		use:       orElse(in.Use, ""),
		currency:  orElse(in.Currency, ""),
		rate:      orElse(in.ExchangeRate, gigstack.Decimal{}),
		series:    orElse(in.Series, ""),
		metadata:  in.Metadata,
		folio:     orElse(in.FolioNumber, 0),
		relations: in.RelatedDocuments,
		global:    in.Global,
		export:    orElse(in.Exports, ""),
	}
	if in.Date != nil {
		o.date = in.Date.Time()
	}
	return o
}

// recipients is who gets a document by mail.
func recipients(in gigstack.InvoiceOptions, client gigstack.Client) (emails []string) {
	if orElse(in.IgnoreEmails, false) {
		return nil
	}
	if orElse(in.SendEmail, false) && client.Email != "" {
		emails = append(emails, client.Email)
	}
	for _, email := range in.Emails {
		if !slices.ContainsFunc(emails, func(have string) bool { return strings.EqualFold(have, email) }) {
			emails = append(emails, email)
		}
	}
	return emails
}

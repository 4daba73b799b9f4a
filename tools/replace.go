package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// replaceInvoice issues the right invoice and cancels the wrong one.
func replaceInvoice() func(*Tools) ownTool {
	return composedOf[replaceInvoiceInput, replaced](gigstack.Spec{
		Name: replaceInvoiceName, Risk: risk.Fiscal, Title: "Replace an invoice",
		Doc:  "Correct a stamped income or egress invoice: stamp the right one (relation 04), then cancel the wrong one (motive 01), under one plan. What is left out stays as it was; the client's data is taken as it is now (update_client first). Call it again if it stopped half way.",
		Undo: "Neither can be taken back: the new invoice can only be cancelled by the SAT's rules, and the cancellation stands.",
	}, teamField)
}

// replaceInvoiceInput is the wrong invoice and what is right instead.
type replaceInvoiceInput struct {
	ID            string                  `json:"id" doc:"UUID of the wrong invoice." jsonschema:"pattern=^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"`
	ClientID      *string                 `json:"client_id,omitempty" doc:"The right receiver (client_…)."`
	Items         []gigstack.ItemInput    `json:"items,omitempty" doc:"All lines, if any is wrong." jsonschema:"minItems=1"`
	PaymentForm   *gigstack.PaymentForm   `json:"payment_form,omitempty" doc:"SAT form."`
	PaymentMethod *gigstack.PaymentMethod `json:"payment_method,omitempty" doc:"Of an income invoice."`
	Currency      *gigstack.Currency      `json:"currency,omitempty" doc:"ISO 4217."`
	ExchangeRate  *gigstack.Decimal       `json:"exchange_rate,omitempty" doc:"Pesos per unit." jsonschema:"minimum=0"`
	Use           *gigstack.CFDIUse       `json:"use,omitempty" doc:"CFDI use."`
	SendEmail     *bool                   `json:"send_email,omitempty" doc:"Mail the new one to the client."`
	IgnoreEmails  *bool                   `json:"ignore_emails,omitempty" doc:"Send no mail at all."`
}

func (in replaceInvoiceInput) subject() string { return strings.ToUpper(in.ID) }
func (replaceInvoiceInput) risk() risk.Level   { return risk.Fiscal }
func (replaceInvoiceInput) failures() int      { return 1 }

// replaced is what came of it.
type replaced struct {
	Invoice      string `json:"invoice" doc:"UUID of the right one."`
	Replaces     string `json:"replaces" doc:"UUID of the wrong one."`
	Cancellation string `json:"cancellation" doc:"Of the wrong one: accepted, or pending, while both are valid."`
}

func (in replaceInvoiceInput) conclude(r request) (any, []string) {
	last := r.steps[len(r.steps)-1]
	var canceled gigstack.CanceledInvoice
	_ = json.Unmarshal(last.reply, &canceled) // what is not there is not known
	out := replaced{Replaces: in.subject(), Cancellation: value(canceled.Cancellation).Status}
	var args gigstack.CancelInvoiceInput
	_ = json.Unmarshal(last.args, &args)
	out.Invoice = value(args.SubstitutionUUID)
	if out.Cancellation == "accepted" || strings.HasPrefix(canceled.Status, "cancel") {
		out.Cancellation = "accepted"
		return out, nil
	}
	out.Cancellation = cmp.Or(out.Cancellation, "pending")
	return out, []string{"The new invoice is stamped, and the cancellation of the old one was asked for but is not accepted yet: until then both are valid. The receiver has three business days; silence accepts. Read the old invoice again."}
}

// compose plans a new invoice unless there is one, and the cancellation.
func (in replaceInvoiceInput) compose(ctx context.Context, t *Tools, r request, p *preview) error {
	if err := t.clear(ctx, r.to.team, in.ID); err != nil {
		return err
	}
	wrong, err := findInvoice(ctx, r, in.ID)
	if err != nil {
		return err
	}
	p.Subject = invoiceWords(wrong)
	p.saw(wrong.Status, wrong.Total, value(wrong.Cancellation).Status)
	if err := replaceable(wrong, r.now, p); err != nil {
		return err
	}
	others, err := t.relatedTo(ctx, r, wrong)
	if err != nil {
		return err
	}
	args := map[string]any{"id": wrong.UUID, "motive": "01"}
	create, err := t.step(ctx, in.tool(wrong), r.to.team, in.corrected(wrong))
	if err != nil {
		return err
	}
	create.about = in.subject()
	there, err := in.substitute(ctx, t, wrong, others, create)
	if err != nil {
		return err
	}
	if there == nil {
		p.steps, p.Totals = append(p.steps, create), create.shown.Totals
		args["substitution_uuid"] = "the UUID of the new invoice"
	} else {
		p.saw(there.UUID)
		p.Facts = append(p.Facts, "the new invoice is there already: "+invoiceWords(*there)+t.provenance(ctx, *there, p))
		args["substitution_uuid"] = there.UUID
	}
	cancel, err := t.step(ctx, gigstack.CancelInvoice.Name, r.to.team, args)
	if err != nil {
		return err
	}
	if there == nil {
		cancel.later = "substitution_uuid"
	}
	p.steps = append(p.steps, cancel)
	p.Then = append(p.Then, "until the cancellation is accepted both invoices are valid")
	if len(wrong.Payments) > 0 {
		p.Warnings = append(p.Warnings, "Payments of the old invoice stay linked to it, not to the new one: "+strings.Join(wrong.Payments, ", ")+".")
	}
	return nil
}

// replaceable refuses what cannot simply be replaced.
func replaceable(v gigstack.Invoice, now time.Time, p *preview) error {
	cancellation, issued := value(v.Cancellation), v.CreatedAt.Time()
	if v.Date != 0 {
		issued = v.Date.Time()
	}
	switch {
	case strings.HasPrefix(v.Status, "cancel") && cancellation.SubstitutionUUID != "":
		return pointless("Nothing is left to do.", "%s: it was cancelled and replaced by %s", p.Subject, cancellation.SubstitutionUUID)
	case strings.HasPrefix(v.Status, "cancel"):
		return pointless("Stamp a new one (create_income_invoice), related by 04 if it takes its place.", "%s: it is cancelled already, and there is nothing to replace", p.Subject)
	case cancellation.Status == "pending":
		return pointless("Wait for the receiver's answer; read it again.", "%s: its cancellation is pending", p.Subject)
	case v.Status == "pending":
		return pointless("Wait until it is stamped.", "%s: it is not stamped yet", p.Subject)
	case v.InvoiceType != "I" && v.InvoiceType != "E":
		return pointless("Cancel a payment complement with cancel_invoice, then register the payment again (register_payment with ppd_invoice_id).", "%s: only income and egress invoices can be replaced here", p.Subject)
	case day(now) > lastDay(value(v.IssuerInfo).TaxID, issued): // the new one would be valid beside the old
		return pointless("Ask an accountant; a credit note (create_egress_invoice) can take its amount back.", "%s: the time to cancel it has ended", p.Subject)
	case v.Global != nil:
		return pointless("Ask an accountant: either the global invoice is cancelled with motive 04 and stamped anew without the sale, or a credit note reduces it.", "%s: it is a global invoice, which stands for many sales", p.Subject)
	}
	return nil
}

// tool is the tool that makes the new invoice, of the type of the old.
func (in replaceInvoiceInput) tool(v gigstack.Invoice) string {
	if v.InvoiceType == "E" {
		return gigstack.CreateEgressInvoice.Name
	}
	return gigstack.CreateIncomeInvoice.Name
}

// corrected is the arguments of the new invoice: those of the old one, with what was
// wrong put right.
func (in replaceInvoiceInput) corrected(v gigstack.Invoice) map[string]any {
	relations := []gigstack.DocumentRelation{{Relationship: "04", Documents: []string{v.UUID}}}
	for _, relation := range v.RelatedDocuments {
		if relation.Relationship != "04" { // what it replaced itself is not replaced again
			relations = append(relations, relation)
		}
	}
	args := map[string]any{
		"client": map[string]any{"id": v.Client.ID}, "items": linesOf(v.Items), "related_documents": relations,
		"payment_form": v.PaymentForm, "currency": v.Currency, "use": v.Use, "series": v.Series, "exports": v.Exports,
		"payment_conditions": v.PaymentConditions, "invoice_pdf_notes": v.PDFNotes, "addenda": v.Addenda, "complements": v.Complements, "metadata": v.Metadata,
	}
	if v.InvoiceType == "I" {
		args["payment_method"] = v.PaymentMethod
	}
	if v.Currency != "MXN" && v.Currency != "" {
		args["exchange_rate"] = v.ExchangeRate
	}
	if in.Currency != nil && string(*in.Currency) != v.Currency {
		delete(args, "exchange_rate") // of another currency
	}
	if in.ClientID != nil {
		args["client"] = map[string]any{"id": *in.ClientID}
	}
	said, _ := tree(marshal(in)).(map[string]any)
	for name, value := range said {
		if name != "id" && name != "client_id" {
			args[name] = value
		}
	}
	return filled(args)
}

// filled is arguments without those that are empty.
func filled(args map[string]any) map[string]any {
	for name, value := range args {
		if raw := string(marshal(value)); slices.Contains([]string{`""`, "null", "[]", "{}", `{"id":""}`}, raw) {
			delete(args, name)
		}
	}
	return args
}

// linesOf is lines as they are sent again. What they inherited they have by now.
func linesOf(items []gigstack.Item) (lines []map[string]any) {
	for _, item := range items {
		item.ID = ""
		line, _ := tree(marshal(item)).(map[string]any)
		line["taxes"] = taxInputs(item.Taxes)
		lines = append(lines, filled(line))
	}
	return lines
}

// taxInputs is taxes as they are sent again.
func taxInputs(taxes []gigstack.Tax) (list []map[string]any) {
	for _, tax := range taxes {
		list = append(list, filled(map[string]any{"type": tax.Type, "rate": tax.Rate, "factor": tax.Factor, "inclusive": tax.Inclusive, "withholding": tax.Withholding}))
	}
	return list
}

// substitute is the invoice that is to take the place of the old one, nil where none
// does yet. Others that keep the old one from being cancelled are named.
func (in replaceInvoiceInput) substitute(ctx context.Context, t *Tools, wrong gigstack.Invoice, others []gigstack.Invoice, create *step) (there *gigstack.Invoice, err error) {
	var blockers []string
	for _, v := range others {
		switch {
		case v.Status == "pending":
			return nil, pointless("Wait until it is stamped, then call again.", "%s relates to it and is not stamped yet", v.UUID)
		case !replaces(v, wrong.UUID):
			blockers = append(blockers, fmt.Sprintf("%s%d (%s, type %s)", v.Series, v.FolioNumber, v.UUID, v.InvoiceType))
		case there != nil:
			return nil, pointless("Show both to the person: one of them has to be cancelled (cancel_invoice).", "two invoices replace it already, %s and %s", there.UUID, v.UUID)
		default:
			there = &v
		}
	}
	if blockers != nil {
		return nil, pointless("Cancel those first (cancel_invoice, and ask the person), then call this again; a payment is registered anew on the new invoice.",
			"valid documents relate to it, and keep it from being cancelled: %s", strings.Join(blockers, ", "))
	}
	if there != nil && !sameDocument(*there, create) {
		return nil, pointless("If that one is right, cancel the old with cancel_invoice, motive 01 and its UUID; if not, cancel it first.", "another invoice replaces it already, and is not what is asked for here: %s", invoiceWords(*there))
	}
	return there, nil
}

// replaces reports whether an invoice says that it takes the place of another.
func replaces(v gigstack.Invoice, uuid string) bool { return relates(v, uuid, "04") }

// relates reports whether an invoice names another in one of these relations, or in any.
func relates(v gigstack.Invoice, uuid string, relations ...string) bool {
	return slices.ContainsFunc(v.RelatedDocuments, func(relation gigstack.DocumentRelation) bool {
		return (relations == nil || slices.Contains(relations, string(relation.Relationship))) &&
			slices.ContainsFunc(relation.Documents, func(id string) bool { return strings.EqualFold(id, uuid) })
	})
}

// sameDocument reports whether an invoice is what a step would make: for the same
// receiver, of the same lines' total.
func sameDocument(v gigstack.Invoice, create *step) bool {
	facts := create.shown.about
	return slices.Contains(facts.Receivers, v.Client.TaxID) && facts.Amount != nil && v.Total.Equal(*facts.Amount) && v.Currency == facts.Currency
}

// provenance says who made a document, as far as its idempotency key and the journal
// tell.
func (t *Tools) provenance(ctx context.Context, v gigstack.Invoice, p *preview) string {
	id, ours := guard.AttemptOf(v.IdempotencyKey)
	if a, known, err := t.Guard.Journal.Find(ctx, id); ours && err == nil && known && a.Team == p.Team {
		return ", made by this server at " + a.At.In(gigstack.MexicoCity).Format("2006-01-02 15:04")
	}
	p.Warnings = append(p.Warnings, "This server's journal does not know who made "+v.UUID+": look at it before the old invoice is cancelled for it.")
	return ""
}

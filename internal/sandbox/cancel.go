package sandbox

import (
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// RejectingRFC is a receiver who rejects every cancellation, one hour after it
// was asked to accept.
const RejectingRFC = "KIJ0906199R1"

const rejectionDelay = time.Hour

// The states of a cancellation.
const (
	cancelPending  = "pending"
	cancelAccepted = "accepted"
	cancelRejected = "rejected"
)

func (c *call) cancelInvoice(in gigstack.CancelInvoiceInput) (out gigstack.CanceledInvoice, err error) {
	v, ok := c.world().document(in.ID)
	if !ok {
		return out, notFound("Invoice", in.ID)
	}
	if err := c.world().cancellable(v, in, c.now); err != nil {
		return out, err
	}
	c.world().requestCancellation(c.sandbox, v, in.Motive, orElse(in.SubstitutionUUID, ""), c.now)
	c.message = "Invoice canceled successfully"
	if cancellationPending(v) {
		c.message = "Cancellation requested; the receiver has three business days to answer"
	}
	return gigstack.CanceledInvoice{UUID: v.UUID, Status: v.Status, Cancellation: v.Cancellation}, nil
}

func cancellationPending(v *gigstack.Invoice) bool {
	return v.Cancellation != nil && v.Cancellation.Status == cancelPending
}

// cancellable reports why a document cannot be cancelled for that motive.
func (w *world) cancellable(v *gigstack.Invoice, in gigstack.CancelInvoiceInput, now time.Time) error {
	if err := checkMotive(in.Motive, orElse(in.SubstitutionUUID, ""), v.Global != nil); err != nil {
		return err
	}
	substitute := strings.ToUpper(orElse(in.SubstitutionUUID, ""))
	switch {
	case v.Status == "canceled":
		return conflict("Invoice %s is already canceled", v.UUID)
	case cancellationPending(v):
		return conflict("The cancellation of %s is already pending", v.UUID)
	case tooLate(v.IssuerInfo.TaxID, v.Date.Time(), now):
		return fiscalRefusal("204", "Invoices of %d can no longer be canceled", v.Date.Time().In(gigstack.MexicoCity).Year())
	case substitute != "" && !w.replaces(substitute, v):
		return invalid("substitution_uuid", "%s is no valid invoice that relates to %s by 04", substitute, v.UUID)
	}
	if blocker := w.blocker(v, substitute); blocker != nil {
		if blocker.InvoiceType == typeComplement {
			return conflict("Cancel its payment complement %s first", blocker.UUID)
		}
		return conflict("The valid invoice %s relates to it; cancel that first, or, if it is the substitute, use motive 01", blocker.UUID)
	}
	return nil
}

// checkMotive reports whether motive and substitute fit each other and the document.
func checkMotive(motive gigstack.CancellationMotive, substitute string, global bool) error {
	switch {
	case !isChoice(motive):
		return invalid("motive", "motive must be 01, 02, 03 or 04")
	case motive == "01" && substitute == "":
		return invalid("substitution_uuid", "motive 01 needs substitution_uuid")
	case motive != "01" && substitute != "":
		return invalid("substitution_uuid", "substitution_uuid goes with motive 01 only")
	case motive == "04" && !global:
		return fiscalRefusal("204", "Motive 04 is for global invoices, to take a named sale out of them")
	}
	return nil
}

// replaces reports whether uuid is a valid document that replaces v.
func (w *world) replaces(uuid string, v *gigstack.Invoice) bool {
	substitute, ok := w.document(uuid)
	return ok && substitute.Status == "valid" && slices.ContainsFunc(substitute.RelatedDocuments, func(r gigstack.DocumentRelation) bool {
		return r.Relationship == "04" && names(r, v)
	})
}

// names reports whether a relation is to v.
func names(r gigstack.DocumentRelation, v *gigstack.Invoice) bool {
	return slices.ContainsFunc(r.Documents, func(uuid string) bool { return strings.EqualFold(uuid, v.UUID) })
}

// blocker is a live document that keeps v alive: one that relates to it and is
// not its substitute, or a complement that pays it.
func (w *world) blocker(v *gigstack.Invoice, substitute string) (found *gigstack.Invoice) {
	w.anyDocument(func(other *gigstack.Invoice) bool {
		relates := slices.ContainsFunc(other.RelatedDocuments, func(r gigstack.DocumentRelation) bool { return names(r, v) })
		pays := other.InvoiceType == typeComplement && slices.Contains(other.Invoices, v.UUID)
		if other.Status == "valid" && other.UUID != substitute && (relates || pays) {
			found = other
		}
		return found != nil
	})
	return found
}

// tooLate reports whether a document can no longer be cancelled.
func tooLate(issuer string, issued, now time.Time) bool {
	return !now.Before(cfdi.CancellationEnd(cfdi.RFC(issuer).Person(), issued.In(gigstack.MexicoCity)))
}

// requestCancellation asks the SAT: it cancels at once what needs no acceptance,
// and otherwise waits for the receiver.
func (w *world) requestCancellation(s *Sandbox, v *gigstack.Invoice, motive gigstack.CancellationMotive, substitute string, requested time.Time) {
	v.Cancellation = &gigstack.Cancellation{
		Motive: string(motive), SubstitutionUUID: strings.ToUpper(substitute), Code: "201",
		RequestedAt: gigstack.SecondsOf(requested), LastChecked: gigstack.SecondsOf(requested), RequestedBy: "api",
	}
	if freelyCancelled(v, requested) {
		v.Cancellation.Type = "Cancelable sin aceptación"
		w.settleCancellation(s, v, requested)
		return
	}
	v.Cancellation.Status, v.Cancellation.Type = cancelPending, "Cancelable con aceptación"
	answered := cfdi.AddBusinessDays(requested.In(gigstack.MexicoCity), cfdi.DaysToAnswer)
	if v.Client.TaxID == RejectingRFC {
		answered = requested.Add(rejectionDelay)
	}
	s.later(answered.Sub(s.options.Now()), func(time.Time) {
		if v.Client.TaxID == RejectingRFC {
			v.Cancellation.Status, v.Cancellation.LastChecked = cancelRejected, gigstack.SecondsOf(answered)
			return
		}
		w.settleCancellation(s, v, answered)
	})
}

// freelyCancelled reports whether a document needs no acceptance.
func freelyCancelled(v *gigstack.Invoice, now time.Time) bool {
	c := cfdi.Cancellable{Type: v.InvoiceType, Receiver: cfdi.RFC(v.Client.TaxID), Pesos: v.Total.Mul(v.ExchangeRate.Decimal), Issued: v.Date.Time().In(gigstack.MexicoCity)}
	return c.Free() != "" || now.Before(c.FreeUntil())
}

// settleCancellation is the SAT's yes: the document is void, and what it took
// off balances is owed again.
func (w *world) settleCancellation(s *Sandbox, v *gigstack.Invoice, at time.Time) {
	v.Status = "canceled"
	v.Cancellation.Status = cancelAccepted
	v.Cancellation.CancelledAt, v.Cancellation.LastChecked = gigstack.SecondsOf(at), gigstack.SecondsOf(at)
	v.Cancellation.Receipt = s.seal("acuse")
	w.uncredit(v)
	w.emit(s, "invoice.canceled", v)
}

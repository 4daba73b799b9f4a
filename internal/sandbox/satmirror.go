package sandbox

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

func (s *Sandbox) routeSATMirror() {
	serve(s, gigstack.ListSATInvoices, (*call).listSATInvoices)
	serve(s, gigstack.GetSATInvoice, (*call).getSATInvoice)
	serve(s, gigstack.RetrySATInvoiceXML, (*call).retrySATInvoiceXML)
	serve(s, gigstack.GenerateSATInvoicePDF, (*call).generateSATInvoicePDF)
}

// The sides of a team in the mirror, and the states of an XML there.
const (
	issued   = "issued"
	received = "received"

	xmlReady    = "ready"
	xmlBuilding = "building"
	xmlError    = "error"
)

// mirrored is a CFDI in a team's mirror of the SAT.
type mirrored struct {
	invoice   *gigstack.Invoice
	direction string
	xml       string // its state
	fault     string // why there is no XML
	refused   int    // status by which the download provider refuses the XML; 0 when it gives it
}

// mirror is every CFDI the SAT has for the team: those it stamped here, whose XML
// is there at once, and those it received.
func (w *world) mirror() (all []*mirrored) {
	for _, rows := range [][]*gigstack.Invoice{w.invoices.rows, w.complements.rows} {
		for _, v := range rows {
			all = append(all, &mirrored{invoice: v, direction: issued, xml: xmlReady})
		}
	}
	return append(all, w.received.rows...)
}

// mirrors finds a CFDI of the mirror. Without bulk download there is none.
func (c *call) mirrors(uuid string) (*mirrored, error) {
	if err := c.mirrorIsOn(); err != nil {
		return nil, err
	}
	for _, m := range c.world().mirror() {
		if strings.EqualFold(m.invoice.UUID, uuid) {
			return m, nil
		}
	}
	return nil, notFound("Invoice", uuid)
}

func (c *call) mirrorIsOn() error {
	if !c.team.download.active {
		return &apiError{status: http.StatusForbidden, code: "insufficient_permissions", message: "Bulk SAT download is not active for this team"}
	}
	return nil
}

func (c *call) listSATInvoices(in gigstack.ListSATInvoicesInput) (p gigstack.Page[gigstack.SATInvoice], err error) {
	if err := c.mirrorIsOn(); err != nil {
		return p, err
	}
	for _, err := range []error{
		calendarDay("from", in.FirstDay), calendarDay("to", in.LastDay), allowed("direction", in.Direction), allowed("status", in.Status), allowed("invoice_type", in.InvoiceType),
	} {
		if err != nil {
			return p, err
		}
	}
	var shown table[gigstack.SATInvoice]
	stamped := map[string]gigstack.Seconds{}
	for _, m := range c.world().mirror() {
		shown.add(m.invoice.UUID, m.shown())
		stamped[m.invoice.UUID] = gigstack.SecondsOf(m.invoice.Date.Time())
	}
	paging := in.Paging
	if paging.Next != nil { // the cursor is the last record seen
		paging.Next = new(cursorBehind(strings.ToUpper(*paging.Next)))
	}
	p, err = page(&shown, paging, gigstack.ListFilter{}, func(v *gigstack.SATInvoice) listed { return listed{created: stamped[v.UUID]} },
		func(v *gigstack.SATInvoice) bool { return passes(*v, in) })
	if p.HasMore {
		p.Next = p.Data[len(p.Data)-1].UUID
	}
	return p, err
}

// passes reports whether a filter lets a CFDI through.
func passes(v gigstack.SATInvoice, filter gigstack.ListSATInvoicesInput) bool {
	day := gigstack.Day(v.IssueDate[:len(time.DateOnly)])
	return day >= orElse(filter.FirstDay, day) && day <= orElse(filter.LastDay, day) &&
		v.Direction == string(orElse(filter.Direction, gigstack.SATDirection(v.Direction))) &&
		v.Status == string(orElse(filter.Status, gigstack.VoucherStatus(v.Status))) &&
		v.InvoiceType == string(orElse(filter.InvoiceType, gigstack.VoucherType(v.InvoiceType))) &&
		v.Issuer.RFC == string(orElse(filter.IssuerRFC, gigstack.RFC(v.Issuer.RFC))) &&
		v.Receiver.RFC == string(orElse(filter.ReceiverRFC, gigstack.RFC(v.Receiver.RFC)))
}

// calendarDay refuses what is no day of the calendar; nil passes.
func calendarDay(field string, day *gigstack.Day) error {
	if day == nil {
		return nil
	}
	if _, err := time.Parse(time.DateOnly, string(*day)); err != nil {
		return invalid(field, "%s must be a day as YYYY-MM-DD", field)
	}
	return nil
}

// shown is the CFDI as gigstack returns it.
func (m *mirrored) shown() gigstack.SATInvoice {
	v := m.invoice
	local := func(t time.Time) string { return t.In(gigstack.MexicoCity).Format(localTime) }
	shown := gigstack.SATInvoice{
		UUID: v.UUID, Direction: m.direction, InvoiceType: v.InvoiceType,
		ResourceStatus: m.xml, HasXML: m.xml == xmlReady, XMLError: m.fault, Status: "Vigente",
		Issuer:   &gigstack.SATParty{RFC: v.IssuerInfo.TaxID, Name: v.IssuerInfo.LegalName},
		Receiver: &gigstack.SATParty{RFC: v.Client.TaxID, Name: v.Client.LegalName},
		Subtotal: v.Subtotal, Total: v.Total, Currency: v.Currency,
		Series: v.Series, Folio: gigstack.Scalar(strconv.Itoa(v.FolioNumber)),
		IssueDate: local(v.Date.Time()), StampDate: local(v.Stamp.StampedAt.Time()),
		PACRFC: certifierRFC, Version: "4.0", CertificateNumber: issuerCert,
	}
	if v.ExchangeRate.IsPositive() {
		shown.ExchangeRate = &v.ExchangeRate
	}
	if v.Status == "canceled" {
		shown.Status, shown.CancellationDate = "Cancelado", local(v.Cancellation.CancelledAt.Time())
	}
	return shown
}

func (c *call) getSATInvoice(in gigstack.SATInvoiceRef) (v gigstack.SATInvoice, err error) {
	m, err := c.mirrors(in.UUID)
	if err != nil {
		return v, err
	}
	return m.shown(), nil
}

func (c *call) retrySATInvoiceXML(in gigstack.RetrySATInvoiceXMLInput) (v gigstack.SATRetry, err error) {
	m, err := c.mirrors(in.UUID)
	if err != nil {
		return v, err
	}
	charged, err := c.team.obtain(m, "cfdi_service_error", c.now)
	return gigstack.SATRetry{CreditCharged: charged, HasXML: new(true)}, err
}

// obtain gets the XML of a CFDI from the download provider, which charges it
// unless it is stored. code is that of a refusal for the CFDI's own sake.
func (t *team) obtain(m *mirrored, code string, now time.Time) (charged bool, err error) {
	switch {
	case m.xml == xmlReady:
		return false, nil
	case m.refused == http.StatusBadGateway:
		return false, &apiError{status: m.refused, code: "external_service_error", message: "The download provider did not answer"}
	case m.refused != 0:
		return false, &apiError{status: m.refused, code: code, message: "The download provider refused: " + m.fault}
	}
	m.xml, m.fault = xmlReady, ""
	t.download.charge(1, now)
	return true, nil
}

// generateSATInvoicePDF answers without an envelope, alone among its neighbours.
func (c *call) generateSATInvoicePDF(in gigstack.SATInvoiceRef) (v gigstack.SATInvoicePDF, err error) {
	m, err := c.mirrors(in.UUID)
	if err != nil {
		return v, err
	}
	if m.xml != xmlReady {
		return v, &apiError{status: http.StatusUnprocessableEntity, code: "cfdi_service_error", message: "The CFDI has no XML yet"}
	}
	c.dialect.kind = bareDialect
	return gigstack.SATInvoicePDF{PDF: gigstack.Download(base64.StdEncoding.EncodeToString(pdfOf(m.invoice)))}, nil
}

package sandbox

import "github.com/gigstack/gigstack-mcp/gigstack"

// seedSupport gives the master team some evidence, in test mode: a client's
// contract, the proof of a payment, and of a delivery that an invoice is for.
func (s *Sandbox) seedSupport() {
	c := s.pastCall(TeamKemper, false, s.options.Now().AddDate(0, 0, -20))
	w := c.world()
	client := w.clients.first(func(v *gigstack.Client) bool { return v.TaxID == "ICV060329BY0" })
	payment := w.payments.first(func(v *gigstack.Payment) bool { return v.Status == "succeeded" })
	invoice := w.invoices.first(func(v *gigstack.Invoice) bool { return v.PaymentMethod == "PPD" && v.Client.TaxID == "H&E951128469" })
	for _, v := range []struct {
		id, file, title string
		kind            gigstack.SupportDocumentType
		owner           gigstack.LinkedEntity
	}{
		{"doc_contrato", "contrato-auditorio.pdf", "Contrato de renta de auditorio", "contract", gigstack.LinkedEntity{EntityType: "client", EntityID: client.ID}},
		{"doc_spei", "spei.pdf", "Comprobante de transferencia", "payment_proof", gigstack.LinkedEntity{EntityType: "payment", EntityID: payment.ID}},
		{"doc_entrega", "lista-de-asistencia.pdf", "Lista de asistencia", "delivery_proof", gigstack.LinkedEntity{EntityType: "invoice", EntityID: invoice.UUID}},
	} {
		page := &pdfPage{y: pageHeight - pageMargin}
		page.line(bold, 16, v.title)
		page.line(plain, 9, "Documento del sandbox")
		w.addSupport(v.id, v.owner, gigstack.NewSupportDocument{
			File:         gigstack.SupportFile{File: gigstack.File{Name: v.file, Content: pdfFile(page.content.Bytes())}},
			DocumentType: v.kind,
			Name:         &v.title,
			Description:  new("Ejemplo del sandbox"),
		}).CreatedAt = gigstack.SecondsOf(c.now)
	}
}

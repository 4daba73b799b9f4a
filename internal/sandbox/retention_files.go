package sandbox

import (
	"fmt"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

func (c *call) getRetentionFiles(in gigstack.RetentionFilesInput) (files gigstack.InvoiceFiles, err error) {
	v, err := c.retention(in.ID)
	if err != nil {
		return files, err
	}
	return c.chosenFiles(v.UUID, in.FileType)
}

// retentionTaxes is the names of c_Impuesto.
var retentionTaxes = map[string]string{"001": "ISR", "002": "IVA", "003": "IEPS"}

// pdf is the printed form of a retention.
func (v *retention) pdf() []byte {
	p := &pdfPage{y: pageHeight - pageMargin}
	p.line(bold, 16, "Constancia de retenciones e información de pagos")
	p.line(plain, 9, "Documento del sandbox: sin validez fiscal")
	p.line(plain, 10, fmt.Sprintf("Serie y folio: %s %s", v.Series, v.FolioNumber))
	p.line(plain, 10, "Folio fiscal: "+v.UUID)
	p.line(plain, 10, "Fecha: "+v.Stamp.StampedAt)
	if v.Status == "canceled" {
		p.line(bold, 12, "CANCELADA")
	}
	p.gap(8)
	p.line(bold, 10, "Emisor")
	p.line(plain, 10, fmt.Sprintf("%s   RFC %s   Régimen %s   C.P. %s", v.Issuer.LegalName, v.Issuer.TaxID, v.Issuer.TaxSystem, v.zip))
	p.line(bold, 10, "Receptor")
	p.line(plain, 10, fmt.Sprintf("%s   RFC %s   %s", v.Receiver.LegalName, v.Receiver.TaxID, v.Receiver.Nationality))
	p.gap(8)
	p.line(bold, 10, fmt.Sprintf("Retención %s: %s", v.RetentionKey, v.kind()))
	p.line(plain, 10, fmt.Sprintf("Periodo: meses %d a %d de %d", v.Period.Start, v.Period.End, v.Period.Year))
	p.gap(8)
	for _, row := range v.Totals.Taxes {
		p.line(plain, 9, fmt.Sprintf("%s   base %s   tipo de pago %s", retentionTaxes[row.Tax], row.Base.StringFixed(2), row.PaymentType))
		p.amount(9, row.Amount.StringFixed(2))
	}
	p.gap(8)
	p.sums("Total retenido MXN", v.Totals.Retained, pdfAmount{"Operación", v.Totals.Operation}, pdfAmount{"Gravado", v.Totals.Taxable}, pdfAmount{"Exento", v.Totals.Exempt})
	p.gap(8)
	p.seal(v.seal)
	return pdfFile(p.content.Bytes())
}

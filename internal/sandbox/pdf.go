package sandbox

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// The printed form of a document: one page of text, a PDF written by hand.

// The page is US Letter; its measures are points from the lower left corner.
const (
	pageWidth   = 612
	pageHeight  = 792
	pageMargin  = 50
	lineWidth   = 110 // characters
	maxPDFLines = 24  // document lines that fit; the rest is counted
)

// Fonts of the page by their resource names. A character of Courier is 0.6 of
// its size wide, which is what lets amounts end at one edge.
const (
	plain = "F1" // Helvetica
	bold  = "F2" // Helvetica-Bold
	fixed = "F3" // Courier
)

var documentTitles = map[string]string{
	typeIncome: "Factura (ingreso)", typeEgress: "Nota de crédito (egreso)", typeComplement: "Complemento de pago", typeTransfer: "Traslado",
}

// pdfOf is the printed form of a document; of one without a stamp, watermarked.
func pdfOf(v *gigstack.Invoice) []byte {
	p := &pdfPage{y: pageHeight - pageMargin}
	if v.Stamp == nil {
		p.watermark("Sin Validez Fiscal")
	}
	p.line(bold, 16, documentTitles[v.InvoiceType])
	p.line(plain, 9, "Documento del sandbox: sin validez fiscal")
	p.line(plain, 10, fmt.Sprintf("Serie y folio: %s %d", v.Series, v.FolioNumber))
	p.line(plain, 10, "Folio fiscal: "+cmp.Or(v.UUID, "sin timbrar"))
	p.line(plain, 10, "Fecha: "+v.Date.Time().In(gigstack.MexicoCity).Format(localTime))
	if v.Status == "canceled" {
		p.line(bold, 12, "CANCELADA")
	}
	p.gap(8)
	p.line(bold, 10, "Emisor")
	p.line(plain, 10, fmt.Sprintf("%s   RFC %s   Régimen %s   C.P. %s", v.IssuerInfo.LegalName, v.IssuerInfo.TaxID, v.IssuerInfo.TaxSystem, v.IssuerInfo.Zip))
	p.line(bold, 10, "Receptor")
	receiver := receiverOf(v)
	p.line(plain, 10, fmt.Sprintf("%s   RFC %s   Régimen %s   C.P. %s   Uso %s", receiver.Nombre, receiver.Rfc, receiver.RegimenFiscalReceptor, receiver.DomicilioFiscalReceptor, v.Use))
	p.gap(8)
	p.lines(v)
	p.totals(v)
	p.gap(8)
	if v.PDFNotes != "" {
		p.line(plain, 9, v.PDFNotes)
	}
	if v.Stamp != nil {
		p.seal(v.Stamp.Seal)
	}
	return pdfFile(p.content.Bytes())
}

// pdfPage collects the drawing operators of a page, from the top down.
type pdfPage struct {
	content bytes.Buffer
	y       float64
}

func (p *pdfPage) gap(points float64) { p.y -= points }

// text draws s at x on the current line.
func (p *pdfPage) text(font string, size, x float64, s string) {
	fmt.Fprintf(&p.content, "BT /%s %g Tf %.2f %.2f Td (%s) Tj ET\n", font, size, x, p.y, winAnsi(s))
}

// watermark draws s large and grey across the page, under what follows.
func (p *pdfPage) watermark(s string) {
	fmt.Fprintf(&p.content, "q 0.85 g BT /%s 58 Tf 0.6 0.8 -0.8 0.6 170 160 Tm (%s) Tj ET Q\n", bold, winAnsi(s))
}

// line begins a new line and draws s at the margin.
func (p *pdfPage) line(font string, size float64, s string) {
	p.y -= size + 4
	p.text(font, size, pageMargin, clipRunes(s, lineWidth))
}

// amount draws s so that it ends at the right margin.
func (p *pdfPage) amount(size float64, s string) {
	p.text(fixed, size, pageWidth-pageMargin-0.6*size*float64(len(s)), s)
}

// lines draws the lines of the document, or what a complement pays.
func (p *pdfPage) lines(v *gigstack.Invoice) {
	p.line(bold, 10, "Conceptos")
	for i, item := range v.Items {
		if i == maxPDFLines {
			p.line(plain, 9, fmt.Sprintf("… y %d conceptos más", len(v.Items)-i))
			break
		}
		amount, _ := lineOf(item).Itemize()
		p.line(plain, 9, clipRunes(fmt.Sprintf("%s %s  %s  %s", item.Quantity, item.UnitKey, item.ProductKey, item.Description), 85))
		p.amount(9, amount.StringFixed(2))
	}
	for _, uuid := range v.Invoices {
		p.line(plain, 9, "Documento relacionado: "+uuid)
	}
	p.gap(8)
}

func (p *pdfPage) totals(v *gigstack.Invoice) {
	p.sums("Total "+v.Currency, v.Total,
		pdfAmount{"Subtotal", v.Subtotal}, pdfAmount{"Descuento", v.Discount}, pdfAmount{"Impuestos trasladados", v.Taxes}, pdfAmount{"Impuestos retenidos", v.WithholdingTaxes})
	p.line(plain, 9, fmt.Sprintf("Método de pago: %s   Forma de pago: %s", cmp.Or(v.PaymentMethod, "no aplica"), v.PaymentForm))
}

// pdfAmount is an amount with its name.
type pdfAmount struct {
	name   string
	amount gigstack.Decimal
}

// sums draws amounts and, in bold, what they lead to.
func (p *pdfPage) sums(name string, total gigstack.Decimal, rows ...pdfAmount) {
	for _, row := range rows {
		p.line(plain, 10, row.name)
		p.amount(10, row.amount.StringFixed(2))
	}
	p.line(bold, 11, name)
	p.amount(11, total.StringFixed(2))
}

// seal draws a digital seal.
func (p *pdfPage) seal(seal string) {
	p.line(plain, 7, "Sello digital:")
	for rest := seal; rest != ""; rest = rest[min(len(rest), lineWidth):] {
		p.line(fixed, 7, rest[:min(len(rest), lineWidth)])
	}
}

// pdfFile is a PDF of one page with that content.
func pdfFile(content []byte) []byte {
	font := func(name string) string {
		return "<< /Type /Font /Subtype /Type1 /BaseFont /" + name + " /Encoding /WinAnsiEncoding >>"
	}
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R /Resources << /Font << /%s 5 0 R /%s 6 0 R /%s 7 0 R >> >> >>",
			pageWidth, pageHeight, plain, bold, fixed),
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
		font("Helvetica"), font("Helvetica-Bold"), font("Courier"),
	}
	var pdf bytes.Buffer
	pdf.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n") // the second line says that the file is binary
	offsets := make([]int, len(objects))
	for i, object := range objects {
		offsets[i] = pdf.Len()
		fmt.Fprintf(&pdf, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	xref := pdf.Len()
	fmt.Fprintf(&pdf, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&pdf, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&pdf, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, xref)
	return pdf.Bytes()
}

// winAnsi is s as the inside of a PDF string: one byte a character, with what
// would end the string escaped. Characters outside Latin-1 become a question
// mark.
func winAnsi(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '…':
			b.WriteString("...")
		case r == '(' || r == ')' || r == '\\':
			b.WriteByte('\\')
			b.WriteByte(byte(r))
		case r < ' ':
			b.WriteByte(' ')
		case r < 0x7f || r >= 0xa0 && r <= 0xff:
			b.WriteByte(byte(r))
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}

// clipRunes shortens s to n characters.
func clipRunes(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return s
}

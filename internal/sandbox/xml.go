package sandbox

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// localTime is how a CFDI writes a moment: without a zone, in Mexico City's.
const localTime = "2006-01-02T15:04:05"

// The certifier and the certificates of a sandbox: right in form, nobody's in
// fact.
const (
	certifierRFC     = "LAN7008173R5"
	issuerCert       = "30001000000500000000"
	certifierCert    = "30001000000500000001"
	cfdiNamespace    = "http://www.sat.gob.mx/cfd/4"
	tfdNamespace     = "http://www.sat.gob.mx/TimbreFiscalDigital"
	paymentNamespace = "http://www.sat.gob.mx/Pagos20"
)

// taxCodes is SAT's c_Impuesto.
var taxCodes = map[string]string{"ISR": "001", "IVA": "002", "IEPS": "003"}

// xmlOf is the XML of a document: CFDI 4.0 with its stamp.
func (w *world) xmlOf(v *gigstack.Invoice) ([]byte, error) {
	doc := headOf(v)
	if v.InvoiceType == typeComplement {
		doc.Lines = []xmlLine{{ClaveProdServ: "84111506", Cantidad: "1", ClaveUnidad: "ACT", Descripcion: "Pago", ValorUnitario: "0", Importe: "0", ObjetoImp: "01"}}
		doc.SubTotal, doc.Total = "0", "0"
		doc.SchemaLocation += " " + paymentNamespace + " http://www.sat.gob.mx/sitio_internet/cfd/Pagos/Pagos20.xsd"
		doc.Complement.Payments = w.paymentsOf(v)
	} else {
		addAmounts(&doc, v)
	}
	body, err := xml.MarshalIndent(doc, "", "  ")
	return append([]byte(xml.Header), body...), err
}

// headOf is what every type of document has.
func headOf(v *gigstack.Invoice) xmlDocument {
	date := v.Date.Time().In(gigstack.MexicoCity).Format(localTime)
	doc := xmlDocument{
		CFDI:              cfdiNamespace,
		XSI:               "http://www.w3.org/2001/XMLSchema-instance",
		SchemaLocation:    cfdiNamespace + " http://www.sat.gob.mx/sitio_internet/cfd/4/cfdv40.xsd",
		Version:           "4.0",
		Serie:             v.Series,
		Folio:             strconv.Itoa(v.FolioNumber),
		Fecha:             date,
		Sello:             v.Stamp.Seal,
		NoCertificado:     issuerCert,
		Certificado:       certificateOf(v.IssuerInfo.TaxID),
		Moneda:            v.Currency,
		TipoDeComprobante: v.InvoiceType,
		Exportacion:       v.Exports,
		LugarExpedicion:   v.IssuerInfo.Zip,
		Issuer:            xmlIssuer{v.IssuerInfo.TaxID, v.IssuerInfo.LegalName, v.IssuerInfo.TaxSystem},
		Receiver:          receiverOf(v),
		Complement:        xmlComplement{Stamp: stampOf(v.UUID, v.Stamp.Seal, v.Stamp.StampedAt.Time())},
	}
	for _, relation := range v.RelatedDocuments {
		r := xmlRelation{TipoRelacion: string(relation.Relationship)}
		for _, uuid := range relation.Documents {
			r.Documents = append(r.Documents, xmlRef{uuid})
		}
		doc.Relations = append(doc.Relations, r)
	}
	if v.Addenda != "" {
		doc.Addenda = &xmlRaw{v.Addenda}
	}
	for _, complement := range v.Complements {
		if complement.Type == "custom" {
			doc.Complement.Custom += complement.Data
		}
	}
	return doc
}

// certificateOf is text in the place of a certificate.
func certificateOf(rfc string) string {
	return base64.StdEncoding.EncodeToString([]byte("sandbox certificate of " + rfc))
}

// stampOf is the certifier's stamp on a document.
func stampOf(uuid, seal string, at time.Time) xmlStamp {
	return xmlStamp{
		TFD:              tfdNamespace,
		SchemaLocation:   tfdNamespace + " http://www.sat.gob.mx/sitio_internet/cfd/TimbreFiscalDigital/TimbreFiscalDigitalv11.xsd",
		Version:          "1.1",
		UUID:             uuid,
		FechaTimbrado:    at.In(gigstack.MexicoCity).Format(localTime),
		RfcProvCertif:    certifierRFC,
		SelloCFD:         seal,
		NoCertificadoSAT: certifierCert,
		SelloSAT:         base64.StdEncoding.EncodeToString([]byte("sandbox stamp of " + uuid)),
	}
}

// receiverOf is the receiver; a generic RFC lives where the issuer is.
func receiverOf(v *gigstack.Invoice) xmlReceiver {
	r := xmlReceiver{Rfc: v.Client.TaxID, Nombre: v.Client.LegalName, RegimenFiscalReceptor: v.Client.TaxSystem, UsoCFDI: v.Use}
	address := orElse(v.Client.Address, gigstack.Address{})
	r.DomicilioFiscalReceptor = orElse(address.Zip, "")
	if cfdi.RFC(r.Rfc).Generic() {
		r.DomicilioFiscalReceptor = v.IssuerInfo.Zip
	}
	if country := orElse(address.Country, ""); cfdi.RFC(r.Rfc) == cfdi.ForeignRFC && len(country) == 3 && country != "MEX" {
		r.ResidenciaFiscal = country
	}
	return r
}

// addAmounts writes lines, taxes and totals of an income or egress invoice.
func addAmounts(doc *xmlDocument, v *gigstack.Invoice) {
	doc.FormaPago, doc.MetodoPago, doc.CondicionesDePago = v.PaymentForm, v.PaymentMethod, v.PaymentConditions
	doc.SubTotal, doc.Total = v.Subtotal.StringFixed(2), v.Total.StringFixed(2)
	if v.Discount.IsPositive() {
		doc.Descuento = v.Discount.StringFixed(2)
	}
	if v.Currency != "MXN" {
		doc.TipoCambio = v.ExchangeRate.String()
	}
	if v.Global != nil {
		doc.Global = &xmlGlobal{string(v.Global.Periodicity), string(v.Global.Months), v.Global.Year}
	}
	var lines []cfdi.Line
	for _, item := range v.Items {
		line := lineOf(item)
		lines = append(lines, line)
		doc.Lines = append(doc.Lines, xmlLineOf(item, line))
	}
	doc.Taxes = documentTaxes(cfdi.Sum(lines))
}

func xmlLineOf(item gigstack.Item, line cfdi.Line) xmlLine {
	amount, taxes := line.Itemize()
	x := xmlLine{
		ClaveProdServ:    item.ProductKey,
		NoIdentificacion: item.SKU,
		Cantidad:         item.Quantity.String(),
		ClaveUnidad:      item.UnitKey,
		Unidad:           item.UnitName,
		Descripcion:      item.Description,
		ValorUnitario:    line.Net().StringFixed(6),
		Importe:          amount.StringFixed(6),
		ObjetoImp:        item.Taxability,
	}
	if line.Discount.IsPositive() {
		x.Descuento = line.Discount.StringFixed(6)
	}
	if item.Customs != "" {
		x.Customs = &xmlCustoms{item.Customs}
	}
	if item.Property != "" {
		x.Property = &xmlProperty{item.Property}
	}
	if item.Complement != "" {
		x.Complement = &xmlRaw{item.Complement}
	}
	if t := item.ThirdParty; t != nil {
		x.ThirdParty = &xmlThirdParty{string(t.TaxID), t.LegalName, string(t.TaxSystem), t.Zip}
	}
	for _, tax := range taxes {
		if x.Taxes == nil {
			x.Taxes = &xmlLineTaxes{}
		}
		if tax.Withholding {
			x.Taxes.Withholdings = withRow(x.Taxes.Withholdings, taxRow(tax, 6))
		} else {
			x.Taxes.Transfers = withTransfer(x.Taxes.Transfers, taxRow(tax, 6))
		}
	}
	return x
}

// taxRow is a row with everything; an exempt one has neither rate nor amount.
func taxRow(tax cfdi.Row, places int32) xmlTax {
	row := xmlTax{Base: tax.Base.StringFixed(places), Impuesto: taxCodes[tax.Type], TipoFactor: tax.Factor}
	if tax.Factor != "Exento" {
		row.TasaOCuota, row.Importe = rate6(tax.Rate), tax.Amount.StringFixed(places)
	}
	return row
}

// documentTaxes is the document's rows; nil when it has none.
func documentTaxes(totals cfdi.Totals) *xmlTaxes {
	if len(totals.Rows) == 0 {
		return nil
	}
	taxes := &xmlTaxes{}
	for _, row := range totals.Rows {
		switch {
		case row.Withholding:
			taxes.Withholdings = withRow(taxes.Withholdings, xmlTax{Impuesto: taxCodes[row.Type], Importe: row.Amount.StringFixed(2)})
			taxes.TotalImpuestosRetenidos = totals.Withheld.StringFixed(2)
		default:
			taxes.Transfers = withTransfer(taxes.Transfers, taxRow(row, 2))
			if row.Factor != "Exento" {
				taxes.TotalImpuestosTrasladados = totals.Transferred.StringFixed(2)
			}
		}
	}
	return taxes
}

func withTransfer(rows *xmlTransfers, row xmlTax) *xmlTransfers {
	if rows == nil {
		rows = &xmlTransfers{}
	}
	rows.Rows = append(rows.Rows, row)
	return rows
}

func withRow(rows *xmlWithholdings, row xmlTax) *xmlWithholdings {
	if rows == nil {
		rows = &xmlWithholdings{}
	}
	rows.Rows = append(rows.Rows, row)
	return rows
}

// checkXML reports whether a piece of XML can be put into a document.
func checkXML(field, piece string) error {
	dec := xml.NewDecoder(strings.NewReader(piece))
	for {
		_, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return invalid(field, "%s is not well-formed XML: %v", field, err)
		}
	}
}

// rate6 is a rate as rows write it.
func rate6(d decimal.Decimal) string { return d.StringFixed(6) }

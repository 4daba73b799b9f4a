package sandbox_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// parsedCFDI is what the tests read of a CFDI, by the SAT's namespaces.
type parsedCFDI struct {
	XMLName    xml.Name `xml:"http://www.sat.gob.mx/cfd/4 Comprobante"`
	Version    string   `xml:",attr"`
	Serie      string   `xml:",attr"`
	Folio      string   `xml:",attr"`
	Fecha      string   `xml:",attr"`
	Sello      string   `xml:",attr"`
	FormaPago  string   `xml:",attr"`
	SubTotal   string   `xml:",attr"`
	Descuento  string   `xml:",attr"`
	Moneda     string   `xml:",attr"`
	TipoCambio string   `xml:",attr"`
	Total      string   `xml:",attr"`
	Type       string   `xml:"TipoDeComprobante,attr"`
	Method     string   `xml:"MetodoPago,attr"`
	Lugar      string   `xml:"LugarExpedicion,attr"`
	Issuer     struct {
		Rfc    string `xml:",attr"`
		Nombre string `xml:",attr"`
	} `xml:"http://www.sat.gob.mx/cfd/4 Emisor"`
	Receiver struct {
		Rfc     string `xml:",attr"`
		Nombre  string `xml:",attr"`
		UsoCFDI string `xml:",attr"`
		Zip     string `xml:"DomicilioFiscalReceptor,attr"`
	} `xml:"http://www.sat.gob.mx/cfd/4 Receptor"`
	Relations []struct {
		Type      string `xml:"TipoRelacion,attr"`
		Documents []struct {
			UUID string `xml:",attr"`
		} `xml:"CfdiRelacionado"`
	} `xml:"http://www.sat.gob.mx/cfd/4 CfdiRelacionados"`
	Global *struct {
		Year string `xml:"Año,attr"`
	} `xml:"InformacionGlobal"`
	Lines []struct {
		Cantidad      string      `xml:",attr"`
		ValorUnitario string      `xml:",attr"`
		Importe       string      `xml:",attr"`
		Descuento     string      `xml:",attr"`
		ObjetoImp     string      `xml:",attr"`
		Transfers     []parsedTax `xml:"Impuestos>Traslados>Traslado"`
		Withholdings  []parsedTax `xml:"Impuestos>Retenciones>Retencion"`
	} `xml:"Conceptos>Concepto"`
	Taxes struct {
		Transferred  string      `xml:"TotalImpuestosTrasladados,attr"`
		Withheld     string      `xml:"TotalImpuestosRetenidos,attr"`
		Transfers    []parsedTax `xml:"Traslados>Traslado"`
		Withholdings []parsedTax `xml:"Retenciones>Retencion"`
	} `xml:"http://www.sat.gob.mx/cfd/4 Impuestos"`
	Stamp struct {
		Version string `xml:",attr"`
		UUID    string `xml:",attr"`
		Fecha   string `xml:"FechaTimbrado,attr"`
	} `xml:"Complemento>TimbreFiscalDigital"`
	Custom  *struct{} `xml:"Complemento>leyenda"`
	Addenda *struct{} `xml:"Addenda>pedido"`
	Paid    []struct {
		Form      string `xml:"FormaDePagoP,attr"`
		Monto     string `xml:",attr"`
		Documents []struct {
			ID        string `xml:"IdDocumento,attr"`
			Number    string `xml:"NumParcialidad,attr"`
			Before    string `xml:"ImpSaldoAnt,attr"`
			Paid      string `xml:"ImpPagado,attr"`
			After     string `xml:"ImpSaldoInsoluto,attr"`
			Transfers []struct {
				Base   string `xml:"BaseDR,attr"`
				Amount string `xml:"ImporteDR,attr"`
			} `xml:"ImpuestosDR>TrasladosDR>TrasladoDR"`
		} `xml:"DoctoRelacionado"`
	} `xml:"Complemento>Pagos>Pago"`
	PaidTotals struct {
		Base  string `xml:"TotalTrasladosBaseIVA16,attr"`
		Tax   string `xml:"TotalTrasladosImpuestoIVA16,attr"`
		Total string `xml:"MontoTotalPagos,attr"`
	} `xml:"Complemento>Pagos>Totales"`
}

type parsedTax struct {
	Base    string `xml:",attr"`
	Tax     string `xml:"Impuesto,attr"`
	Factor  string `xml:"TipoFactor,attr"`
	Rate    string `xml:"TasaOCuota,attr"`
	Importe string `xml:",attr"`
}

// fetch follows a link without any key.
func fetch(t *testing.T, link string) (status int, contentType string, body []byte) {
	t.Helper()
	resp, err := http.Get(link)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, resp.Header.Get("Content-Type"), body
}

// xmlOf fetches and parses the XML of an invoice.
func xmlOf(t *testing.T, c *gigstack.Caller, uuid string) (doc parsedCFDI) {
	t.Helper()
	files, err := gigstack.GetInvoiceFiles.Call(t.Context(), c, gigstack.InvoiceFilesInput{ID: uuid})
	require.NoError(t, err)
	status, contentType, body := fetch(t, string(files.XML))
	require.Equal(t, 200, status, string(body))
	require.Equal(t, "application/xml", contentType)
	require.NoError(t, xml.Unmarshal(body, &doc), string(body))
	return doc
}

func num(t *testing.T, s string) decimal.Decimal {
	t.Helper()
	if s == "" {
		return decimal.Zero
	}
	d, err := decimal.NewFromString(s)
	require.NoError(t, err)
	return d
}

// requireConsistent checks the arithmetic and the shapes that the SAT checks.
func requireConsistent(t *testing.T, doc parsedCFDI) {
	t.Helper()
	require.Equal(t, "4.0", doc.Version)
	require.Equal(t, "1.1", doc.Stamp.Version)
	for _, moment := range []string{doc.Fecha, doc.Stamp.Fecha} {
		_, err := time.Parse("2006-01-02T15:04:05", moment)
		require.NoError(t, err)
	}
	cents := regexp.MustCompile(`^\d+\.\d\d$`)
	require.Regexp(t, cents, doc.SubTotal)
	require.Regexp(t, cents, doc.Total)
	subtotal, discount, transferred, withheld := decimal.Zero, decimal.Zero, decimal.Zero, decimal.Zero
	for _, line := range doc.Lines {
		amount := num(t, line.Cantidad).Mul(num(t, line.ValorUnitario)).Round(6)
		require.True(t, amount.Equal(num(t, line.Importe)), "Importe %s is not %s", line.Importe, amount)
		require.Equal(t, len(line.Transfers)+len(line.Withholdings) > 0, line.ObjetoImp == "02")
		subtotal, discount = subtotal.Add(amount), discount.Add(num(t, line.Descuento))
		for _, tax := range line.Transfers {
			require.Equal(t, tax.Factor != "Exento", tax.Importe != "")
			transferred = transferred.Add(num(t, tax.Importe))
		}
		for _, tax := range line.Withholdings {
			require.Regexp(t, `^0\.\d{6}$`, tax.Rate)
			withheld = withheld.Add(num(t, tax.Importe))
		}
	}
	require.True(t, subtotal.Round(2).Equal(num(t, doc.SubTotal)), "SubTotal %s is not %s", doc.SubTotal, subtotal)
	require.True(t, discount.Round(2).Equal(num(t, doc.Descuento)))
	require.True(t, transferred.Round(2).Equal(num(t, doc.Taxes.Transferred)))
	require.True(t, withheld.Round(2).Equal(num(t, doc.Taxes.Withheld)))
	total := num(t, doc.SubTotal).Sub(num(t, doc.Descuento)).Add(num(t, doc.Taxes.Transferred)).Sub(num(t, doc.Taxes.Withheld))
	require.True(t, total.Equal(num(t, doc.Total)), "Total %s is not %s", doc.Total, total)
}

func TestInvoiceXML(t *testing.T) {
	c := start(t, sandbox.Options{}).client(t, sandbox.TeamStranger, false, "admin")
	earlier := issue(t, c, incomeOf("10"))
	v := issue(t, c, incomeOf("1000", func(in *gigstack.CreateIncomeInvoiceInput) {
		in.Items[0].Discount = new(gigstack.Dec("100"))
		in.Items = append(in.Items,
			gigstack.ItemInput{Description: new(`Cable <rojo> & "negro"`), Quantity: new(gigstack.Dec("3")), UnitPrice: new(gigstack.Dec("100")), Taxes: []gigstack.TaxInput{
				{Type: "IVA", Rate: gigstack.Dec("0.16"), Inclusive: new(true)}, {Type: "IVA", Rate: gigstack.Dec("0.106667"), Withholding: new(true)},
			}},
			gigstack.ItemInput{Description: new("Libro"), UnitPrice: new(gigstack.Dec("50")), Taxes: []gigstack.TaxInput{{Type: "IVA", Factor: new(gigstack.TaxFactor("Exento"))}}},
			gigstack.ItemInput{Description: new("Donativo"), UnitPrice: new(gigstack.Dec("5")), Taxability: new(gigstack.Taxability("01"))},
		)
		in.Currency, in.ExchangeRate = new(gigstack.Currency("USD")), new(gigstack.Dec("18.4215"))
		in.RelatedDocuments = []gigstack.DocumentRelation{{Relationship: "04", Documents: []string{earlier.UUID}}}
		in.Addenda = new("<pedido>77</pedido>")
		in.Complements = []gigstack.DocumentComplement{{Type: "custom", Data: "<leyenda>x</leyenda>"}}
	}))
	doc := xmlOf(t, c, v.UUID)
	requireConsistent(t, doc)
	assert.Equal(t, v.Total.StringFixed(2), doc.Total)
	assert.Equal(t, v.Subtotal.StringFixed(2), doc.SubTotal)
	assert.Equal(t, v.UUID, doc.Stamp.UUID)
	assert.Equal(t, v.Stamp.Seal, doc.Sello)
	assert.Equal(t, "A 2 I PUE 03 USD 18.4215", strings.Join([]string{doc.Serie, doc.Folio, doc.Type, doc.Method, doc.FormaPago, doc.Moneda, doc.TipoCambio}, " "))
	assert.Equal(t, "OÑO120726RX3", doc.Issuer.Rfc)
	assert.Equal(t, "HERRERIA & ELECTRICOS", doc.Receiver.Nombre)
	assert.Equal(t, "G03", doc.Receiver.UsoCFDI)
	require.Len(t, doc.Relations, 1)
	assert.Equal(t, earlier.UUID, doc.Relations[0].Documents[0].UUID)
	assert.Len(t, doc.Lines, 4)
	assert.Equal(t, []parsedTax{{"50.00", "002", "Exento", "", ""}, {"1158.62", "002", "Tasa", "0.160000", "185.38"}}, doc.Taxes.Transfers)
	assert.Equal(t, []parsedTax{{Tax: "002", Importe: "27.59"}}, doc.Taxes.Withholdings)
	assert.NotNil(t, doc.Addenda)
	assert.NotNil(t, doc.Custom)
}

// A generic RFC lives where the issuer is.
func TestGlobalInvoiceXML(t *testing.T) {
	c := start(t, sandbox.Options{}).client(t, sandbox.TeamStranger, false, "admin")
	v := issue(t, c, incomeOf("100", func(in *gigstack.CreateIncomeInvoiceInput) {
		in.Client = receiver("XAXX010101000", "PUBLICO EN GENERAL", "616", "S01")
		in.Client.Address.Zip = new("99999")
		in.Global = &gigstack.GlobalPeriod{Periodicity: "04", Months: "11", Year: 2026}
	}))
	doc := xmlOf(t, c, v.UUID)
	requireConsistent(t, doc)
	require.NotNil(t, doc.Global)
	assert.Equal(t, "2026", doc.Global.Year)
	assert.Equal(t, doc.Lugar, doc.Receiver.Zip)
}

// Every document of the demonstration company has an XML that adds up, and its
// complements say what they pay.
func TestSeededXML(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "viewer")
	complements := 0
	for v, err := range gigstack.Each(t.Context(), c, gigstack.ListIncomeInvoices, gigstack.ListInvoicesInput{}) {
		require.NoError(t, err)
		doc := xmlOf(t, c, v.UUID)
		requireConsistent(t, doc)
		assert.Equal(t, v.Total.StringFixed(2), doc.Total)
		paid := decimal.Zero
		for _, uuid := range v.Invoices[:v.Installments] {
			p := xmlOf(t, c, uuid)
			require.Len(t, p.Paid, 1)
			require.Len(t, p.Paid[0].Documents, 1)
			document := p.Paid[0].Documents[0]
			assert.Equal(t, "P 0 0 XXX", fmt.Sprintf("%s %s %s %s", p.Type, p.SubTotal, p.Total, p.Moneda))
			assert.Equal(t, v.UUID, document.ID)
			assert.True(t, num(t, document.Before).Sub(num(t, document.Paid)).Equal(num(t, document.After)))
			assert.True(t, num(t, p.PaidTotals.Base).Add(num(t, p.PaidTotals.Tax)).Sub(num(t, document.Paid)).Abs().LessThan(num(t, "0.02")))
			assert.Equal(t, document.Paid, p.PaidTotals.Total)
			assert.Equal(t, "03", p.Paid[0].Form)
			paid = paid.Add(num(t, document.Paid))
			complements++
		}
		assert.True(t, paid.Equal(v.PaidByComplements.Decimal))
	}
	assert.Equal(t, 4, complements)
}

func TestInvoicePDF(t *testing.T) {
	c := start(t, sandbox.Options{}).client(t, sandbox.TeamStranger, false, "admin")
	v := issue(t, c, incomeOf("1234.56", func(in *gigstack.CreateIncomeInvoiceInput) {
		in.PDFNotes = new(`Gracias (año 2026) \ ☂`)
		for range 40 {
			in.Items = append(in.Items, taxed("1"))
		}
	}))
	files, err := gigstack.GetInvoiceFiles.Call(t.Context(), c, gigstack.InvoiceFilesInput{ID: v.UUID, FileType: new(gigstack.FileType("pdf"))})
	require.NoError(t, err)
	assert.Empty(t, files.XML)
	status, contentType, pdf := fetch(t, string(files.PDF))
	require.Equal(t, 200, status)
	assert.Equal(t, "application/pdf", contentType)
	for _, want := range []string{"(1478.49)", v.UUID, "ORGANICOS \xd1AVEZ OSORIO", `Gracias \(a` + "\xf1" + `o 2026\) \\ ?`, "17 conceptos m\xe1s"} {
		assert.Contains(t, string(pdf), want)
	}

	printed := strings.Join(regexp.MustCompile(`/F3 7 Tf [^(]*\((\S+)\) Tj`).FindAllString(string(pdf), -1), "")
	printed = regexp.MustCompile(`/F3 7 Tf [^(]*\(|\) Tj`).ReplaceAllString(printed, "")
	assert.Equal(t, v.Stamp.Seal, printed, "the seal is whole")
	requirePDF(t, pdf)
}

// requirePDF checks the skeleton of a PDF: its ends, its table of objects and the
// length of its stream.
func requirePDF(t *testing.T, pdf []byte) {
	t.Helper()
	require.True(t, bytes.HasPrefix(pdf, []byte("%PDF-1.4\n")))
	require.True(t, bytes.HasSuffix(pdf, []byte("%%EOF\n")))
	at := bytes.LastIndex(pdf, []byte("startxref\n"))
	xref, err := strconv.Atoi(strings.Fields(string(pdf[at:]))[1])
	require.NoError(t, err)
	rows := strings.Split(string(pdf[xref:]), "\n")
	require.Equal(t, []string{"xref", "0 8", "0000000000 65535 f "}, rows[:3])
	for object := 1; object < 8; object++ {
		offset, err := strconv.Atoi(rows[2+object][:10])
		require.NoError(t, err)
		assert.True(t, bytes.HasPrefix(pdf[offset:], fmt.Appendf(nil, "%d 0 obj\n", object)), "offset of object %d", object)
	}
	length := regexp.MustCompile(`/Length (\d+) >>\nstream\n`).FindSubmatchIndex(pdf)
	n, err := strconv.Atoi(string(pdf[length[2]:length[3]]))
	require.NoError(t, err)
	assert.True(t, bytes.HasPrefix(pdf[length[1]+n:], []byte("\nendstream")), "the stream is as long as it says")
}

func TestFileLinks(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "admin")
	a, z := issue(t, c, incomeOf("100", func(in *gigstack.CreateIncomeInvoiceInput) { in.ReturnFilesURLs = new(true) })), issue(t, c, incomeOf("200"))
	xml := a.Files.XML
	status, _, _ := fetch(t, xml)
	assert.Equal(t, 200, status)
	for name, link := range map[string]string{
		"another invoice's token":  strings.Replace(xml, a.UUID, z.UUID, 1),
		"another file's token":     strings.Replace(xml, ".xml", ".pdf", 1),
		"no token":                 strings.Split(xml, "?")[0],
		"a token that is too long": xml + "0",
	} {
		t.Run(name, func(t *testing.T) {
			status, contentType, body := fetch(t, link)
			assert.Equal(t, 404, status)
			assert.Contains(t, contentType, "application/json")
			assert.NotContains(t, string(body), "Comprobante")
		})
	}
	_, err := gigstack.GetInvoiceFiles.Call(t.Context(), c, gigstack.InvoiceFilesInput{ID: "12345678-1234-4234-8234-123456789012"})
	requireError(t, err, 404, "not found")
	_, err = gigstack.GetInvoiceFiles.Call(t.Context(), c, gigstack.InvoiceFilesInput{ID: a.UUID, FileType: new(gigstack.FileType("doc"))})
	requireError(t, err, 400, "pdf or xml")
}

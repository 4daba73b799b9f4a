package sandbox

import "encoding/xml"

// The elements of a CFDI 4.0, in the order of the SAT's schema. Names carry
// their prefixes, because encoding/xml writes none.

type xmlDocument struct {
	XMLName           xml.Name `xml:"cfdi:Comprobante"`
	CFDI              string   `xml:"xmlns:cfdi,attr"`
	XSI               string   `xml:"xmlns:xsi,attr"`
	SchemaLocation    string   `xml:"xsi:schemaLocation,attr"`
	Version           string   `xml:",attr"`
	Serie             string   `xml:",attr,omitempty"`
	Folio             string   `xml:",attr,omitempty"`
	Fecha             string   `xml:",attr"`
	Sello             string   `xml:",attr"`
	FormaPago         string   `xml:",attr,omitempty"`
	NoCertificado     string   `xml:",attr"`
	Certificado       string   `xml:",attr"`
	CondicionesDePago string   `xml:",attr,omitempty"`
	SubTotal          string   `xml:",attr"`
	Descuento         string   `xml:",attr,omitempty"`
	Moneda            string   `xml:",attr"`
	TipoCambio        string   `xml:",attr,omitempty"`
	Total             string   `xml:",attr"`
	TipoDeComprobante string   `xml:",attr"`
	Exportacion       string   `xml:",attr"`
	MetodoPago        string   `xml:",attr,omitempty"`
	LugarExpedicion   string   `xml:",attr"`

	Global     *xmlGlobal    `xml:"cfdi:InformacionGlobal"`
	Relations  []xmlRelation `xml:"cfdi:CfdiRelacionados"`
	Issuer     xmlIssuer     `xml:"cfdi:Emisor"`
	Receiver   xmlReceiver   `xml:"cfdi:Receptor"`
	Lines      []xmlLine     `xml:"cfdi:Conceptos>cfdi:Concepto"`
	Taxes      *xmlTaxes     `xml:"cfdi:Impuestos"`
	Complement xmlComplement `xml:"cfdi:Complemento"`
	Addenda    *xmlRaw       `xml:"cfdi:Addenda"`
}

type xmlGlobal struct {
	Periodicidad string `xml:",attr"`
	Meses        string `xml:",attr"`
	Year         int    `xml:"Año,attr"`
}

type xmlRelation struct {
	TipoRelacion string   `xml:",attr"`
	Documents    []xmlRef `xml:"cfdi:CfdiRelacionado"`
}

type xmlRef struct {
	UUID string `xml:",attr"`
}

type xmlIssuer struct {
	Rfc           string `xml:",attr"`
	Nombre        string `xml:",attr"`
	RegimenFiscal string `xml:",attr"`
}

type xmlReceiver struct {
	Rfc                     string `xml:",attr"`
	Nombre                  string `xml:",attr"`
	DomicilioFiscalReceptor string `xml:",attr"`
	ResidenciaFiscal        string `xml:",attr,omitempty"`
	RegimenFiscalReceptor   string `xml:",attr"`
	UsoCFDI                 string `xml:",attr"`
}

type xmlLine struct {
	ClaveProdServ    string         `xml:",attr"`
	NoIdentificacion string         `xml:",attr,omitempty"`
	Cantidad         string         `xml:",attr"`
	ClaveUnidad      string         `xml:",attr"`
	Unidad           string         `xml:",attr,omitempty"`
	Descripcion      string         `xml:",attr"`
	ValorUnitario    string         `xml:",attr"`
	Importe          string         `xml:",attr"`
	Descuento        string         `xml:",attr,omitempty"`
	ObjetoImp        string         `xml:",attr"`
	Taxes            *xmlLineTaxes  `xml:"cfdi:Impuestos"`
	ThirdParty       *xmlThirdParty `xml:"cfdi:ACuentaTerceros"`
	Customs          *xmlCustoms    `xml:"cfdi:InformacionAduanera"`
	Property         *xmlProperty   `xml:"cfdi:CuentaPredial"`
	Complement       *xmlRaw        `xml:"cfdi:ComplementoConcepto"`
}

type xmlThirdParty struct {
	Rfc     string `xml:"RfcACuentaTerceros,attr"`
	Nombre  string `xml:"NombreACuentaTerceros,attr"`
	Regimen string `xml:"RegimenFiscalACuentaTerceros,attr"`
	Zip     string `xml:"DomicilioFiscalACuentaTerceros,attr"`
}

type xmlCustoms struct {
	NumeroPedimento string `xml:",attr"`
}

type xmlProperty struct {
	Numero string `xml:",attr"`
}

// xmlTax is a row of taxes; where it stands decides which attributes it has.
type xmlTax struct {
	Base       string `xml:",attr,omitempty"`
	Impuesto   string `xml:",attr"`
	TipoFactor string `xml:",attr,omitempty"`
	TasaOCuota string `xml:",attr,omitempty"`
	Importe    string `xml:",attr,omitempty"`
}

// xmlTransfers and xmlWithholdings wrap their rows, because an empty wrapper is
// an error to the SAT.
type xmlTransfers struct {
	Rows []xmlTax `xml:"cfdi:Traslado"`
}

type xmlWithholdings struct {
	Rows []xmlTax `xml:"cfdi:Retencion"`
}

// xmlLineTaxes has its groups in the order of a line, the other way round than
// those of the document.
type xmlLineTaxes struct {
	Transfers    *xmlTransfers    `xml:"cfdi:Traslados"`
	Withholdings *xmlWithholdings `xml:"cfdi:Retenciones"`
}

type xmlTaxes struct {
	TotalImpuestosRetenidos   string           `xml:",attr,omitempty"`
	TotalImpuestosTrasladados string           `xml:",attr,omitempty"`
	Withholdings              *xmlWithholdings `xml:"cfdi:Retenciones"`
	Transfers                 *xmlTransfers    `xml:"cfdi:Traslados"`
}

type xmlComplement struct {
	Payments *xmlPayments `xml:"pago20:Pagos"`
	Custom   string       `xml:",innerxml"`
	Stamp    xmlStamp     `xml:"tfd:TimbreFiscalDigital"`
}

type xmlStamp struct {
	TFD              string `xml:"xmlns:tfd,attr"`
	SchemaLocation   string `xml:"xsi:schemaLocation,attr"`
	Version          string `xml:",attr"`
	UUID             string `xml:",attr"`
	FechaTimbrado    string `xml:",attr"`
	RfcProvCertif    string `xml:",attr"`
	SelloCFD         string `xml:",attr"`
	NoCertificadoSAT string `xml:",attr"`
	SelloSAT         string `xml:",attr"`
}

type xmlRaw struct {
	Inner string `xml:",innerxml"`
}

// The payment complement, Pagos 2.0.

type xmlPayments struct {
	Pago20   string         `xml:"xmlns:pago20,attr"`
	Version  string         `xml:",attr"`
	Totals   xmlPaidTotals  `xml:"pago20:Totales"`
	Payments []xmlPayment20 `xml:"pago20:Pago"`
}

type xmlPaidTotals struct {
	TotalRetencionesIVA         string `xml:",attr,omitempty"`
	TotalRetencionesISR         string `xml:",attr,omitempty"`
	TotalRetencionesIEPS        string `xml:",attr,omitempty"`
	TotalTrasladosBaseIVA16     string `xml:",attr,omitempty"`
	TotalTrasladosImpuestoIVA16 string `xml:",attr,omitempty"`
	TotalTrasladosBaseIVA8      string `xml:",attr,omitempty"`
	TotalTrasladosImpuestoIVA8  string `xml:",attr,omitempty"`
	TotalTrasladosBaseIVA0      string `xml:",attr,omitempty"`
	TotalTrasladosImpuestoIVA0  string `xml:",attr,omitempty"`
	TotalTrasladosBaseIVAExento string `xml:",attr,omitempty"`
	MontoTotalPagos             string `xml:",attr"`
}

type xmlPayment20 struct {
	FechaPago    string        `xml:",attr"`
	FormaDePagoP string        `xml:",attr"`
	MonedaP      string        `xml:",attr"`
	TipoCambioP  string        `xml:",attr"`
	Monto        string        `xml:",attr"`
	Documents    []xmlPaid     `xml:"pago20:DoctoRelacionado"`
	Taxes        *xmlPaidTaxes `xml:"pago20:ImpuestosP"`
}

// xmlPaid is what a payment pays of one invoice.
type xmlPaid struct {
	IdDocumento      string          `xml:",attr"`
	Serie            string          `xml:",attr,omitempty"`
	Folio            string          `xml:",attr,omitempty"`
	MonedaDR         string          `xml:",attr"`
	EquivalenciaDR   string          `xml:",attr"`
	NumParcialidad   int             `xml:",attr"`
	ImpSaldoAnt      string          `xml:",attr"`
	ImpPagado        string          `xml:",attr"`
	ImpSaldoInsoluto string          `xml:",attr"`
	ObjetoImpDR      string          `xml:",attr"`
	Taxes            *xmlPaidTaxesDR `xml:"pago20:ImpuestosDR"`
}

type xmlPaidTaxesDR struct {
	Withholdings *xmlWithholdingsDR `xml:"pago20:RetencionesDR"`
	Transfers    *xmlTransfersDR    `xml:"pago20:TrasladosDR"`
}

type xmlWithholdingsDR struct {
	Rows []xmlTaxDR `xml:"pago20:RetencionDR"`
}

type xmlTransfersDR struct {
	Rows []xmlTaxDR `xml:"pago20:TrasladoDR"`
}

type xmlTaxDR struct {
	Base       string `xml:"BaseDR,attr"`
	Impuesto   string `xml:"ImpuestoDR,attr"`
	TipoFactor string `xml:"TipoFactorDR,attr"`
	TasaOCuota string `xml:"TasaOCuotaDR,attr,omitempty"`
	Importe    string `xml:"ImporteDR,attr,omitempty"`
}

type xmlPaidTaxes struct {
	Withholdings *xmlWithholdingsP `xml:"pago20:RetencionesP"`
	Transfers    *xmlTransfersP    `xml:"pago20:TrasladosP"`
}

type xmlWithholdingsP struct {
	Rows []xmlTaxP `xml:"pago20:RetencionP"`
}

type xmlTransfersP struct {
	Rows []xmlTaxP `xml:"pago20:TrasladoP"`
}

type xmlTaxP struct {
	Base       string `xml:"BaseP,attr,omitempty"`
	Impuesto   string `xml:"ImpuestoP,attr"`
	TipoFactor string `xml:"TipoFactorP,attr,omitempty"`
	TasaOCuota string `xml:"TasaOCuotaP,attr,omitempty"`
	Importe    string `xml:"ImporteP,attr,omitempty"`
}

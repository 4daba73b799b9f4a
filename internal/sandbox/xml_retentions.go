package sandbox

import (
	"encoding/xml"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

// The elements of a CFDI de Retenciones e Información de Pagos 2.0, in the order
// of the SAT's schema.

const (
	retentionNamespace = "http://www.sat.gob.mx/esquemas/retencionpago/2"
	platformNamespace  = "http://www.sat.gob.mx/esquemas/retencionpago/1/PlataformasTecnologicas10"
)

type xmlRetention struct {
	XMLName        xml.Name `xml:"retenciones:Retenciones"`
	Retenciones    string   `xml:"xmlns:retenciones,attr"`
	XSI            string   `xml:"xmlns:xsi,attr"`
	SchemaLocation string   `xml:"xsi:schemaLocation,attr"`
	Version        string   `xml:",attr"`
	FolioInt       string   `xml:",attr"`
	Sello          string   `xml:",attr"`
	NoCertificado  string   `xml:",attr"`
	Certificado    string   `xml:",attr"`
	FechaExp       string   `xml:",attr"`
	LugarExpRetenc string   `xml:",attr"`
	CveRetenc      string   `xml:",attr"`
	DescRetenc     string   `xml:",attr,omitempty"`

	Issuer     xmlRetentionIssuer     `xml:"retenciones:Emisor"`
	Receiver   xmlRetentionReceiver   `xml:"retenciones:Receptor"`
	Period     xmlRetentionPeriod     `xml:"retenciones:Periodo"`
	Totals     xmlRetentionTotals     `xml:"retenciones:Totales"`
	Complement xmlRetentionComplement `xml:"retenciones:Complemento"`
}

type xmlRetentionIssuer struct {
	RfcE           string `xml:",attr"`
	NomDenRazSocE  string `xml:",attr"`
	RegimenFiscalE string `xml:",attr"`
}

type xmlRetentionReceiver struct {
	NacionalidadR string       `xml:",attr"`
	National      *xmlNational `xml:"retenciones:Nacional"`
	Foreign       *xmlForeign  `xml:"retenciones:Extranjero"`
}

type xmlNational struct {
	RfcR             string `xml:",attr"`
	NomDenRazSocR    string `xml:",attr"`
	DomicilioFiscalR string `xml:",attr"`
}

type xmlForeign struct {
	NomDenRazSocR string `xml:",attr"`
}

type xmlRetentionPeriod struct {
	MesIni    string `xml:",attr"`
	MesFin    string `xml:",attr"`
	Ejercicio int    `xml:",attr"`
}

type xmlRetentionTotals struct {
	MontoTotOperacion string        `xml:",attr"`
	MontoTotGrav      string        `xml:",attr"`
	MontoTotExent     string        `xml:",attr"`
	MontoTotRet       string        `xml:",attr"`
	Rows              []xmlRetained `xml:"retenciones:ImpRetenidos"`
}

type xmlRetained struct {
	BaseRet     string `xml:",attr"`
	ImpuestoRet string `xml:",attr"`
	MontoRet    string `xml:",attr"`
	TipoPagoRet string `xml:",attr"`
}

type xmlRetentionComplement struct {
	Platform *xmlPlatform `xml:"plataformasTecnologicas:ServiciosPlataformasTecnologicas"`
	Stamp    xmlStamp     `xml:"tfd:TimbreFiscalDigital"`
}

// xmlPlatform is the complement for technology platforms, 1.0.
type xmlPlatform struct {
	Plataformas              string               `xml:"xmlns:plataformasTecnologicas,attr"`
	SchemaLocation           string               `xml:"xsi:schemaLocation,attr"`
	Version                  string               `xml:",attr"`
	Periodicidad             string               `xml:",attr"`
	NumServ                  int                  `xml:",attr"`
	MonTotServSIVA           string               `xml:",attr"`
	TotalIVATrasladado       string               `xml:",attr"`
	TotalIVARetenido         string               `xml:",attr"`
	TotalISRRetenido         string               `xml:",attr"`
	DifIVAEntregadoPrestServ string               `xml:",attr"`
	MonTotalporUsoPlataforma string               `xml:",attr"`
	Services                 []xmlPlatformService `xml:"plataformasTecnologicas:Servicios>plataformasTecnologicas:DetallesDelServicio"`
}

type xmlPlatformService struct {
	FormaPagoServ    string          `xml:",attr"`
	TipoDeServ       string          `xml:",attr"`
	FechaServ        string          `xml:",attr"`
	PrecioServSinIVA string          `xml:",attr"`
	Tax              *xmlPlatformTax `xml:"plataformasTecnologicas:ImpuestosTrasladadosdelServicio"`
	Commission       *xmlCommission  `xml:"plataformasTecnologicas:ComisionDelServicio"`
}

type xmlPlatformTax struct {
	Base       string `xml:",attr"`
	Impuesto   string `xml:",attr"`
	TipoFactor string `xml:",attr"`
	TasaCuota  string `xml:",attr"`
	Importe    string `xml:",attr"`
}

type xmlCommission struct {
	Importe string `xml:",attr"`
}

// xml is the XML of a retention with its stamp.
func (v *retention) xml() ([]byte, error) {
	at := v.CreatedAt.Time()
	doc := xmlRetention{
		Retenciones:    retentionNamespace,
		XSI:            "http://www.w3.org/2001/XMLSchema-instance",
		SchemaLocation: retentionNamespace + " " + retentionNamespace + "/retencionpagov2.xsd",
		Version:        "2.0",
		FolioInt:       v.Series + string(v.FolioNumber),
		Sello:          v.seal,
		NoCertificado:  issuerCert,
		Certificado:    certificateOf(v.Issuer.TaxID),
		FechaExp:       at.In(gigstack.MexicoCity).Format(localTime),
		LugarExpRetenc: v.zip,
		CveRetenc:      v.RetentionKey,
		Issuer:         xmlRetentionIssuer{v.Issuer.TaxID, v.Issuer.LegalName, v.Issuer.TaxSystem},
		Receiver:       xmlRetentionReceiver{NacionalidadR: v.Receiver.Nationality},
		Period:         xmlRetentionPeriod{fmt.Sprintf("%02d", v.Period.Start), fmt.Sprintf("%02d", v.Period.End), v.Period.Year},
		Totals: xmlRetentionTotals{
			MontoTotOperacion: v.Totals.Operation.StringFixed(2), MontoTotGrav: v.Totals.Taxable.StringFixed(2),
			MontoTotExent: v.Totals.Exempt.StringFixed(2), MontoTotRet: v.Totals.Retained.StringFixed(2),
		},
		Complement: xmlRetentionComplement{Platform: v.xmlPlatform(), Stamp: stampOf(v.UUID, v.seal, at)},
	}
	if v.RetentionKey == keyOther {
		doc.DescRetenc = v.kind()
	}
	if v.Receiver.Nationality == foreign {
		doc.Receiver.Foreign = &xmlForeign{v.Receiver.LegalName}
	} else {
		address := orElse(v.client.Address, gigstack.Address{})
		doc.Receiver.National = &xmlNational{v.Receiver.TaxID, v.Receiver.LegalName, orElse(address.Zip, "")}
	}
	for _, row := range v.Totals.Taxes {
		doc.Totals.Rows = append(doc.Totals.Rows, xmlRetained{row.Base.StringFixed(2), row.Tax, row.Amount.StringFixed(2), row.PaymentType})
	}
	body, err := xml.MarshalIndent(doc, "", "  ")
	return append([]byte(xml.Header), body...), err
}

// xmlPlatform is the complement, nil without one.
func (v *retention) xmlPlatform() *xmlPlatform {
	if v.platform == nil {
		return nil
	}
	var iva, commission decimal.Decimal
	x := &xmlPlatform{
		Plataformas:    platformNamespace,
		SchemaLocation: platformNamespace + " " + platformNamespace + "/ServiciosPlataformasTecnologicas10.xsd",
		Version:        "1.0",
		Periodicidad:   string(v.platform.Periodicity),
		NumServ:        len(v.platform.Services),
		MonTotServSIVA: v.Totals.Operation.StringFixed(2),
	}
	for _, service := range v.platform.Services {
		price, tax := service.PriceWithoutTax, service.PriceWithoutTax.Mul(service.TaxRate.Decimal).Round(2)
		row := xmlPlatformService{
			FormaPagoServ: string(service.PaymentForm), TipoDeServ: string(service.ServiceType), FechaServ: service.ServiceDate, PrecioServSinIVA: price.StringFixed(2),
			Tax: &xmlPlatformTax{price.StringFixed(2), "02", "Tasa", rate6(service.TaxRate.Decimal), tax.StringFixed(2)},
		}
		if service.Commission != nil {
			row.Commission = &xmlCommission{service.Commission.StringFixed(2)}
			commission = commission.Add(service.Commission.Decimal)
		}
		iva = iva.Add(tax)
		x.Services = append(x.Services, row)
	}
	x.TotalIVATrasladado, x.TotalIVARetenido, x.TotalISRRetenido = iva.StringFixed(2), v.withheld("IVA").StringFixed(2), v.withheld("ISR").StringFixed(2)
	x.DifIVAEntregadoPrestServ = iva.Sub(v.withheld("IVA")).StringFixed(2)
	x.MonTotalporUsoPlataforma = commission.StringFixed(2)
	return x
}

// kind is the SAT's name of a retention's key.
func (v *retention) kind() string {
	entry, _ := catalogs.Lookup(catalogs.RetentionKeys, v.RetentionKey)
	return entry.ES
}

package cfdi

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	mexico = time.FixedZone("Mexico City", -6*60*60)
	today  = time.Date(2026, 11, 22, 12, 0, 0, 0, mexico)
	iva    = Tax{Type: "IVA", Rate: dec("0.16")}
)

// sale is an invoice with which nothing is wrong.
func sale() *Document {
	return &Document{
		Kind: Income, Use: "G03", Form: "03", Method: "PUE", Currency: "MXN", Export: "01",
		Issuer:   Party{RFC: "EKU9003173C9", Name: "ESCUELA KEMPER URGATE", Regime: "601", Zip: "42501"},
		Receiver: &Party{RFC: "URE180429TM6", Name: "UNIVERSIDAD ROBOTICA ESPAÑOLA", Regime: "601", Zip: "86991"},
		Items: []Item{{Line: Line{Quantity: dec("1"), UnitPrice: dec("100"), Taxes: []Tax{iva}}, Priced: true,
			Description: "Curso", Product: "86101700", Unit: "E48", Taxability: "02"}},
	}
}

// credit is a credit note with which nothing is wrong.
func credit() *Document {
	d := sale()
	d.Kind, d.Use = Egress, "G02"
	d.Related = []Relation{{"01", []string{"5FB2822E-396D-4725-8521-CDC4BDD20CCF"}}}
	return d
}

// public is a global invoice with which nothing is wrong.
func public() *Document {
	d := sale()
	d.Use = "S01"
	d.Receiver = &Party{RFC: PublicRFC, Name: PublicName, Regime: "616", Zip: "42501"}
	d.Global = &Period{"04", "11", 2026}
	d.Items[0].Product, d.Items[0].Unit, d.Items[0].SKU, d.Items[0].Description = "01010101", "ACT", "T-1", "Venta"
	return d
}

// abroad is an invoice to a foreigner with which nothing is wrong.
func abroad() *Document {
	d := sale()
	d.Use = "S01"
	d.Receiver = &Party{RFC: ForeignRFC, Name: "ACME INC", Regime: "616", Zip: "42501", Country: "USA"}
	return d
}

func TestNothingIsWrong(t *testing.T) {
	for name, d := range map[string]*Document{"sale": sale(), "credit": credit(), "public": public(), "abroad": abroad()} {
		assert.Empty(t, Check(d, today), name)
	}
	unknown := sale()
	unknown.Receiver, unknown.Issuer, unknown.Use = nil, Party{}, ""
	unknown.Items = []Item{{Line: Line{Quantity: dec("1")}, Inherits: true, Taxability: "02"}}
	assert.Empty(t, Check(unknown, today), "what is not known is not judged")
}

// rule is what is found of a document that breaks one rule.
type rule struct {
	name   string
	of     func() *Document
	breaks func(*Document)
	found  string // severity, code and path
}

func line(change func(*Item)) func(*Document) { return func(d *Document) { change(&d.Items[0]) } }

func taxed(taxes ...Tax) func(*Document) {
	return line(func(i *Item) { i.Taxes = taxes })
}

func subject(code string, taxes ...Tax) func(*Document) {
	return line(func(i *Item) { i.Taxability, i.Taxes = code, taxes })
}

func receiver(change func(*Party)) func(*Document) { return func(d *Document) { change(d.Receiver) } }

func third(change func(*Party)) func(*Document) {
	return line(func(i *Item) {
		i.ThirdParty = &Party{RFC: "FUNK671228PH6", Name: "KARLA FUENTE NOLASCO", Regime: "612", Zip: "16034"}
		change(i.ThirdParty)
	})
}

var partyRules = []rule{
	{"issuer's RFC", sale, func(d *Document) { d.Issuer.RFC = "EKU9013173C9" }, "error CFDI40138 issuer.tax_id"},
	{"nobody's RFC", sale, func(d *Document) { d.Issuer.RFC = PublicRFC }, "error CFDI40138 issuer.tax_id"},
	{"issuer's check digit", sale, func(d *Document) { d.Issuer.RFC = "EKU9003173C8" }, "warning CFDI40138 issuer.tax_id"},
	{"issuer's name", sale, func(d *Document) { d.Issuer.Name = "ESCUELA KEMPER URGATE SA DE CV" }, "warning CFDI40139 issuer.legal_name"},
	{"issuer's regime", sale, func(d *Document) { d.Issuer.Regime = "628" }, "error CFDI40140 issuer.tax_system"},
	{"a person's regime of a company", sale, func(d *Document) { d.Issuer.Regime = "612" }, "error CFDI40141 issuer.tax_system"},
	{"place of issue", sale, func(d *Document) { d.Issuer.Zip = "18999" }, "error CFDI40126 issuer.zip"},

	{"no RFC", sale, receiver(func(p *Party) { p.RFC = "" }), "error CFDI40143 client.tax_id"},
	{"RFC's shape", sale, receiver(func(p *Party) { p.RFC = "URE180229TM6" }), "error CFDI40143 client.tax_id"},
	{"RFC's check digit", sale, receiver(func(p *Party) { p.RFC = "URE180429TM7" }), "warning CFDI40143 client.tax_id"},
	{"no name", sale, receiver(func(p *Party) { p.Name = "" }), "error CFDI40145 client.legal_name"},
	{"small letters", sale, receiver(func(p *Party) { p.Name = "Universidad Robotica Española" }), "error CFDI40145 client.legal_name"},
	{"company suffix", sale, receiver(func(p *Party) { p.Name += " S.A. DE C.V." }), "error CFDI40145 client.legal_name"},
	{"double space", sale, receiver(func(p *Party) { p.Name = "UNIVERSIDAD  ROBOTICA" }), "error CFDI40145 client.legal_name"},
	{"space around", sale, receiver(func(p *Party) { p.Name += " " }), "error CFDI40145 client.legal_name"},
	{"pipe", sale, receiver(func(p *Party) { p.Name += "|" }), "error client.legal_name"},
	{"long name", sale, receiver(func(p *Party) { p.Name = strings.Repeat("Ñ", 301) }), "error client.legal_name"},
	{"no regime", sale, receiver(func(p *Party) { p.Regime = "" }), "error CFDI40157 client.tax_system"},
	{"no such regime", sale, receiver(func(p *Party) { p.Regime = "630" }), "error CFDI40157 client.tax_system, error CFDI40161 use"},
	{"regime of individuals", sale, receiver(func(p *Party) { p.Regime = "612" }), "error CFDI40158 client.tax_system"},
	{"regime of companies", sale, receiver(func(p *Party) { p.RFC = "FUNK671228PH6" }), "error CFDI40158 client.tax_system"},
	{"regime of the public", public, receiver(func(p *Party) { p.Regime = "601" }), "error CFDI40159 client.tax_system"},
	{"no postal code", sale, receiver(func(p *Party) { p.Zip = "" }), "error CFDI40148 client.address.zip"},
	{"postal code", sale, receiver(func(p *Party) { p.Zip = "17000" }), "error CFDI40148 client.address.zip"},
	{"short postal code", sale, receiver(func(p *Party) { p.Zip = "8699" }), "error CFDI40148 client.address.zip"},
	{"postal code of the public", public, receiver(func(p *Party) { p.Zip = "86991" }), "error CFDI40149 client.address.zip"},
	{"no such country", abroad, receiver(func(p *Party) { p.Country = "US" }), "error CFDI40150 client.address.country"},
	{"foreigner at home", abroad, receiver(func(p *Party) { p.Country = "MEX" }), "error CFDI40152 client.address.country"},
	{"residence abroad", sale, receiver(func(p *Party) { p.Country = "USA" }), "warning CFDI40151 client.address.country"},

	{"no use", sale, func(d *Document) { d.Use = "" }, "error CFDI40160 use"},
	{"use of CFDI 3.3", sale, func(d *Document) { d.Use = "P01" }, "error CFDI40160 use"},
	{"no such use", sale, func(d *Document) { d.Use = "G04" }, "error CFDI40160 use"},
	{"use of payments", sale, func(d *Document) { d.Use = "CP01" }, "error CFDI40161 use"},
	{"use of payroll", sale, func(d *Document) { d.Use = "CN01" }, "error CFDI40161 use"},
	{"use of individuals", sale, func(d *Document) { d.Use = "D01" }, "error CFDI40161 use"},
	{"use of another regime", sale, func(d *Document) {
		d.Receiver = &Party{RFC: "CACX7605101P8", Name: "XOCHILT CASAS CHAVEZ", Regime: "605", Zip: "36257"}
	}, "error CFDI40161 use"},
	{"use of a foreigner", abroad, func(d *Document) { d.Use = "G03" }, "error CFDI40161 use"},

	{"third party's RFC", sale, third(func(p *Party) { p.RFC = "X" }), "error CFDI40187 items[0].third_party.tax_id"},
	{"third party is the receiver", sale, third(func(p *Party) { p.RFC, p.Regime = "URE180429TM6", "601" }), "error CFDI40188 items[0].third_party.tax_id"},
	{"third party's name", sale, third(func(p *Party) { p.Name = "Karla" }), "error CFDI40190 items[0].third_party.legal_name"},
	{"third party's regime", sale, third(func(p *Party) { p.Regime = "601" }), "error CFDI40191 items[0].third_party.tax_system"},
	{"third party's postal code", sale, third(func(p *Party) { p.Zip = "" }), "error CFDI40193 items[0].third_party.zip"},
}

var itemRules = []rule{
	{"no lines", sale, func(d *Document) { d.Items = nil }, "error items"},
	{"no product key", sale, line(func(i *Item) { i.Product = "" }), "error CFDI40162 items[0].product_key"},
	{"product key", sale, line(func(i *Item) { i.Product = "8610170" }), "error CFDI40162 items[0].product_key"},
	{"key of what has none", sale, line(func(i *Item) { i.Product = "01010101" }), "warning items[0].product_key"},
	{"no unit", sale, line(func(i *Item) { i.Unit = "" }), "error CFDI40165 items[0].unit_key"},
	{"unit key", sale, line(func(i *Item) { i.Unit = "pieza" }), "error CFDI40165 items[0].unit_key"},
	{"no text", sale, line(func(i *Item) { i.Description = "" }), "error items[0].description"},
	{"long text", sale, line(func(i *Item) { i.Description = strings.Repeat("x", 1001) }), "error items[0].description"},
	{"pipe in a text", sale, line(func(i *Item) { i.Description = "a|b" }), "error items[0].description"},
	{"long stock code", sale, line(func(i *Item) { i.SKU = strings.Repeat("x", 101) }), "error items[0].sku"},
	{"long unit name", sale, line(func(i *Item) { i.UnitName = strings.Repeat("x", 21) }), "error items[0].unit_name"},
	{"long series", sale, func(d *Document) { d.Series = strings.Repeat("A", 26) }, "error series"},
	{"long conditions", sale, func(d *Document) { d.Conditions = strings.Repeat("A", 1001) }, "error payment_conditions"},
	{"no quantity", sale, line(func(i *Item) { i.Quantity = decimal.Zero }), "error CFDI40167 items[0].quantity"},
	{"exact quantity", sale, line(func(i *Item) { i.Quantity = dec("0.1234567") }), "error CFDI40167 items[0].quantity"},
	{"no price", sale, line(func(i *Item) { i.Priced = false }), "error CFDI40166 items[0].unit_price"},
	{"price of 0", sale, line(func(i *Item) { i.UnitPrice, i.Taxes, i.Taxability = decimal.Zero, nil, "01" }), "error CFDI40166 items[0].unit_price"},
	{"exact price", sale, line(func(i *Item) { i.UnitPrice = dec("1.1234567") }), "error CFDI40167 items[0].unit_price"},
	{"exact discount", sale, line(func(i *Item) { i.Discount = dec("0.1234567") }), "error CFDI40168 items[0].discount"},
	{"high discount", sale, line(func(i *Item) { i.Discount = dec("100.01") }), "error CFDI40169 items[0].discount, error CFDI40110 items"},
	{"taxes of a gift", sale, line(func(i *Item) { i.Discount = dec("100") }), "error CFDI40174 items[0].taxes"},
	{"taxes withheld of a gift", sale, line(func(i *Item) {
		i.Discount, i.Taxes = dec("100"), []Tax{{Type: "ISR", Rate: dec("0.1"), Withholding: true}}
	}), "error CFDI40181 items[0].taxes"},

	{"no such object", sale, subject("09", iva), "error CFDI40170 items[0].taxability"},
	{"taxed without taxes", sale, subject("02"), "error CFDI40171 items[0].taxes"},
	{"taxes of what is not taxed", sale, subject("01", iva), "error CFDI40172 items[0].taxability"},
	{"taxes not listed", sale, subject("03", iva), "error CFDI40172 items[0].taxability"},
	{"taxes not caused", sale, subject("04", iva), "error CFDI40172 items[0].taxability"},
	{"taxes of Podebi", sale, subject("05", iva), "error CFDI40172 items[0].taxability"},
	{"IVA not transferred", sale, subject("06", iva), "error CFDI40172 items[0].taxes[0]"},
	{"no IEPS", sale, subject("07", Tax{Type: "ISR", Rate: dec("0.1"), Withholding: true}), "error CFDI40171 items[0].taxes"},
	{"IVA beside IEPS", sale, subject("07", Tax{Type: "IEPS", Rate: dec("0.08")}, iva), "error CFDI40172 items[0].taxes[1]"},
	{"IEPS not listed", sale, subject("08", Tax{Type: "IEPS", Rate: dec("0.08")}), "error CFDI40172 items[0].taxes[0]"},
	{"no such tax", sale, taxed(Tax{Type: "ISH", Rate: dec("0.03")}), "error CFDI40175 items[0].taxes[0].type"},
	{"no such tax withheld", sale, taxed(Tax{Type: "ISH", Rate: dec("0.03"), Withholding: true}), "error CFDI40182 items[0].taxes[0].type"},
	{"ISR transferred", sale, taxed(iva, Tax{Type: "ISR", Rate: dec("0.1")}), "error CFDI40175 items[0].taxes[1].withholding"},
	{"no such factor", sale, taxed(Tax{Type: "IVA", Rate: dec("0.16"), Factor: "tasa"}), "error CFDI40176 items[0].taxes[0].factor"},
	{"no such factor withheld", sale, taxed(Tax{Type: "IVA", Rate: dec("0.16"), Factor: "X", Withholding: true}), "error CFDI40183 items[0].taxes[0].factor"},
	{"exempt with a rate", sale, taxed(Tax{Type: "IVA", Rate: dec("0.16"), Factor: "Exento"}), "error CFDI40177 items[0].taxes[0].rate"},
	{"exempt and withheld", sale, taxed(Tax{Type: "IVA", Factor: "Exento", Withholding: true}), "error CFDI40184 items[0].taxes[0].factor"},
	{"withheld inside a price", sale, taxed(iva, Tax{Type: "ISR", Rate: dec("0.1"), Withholding: true, Inclusive: true}), "warning items[0].taxes[1].inclusive"},
	{"percent", sale, taxed(Tax{Type: "IVA", Rate: dec("16")}), "error CFDI40179 items[0].taxes[0].rate"},
	{"rate of IVA", sale, taxed(Tax{Type: "IVA", Rate: dec("0.15")}), "error CFDI40179 items[0].taxes[0].rate"},
	{"rate of IVA withheld", sale, taxed(iva, Tax{Type: "IVA", Rate: dec("0.17"), Withholding: true}), "error CFDI40185 items[0].taxes[1].rate"},
	{"rate of ISR", sale, taxed(iva, Tax{Type: "ISR", Rate: dec("0.36"), Withholding: true}), "error CFDI40185 items[0].taxes[1].rate"},
	{"exact rate", sale, taxed(iva, Tax{Type: "IVA", Rate: dec("0.1066667"), Withholding: true}), "error CFDI40185 items[0].taxes[1].rate"},
	{"IVA a unit", sale, taxed(Tax{Type: "IVA", Rate: dec("0.16"), Factor: "Cuota"}), "error CFDI40179 items[0].taxes[0].rate"},
	{"IEPS of the law alone", sale, taxed(iva, Tax{Type: "IEPS", Rate: dec("2")}), "warning CFDI40179 items[0].taxes[1].rate"},
	{"IEPS a unit", sale, taxed(iva, Tax{Type: "IEPS", Rate: dec("72.1606"), Factor: "Cuota"}), "warning CFDI40179 items[0].taxes[1].rate"},
	{"border", sale, taxed(Tax{Type: "IVA", Rate: dec("0.08")}), "warning items[0].taxes[0].rate"},
}

var documentRules = []rule{
	{"no such form", sale, func(d *Document) { d.Form = "07" }, "error CFDI40104 payment_form"},
	{"no such method", sale, func(d *Document) { d.Method = "pue" }, "error CFDI40124 payment_method"},
	{"form of PPD", sale, func(d *Document) { d.Method = "PPD" }, "error CFDI40105 payment_form"},
	{"form of PUE", sale, func(d *Document) { d.Form = "99" }, "warning payment_form"},
	{"advance applied", credit, func(d *Document) { d.Related[0].Code = "07" }, "warning payment_form"},
	{"no such currency", sale, func(d *Document) { d.Currency = "ZWG" }, "error CFDI40113 currency"},
	{"no currency", sale, func(d *Document) { d.Currency = "XXX" }, "error CFDI40113 currency"},
	{"rate of no currency", sale, func(d *Document) { d.Currency, d.Rate = "XXX", new(dec("1")) }, "error CFDI40113 currency, error CFDI40116 exchange_rate"},
	{"rate of the peso", sale, func(d *Document) { d.Rate = new(dec("1.01")) }, "error CFDI40114 exchange_rate"},
	{"no rate", sale, func(d *Document) { d.Currency = "USD" }, "error CFDI40115 exchange_rate"},
	{"rate of 0", sale, func(d *Document) { d.Currency, d.Rate = "USD", new(decimal.Zero) }, "error CFDI40117 exchange_rate"},
	{"exact exchange rate", sale, func(d *Document) { d.Currency, d.Rate = "USD", new(dec("18.1234567")) }, "error CFDI40117 exchange_rate"},
	{"no such export", sale, func(d *Document) { d.Export = "05" }, "error CFDI40123 exports"},
	{"export without complement", abroad, func(d *Document) { d.Export = "02" }, "error CFDI40122 complements"},
	{"export to nowhere", abroad, func(d *Document) { d.Export, d.Complements, d.Receiver.Country = "02", true, "" }, "error CFDI40153 client.address.country"},
	{"tomorrow", sale, func(d *Document) { d.Date = today.Add(time.Hour) }, "error 401 date"},
	{"four days ago", sale, func(d *Document) { d.Date = today.Add(-72*time.Hour - time.Second) }, "error 401 date"},
	{"below 0", sale, taxed(Tax{Type: "IEPS", Rate: dec("1.6"), Withholding: true}), "error CFDI40119 items"},
	{"above the limit", sale, line(func(i *Item) { i.UnitPrice = dec("1000000000000000000") }), "error CFDI40120 items"},
	{"a cent off", sale, func(d *Document) {
		d.Items[0].Quantity, d.Items[0].UnitPrice = dec("10000"), dec("0.37")
		d.Items[0].Taxes = []Tax{{Type: "IVA", Rate: dec("0.16"), Inclusive: true}}
	}, "warning items"},

	{"credit note of nothing", credit, func(d *Document) { d.Related = nil }, "warning related_documents"},
	{"relation of CFDI 3.3", credit, func(d *Document) { d.Related[0].Code = "08" }, "error CFDI40137 related_documents[0].relationship"},
	{"the other of CFDI 3.3", credit, func(d *Document) { d.Related[0].Code = "09" }, "error CFDI40137 related_documents[0].relationship"},
	{"credit by debit", credit, func(d *Document) { d.Related[0].Code = "02" }, "error related_documents[0].relationship"},
	{"income as a credit note", sale, func(d *Document) { d.Related = []Relation{{"01", credit().Related[0].UUIDs}} }, "error related_documents[0].relationship"},
	{"goods moved", sale, func(d *Document) { d.Related = []Relation{{"05", credit().Related[0].UUIDs}} }, "error related_documents[0].relationship"},
	{"relation to nothing", credit, func(d *Document) { d.Related[0].UUIDs = nil }, "error related_documents[0].documents"},
	{"no UUID", credit, func(d *Document) { d.Related[0].UUIDs = []string{"A-12"} }, "error related_documents[0].documents[0]"},

	{"public without a period", public, func(d *Document) { d.Global = nil; d.Items[0].Product = "86101700" }, "error CFDI40130 global"},
	{"global credit note", public, func(d *Document) { d.Kind, d.Related = Egress, credit().Related }, "error CFDI40130 global"},
	{"somebody's global invoice", public, func(d *Document) { d.Receiver = sale().Receiver }, "error CFDI40146 client.tax_id"},
	{"global invoice with a name", public, receiver(func(p *Party) { p.Name = "VENTAS DEL DIA" }), "error CFDI40130 client.legal_name"},
	{"no such periodicity", public, func(d *Document) { d.Global.Periodicity = "06" }, "error CFDI40131 global.periodicity"},
	{"two months", public, func(d *Document) { d.Global.Periodicity, d.Global.Months = "05", "18" }, "error CFDI40132 global.periodicity"},
	{"two months of who knows", public, func(d *Document) {
		d.Issuer.Regime, d.Global.Periodicity, d.Global.Months = "", "05", "18"
	}, "warning CFDI40132 global.periodicity"},
	{"no such month", public, func(d *Document) { d.Global.Months = "19" }, "error CFDI40133 global.months"},
	{"two months that are one", public, func(d *Document) { d.Global.Months = "13" }, "error CFDI40134 global.months, warning global"},
	{"one month that is two", public, func(d *Document) {
		d.Issuer.RFC, d.Issuer.Regime, d.Global.Periodicity = "FUNK671228PH6", "621", "05"
	}, "error CFDI40135 global.months"},
	{"year before last", public, func(d *Document) { d.Global.Year = 2024 }, "error CFDI40136 global.year"},
	{"late", public, func(d *Document) { d.Global.Months = "10" }, "warning global"},
	{"global on credit", public, func(d *Document) { d.Method, d.Form = "PPD", "99" }, "warning payment_method"},
	{"global in dollars", public, func(d *Document) { d.Currency, d.Rate = "USD", new(dec("18")) }, "warning currency"},
	{"global of returns", public, func(d *Document) { d.Use = "G02" }, "warning CFDI40161 use"},
	{"no ticket", public, line(func(i *Item) { i.Unit = "E48" }), "warning items[0].product_key"},
	{"no ticket number", public, line(func(i *Item) { i.SKU = "" }), "warning items[0].sku"},
}

// Every rule has its case; the numbers keep any from being dropped unseen.
func TestRules(t *testing.T) {
	require.Len(t, partyRules, 42)
	require.Len(t, itemRules, 49)
	require.Len(t, documentRules, 45)
	for _, r := range slices.Concat(partyRules, itemRules, documentRules) {
		t.Run(r.name, func(t *testing.T) {
			d := r.of()
			r.breaks(d)
			assertFound(t, r.found, Check(d, today))
		})
	}
}

func assertFound(t *testing.T, want string, found []Finding) {
	t.Helper()
	var got []string
	for _, f := range found {
		got = append(got, strings.Join(slices.DeleteFunc([]string{string(f.Severity), f.Code, f.Path}, func(s string) bool { return s == "" }), " "))
		assert.NotEmpty(t, f.Message)
		assert.NotEmpty(t, f.Fix)
		assert.NotContains(t, f.Message, "%!")
	}
	slices.Sort(got)
	wanted := strings.Split(want, ", ")
	slices.Sort(wanted)
	assert.Equal(t, wanted, got)
}

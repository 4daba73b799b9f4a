package catalogs

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The codes in force, as the SAT publishes them; of long lists, how many.
var published = []struct{ name, list, codes, retired string }{
	{TaxRegimes, "c_RegimenFiscal", "601 603 605 606 607 608 610 611 612 614 615 616 620 621 622 623 624 625 626", "609 628 629 630"},
	{PaymentForms, "c_FormaPago", "01 02 03 04 05 06 08 12 13 14 15 17 23 24 25 26 27 28 29 30 31 99", ""},
	{CFDIUses, "c_UsoCFDI", "G01 G02 G03 I01 I02 I03 I04 I05 I06 I07 I08 D01 D02 D03 D04 D05 D06 D07 D08 D09 D10 S01 CP01 CN01", "P01"},
	{PaymentMethods, "c_MetodoPago", "PUE PPD", ""},
	{Months, "c_Meses", "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18", ""},
	{Relationships, "c_TipoRelacion", "01 02 03 04 05 06 07", "08 09"},
	{RetentionKeys, "c_CveRetenc", "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28", ""},
	{Currencies, "c_Moneda", "183", ""},
	{Countries, "c_Pais", "250", ""},
	{States, "c_Estado", "95", ""},
	{DocumentTypes, "c_TipoDeComprobante", "I E T N P", ""},
	{Exports, "c_Exportacion", "01 02 03 04", ""},
	{Taxes, "c_Impuesto", "001 002 003", ""},
	{Factors, "c_TipoFactor", "Tasa Cuota Exento", ""},
	{Rates, "c_TasaOCuota", "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19", ""},
	{Taxabilities, "c_ObjetoImp", "01 02 03 04 05 06 07 08", ""},
	{TaxPresets, "gigstack-mcp's own", "iva16 iva8 iva0 iva-exento honorarios-pm resico-pm autotransporte", ""},
	{Periodicities, "c_Periodicidad", "01 02 03 04 05", ""},
	{CancellationMotives, "MotivoCancelacion", "01 02 03 04", ""},
	{GenericRFCs, "RFC genéricos", "XAXX010101000 XEXX010101000", ""},
	{PaymentChains, "c_TipoCadenaPago", "1", ""},
	{RetentionTaxes, "c_Impuesto", "01 02 03", ""},
	{RetentionPaymentTypes, "c_TipoPagoRet", "01 02 03 04", ""},
	{DividendTypes, "c_TipoDividendoOUtilidadDistribuida", "01 02 03 04 05 06", ""},
	{PayeeTypes, "c_TipoContribuyenteSujetoRetencion", "1 2 3 4 5 6 7 8 9", ""},
	{PlatformPeriodicities, "c_Periodicidad", "01 02 03 04 05", ""},
	{ProductKeys, "c_ClaveProdServ", "112", ""},
	{UnitKeys, "c_ClaveUnidad", "41", ""},
}

// undated are the lists of which the SAT says no day.
var undated = []string{Countries, TaxPresets, PaymentChains, RetentionTaxes, RetentionPaymentTypes, DividendTypes, PayeeTypes, PlatformPeriodicities, ProductKeys, UnitKeys}

func TestCatalogs(t *testing.T) {
	all := Heads()
	require.Len(t, all, len(published))
	for i, want := range published {
		t.Run(want.name, func(t *testing.T) {
			c, ok := Find(want.name)
			require.True(t, ok)
			assert.Equal(t, all[i], c.Head)
			assert.Equal(t, want.name, c.Name)
			assert.Equal(t, want.list, c.Source.List)
			assert.Equal(t, map[bool]string{true: "2023-03-27", false: "2026-08-06"}[want.name == ProductKeys], c.Source.Date)
			if slices.Contains(undated, want.name) {
				assert.Empty(t, c.ValidFrom)
			} else {
				assert.Equal(t, "2022-01-01", c.ValidFrom)
			}
			bilingual(t, "title", c.Title)
			bilingual(t, "description", c.Description)
			for _, note := range c.Notes {
				bilingual(t, "note", note)
			}
			if many, err := strconv.Atoi(want.codes); err == nil && many != 0 {
				assert.Len(t, c.Entries, many)
			} else {
				assert.Equal(t, strings.Fields(want.codes), codes(c.Entries))
			}
			assert.Equal(t, strings.Fields(want.retired), codes(c.Retired))
			for _, e := range append(c.Entries, c.Retired...) {
				bilingual(t, e.Code, e.Text)
				if e.Note != (Text{}) {
					bilingual(t, e.Code+" note", e.Note)
				}
			}
			seen := map[string]bool{}
			for _, e := range c.Entries {
				assert.False(t, seen[e.Code], "%s stands twice", e.Code)
				seen[e.Code] = true
			}
		})
	}
}

func codes(entries []Entry) []string {
	out := []string{}
	for _, e := range entries {
		out = append(out, e.Code)
	}
	return out
}

func bilingual(t *testing.T, what string, text Text) {
	t.Helper()
	assert.NotEmpty(t, text.ES, "%s in Spanish", what)
	assert.NotEmpty(t, text.EN, "%s in English", what)
}

func TestFindUnknown(t *testing.T) {
	_, ok := Find("no-keys")
	assert.False(t, ok)
}

func TestEntry(t *testing.T) {
	uses, _ := Find(CFDIUses)
	e, ok := uses.Entry("G03")
	require.True(t, ok)
	assert.Equal(t, "Gastos en general", e.ES)
	assert.Equal(t, []PersonType{Natural, Legal}, e.PersonTypes)
	for _, code := range []string{"P01", "g03", "", "G"} {
		_, ok := uses.Entry(code)
		assert.False(t, ok, "%q", code)
	}
}

func TestCodes(t *testing.T) {
	for name, c := range map[string]struct {
		catalog, prefix string
		want            []string
	}{
		"a code":                 {CFDIUses, "G03", []string{"G03"}},
		"the beginning of codes": {CFDIUses, "cp", []string{"CP01"}},
		"code before text":       {PaymentMethods, "p", []string{"PUE", "PPD"}},
		"a Spanish word":         {PaymentForms, "TRANSFERENCIA", []string{"03"}},
		"without its accent":     {PaymentForms, "electronico", []string{"05", "06"}},
		"with its accent":        {PaymentForms, "electrónico", []string{"05", "06"}},
		"a combining accent":     {PaymentForms, "electro\u0301nico", []string{"05", "06"}},
		"an English word":        {TaxRegimes, "rental", []string{"606"}},
		"two words":              {TaxRegimes, "sin obligaciones", []string{"616"}},
		"across a comma":         {TaxRegimes, "ganaderas silvicolas", []string{"622"}},
		"in parentheses":         {CFDIUses, "casa hab", []string{"D05"}},
		"not inside a word":      {PaymentForms, "ferencia", nil},
		"space around":           {Months, " oct ", []string{"10", "17"}},
		"nothing like it":        {Relationships, "zzz", nil},
		"a short name":           {Countries, "mx", []string{"MEX"}},
		"a name with a cedilla":  {Countries, "curacao", []string{"CUW"}},
		"a currency":             {Currencies, "dolar americ", []string{"USD"}},
		"a tax by its name":      {Taxes, "IEPS", []string{"003"}},
		"everything":             {Relationships, "", []string{"01", "02", "03", "04", "05", "06", "07"}},
		"punctuation only":       {PaymentMethods, "%", []string{"PUE", "PPD"}},
	} {
		t.Run(name, func(t *testing.T) {
			catalog, ok := Find(c.catalog)
			require.True(t, ok)
			assert.Equal(t, c.want, catalog.Codes(c.prefix))
		})
	}
}

// Person types and regimes as the rules of CFDI 4.0 pair them.
func TestRegimeFits(t *testing.T) {
	for _, c := range []struct {
		regime string
		person PersonType
		want   bool
	}{
		{"601", Legal, true}, {"601", Natural, false},
		{"612", Natural, true}, {"612", Legal, false},
		{"621", Natural, true}, {"621", Legal, false},
		{"622", Legal, true}, {"622", Natural, false},
		{"626", Natural, true}, {"626", Legal, true},
		{"610", Natural, true}, {"610", Legal, true},
		{"616", Natural, true}, {"616", "", true},
		{"628", Legal, false}, {"628", "", false}, {"", Natural, false},
		{"601", "company", false},
	} {
		assert.Equal(t, c.want, RegimeFits(c.regime, c.person), "%s %s", c.regime, c.person)
	}
}

func TestUseAllowed(t *testing.T) {
	for _, c := range []struct {
		use, regime string
		person      PersonType
		want        bool
	}{
		{"G03", "601", Legal, true},
		{"G03", "612", Natural, true},
		{"G01", "605", Natural, false}, // salaries take no purchases
		{"G03", "605", Natural, false},
		{"G03", "616", Natural, false},
		{"D01", "605", Natural, true},
		{"D10", "601", Legal, false}, // personal deductions are for individuals
		{"D01", "626", Natural, false},
		{"D10", "612", Legal, false},
		{"CN01", "605", Natural, true},
		{"CN01", "612", Natural, false},
		{"P01", "601", Legal, false}, // left the list with CFDI 4.0
		{"G03", "628", Legal, false},
		{"S01", "601", "", true},
		{"G03", "616", "", false},
		{"", "601", Legal, false},
	} {
		assert.Equal(t, c.want, UseAllowed(c.use, c.regime, c.person), "%s %s %s", c.use, c.regime, c.person)
	}
}

// 616 and 610 take these uses and no other.
func TestUsesOfNarrowRegimes(t *testing.T) {
	uses, _ := Find(CFDIUses)
	for regime, want := range map[string][]string{"616": {"G02", "S01", "CP01"}, "610": {"S01", "CP01"}} {
		var allowed []string
		for _, e := range uses.Entries {
			if UseAllowed(e.Code, regime, "") {
				allowed = append(allowed, e.Code)
			}
		}
		assert.Equal(t, want, allowed, regime)
	}
}

// What a use refers to has to exist, and no regime may be left without a use.
func TestUsesAndRegimesAgree(t *testing.T) {
	uses, _ := Find(CFDIUses)
	regimes, _ := Find(TaxRegimes)
	for _, use := range uses.Entries {
		assert.Subset(t, codes(regimes.Entries), use.Regimes, use.Code)
		assert.NotEmpty(t, use.Documents, use.Code)
		assert.NotEmpty(t, use.PersonTypes, use.Code)
	}
	for _, regime := range regimes.Entries {
		assert.True(t, UseAllowed("S01", regime.Code, regime.PersonTypes[0]), regime.Code)
	}
}

func TestMonths(t *testing.T) {
	months, _ := Find(Months)
	for i, e := range months.Entries {
		if i < 12 {
			assert.Equal(t, []int{i + 1}, e.Months, e.Code)
			assert.Equal(t, []string{"01", "02", "03", "04"}, e.Periodicities, e.Code)
			continue
		}
		assert.Equal(t, []int{2*(i-12) + 1, 2*(i-12) + 2}, e.Months, e.Code)
		assert.Equal(t, []string{"05"}, e.Periodicities, e.Code)
	}
}

func TestPaymentFormsOfBanks(t *testing.T) {
	forms, _ := Find(PaymentForms)
	for _, e := range forms.Entries {
		assert.Equal(t, e.Banked == BankedYes, e.Bank != nil, e.Code)
		if e.Bank != nil {
			_, err := regexp.Compile(e.Bank.PayerAccount)
			assert.NoError(t, err, e.Code)
			assert.NotEmpty(t, e.Bank.PayerAccount, e.Code)
			_, err = regexp.Compile(e.Bank.PayeeAccount)
			assert.NoError(t, err, e.Code)
			assert.Equal(t, e.Code == "03", e.Bank.PaymentChain, e.Code)
		}
	}
	undefined, _ := forms.Entry("99")
	assert.Equal(t, BankedOptional, undefined.Banked)
}

// What reaches an agent has no empty field.
func TestEntryAsJSON(t *testing.T) {
	forms, _ := Find(PaymentForms)
	cash, _ := forms.Entry("01")
	raw, err := json.Marshal(cash)
	require.NoError(t, err)
	assert.JSONEq(t, `{"code":"01","es":"Efectivo","en":"Cash","banked":"no"}`, string(raw))
}

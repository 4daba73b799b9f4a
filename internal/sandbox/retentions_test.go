package sandbox_test

import (
	"encoding/xml"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// fees is a retention on a month's fees of an individual.
func fees(edits ...func(*gigstack.CreateRetentionInput)) gigstack.CreateRetentionInput {
	in := gigstack.CreateRetentionInput{
		RetentionKey: "01", Client: receiver("FUNK671228PH6", "KARLA FUENTE NOLASCO", "612", "G03"),
		PeriodStart: 9, PeriodEnd: 10, PeriodYear: 2026, TotalOperation: gigstack.Dec("10000.10"), TotalExempt: new(gigstack.Dec("0.10")),
		Taxes: []gigstack.RetainedTax{
			{Tax: "ISR", Base: gigstack.Dec("10000"), Amount: gigstack.Dec("1000"), PaymentType: new(gigstack.RetentionPaymentType("04"))},
			{Tax: "IVA", Base: gigstack.Dec("10000"), Amount: gigstack.Dec("1066.67")},
		},
	}
	for _, edit := range edits {
		edit(&in)
	}
	return in
}

// rides is a retention on what an individual sold through a platform.
func rides(edits ...func(*gigstack.CreateRetentionInput)) gigstack.CreateRetentionInput {
	service := func(day string) gigstack.PlatformService {
		return gigstack.PlatformService{PaymentForm: "02", ServiceType: "01", ServiceDate: day, PriceWithoutTax: gigstack.Dec("46558.49"), TaxRate: gigstack.Dec("0.16"), Commission: new(gigstack.Dec("11639.62"))}
	}
	return fees(append([]func(*gigstack.CreateRetentionInput){func(in *gigstack.CreateRetentionInput) {
		in.RetentionKey, in.PeriodStart, in.TotalExempt = "26", 10, nil
		in.TotalOperation = gigstack.Dec("93116.98")
		in.Taxes = []gigstack.RetainedTax{
			{Tax: "ISR", Base: gigstack.Dec("93116.98"), Amount: gigstack.Dec("2327.92")},
			{Tax: "IVA", Base: gigstack.Dec("93116.98"), Amount: gigstack.Dec("7449.35")},
		}
		in.PlatformServices = &gigstack.PlatformServices{Periodicity: "02", Services: []gigstack.PlatformService{service("2026-10-03"), service("2026-10-31")}}
	}}, edits...)...)
}

func withhold(t *testing.T, c *gigstack.Caller, in gigstack.CreateRetentionInput) gigstack.Retention {
	t.Helper()
	v, err := gigstack.CreateRetention.Call(t.Context(), c, in)
	require.NoError(t, err)
	return v
}

func TestCreateRetention(t *testing.T) {
	c := start(t, sandbox.Options{}).client(t, sandbox.TeamStranger, false, "editor")
	v := withhold(t, c, fees())
	assert.Equal(t, v.UUID, v.ID)
	assert.Equal(t, "valid", v.Status)
	assert.Equal(t, "retenciones", v.DocumentType)
	assert.Equal(t, "RET", v.Series)
	assert.Equal(t, gigstack.Scalar("1"), v.FolioNumber)
	assert.Equal(t, "OÑO120726RX3", v.Issuer.TaxID)
	assert.Equal(t, gigstack.RetentionReceiver{LegalName: "KARLA FUENTE NOLASCO", TaxID: "FUNK671228PH6", Nationality: "Nacional"}, *v.Receiver)
	assert.Equal(t, gigstack.RetentionPeriod{Start: 9, End: 10, Year: 2026}, v.Period)
	assert.Equal(t, "10000", v.Totals.Taxable.String())
	assert.Equal(t, "2066.67", v.Totals.Retained.String())
	require.Len(t, v.Totals.Taxes, 2)
	assert.Equal(t, "001 04", v.Totals.Taxes[0].Tax+" "+v.Totals.Taxes[0].PaymentType)
	assert.Equal(t, "002 01", v.Totals.Taxes[1].Tax+" "+v.Totals.Taxes[1].PaymentType, "definitive unless said")
	assert.Equal(t, "2026-11-21T12:00:00", v.Stamp.StampedAt)
	assert.False(t, v.Livemode)
	link, err := url.Parse(v.VerificationURL)
	require.NoError(t, err)
	for name, want := range map[string]string{"id": v.UUID, "re": "OÑO120726RX3", "rr": "FUNK671228PH6", "tt": "2066.67"} {
		assert.Equal(t, want, link.Query().Get(name))
	}

	assert.Equal(t, gigstack.Scalar("2"), withhold(t, c, rides()).FolioNumber)
	other := withhold(t, c, fees(func(in *gigstack.CreateRetentionInput) { in.Series = new("H") }))
	assert.Equal(t, "H1", other.Series+string(other.FolioNumber))
	abroad := withhold(t, c, fees(func(in *gigstack.CreateRetentionInput) {
		in.RetentionKey, in.Client = "18", receiver("XEXX010101000", "Lone Star Learning LLC", "616", "S01")
	}))
	assert.Equal(t, "Extranjero", abroad.Receiver.Nationality)
}

func TestRetentionRefused(t *testing.T) {
	c := start(t, sandbox.Options{}).client(t, sandbox.TeamStranger, false, "editor")
	to := func(rfc gigstack.RFC, name string, edits ...func(*gigstack.ClientInput)) func(*gigstack.CreateRetentionInput) {
		return func(in *gigstack.CreateRetentionInput) {
			in.Client = receiver(rfc, name, "612", "G03")
			for _, edit := range edits {
				edit(&in.Client)
			}
		}
	}
	first := func(edit func(*gigstack.PlatformService)) func(*gigstack.CreateRetentionInput) {
		return func(in *gigstack.CreateRetentionInput) { edit(&in.PlatformServices.Services[0]) }
	}
	for name, test := range map[string]struct {
		in     gigstack.CreateRetentionInput
		status int
		says   string
	}{
		"a key there is not":   {fees(func(in *gigstack.CreateRetentionInput) { in.RetentionKey = "29" }), 400, "retention_key"},
		"a month 13":           {fees(func(in *gigstack.CreateRetentionInput) { in.PeriodEnd = 13 }), 400, "period_end"},
		"months out of order":  {fees(func(in *gigstack.CreateRetentionInput) { in.PeriodEnd = 8 }), 400, "before period_start"},
		"the year before last": {fees(func(in *gigstack.CreateRetentionInput) { in.PeriodYear = 2024 }), 422, "Reten20126"},
		"a year to come":       {fees(func(in *gigstack.CreateRetentionInput) { in.PeriodYear = 2027 }), 422, "Reten20126"},
		"more exempt than all": {fees(func(in *gigstack.CreateRetentionInput) { in.TotalExempt = new(gigstack.Dec("10000.11")) }), 422, "Reten20129"},
		"a third decimal":      {fees(func(in *gigstack.CreateRetentionInput) { in.Taxes[1].Amount = gigstack.Dec("1066.667") }), 400, "taxes[1].amount"},
		"a negative base":      {fees(func(in *gigstack.CreateRetentionInput) { in.Taxes[0].Base = gigstack.Dec("-1") }), 400, "taxes[0].base"},
		"no taxes":             {fees(func(in *gigstack.CreateRetentionInput) { in.Taxes = nil }), 400, "at least one tax"},
		"a tax there is not":   {fees(func(in *gigstack.CreateRetentionInput) { in.Taxes[0].Tax = "ISN" }), 400, "taxes[0].tax"},
		"IVA paid as ISR": {fees(func(in *gigstack.CreateRetentionInput) {
			in.Taxes[1].PaymentType = new(gigstack.RetentionPaymentType("03"))
		}), 400, "is not for IVA"},
		"an unknown client":   {fees(func(in *gigstack.CreateRetentionInput) { in.Client = gigstack.ClientInput{ID: new("client_none")} }), 404, "Client"},
		"an RFC there is not": {fees(to("FUNK671228PH7", "KARLA FUENTE NOLASCO")), 422, "Reten20113"},
		"another name":        {fees(to("FUNK671228PH6", "Karla Fuente")), 422, "Reten20116"},
		"no domicile":         {fees(to("FUNK671228PH6", "KARLA FUENTE NOLASCO", func(c *gigstack.ClientInput) { c.Address = nil })), 422, "Reten20120"},
		"no RFC": {fees(to("FUNK671228PH6", "X", func(c *gigstack.ClientInput) {
			*c = gigstack.ClientInput{ClientFields: gigstack.ClientFields{Name: new("X")}}
		})), 400, "no RFC"},
		"abroad at home":          {fees(func(in *gigstack.CreateRetentionInput) { in.RetentionKey = "18" }), 422, "residents abroad"},
		"platform without sales":  {rides(func(in *gigstack.CreateRetentionInput) { in.PlatformServices = nil }), 400, "platform_services"},
		"sales without platform":  {rides(func(in *gigstack.CreateRetentionInput) { in.RetentionKey = "01" }), 422, "SPT102"},
		"platform abroad":         {rides(to("XEXX010101000", "Lone Star Learning LLC")), 422, "SPT104"},
		"platform of two months":  {rides(func(in *gigstack.CreateRetentionInput) { in.PeriodStart = 9 }), 422, "SPT106"},
		"platform month to come":  {rides(func(in *gigstack.CreateRetentionInput) { in.PeriodStart, in.PeriodEnd = 12, 12 }), 422, "SPT106"},
		"platform exempt":         {rides(func(in *gigstack.CreateRetentionInput) { in.TotalExempt = new(gigstack.Dec("1")) }), 422, "SPT110"},
		"platform tax twice":      {rides(func(in *gigstack.CreateRetentionInput) { in.Taxes[1].Tax = "ISR" }), 422, "SPT112"},
		"platform periodicity":    {rides(func(in *gigstack.CreateRetentionInput) { in.PlatformServices.Periodicity = "06" }), 422, "SPT115"},
		"platform sales short":    {rides(first(func(s *gigstack.PlatformService) { s.PriceWithoutTax = gigstack.Dec("46558.48") })), 422, "SPT108"},
		"platform sale elsewhen":  {rides(first(func(s *gigstack.PlatformService) { s.ServiceDate = "2026-09-30" })), 422, "SPT128"},
		"platform sale no day":    {rides(first(func(s *gigstack.PlatformService) { s.ServiceDate = "2026-10-32" })), 400, "services[0].service_date"},
		"platform form":           {rides(first(func(s *gigstack.PlatformService) { s.PaymentForm = "10" })), 422, "SPT124"},
		"platform service":        {rides(first(func(s *gigstack.PlatformService) { s.ServiceType = "99" })), 422, "SPT125"},
		"platform rate":           {rides(first(func(s *gigstack.PlatformService) { s.TaxRate = gigstack.Dec("0.1") })), 400, "services[0].tax_rate"},
		"platform without a sale": {rides(func(in *gigstack.CreateRetentionInput) { in.PlatformServices.Services = nil }), 400, "at least one service"},
	} {
		t.Run(name, func(t *testing.T) {
			test.in.Client.Search = nil // a client of its own
			_, err := gigstack.CreateRetention.Call(t.Context(), c, test.in)
			requireError(t, err, test.status, test.says)
		})
	}
	page, err := gigstack.ListRetentions.Call(t.Context(), c, gigstack.ListRetentionsInput{})
	require.NoError(t, err)
	assert.Empty(t, page.Data, "nothing refused was stamped")
}

func TestRetentionsNeedACertificateAndARole(t *testing.T) {
	b := start(t, sandbox.Options{})
	_, err := gigstack.CreateRetention.Call(t.Context(), b.client(t, sandbox.TeamNueva, false, "owner"), fees())
	requireError(t, err, 422, "certificate")
	_, err = gigstack.CreateRetention.Call(t.Context(), b.client(t, sandbox.TeamStranger, false, "viewer"), fees())
	failure(t, err, 403)
	v := withhold(t, b.client(t, sandbox.TeamStranger, false, "editor"), fees())
	_, err = gigstack.CancelRetention.Call(t.Context(), b.client(t, sandbox.TeamStranger, false, "editor"), gigstack.CancelRetentionInput{ID: v.UUID, Motive: "02"})
	failure(t, err, 403)
}

// Retentions are one team's in one mode.
func TestRetentionsAreIsolated(t *testing.T) {
	b := start(t, sandbox.Options{})
	v := withhold(t, b.client(t, sandbox.TeamStranger, false, "editor"), fees())
	for name, c := range map[string]*gigstack.Caller{"live": b.client(t, sandbox.TeamStranger, true, "owner"), "another team": b.client(t, sandbox.TeamKemper, false, "owner")} {
		t.Run(name, func(t *testing.T) {
			_, err := gigstack.GetRetention.Call(t.Context(), c, gigstack.RetentionRef{ID: v.UUID})
			requireError(t, err, 404, "Retention")
			_, err = gigstack.CancelRetention.Call(t.Context(), c, gigstack.CancelRetentionInput{ID: v.UUID, Motive: "02"})
			failure(t, err, 404)
			_, err = gigstack.GetRetentionFiles.Call(t.Context(), c, gigstack.RetentionFilesInput{ID: v.UUID})
			failure(t, err, 404)
		})
	}
}

func TestListRetentions(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "owner")
	var all []gigstack.Retention
	for _, in := range []gigstack.CreateRetentionInput{fees(), rides(), fees()} {
		all = append(all, withhold(t, c, in))
		b.advance(24 * time.Hour)
	}
	_, err := gigstack.CancelRetention.Call(t.Context(), c, gigstack.CancelRetentionInput{ID: all[2].UUID, Motive: "03"})
	require.NoError(t, err)
	clients, err := gigstack.ListClients.Call(t.Context(), c, gigstack.ListClientsInput{})
	require.NoError(t, err)
	require.Len(t, clients.Data, 1)
	for name, test := range map[string]struct {
		in   gigstack.ListRetentionsInput
		want []int
	}{
		"all, newest first": {gigstack.ListRetentionsInput{}, []int{2, 1, 0}},
		"oldest first":      {gigstack.ListRetentionsInput{Sort: new(gigstack.SortDirection("asc"))}, []int{0, 1, 2}},
		"valid":             {gigstack.ListRetentionsInput{Status: new(gigstack.RetentionStatus("valid"))}, []int{1, 0}},
		"canceled":          {gigstack.ListRetentionsInput{Status: new(gigstack.RetentionStatus("canceled"))}, []int{2}},
		"one key":           {gigstack.ListRetentionsInput{RetentionKey: new(gigstack.RetentionKey("26"))}, []int{1}},
		"one client":        {gigstack.ListRetentionsInput{ClientID: &clients.Data[0].ID}, []int{2, 1, 0}},
		"no client":         {gigstack.ListRetentionsInput{ClientID: new("client_none")}, nil},
		"from a moment on":  {gigstack.ListRetentionsInput{CreatedGTE: new(gigstack.SinceMillis(all[1].CreatedAt))}, []int{2, 1}},
		"up to a moment":    {gigstack.ListRetentionsInput{CreatedLTE: new(gigstack.UntilMillis(all[1].CreatedAt - 1))}, []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			test.in.Limit = new(1)
			var got, want []string
			for v, err := range gigstack.Each(t.Context(), c, gigstack.ListRetentions, test.in) {
				require.NoError(t, err)
				got = append(got, v.UUID)
			}
			for _, i := range test.want {
				want = append(want, all[i].UUID)
			}
			assert.Equal(t, want, got)
		})
	}
	_, err = gigstack.ListRetentions.Call(t.Context(), c, gigstack.ListRetentionsInput{Status: new(gigstack.RetentionStatus("pending"))})
	requireError(t, err, 400, "status")
}

func TestCancelRetention(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "admin")
	v, substitute := withhold(t, c, fees()), withhold(t, c, fees())
	cancel := func(motive gigstack.CancellationMotive, by *string) (gigstack.Retention, error) {
		return gigstack.CancelRetention.Call(t.Context(), c, gigstack.CancelRetentionInput{ID: strings.ToLower(v.UUID), Motive: motive, SubstitutionUUID: by})
	}
	for name, test := range map[string]struct {
		motive gigstack.CancellationMotive
		by     *string
		status int
		says   string
	}{
		"no motive":                  {"", nil, 400, "motive"},
		"01 without a substitute":    {"01", nil, 400, "substitution_uuid"},
		"02 with one":                {"02", &substitute.UUID, 400, "goes with motive 01"},
		"by itself":                  {"01", &v.UUID, 400, "no other valid retention"},
		"by what there is not":       {"01", new("12345678-1234-1234-1234-123456789012"), 400, "no other valid retention"},
		"a sale of a global invoice": {"04", nil, 422, "global"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := cancel(test.motive, test.by)
			requireError(t, err, test.status, test.says)
		})
	}
	out, err := cancel("01", &substitute.UUID)
	require.NoError(t, err)
	assert.Equal(t, "canceled", out.Status)
	read, err := gigstack.GetRetention.Call(t.Context(), c, gigstack.RetentionRef{ID: v.UUID})
	require.NoError(t, err)
	assert.Equal(t, out, read)
	_, err = cancel("02", nil)
	requireError(t, err, 409, "already canceled")

	b.advance(365 * 24 * time.Hour) // the annual return of 2026 was due in March
	_, err = gigstack.CancelRetention.Call(t.Context(), c, gigstack.CancelRetentionInput{ID: substitute.UUID, Motive: "02"})
	requireError(t, err, 422, "can no longer be canceled")
}

// parsedRetention is what the tests read of a retention's XML.
type parsedRetention struct {
	XMLName  xml.Name `xml:"http://www.sat.gob.mx/esquemas/retencionpago/2 Retenciones"`
	Version  string   `xml:",attr"`
	FolioInt string   `xml:",attr"`
	Key      string   `xml:"CveRetenc,attr"`
	Place    string   `xml:"LugarExpRetenc,attr"`
	Receiver struct {
		Nationality string `xml:"NacionalidadR,attr"`
		National    *struct {
			RFC string `xml:"RfcR,attr"`
			Zip string `xml:"DomicilioFiscalR,attr"`
		} `xml:"Nacional"`
		Foreign *struct {
			Name string `xml:"NomDenRazSocR,attr"`
		} `xml:"Extranjero"`
	} `xml:"Receptor"`
	Period struct {
		From string `xml:"MesIni,attr"`
		To   string `xml:"MesFin,attr"`
		Year string `xml:"Ejercicio,attr"`
	} `xml:"Periodo"`
	Totals struct {
		Operation string `xml:"MontoTotOperacion,attr"`
		Taxable   string `xml:"MontoTotGrav,attr"`
		Exempt    string `xml:"MontoTotExent,attr"`
		Retained  string `xml:"MontoTotRet,attr"`
		Taxes     []struct {
			Tax    string `xml:"ImpuestoRet,attr"`
			Amount string `xml:"MontoRet,attr"`
			Type   string `xml:"TipoPagoRet,attr"`
		} `xml:"ImpRetenidos"`
	} `xml:"Totales"`
	Platform *struct {
		Count      string     `xml:"NumServ,attr"`
		IVA        string     `xml:"TotalIVATrasladado,attr"`
		Difference string     `xml:"DifIVAEntregadoPrestServ,attr"`
		Commission string     `xml:"MonTotalporUsoPlataforma,attr"`
		Services   []struct{} `xml:"Servicios>DetallesDelServicio"`
	} `xml:"Complemento>ServiciosPlataformasTecnologicas"`
	Stamp struct {
		UUID string `xml:",attr"`
	} `xml:"Complemento>TimbreFiscalDigital"`
}

func TestRetentionFiles(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "owner")
	read := func(uuid string) (doc parsedRetention) {
		files, err := gigstack.GetRetentionFiles.Call(t.Context(), c, gigstack.RetentionFilesInput{ID: uuid, FileType: new(gigstack.FileType("xml"))})
		require.NoError(t, err)
		assert.Empty(t, files.PDF)
		status, contentType, body := fetch(t, string(files.XML))
		require.Equal(t, 200, status, string(body))
		assert.Equal(t, "application/xml", contentType)
		assert.Equal(t, "application/xml", gigstack.MediaType(body))
		require.NoError(t, xml.Unmarshal(body, &doc), string(body))
		assert.Equal(t, uuid, doc.Stamp.UUID)
		return doc
	}
	v := withhold(t, c, fees())
	doc := read(v.UUID)
	assert.Equal(t, "2.0", doc.Version)
	assert.Equal(t, "RET1", doc.FolioInt)
	assert.Equal(t, "01", doc.Key)
	assert.Equal(t, "40501", doc.Place)
	assert.Equal(t, "Nacional", doc.Receiver.Nationality)
	assert.Equal(t, "FUNK671228PH6 40501", doc.Receiver.National.RFC+" "+doc.Receiver.National.Zip)
	assert.Equal(t, "09 10 2026", doc.Period.From+" "+doc.Period.To+" "+doc.Period.Year)
	assert.Equal(t, "10000.10 10000.00 0.10 2066.67", strings.Join([]string{doc.Totals.Operation, doc.Totals.Taxable, doc.Totals.Exempt, doc.Totals.Retained}, " "))
	require.Len(t, doc.Totals.Taxes, 2)
	assert.Equal(t, "001 1000.00 04", doc.Totals.Taxes[0].Tax+" "+doc.Totals.Taxes[0].Amount+" "+doc.Totals.Taxes[0].Type)
	assert.Nil(t, doc.Platform)

	platform := read(withhold(t, c, rides()).UUID).Platform
	require.NotNil(t, platform)
	assert.Len(t, platform.Services, 2)
	assert.Equal(t, "2 14898.72 7449.37 23279.24", strings.Join([]string{platform.Count, platform.IVA, platform.Difference, platform.Commission}, " "))
	abroad := read(withhold(t, c, fees(func(in *gigstack.CreateRetentionInput) {
		in.Client = receiver("XEXX010101000", "LONE STAR LLC", "616", "S01")
	})).UUID)
	assert.Nil(t, abroad.Receiver.National)
	assert.Equal(t, "LONE STAR LLC", abroad.Receiver.Foreign.Name)

	files, err := gigstack.GetRetentionFiles.Call(t.Context(), c, gigstack.RetentionFilesInput{ID: v.UUID})
	require.NoError(t, err)
	_, err = gigstack.CancelRetention.Call(t.Context(), c, gigstack.CancelRetentionInput{ID: v.UUID, Motive: "02"})
	require.NoError(t, err)
	status, contentType, body := fetch(t, string(files.PDF))
	require.Equal(t, 200, status)
	assert.Equal(t, "application/pdf", contentType)
	for _, words := range []string{"%PDF-1.4", "CANCELADA", "Servicios profesionales", v.UUID, "2066.67"} {
		assert.Contains(t, string(body), words)
	}
	stolen, _, _ := strings.Cut(string(files.PDF), "?")
	status, _, _ = fetch(t, stolen+"?token=00")
	assert.Equal(t, 404, status)
}

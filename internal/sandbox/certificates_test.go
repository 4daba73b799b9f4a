package sandbox_test

import (
	"encoding/asn1"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/example"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// paper is a certificate with the password to its key.
type paper struct {
	example.Certificate
	password gigstack.Secret
}

const (
	kemperRFC = "EKU9003173C9"
	nuevaRFC  = "H&E951128469"
	xenonRFC  = "XIA190128J61"
)

func draw(t *testing.T, h example.Holder) paper {
	t.Helper()
	c, err := example.Draw(h)
	require.NoError(t, err)
	return paper{c, example.Password}
}

func (p paper) csd(team string) gigstack.UploadTeamCSDInput {
	in := gigstack.UploadTeamCSDInput{ID: team, KeyPass: p.password}
	in.Cert.File, in.Key.File = p.files()
	return in
}

func (p paper) fiel() gigstack.UploadSATFIELInput {
	in := gigstack.UploadSATFIELInput{Password: p.password}
	in.Cert.File, in.Key.File = p.files()
	return in
}

func (p paper) manifest(team string) gigstack.SignTeamManifestInput {
	in := gigstack.SignTeamManifestInput{ID: team, Password: p.password}
	in.Cert.File, in.Key.File = p.files()
	return in
}

func (p paper) files() (cert, key gigstack.File) {
	return gigstack.File{Name: "a.cer", MediaType: "application/pkix-cert", Content: p.Cert}, gigstack.File{Name: "a.key", MediaType: "application/pkcs8-encrypted", Content: p.Key}
}

// A team without a certificate can stamp once it has uploaded one.
func TestUploadCSD(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	nueva := c.As(sandbox.TeamNueva)
	sale := gigstack.CreateIncomeInvoiceInput{InvoiceFields: gigstack.InvoiceFields{PaymentForm: "03", Client: gigstack.ClientInput{ClientFields: gigstack.ClientFields{
		LegalName: new("KARLA FUENTE NOLASCO"), TaxID: new(gigstack.RFC("FUNK671228PH6")), TaxSystem: new(gigstack.TaxSystem("612")), Address: &gigstack.Address{Zip: new("01160")}}},
		Items: []gigstack.ItemInput{{Description: new("Reja"), UnitPrice: new(gigstack.Dec("100")), Taxes: []gigstack.TaxInput{{Type: "IVA", Rate: gigstack.Dec("0.16")}}}}}}
	_, err := gigstack.CreateIncomeInvoice.Call(t.Context(), nueva, sale)
	failure(t, err, http.StatusUnprocessableEntity)

	out, err := gigstack.UploadTeamCSD.Call(t.Context(), c, draw(t, example.Holder{RFC: nuevaRFC, Branch: "MATRIZ"}).csd(sandbox.TeamNueva))
	require.NoError(t, err)
	assert.True(t, out.SAT.Completed)
	team, err := gigstack.GetTeam.Call(t.Context(), c, gigstack.TeamRef{ID: sandbox.TeamNueva})
	require.NoError(t, err)
	assert.Equal(t, &out.SAT, team.SAT)
	assert.Equal(t, "2029-05-04T12:00:00Z", team.SAT.CSDExpiresAt.Time().Format(time.RFC3339))
	assert.True(t, team.Integrations["sat"].Completed)
	_, err = gigstack.CreateIncomeInvoice.Call(t.Context(), nueva, sale)
	require.NoError(t, err)
}

// A manifest is signed with the FIEL, once.
func TestSignManifest(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	fiel := draw(t, example.Holder{RFC: nuevaRFC})
	out, err := gigstack.SignTeamManifest.Call(t.Context(), c, fiel.manifest(sandbox.TeamNueva))
	require.NoError(t, err)
	assert.True(t, out.Signed)
	assert.NotZero(t, out.SignedAt)
	for _, team := range []string{sandbox.TeamNueva, sandbox.TeamXenon} {
		_, err = gigstack.SignTeamManifest.Call(t.Context(), c, fiel.manifest(team))
		assert.Equal(t, "resource_conflict", failure(t, err, http.StatusConflict).Code)
	}
}

// cut is an encrypted key, if it is one, whose cipher text lacks a byte.
func cut(t *testing.T, key []byte) []byte {
	t.Helper()
	var parts struct {
		Algorithm asn1.RawValue
		Text      []byte
	}
	if key == nil {
		return nil
	}
	_, err := asn1.Unmarshal(key, &parts)
	require.NoError(t, err)
	parts.Text = parts.Text[1:]
	key, err = asn1.Marshal(parts)
	require.NoError(t, err)
	return key
}

// Whatever is wrong with a certificate is told, wherever it is uploaded, in the
// code of the place; nothing is stored.
func TestCertificateRefusals(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	now := time.Unix(0, b.clock.Load())
	csd, fiel := example.Holder{Branch: "MATRIZ"}, example.Holder{}
	for name, f := range map[string]struct {
		spoil func(p *paper, d *example.Holder)
		says  string
	}{
		"of the other kind":   {func(_ *paper, d *example.Holder) { d.Branch = map[string]string{"": "MATRIZ", "MATRIZ": ""}[d.Branch] }, "is a "},
		"of another RFC":      {func(_ *paper, d *example.Holder) { d.RFC = nuevaRFC }, nuevaRFC},
		"expired":             {func(_ *paper, d *example.Holder) { d.Expires = now.Add(-time.Hour) }, "expired"},
		"with another key":    {func(_ *paper, d *example.Holder) { d.OddKey = true }, "do not belong together"},
		"with a bad password": {func(p *paper, _ *example.Holder) { p.password = "otra" }, "does not open the key"},
		"a password trimmed":  {func(p *paper, _ *example.Holder) { p.password += " " }, "does not open the key"},
		"without password":    {func(p *paper, _ *example.Holder) { p.password = "" }, "is required"},
		"a PDF":               {func(p *paper, _ *example.Holder) { p.Cert = []byte("%PDF-1.4") }, "not a certificate"},
		"a key twice":         {func(p *paper, _ *example.Holder) { p.Cert = p.Key }, "not a certificate"},
		"a key cut short":     {func(p *paper, _ *example.Holder) { p.Key = cut(t, p.Key) }, "not an encrypted"},
		"a certificate twice": {func(p *paper, _ *example.Holder) { p.Key = p.Cert }, "not an encrypted"},
	} {
		t.Run(name, func(t *testing.T) {
			made := func(d example.Holder) paper {
				f.spoil(&paper{}, &d)
				p := draw(t, d)
				f.spoil(&p, &d)
				return p
			}
			_, err := gigstack.UploadTeamCSD.Call(t.Context(), c, made(csd).csd(sandbox.TeamKemper))
			refusal := failure(t, err, http.StatusBadRequest)
			assert.Equal(t, "invalid_file_format", refusal.Code)
			assert.Contains(t, refusal.Message, f.says)
			_, err = gigstack.UploadSATFIEL.Call(t.Context(), c, made(fiel).fiel())
			refusal = failure(t, err, http.StatusBadRequest)
			assert.Equal(t, "invalid_field_value", refusal.Code)
			assert.Contains(t, refusal.Message, f.says)
			assert.NotContains(t, refusal.Error(), "otra")
		})
	}
	_, err := gigstack.UploadTeamCSD.Call(t.Context(), c, draw(t, example.Holder{Branch: sandbox.RejectedBranch}).csd(sandbox.TeamKemper))
	assert.Equal(t, "cfdi_service_error", failure(t, err, http.StatusBadGateway).Code)
	_, err = gigstack.UploadTeamCSD.Call(t.Context(), c, draw(t, csd).csd(sandbox.TeamStranger))
	failure(t, err, http.StatusNotFound)
	team, err := gigstack.GetTeam.Call(t.Context(), c, gigstack.TeamRef{ID: sandbox.TeamKemper})
	require.NoError(t, err)
	assert.Equal(t, now.AddDate(0, 0, 410).Unix(), int64(team.SAT.CSDExpiresAt), "the certificate it had")
}

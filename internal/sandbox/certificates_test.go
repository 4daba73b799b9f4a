package sandbox_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/youmark/pkcs8"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// paper is a certificate in the form of the SAT's with its key, made for a test.
type paper struct {
	cert, key []byte
	password  gigstack.Secret
}

// drawn says what a certificate is to be. The zero value is the FIEL of the master
// team, valid for years.
type drawn struct {
	rfc     string
	branch  string // a CSD's
	expires time.Time
}

const (
	kemperRFC     = "EKU9003173C9"
	nuevaRFC      = "H&E951128469"
	paperPassword = "contraseña de prueba"
)

// Two keys are enough for all certificates of the tests.
var testKeys = [2]func() *rsa.PrivateKey{sync.OnceValue(newRSA), sync.OnceValue(newRSA)}

func newRSA() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

func draw(t *testing.T, d drawn) paper {
	t.Helper()
	if d.rfc == "" {
		d.rfc = kemperRFC
	}
	if d.expires.IsZero() {
		d.expires = time.Date(2029, 5, 4, 12, 0, 0, 0, time.UTC)
	}
	subject := pkix.Name{CommonName: "ESCUELA KEMPER URGATE", SerialNumber: " / VADA800927HSRSRL05",
		ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 45}, Value: d.rfc + " / VADA800927DJ3"}}}
	if d.branch != "" {
		subject.OrganizationalUnit = []string{d.branch}
	}
	template := &x509.Certificate{Subject: subject, SerialNumber: new(big.Int).SetBytes([]byte("30001000000500003416")), NotBefore: d.expires.AddDate(-4, 0, 0), NotAfter: d.expires}
	private := testKeys[0]()
	cert, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	return paper{cert, sealedKey(t, private), paperPassword}
}

// sealedKey is a key encrypted as the SAT's program does it.
func sealedKey(t *testing.T, private *rsa.PrivateKey) []byte {
	t.Helper()
	key, err := pkcs8.MarshalPrivateKey(private, []byte(paperPassword), &pkcs8.Opts{Cipher: pkcs8.TripleDESCBC, KDFOpts: pkcs8.PBKDF2Opts{SaltSize: 8, IterationCount: 2048, HMACHash: crypto.SHA1}})
	require.NoError(t, err)
	return key
}

// certificateNamed draws what a file's name says: csd or fiel, and -nueva for that
// team's.
func certificateNamed(t *testing.T, name string) paper {
	var d drawn
	if strings.Contains(name, "csd") {
		d.branch = "MATRIZ"
	}
	if strings.Contains(name, "-nueva") {
		d.rfc = nuevaRFC
	}
	return draw(t, d)
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
	return gigstack.File{Name: "a.cer", MediaType: "application/pkcs8", Content: p.cert}, gigstack.File{Name: "a.key", MediaType: "application/pkcs8", Content: p.key}
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

	out, err := gigstack.UploadTeamCSD.Call(t.Context(), c, draw(t, drawn{rfc: nuevaRFC, branch: "MATRIZ"}).csd(sandbox.TeamNueva))
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
	fiel := draw(t, drawn{rfc: nuevaRFC})
	out, err := gigstack.SignTeamManifest.Call(t.Context(), c, fiel.manifest(sandbox.TeamNueva))
	require.NoError(t, err)
	assert.True(t, out.Signed)
	assert.NotZero(t, out.SignedAt)
	for _, team := range []string{sandbox.TeamNueva, sandbox.TeamXenon} {
		_, err = gigstack.SignTeamManifest.Call(t.Context(), c, fiel.manifest(team))
		assert.Equal(t, "resource_conflict", failure(t, err, http.StatusConflict).Code)
	}
}

// Whatever is wrong with a certificate is told, wherever it is uploaded, in the
// code of the place; nothing is stored.
func TestCertificateRefusals(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	now := time.Unix(0, b.clock.Load())
	csd, fiel := drawn{branch: "MATRIZ"}, drawn{}
	for name, f := range map[string]struct {
		spoil func(p *paper, d *drawn)
		says  string
	}{
		"of the other kind":   {func(_ *paper, d *drawn) { d.branch = map[string]string{"": "MATRIZ", "MATRIZ": ""}[d.branch] }, "is a "},
		"of another RFC":      {func(_ *paper, d *drawn) { d.rfc = nuevaRFC }, nuevaRFC},
		"expired":             {func(_ *paper, d *drawn) { d.expires = now.Add(-time.Hour) }, "expired"},
		"with another key":    {func(p *paper, _ *drawn) { p.key = sealedKey(t, testKeys[1]()) }, "do not belong together"},
		"with a bad password": {func(p *paper, _ *drawn) { p.password = "otra" }, "does not open the key"},
		"a password trimmed":  {func(p *paper, _ *drawn) { p.password += " " }, "does not open the key"},
		"without password":    {func(p *paper, _ *drawn) { p.password = "" }, "is required"},
		"a PDF":               {func(p *paper, _ *drawn) { p.cert = []byte("%PDF-1.4") }, "not a certificate"},
		"a key twice":         {func(p *paper, _ *drawn) { p.cert = p.key }, "not an X.509"},
		"a certificate twice": {func(p *paper, _ *drawn) { p.key = p.cert }, "not an encrypted"},
	} {
		t.Run(name, func(t *testing.T) {
			made := func(d drawn) paper {
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
	_, err := gigstack.UploadTeamCSD.Call(t.Context(), c, draw(t, drawn{branch: sandbox.RejectedBranch}).csd(sandbox.TeamKemper))
	assert.Equal(t, "cfdi_service_error", failure(t, err, http.StatusBadGateway).Code)
	_, err = gigstack.UploadTeamCSD.Call(t.Context(), c, draw(t, csd).csd(sandbox.TeamStranger))
	failure(t, err, http.StatusNotFound)
	team, err := gigstack.GetTeam.Call(t.Context(), c, gigstack.TeamRef{ID: sandbox.TeamKemper})
	require.NoError(t, err)
	assert.Equal(t, now.AddDate(0, 0, 410).Unix(), int64(team.SAT.CSDExpiresAt), "the certificate it had")
}

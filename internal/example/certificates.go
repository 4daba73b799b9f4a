package example

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/youmark/pkcs8"
)

// Certificate is one in the form of the SAT's, with its key. It is made when a test
// asks for it and nobody's in fact.
type Certificate struct{ Cert, Key []byte }

// Holder says what a certificate is to be. The zero Holder is the demonstration
// company's FIEL, valid until 2029-05-04.
type Holder struct {
	RFC     string
	Branch  string // only a CSD has one
	Expires time.Time
	OddKey  bool // the key is another certificate's
}

// Password opens the keys of all certificates.
const Password = "12345678a"

// Draw makes a certificate.
func Draw(h Holder) (c Certificate, err error) {
	if h.RFC == "" {
		h.RFC = "EKU9003173C9"
	}
	if h.Expires.IsZero() {
		h.Expires = time.Date(2029, 5, 4, 12, 0, 0, 0, time.UTC)
	}
	private, err := keys[0]()
	if err != nil {
		return c, err
	}
	holderID := pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 45}, Value: h.RFC + " / VADA800927DJ3"}
	template := &x509.Certificate{
		Subject:      pkix.Name{CommonName: "ESCUELA KEMPER URGATE", SerialNumber: " / VADA800927HSRSRL05", ExtraNames: []pkix.AttributeTypeAndValue{holderID}},
		SerialNumber: new(big.Int).SetBytes([]byte("30001000000500003416")),
		NotBefore:    h.Expires.AddDate(-4, 0, 0), NotAfter: h.Expires,
	}
	if h.Branch != "" {
		template.Subject.OrganizationalUnit = []string{h.Branch}
	}
	if c.Cert, err = x509.CreateCertificate(nil, template, template, private.Public(), private); err != nil {
		return c, err
	}
	if h.OddKey {
		if private, err = keys[1](); err != nil {
			return c, err
		}
	}
	c.Key, err = pkcs8.MarshalPrivateKey(private, []byte(Password), satEncryption)
	return c, err
}

// satEncryption is how the SAT's own program encrypts keys.
var satEncryption = &pkcs8.Opts{Cipher: pkcs8.TripleDESCBC, KDFOpts: pkcs8.PBKDF2Opts{SaltSize: 8, IterationCount: 2048, HMACHash: crypto.SHA1}}

// keys are enough for all certificates: making one takes a while.
var keys = [2]func() (*rsa.PrivateKey, error){sync.OnceValues(newKey), sync.OnceValues(newKey)}

func newKey() (*rsa.PrivateKey, error) { return rsa.GenerateKey(nil, 2048) }

// CertificateFile is the content of a .cer or .key that an example names: csd….cer is
// a CSD, and …-nueva.cer of the team without a certificate.
func CertificateFile(name string) ([]byte, error) {
	var h Holder
	if strings.HasPrefix(name, "csd") {
		h.Branch = "MATRIZ"
	}
	if strings.Contains(name, "-nueva") {
		h.RFC = "H&E951128469"
	}
	c, err := Draw(h)
	if filepath.Ext(name) == ".key" {
		return c.Key, err
	}
	return c.Cert, err
}

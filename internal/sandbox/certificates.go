package sandbox

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"strings"
	"time"

	"github.com/youmark/pkcs8"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// The two kinds of certificates that the SAT gives a taxpayer.
const (
	kindCSD  = "CSD"  // seals what is stamped
	kindFIEL = "FIEL" // signs for the taxpayer
)

// RejectedBranch is the branch on a CSD that the certifier rejects although the
// SAT certified it.
const RejectedBranch = "RECHAZADA POR EL PAC"

// certificate is what the SAT certifies.
type certificate struct {
	kind    string
	rfc     gigstack.RFC
	serial  string
	branch  string // of a CSD
	expires time.Time
}

// keyPair is a certificate and its key as they were sent.
type keyPair struct {
	cert, key     gigstack.File
	password      gigstack.Secret
	passwordField string
}

// open reads the certificate and proves that key and password belong to it. What
// is wrong is refused as a fault of one field.
func (p keyPair) open() (v certificate, refusal *apiError) {
	if err := (gigstack.CertFile{}).Rule().Check(p.cert); err != nil {
		return v, invalid("cert", "cert: %v", err)
	}
	if err := (gigstack.KeyFile{}).Rule().Check(p.key); err != nil {
		return v, invalid("key", "key: %v", err)
	}
	if p.password == "" { // an unencrypted key is none of the SAT's
		return v, invalid(p.passwordField, "%s is required", p.passwordField)
	}
	parsed, err := x509.ParseCertificate(p.cert.Content)
	if err != nil {
		return v, invalid("cert", "cert is not an X.509 certificate in DER")
	}
	key, err := decrypt(p.key.Content, p.password)
	switch {
	case err != nil && strings.Contains(err.Error(), "incorrect password"):
		return v, invalid(p.passwordField, "The password does not open the key")
	case err != nil:
		return v, invalid("key", "key is not an encrypted PKCS #8 key in DER")
	case !belongs(key, parsed):
		return v, invalid("key", "key and cert do not belong together")
	}
	return describe(parsed), nil
}

// decrypt opens an encrypted key.
func decrypt(der []byte, password gigstack.Secret) (key any, err error) {
	defer func() {
		if recover() != nil { // pkcs8 does, where cipher text and cipher do not fit
			err = errors.New("malformed key")
		}
	}()
	key, _, err = pkcs8.ParsePrivateKey(der, []byte(string(password)))
	return key, err
}

// belongs reports whether key is the private key to a certificate.
func belongs(key any, cert *x509.Certificate) bool {
	private, isPrivate := key.(interface{ Public() crypto.PublicKey })
	public, isPublic := cert.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	return isPrivate && isPublic && public.Equal(private.Public())
}

// holderID is the attribute of the subject, x500UniqueIdentifier, in which the
// SAT writes the holder's RFC, and after a slash that of a company's representative.
var holderID = asn1.ObjectIdentifier{2, 5, 4, 45}

// describe reads what the SAT writes into a certificate. Only a CSD names a
// branch.
func describe(parsed *x509.Certificate) certificate {
	v := certificate{kind: kindFIEL, serial: parsed.SerialNumber.String(), expires: parsed.NotAfter}
	if branches := parsed.Subject.OrganizationalUnit; len(branches) > 0 {
		v.kind, v.branch = kindCSD, branches[0]
	}
	for _, attribute := range parsed.Subject.Names {
		if text, ok := attribute.Value.(string); ok && attribute.Type.Equal(holderID) {
			holder, _, _ := strings.Cut(text, "/")
			v.rfc = gigstack.RFC(strings.ToUpper(strings.TrimSpace(holder)))
		}
	}
	if digits := string(parsed.SerialNumber.Bytes()); isDigits(digits) { // the SAT's numbers are written in ASCII
		v.serial = digits
	}
	return v
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// certify opens a certificate that must be of a kind, a team's and valid today.
// Every fault of it has the code that gigstack documents for the kind.
func (c *call) certify(t *team, kind string, pair keyPair) (certificate, error) {
	v, refusal := pair.open()
	switch {
	case refusal != nil:
	case v.kind != kind:
		refusal = invalid("cert", "The certificate is a %s, not a %s", v.kind, kind)
	case v.rfc == "" || v.rfc != t.taxID:
		refusal = invalid("cert", "The certificate is of RFC %q, the team's is %q", v.rfc, t.taxID)
	case c.now.After(v.expires):
		refusal = invalid("cert", "The certificate expired on %s", v.expires.In(gigstack.MexicoCity).Format(time.DateOnly))
	default:
		return v, nil
	}
	refusal.code = map[string]string{kindCSD: "invalid_file_format", kindFIEL: "invalid_field_value"}[kind]
	return v, refusal
}

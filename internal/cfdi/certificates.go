package cfdi

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"strings"
	"time"

	"github.com/youmark/pkcs8"
)

// CertificateKind is which of the two kinds of certificates that the SAT gives a
// taxpayer one is.
type CertificateKind string

// The kinds.
const (
	CSD  CertificateKind = "CSD"  // seals what is stamped
	FIEL CertificateKind = "FIEL" // signs for the taxpayer
)

// Certificate is what the SAT certifies.
type Certificate struct {
	Kind    CertificateKind
	RFC     RFC // of the holder; "" when the certificate does not say
	Serial  string
	Branch  string // of a CSD
	Expires time.Time
}

// PairError says what is wrong with a certificate, its key or their password.
type PairError struct {
	Part    string // cert, key or password
	Message string
}

// Error is the message.
func (e *PairError) Error() string { return e.Message }

// OpenPair reads a certificate in DER and proves that an encrypted key and its
// password belong to it. Its error is a [*PairError] and repeats nothing of them.
func OpenPair(cert, key []byte, password string) (v Certificate, err error) {
	parsed, err := x509.ParseCertificate(cert)
	if err != nil {
		return v, &PairError{"cert", "cert is not an X.509 certificate in DER"}
	}
	if password == "" { // an unencrypted key is none of the SAT's
		return v, &PairError{"password", "the password is required"}
	}
	private, err := decrypt(key, password)
	switch {
	case err != nil && strings.Contains(err.Error(), "incorrect password"):
		return v, &PairError{"password", "the password does not open the key"}
	case err != nil:
		return v, &PairError{"key", "key is not an encrypted PKCS #8 key in DER"}
	case !belongs(private, parsed):
		return v, &PairError{"key", "key and cert do not belong together"}
	}
	return describe(parsed), nil
}

// decrypt opens an encrypted key.
func decrypt(der []byte, password string) (key any, err error) {
	defer func() {
		if recover() != nil { // pkcs8 does, where cipher text and cipher do not fit
			err = errors.New("malformed key")
		}
	}()
	key, _, err = pkcs8.ParsePrivateKey(der, []byte(password))
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
func describe(parsed *x509.Certificate) Certificate {
	v := Certificate{Kind: FIEL, Serial: parsed.SerialNumber.String(), Expires: parsed.NotAfter}
	if branches := parsed.Subject.OrganizationalUnit; len(branches) > 0 {
		v.Kind, v.Branch = CSD, branches[0]
	}
	for _, attribute := range parsed.Subject.Names {
		if text, ok := attribute.Value.(string); ok && attribute.Type.Equal(holderID) {
			holder, _, _ := strings.Cut(text, "/")
			v.RFC = RFC(strings.ToUpper(strings.TrimSpace(holder)))
		}
	}
	if digits := string(parsed.SerialNumber.Bytes()); digits != "" && strings.Trim(digits, "0123456789") == "" { // the SAT's numbers are written in ASCII
		v.Serial = digits
	}
	return v
}

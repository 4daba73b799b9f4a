package sandbox

import (
	"errors"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// RejectedBranch is the branch on a CSD that the certifier rejects although the
// SAT certified it.
const RejectedBranch = "RECHAZADA POR EL PAC"

// keyPair is a certificate and its key as they were sent.
type keyPair struct {
	cert, key     gigstack.File
	password      gigstack.Secret
	passwordField string
}

// open reads the certificate and proves that key and password belong to it. What
// is wrong is refused as a fault of one field.
func (p keyPair) open() (v cfdi.Certificate, refusal *apiError) {
	if err := (gigstack.CertFile{}).Rule().Check(p.cert); err != nil {
		return v, invalid("cert", "cert: %v", err)
	}
	if err := (gigstack.KeyFile{}).Rule().Check(p.key); err != nil {
		return v, invalid("key", "key: %v", err)
	}
	v, err := cfdi.OpenPair(p.cert.Content, p.key.Content, string(p.password))
	var wrong *cfdi.PairError
	if errors.As(err, &wrong) {
		field := wrong.Part
		if field == "password" {
			field = p.passwordField
		}
		return v, invalid(field, "%s", wrong.Message)
	}
	return v, nil
}

// certify opens a certificate that must be of a kind, a team's and valid today.
// Every fault of it has the code that gigstack documents for the kind.
func (c *call) certify(t *team, kind cfdi.CertificateKind, pair keyPair) (cfdi.Certificate, error) {
	v, refusal := pair.open()
	switch {
	case refusal != nil:
	case v.Kind != kind:
		refusal = invalid("cert", "The certificate is a %s, not a %s", v.Kind, kind)
	case v.RFC == "" || v.RFC != cfdi.RFC(t.taxID):
		refusal = invalid("cert", "The certificate is of RFC %q, the team's is %q", v.RFC, t.taxID)
	case c.now.After(v.Expires):
		refusal = invalid("cert", "The certificate expired on %s", v.Expires.In(gigstack.MexicoCity).Format(time.DateOnly))
	default:
		return v, nil
	}
	refusal.code = map[cfdi.CertificateKind]string{cfdi.CSD: "invalid_file_format", cfdi.FIEL: "invalid_field_value"}[kind]
	return v, refusal
}

package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// certificateUse is what a tool takes a certificate for.
type certificateUse struct {
	words string
	kind  cfdi.CertificateKind
}

var certificateUses = map[string]certificateUse{
	gigstack.UploadTeamCSD.Name:    {"The CSD", cfdi.CSD},
	gigstack.UploadSATFIEL.Name:    {"The FIEL", cfdi.FIEL},
	gigstack.SignTeamManifest.Name: {"The authorisation letter (carta manifiesto)", cfdi.FIEL},
}

// looksAtCertificate opens the certificate with its key, here, and shows whose it is.
// What cannot be used is refused before a person is asked.
func (t *Tools) looksAtCertificate(ctx context.Context, r request, p *preview) error {
	use := certificateUses[r.spec.Name]
	team, err := taxpayer(ctx, r, p, use.words)
	if err != nil {
		return err
	}
	v, err := t.openCertificate(r)
	if err != nil {
		return err
	}
	const next = "Ask the person for the right certificate, or let them upload it at gigstack with get_team_onboarding_url."
	switch {
	case v.Kind != use.kind:
		return pointless(next, "the certificate is a %s, and a %s is needed", v.Kind, use.kind)
	case v.RFC != "" && team.TaxID != "" && v.RFC != cfdi.RFC(team.TaxID):
		return pointless(next, "the certificate is of RFC %s, and the team's is %s", v.RFC, team.TaxID)
	case t.Now().After(v.Expires):
		return pointless(next, "the certificate expired on %s", day(v.Expires))
	}
	p.Facts = append(p.Facts, fmt.Sprintf("certificate %s: %s of RFC %s, number %s, valid until %s", r.attached["cert"].Name, v.Kind, v.RFC, v.Serial, day(v.Expires)))
	switch r.spec.Name {
	case gigstack.SignTeamManifest.Name:
		p.Warnings = append(p.Warnings, "This signs a legally binding document with the company's FIEL.")
	case gigstack.UploadTeamCSD.Name:
		sat := value(team.SAT)
		p.saw(sat)
		if sat.CSDExpiresAt != 0 {
			p.Facts = append(p.Facts, "replaces the one valid until "+day(sat.CSDExpiresAt.Time()))
		}
	case gigstack.UploadSATFIEL.Name:
		return looksAtFIEL(ctx, r, p)
	}
	return nil
}

// openCertificate reads the certificate of a request with its key and password.
func (t *Tools) openCertificate(r request) (v cfdi.Certificate, err error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(r.args, &fields); err != nil {
		return v, err
	}
	password, err := t.password(text(fields[r.passwords[0]]))
	if err != nil {
		return v, err
	}
	v, err = cfdi.OpenPair(r.attached["cert"].Content, r.attached["key"].Content, string(password))
	var wrong *cfdi.PairError
	if errors.As(err, &wrong) {
		return v, pointless("Ask the person for the right files, or the operator for the right password; never for the password itself.", "%s", wrong.Message)
	}
	return v, err
}

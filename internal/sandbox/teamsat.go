package sandbox

import (
	"net/http"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// manifestLink is where a signed manifest would lie.
const manifestLink = "https://gigstack.example/manifests/"

func (c *call) uploadTeamCSD(in gigstack.UploadTeamCSDInput) (v gigstack.TeamCSD, err error) {
	t, err := c.reach(in.ID)
	if err != nil {
		return v, err
	}
	csd, err := c.certify(t, cfdi.CSD, keyPair{in.Cert.File, in.Key.File, in.KeyPass, "keyPass"})
	if err != nil {
		return v, err
	}
	if csd.Branch == RejectedBranch {
		return v, &apiError{status: http.StatusBadGateway, code: "cfdi_service_error", message: "The certifier rejected the certificate"}
	}
	t.sat = gigstack.TeamSAT{Completed: true, ConnectedAt: gigstack.SecondsOf(c.now), CSDExpiresAt: gigstack.SecondsOf(csd.Expires)}
	t.integrations["sat"] = gigstack.Integration{Completed: true}
	c.message = "SAT connection completed"
	return gigstack.TeamCSD{SAT: t.sat}, nil
}

func (c *call) signTeamManifest(in gigstack.SignTeamManifestInput) (v gigstack.TeamManifest, err error) {
	t, err := c.reach(in.ID)
	if err != nil {
		return v, err
	}
	if t.manifestSigned != 0 {
		return v, conflict("The manifest of %s is signed already", t.ID)
	}
	pair := keyPair{password: in.Password, passwordField: "password"}
	if pair.cert, err = in.Cert.Decoded(); err != nil {
		return v, fieldValue("cert", err)
	}
	if pair.key, err = in.Key.Decoded(); err != nil {
		return v, fieldValue("key", err)
	}
	if _, err := c.certify(t, cfdi.FIEL, pair); err != nil {
		return v, err
	}
	t.manifestSigned = gigstack.SecondsOf(c.now)
	c.message = "Manifest signed"
	return gigstack.TeamManifest{Signed: true, SignedAt: t.manifestSigned, DocumentURL: manifestLink + t.ID + ".pdf"}, nil
}

// fieldValue is a 400 about a field that cannot be read.
func fieldValue(field string, err error) error {
	refusal := invalid(field, "%s: %v", field, err)
	refusal.code = "invalid_field_value"
	return refusal
}

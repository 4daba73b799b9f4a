package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// UploadTeamCSD gives a team the certificate it stamps with.
//
// It stores the digital seal certificate (CSD, not the FIEL) a company stamps with, in
// place of the one before. Prefer get_team_onboarding_url: there the person uploads it
// on gigstack's own page. A new CSD may take the SAT up to 72 hours.
var UploadTeamCSD = Endpoint[UploadTeamCSDInput, TeamCSD]{
	Name:  "upload_team_csd",
	Route: "POST /teams/{id}/sat-connection",
	Risk:  risk.Critical,
	Title: "Upload the CSD",
	Doc:   "Store the CSD (not the FIEL); better the person, at get_team_onboarding_url.",
	Undo:  "Upload the former certificate again, while it is valid.",
}

// UploadTeamCSDInput is a team and its CSD.
type UploadTeamCSDInput struct {
	Form
	ID      string   `json:"id"`
	Cert    CertFile `json:"cert"` // CSD .cer
	Key     KeyFile  `json:"key"`  // CSD .key
	KeyPass Secret   `json:"keyPass"`
}

func (in UploadTeamCSDInput) secret() Secret { return in.KeyPass }

// TeamCSD is what became of a team's certificate.
type TeamCSD struct {
	SAT TeamSAT `json:"sat"`
}

// SignTeamManifest signs the letter that lets the certifier stamp for a team.
//
// It signs the certifier's authorisation letter (carta manifiesto) with the company's
// FIEL: legally binding. Prefer get_team_onboarding_url: there the person signs on
// gigstack's own page.
var SignTeamManifest = Endpoint[SignTeamManifestInput, TeamManifest]{
	Name:  "sign_team_manifest",
	Route: "POST /teams/{id}/manifest/sign",
	Risk:  risk.Critical,
	Title: "Sign the manifest",
	Doc:   "Sign the certifier's manifest with the FIEL; better the person, at get_team_onboarding_url.",
	Undo:  "A signature cannot be taken back.",
}

// SignTeamManifestInput is a team and the FIEL of its legal representative.
type SignTeamManifestInput struct {
	ID       string            `json:"id"`
	Cert     Encoded[CertFile] `json:"cert"` // FIEL .cer
	Key      Encoded[KeyFile]  `json:"key"`  // FIEL .key
	Password Secret            `json:"password"`
}

func (in SignTeamManifestInput) secret() Secret { return in.Password }

// TeamManifest is a signature as stored.
type TeamManifest struct {
	Signed      bool    `json:"signed"`
	SignedAt    Seconds `json:"signed_at,omitempty"`
	DocumentURL string  `json:"document_url,omitempty"`
}

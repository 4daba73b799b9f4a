package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// keyRecord is an API key: it belongs to a team, acts in one mode and carries a
// role.
type keyRecord struct {
	id   string
	team string
	live bool
	role string // viewer, editor, admin or owner
}

// roles, from the least to the most a key may do.
var roles = []string{"blocked", "viewer", "editor", "admin", "owner"}

// NewKey mints an API key in the form of gigstack's: a JSON Web Token whose
// payload names team and mode. It opens nothing but this sandbox. role is
// viewer, editor, admin or owner.
func (s *Sandbox) NewKey(team string, live bool, role string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mint(team, live, role)
}

// mint is NewKey while the lock is held.
func (s *Sandbox) mint(team string, live bool, role string) string {
	mode := "test"
	if live {
		mode = "live"
	}
	record := keyRecord{id: s.newID("sk_" + mode), team: team, live: live, role: role}
	payload, _ := json.Marshal(map[string]any{"team": team, "livemode": live, "key_id": record.id})
	encode := base64.RawURLEncoding.EncodeToString
	secret := encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + encode(payload) + "." + encode([]byte("sandbox"))
	s.state.keys[secret] = record
	return secret
}

// RevokeKey makes a key answer 401 from now on.
func (s *Sandbox) RevokeKey(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.state.keys, secret)
}

// The four refusals of gigstack Connect, in their documented bodies. The
// statuses are inferred; notes-account.md §1 tells from what.
var (
	errNotMaster    = &apiError{status: http.StatusUnauthorized, message: "Unauthorized", old: "Unauthorized, not a master team"}
	errNoSuchTeam   = &apiError{status: http.StatusNotFound, message: "Team not found", old: "The specified team does not exist"}
	errNoMatch      = &apiError{status: http.StatusUnauthorized, message: "Unauthorized", old: "Unauthorized, no matched teams"}
	errRoleOnTarget = &apiError{status: http.StatusForbidden, message: "Access denied", old: "Your role does not allow this action on the target team"}
)

// authorize finds out who calls and for which team, in the order gigstack is
// believed to check: key, Connect, target, billing account, role.
func (s *Sandbox) authorize(c *call, spec gigstack.Spec) error {
	if spec.Partner {
		return c.authorizePartner()
	}
	secret, bearer := strings.CutPrefix(c.request.Header.Get("Authorization"), "Bearer ")
	key, known := s.state.keys[secret]
	if !bearer || !known {
		return &apiError{status: http.StatusUnauthorized, code: "unauthorized", message: "Invalid or missing API key"}
	}
	own, ok := s.state.teams.get(key.team)
	if !ok || own.status != "active" {
		return errNoSuchTeam
	}
	c.key, c.team, c.role = key, own, key.role
	if wanted := c.request.URL.Query().Get("team"); wanted != "" && wanted != key.team {
		target, ok := s.state.teams.get(wanted)
		switch {
		case !own.master:
			return errNotMaster
		case !ok || target.status != "active":
			return errNoSuchTeam
		case target.account != own.account:
			return errNoMatch
		}
		c.team = target
	}
	if slices.Index(roles, c.role) < slices.Index(roles, requiredRole(spec)) {
		if c.team != own {
			return errRoleOnTarget
		}
		return &apiError{status: http.StatusForbidden, code: "insufficient_permissions", message: "Your role does not allow this action"}
	}
	return nil
}

// requiredRole is the documented matrix: read = viewer, create and update =
// editor ("member"), delete and whatever changes a team = admin. Making a team
// changes none.
func requiredRole(spec gigstack.Spec) string {
	method, path, _ := strings.Cut(spec.Route, " ")
	switch {
	case spec.Risk == risk.Read:
		return "viewer"
	case method == http.MethodDelete, strings.HasPrefix(path, "/teams/"):
		return "admin"
	default:
		return "editor"
	}
}

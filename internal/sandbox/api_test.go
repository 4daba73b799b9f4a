package sandbox_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// raw makes one request, path beginning after /v2, without the client's help.
func (b *bench) raw(t *testing.T, secret, method, path, body string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.url+path, strings.NewReader(body))
	require.NoError(t, err)
	if secret != "" {
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(read)
}

// operations is every endpoint of the API.
func operations() (all []gigstack.Operation) {
	for _, resource := range gigstack.API {
		all = append(all, resource.Endpoints...)
	}
	return all
}

// request is the method of an endpoint, and its path with placeholders for ids. The
// older Connect looks for the team before it looks at the role.
func request(o gigstack.Operation) (method, path string) {
	method, path, _ = strings.Cut(o.Spec().Route, " ")
	path = strings.Replace(path, "/connect/teams/{id}", "/connect/teams/"+sandbox.TeamKemper, 1)
	return method, regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "nothing_here")
}

func TestEveryOperationIsAnswered(t *testing.T) {
	b := start(t, sandbox.Options{})
	secret := b.NewKey(sandbox.TeamKemper, false, "owner")
	for _, o := range operations() {
		t.Run(o.Spec().Name, func(t *testing.T) {
			method, path := request(o)
			status, answer := b.raw(t, secret, method, path, "{}")
			assert.NotContains(t, answer, "No route")
			assert.Less(t, status, http.StatusInternalServerError, answer)
			assert.Equal(t, o.Spec().Partner, status == http.StatusUnauthorized, answer)
		})
	}
	status, answer := b.raw(t, secret, http.MethodGet, "/nowhere", "")
	assert.Equal(t, http.StatusNotFound, status)
	assert.Contains(t, answer, "No route", "what the test above looks for")
}

func TestEveryOperationAsksForItsRole(t *testing.T) {
	admin := map[string]bool{ // beside the deletions
		"get_team_onboarding_url": true, "update_team": true, "update_team_series": true, "update_team_settings": true,
		"add_team_member": true, "remove_team_member": true, "create_team_series": true, "upload_team_csd": true, "sign_team_manifest": true,
	}
	ranks := []string{"blocked", "viewer", "editor", "admin", "owner"}
	b := start(t, sandbox.Options{})
	for rank, role := range ranks {
		secret := b.NewKey(sandbox.TeamKemper, false, role)
		for _, o := range operations() {
			t.Run(role+" "+o.Spec().Name, func(t *testing.T) {
				method, path := request(o)
				least := 2
				switch {
				case o.Spec().Partner || o.Spec().Name == "check_auth_health": // no matter whose API key
					least = 0
				case o.Spec().Risk == risk.Read:
					least = 1
				case o.Spec().Name == "connect_delete_team":
					least = 4
				case method == http.MethodDelete || admin[o.Spec().Name] || strings.HasPrefix(path, "/connect/"):
					least = 3
				}
				status, answer := b.raw(t, secret, method, path, "{}")
				if rank < least {
					assert.Equal(t, http.StatusForbidden, status)
					assert.Contains(t, answer, "insufficient_permissions")
				} else {
					assert.NotContains(t, answer, "Your role", "%d", status)
				}
			})
		}
	}
}

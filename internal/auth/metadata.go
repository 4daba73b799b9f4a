package auth

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// metadata is what clients read to find the authorization server (RFC 9728).
type metadata struct {
	Resource             string   `json:"resource"`
	AuthorizationServers []string `json:"authorization_servers"`
	ScopesSupported      []string `json:"scopes_supported,omitempty"`
	BearerMethods        []string `json:"bearer_methods_supported"`
	Name                 string   `json:"resource_name"`
}

// Metadata is the document for OAuth clients and the path at which they look for it;
// false where the file has no jwt.
func (a *Authenticator) Metadata() (path string, document any, ok bool) {
	if a.oauth == nil {
		return "", nil, false
	}
	return a.oauth.metadataPath, metadata{
		Resource:             a.oauth.audience,
		AuthorizationServers: []string{a.oauth.issuer},
		ScopesSupported:      a.oauth.scopes,
		BearerMethods:        []string{"header"},
		Name:                 "gigstack-mcp",
	}, true
}

// metadataOf is where the metadata of a resource is: between its host and its path.
func metadataOf(resource *url.URL) (path, address string) {
	path = "/.well-known/oauth-protected-resource"
	if resource.Path != "/" {
		path += resource.Path
	}
	return path, resource.Scheme + "://" + resource.Host + path
}

// challenge is the WWW-Authenticate of a refusal.
func (a *Authenticator) challenge(r *Refusal) string {
	if r.Status == http.StatusServiceUnavailable {
		return ""
	}
	var parameters []string
	add := func(name, value string) {
		if value != "" {
			parameters = append(parameters, fmt.Sprintf(`%s="%s"`, name, value))
		}
	}
	if a.oauth == nil {
		add("realm", "gigstack-mcp")
	}
	add("error", r.code)
	if a.oauth != nil {
		add("scope", strings.Join(a.oauth.scopes, " "))
		add("resource_metadata", a.oauth.metadataURL)
	}
	return "Bearer " + strings.Join(parameters, ", ")
}

package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// routes finds the answer to a request. Where two routes fit, as "GET
// /invoices/income/{id}" and "GET /invoices/{id}/files" can, the one whose
// literal comes first wins. (http.ServeMux refuses such pairs.)
type routes []route

type route struct {
	pattern string
	answer  func(c *call, body []byte) (any, error)
}

// add keeps routes sorted segment by segment; a letter sorts before a brace.
func (rs *routes) add(pattern string, answer func(*call, []byte) (any, error)) {
	*rs = append(*rs, route{pattern, answer})
	slices.SortFunc(*rs, func(a, b route) int {
		return slices.Compare(strings.Split(a.pattern, "/"), strings.Split(b.pattern, "/"))
	})
}

// find returns the route of r and keeps its path values in r.
func (rs routes) find(r *http.Request) (route, bool) {
	for _, route := range rs {
		if fits(route.pattern, r) {
			return route, true
		}
	}
	return route{}, false
}

// fits reports whether r is a request for pattern.
func fits(pattern string, r *http.Request) bool {
	method, path, _ := strings.Cut(pattern, " ")
	want, got := strings.Split(path, "/"), strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/v2"), "/")
	if r.Method != method || len(want) != len(got) {
		return false
	}
	for i, segment := range want {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			value, err := url.PathUnescape(got[i])
			if err != nil || value == "" {
				return false
			}
			r.SetPathValue(strings.TrimSuffix(name, "}"), value)
		} else if segment != got[i] {
			return false
		}
	}
	return true
}

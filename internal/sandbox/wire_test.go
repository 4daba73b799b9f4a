package sandbox_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/example"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// The sandbox answers a request that is written by the documentation, not by our
// client, and in the documented shape: so the two cannot agree on a mistake.
func TestWire(t *testing.T) {
	for _, o := range operations() {
		t.Run(o.Spec().Name, func(t *testing.T) {
			file, err := example.Read(filepath.Join("..", ".."), o.Spec().Name)
			require.NoError(t, err)
			require.NotNil(t, file.Sandbox, "the file has no request for the sandbox")
			b := start(t, sandbox.Options{})
			answer := b.ask(t, o, file.Sandbox)

			documented := shape(t, cmp.Or(string(file.FullResponse), string(file.Response)))
			maps.Copy(documented, shape(t, string(file.Response)))
			got := shape(t, answer)
			var absent, extra []string
			for path, kind := range documented {
				switch have, ok := got[path]; {
				case !ok && kind != "null":
					absent = append(absent, path)
				case ok && kind != have && kind != "null" && have != "null":
					t.Errorf("%s is a %s, documented as %s", path, have, kind)
				}
			}
			for path := range got {
				if _, ok := documented[path]; !ok {
					extra = append(extra, path)
				}
			}
			assert.ElementsMatch(t, file.Sandbox.Absent, outermost(absent), "documented members the sandbox leaves out")
			assert.ElementsMatch(t, file.Sandbox.Extra, outermost(extra), "members no example has")
		})
	}
}

// ask makes an example's request and returns the body of its success.
func (b *bench) ask(t *testing.T, o gigstack.Operation, with *example.SandboxRequest) string {
	t.Helper()
	method, path := with.Line(o.Spec().Route)
	body, contentType, err := with.Encode(func(name string) []byte { return b.upload(t, name) })
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), method, b.url+path+"?"+with.Values().Encode(), bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Authorization", "Bearer "+b.NewKey(sandbox.TeamKemper, false, cmp.Or(with.Role, "owner")))
	for name, value := range with.Header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, 2, resp.StatusCode/100, "%d %s", resp.StatusCode, answer)
	return string(answer)
}

// upload is the content of a file that a request names.
func (b *bench) upload(t *testing.T, name string) []byte {
	t.Helper()
	switch {
	case name == "csf.pdf":
		return sandbox.DemoCertificate().PDF()
	case filepath.Ext(name) == ".pdf":
		return []byte("%PDF-1.4\n%%EOF\n")
	case filepath.Ext(name) == ".cer", filepath.Ext(name) == ".key":
		content, err := example.CertificateFile(name)
		require.NoError(t, err)
		return content
	}
	t.Fatalf("no test file %s", name)
	return nil
}

// shape is the kind of every member of a JSON answer, by its path. Members of a
// list's elements share a path.
func shape(t *testing.T, raw string) map[string]string {
	t.Helper()
	var answer any
	require.NoError(t, json.Unmarshal([]byte(raw), &answer), raw)
	kinds := map[string]string{}
	var walk func(v any, path string)
	walk = func(v any, path string) {
		kind := "null"
		switch v := v.(type) {
		case map[string]any:
			kind = "object"
			if strings.HasSuffix(path, "metadata") { // its members are the caller's
				break
			}
			for name, member := range v {
				walk(member, strings.TrimPrefix(path+"."+name, "."))
			}
		case []any:
			kind = "array"
			for _, element := range v {
				walk(element, path+"[]")
			}
		case string:
			kind = "string"
		case float64:
			kind = "number"
		case bool:
			kind = "boolean"
		}
		if kinds[path] == "" || kinds[path] == "null" {
			kinds[path] = kind
		}
	}
	walk(answer, "")
	for _, name := range []string{"message", "success", "timestamp", "next"} { // of the envelope, where generations differ
		delete(kinds, name)
	}
	return kinds
}

// outermost leaves out what lies inside another path.
func outermost(paths []string) (outer []string) {
	slices.Sort(paths)
	for _, path := range paths {
		if !slices.ContainsFunc(outer, func(o string) bool { return strings.HasPrefix(path, o+".") || strings.HasPrefix(path, o+"[]") }) {
			outer = append(outer, path)
		}
	}
	return outer
}

package sandbox_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// wireFile is what testdata/wire says of an endpoint, as far as the sandbox is
// concerned: the documented answer, and a request to the demonstration company
// that must be answered in the same shape.
type wireFile struct {
	Response     json.RawMessage `json:"response"`
	FullResponse json.RawMessage `json:"full_response"`
	Sandbox      *wireRequest    `json:"sandbox"`
}

type wireRequest struct {
	Path      map[string]string `json:"path"`
	Query     map[string]any    `json:"query"`
	Body      map[string]any    `json:"body"`      // files by "@name"
	Multipart map[string]string `json:"multipart"` // the same
	Header    map[string]string `json:"header"`
	Role      string            `json:"role"`   // owner when absent
	Absent    []string          `json:"absent"` // documented members that the sandbox leaves out
	Extra     []string          `json:"extra"`  // members it answers that no example has
}

// The sandbox answers a request that is written by the documentation, not by our
// client, and in the documented shape: so the two cannot agree on a mistake.
func TestWire(t *testing.T) {
	for _, o := range operations() {
		t.Run(o.Spec().Name, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join("..", "..", "testdata", "wire", o.Spec().Name+".json"))
			require.NoError(t, err)
			var file wireFile
			require.NoError(t, json.Unmarshal(raw, &file))
			require.NotNil(t, file.Sandbox, "the file has no request for the sandbox")
			b := start(t, sandbox.Options{})
			answer := file.Sandbox.send(t, b, o)

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

// send makes the request and returns the body of its success.
func (w *wireRequest) send(t *testing.T, b *bench, o gigstack.Operation) string {
	method, path, _ := strings.Cut(o.Spec().Route, " ")
	for name, value := range w.Path {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	query := url.Values{}
	for name, value := range w.Query {
		query.Set(name, fmt.Sprint(value))
	}
	body, contentType := w.encode(t, b)
	req, err := http.NewRequestWithContext(t.Context(), method, b.url+path+"?"+query.Encode(), body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Authorization", "Bearer "+b.NewKey(sandbox.TeamKemper, false, cmp.Or(w.Role, "owner")))
	for name, value := range w.Header {
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

func (w *wireRequest) encode(t *testing.T, b *bench) (body io.Reader, contentType string) {
	if w.Multipart == nil {
		body := maps.Clone(w.Body)
		for name, value := range body {
			if file, ok := strings.CutPrefix(fmt.Sprint(value), "@"); ok {
				body[name] = b.upload(t, file) // which JSON writes in base64
			}
		}
		raw, err := json.Marshal(body)
		require.NoError(t, err)
		if w.Body == nil {
			raw = nil
		}
		return bytes.NewReader(raw), "application/json"
	}
	var buffer bytes.Buffer
	form := multipart.NewWriter(&buffer)
	for name, value := range w.Multipart {
		file, isFile := strings.CutPrefix(value, "@")
		if !isFile {
			require.NoError(t, form.WriteField(name, value))
			continue
		}
		header := textproto.MIMEHeader{}
		header.Set("Content-Disposition", mime.FormatMediaType("form-data", map[string]string{"name": name, "filename": file}))
		header.Set("Content-Type", "application/octet-stream")
		part, err := form.CreatePart(header)
		require.NoError(t, err)
		_, err = part.Write(b.upload(t, file))
		require.NoError(t, err)
	}
	require.NoError(t, form.Close())
	return &buffer, form.FormDataContentType()
}

// upload is the content of a file that a request names.
func (b *bench) upload(t *testing.T, name string) []byte {
	t.Helper()
	switch filepath.Ext(name) {
	case ".pdf":
		return []byte("%PDF-1.4\n%%EOF\n")
	case ".cer":
		return certificateNamed(t, name).cert
	case ".key":
		return certificateNamed(t, name).key
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

package gigstack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/example"
)

// operations is every operation of the API with the page it stands on.
func operations(yield func(Resource, Operation) bool) {
	for _, resource := range API {
		for _, op := range resource.Endpoints {
			if !yield(resource, op) {
				return
			}
		}
	}
}

// Each operation sends exactly the documented request, and keeps every documented
// field of the answer.
func TestWire(t *testing.T) {
	for _, op := range operations {
		file, err := example.Read("..", op.Spec().Name)
		require.NoError(t, err, "every operation has its documented example in testdata/wire")
		t.Run(op.Spec().Name, func(t *testing.T) { testWire(t, op, file.Request, file.Response) })
		if file.FullRequest == nil && file.FullResponse == nil {
			continue
		}
		request, response := file.Request, file.Response
		if file.FullRequest != nil {
			request = *file.FullRequest
		}
		if file.FullResponse != nil {
			response = file.FullResponse
		}
		t.Run(op.Spec().Name+" in full", func(t *testing.T) { testWire(t, op, request, response) })
	}
}

func testWire(t *testing.T, op Operation, request example.Request, response json.RawMessage) {
	var got *http.Request
	var gotBody []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		gotBody, _ = io.ReadAll(r.Body)
		_, _ = w.Write(response)
	}))
	defer server.Close()
	args, err := json.Marshal(argumentsOf(request))
	require.NoError(t, err)
	reply, err := op.Invoke(t.Context(), callerFor(t, server.URL+"/v2"), args)
	require.NoError(t, err)

	method, path := request.Line(op.Spec().Route)
	assert.Equal(t, method, got.Method)
	assert.Equal(t, "/v2"+path, got.URL.EscapedPath())
	assert.Equal(t, request.Values(), got.URL.Query())
	for name, value := range request.Header {
		assert.Equal(t, value, got.Header.Get(name), name)
	}
	switch {
	case request.Multipart != nil:
		assert.Equal(t, request.Multipart, formOf(t, got.Header.Get("Content-Type"), gotBody))
	case len(request.Body) > 0:
		want, _, err := request.Encode(func(string) []byte { return wireUpload })
		require.NoError(t, err)
		assert.JSONEq(t, string(want), string(gotBody))
	default:
		assert.Contains(t, []string{"", "{}"}, string(gotBody), "no body, or an empty one")
	}

	out := reflect.New(op.Output()).Interface()
	require.NoError(t, reply.into(out))
	kept, err := json.Marshal(out)
	require.NoError(t, err)
	want := parse(t, response).(map[string]any)
	if want["message"] == nil && want["data"] == nil { // an answer without an envelope
		want = map[string]any{"data": want}
	}
	have := map[string]any{"data": parse(t, kept)}
	if reply.List && strings.Contains(string(kept), `"has_more"`) {
		have = have["data"].(map[string]any)
		for _, name := range []string{"next", "has_more", "total_results"} {
			if want[name] != nil {
				assert.Empty(t, lost(want[name], have[name], name))
			}
		}
	}
	assert.Empty(t, lost(want["data"], have["data"], "data"), "fields the output type does not keep")
}

// formOf reads a form with a file as "@" and its name.
func formOf(t *testing.T, contentType string, body []byte) map[string]string {
	t.Helper()
	_, parameters, err := mime.ParseMediaType(contentType)
	require.NoError(t, err)
	form, err := multipart.NewReader(bytes.NewReader(body), parameters["boundary"]).ReadForm(1 << 20)
	require.NoError(t, err)
	fields := map[string]string{}
	for name, values := range form.Value {
		fields[name] = values[0]
	}
	for name, files := range form.File {
		fields[name] = "@" + files[0].Filename
	}
	return fields
}

// callerFor is a client of a test server that may do anything.
func callerFor(t *testing.T, base string) *Caller {
	t.Helper()
	key, err := NewKey("sk_test_of_nobody")
	require.NoError(t, err)
	partner, err := NewKey("partner_of_nobody")
	require.NoError(t, err)
	c, err := New(Options{BaseURL: base, Key: key, PartnerKey: partner, Allow: func(context.Context, Spec, string) error { return nil }})
	require.NoError(t, err)
	return c
}

// wireUpload is the content of every file that an example names.
var wireUpload = []byte("%PDF-1.4")

// argumentsOf is the arguments of a request, with files in the place of their names.
func argumentsOf(r example.Request) map[string]any {
	args := r.Arguments()
	for name, value := range args {
		if file, ok := strings.CutPrefix(fmt.Sprint(value), "@"); ok {
			args[name] = File{Name: file, MediaType: "application/pdf", Content: wireUpload}
		}
	}
	return args
}

// parse reads JSON with its numbers as they are written.
func parse(t *testing.T, raw []byte) (v any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&v))
	return v
}

// lost names what is in want and not in have. Empty values may be left out, and
// a number may have become its text.
func lost(want, have any, at string) (names []string) {
	if have == nil && isEmpty(want) {
		return nil
	}
	switch want := want.(type) {
	case map[string]any:
		object, ok := have.(map[string]any)
		if !ok {
			return []string{at}
		}
		for name, value := range want {
			names = append(names, lost(value, object[name], at+"."+name)...)
		}
	case []any:
		list, ok := have.([]any)
		if !ok || len(list) != len(want) {
			return []string{at}
		}
		for i, value := range want {
			names = append(names, lost(value, list[i], fmt.Sprintf("%s[%d]", at, i))...)
		}
	default:
		if !sameScalar(want, have) {
			return []string{fmt.Sprintf("%s: %v became %v", at, want, have)}
		}
	}
	slices.Sort(names)
	return names
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case map[string]any:
		for _, member := range v {
			if !isEmpty(member) {
				return false
			}
		}
		return true
	case []any:
		return len(v) == 0
	default:
		return slices.Contains([]string{"", "0", "false"}, fmt.Sprint(v))
	}
}

func sameScalar(a, b any) bool {
	x, y := fmt.Sprint(a), fmt.Sprint(b)
	if x == y {
		return true
	}
	m, errM := decimal.NewFromString(x)
	n, errN := decimal.NewFromString(y)
	return errM == nil && errN == nil && m.Equal(n)
}

// The examples and the operations name each other, none is left over.
func TestWireFilesMatchTheAPI(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(example.Dir(".."), "*.json"))
	require.NoError(t, err)
	var have, want []string
	for _, file := range files {
		have = append(have, strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	for _, op := range operations {
		want = append(want, op.Spec().Name)
	}
	assert.ElementsMatch(t, want, have)
}

// testdata/operations.tsv is the census of the documentation: tool, method, path,
// page and tier.
func TestOperationsMatchTheCensus(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "testdata", "operations.tsv"))
	require.NoError(t, err)
	rows := strings.Split(strings.TrimSpace(string(raw)), "\n")
	require.Equal(t, "tool\tmethod\tpath\ttoolset\ttier", rows[0])
	var have []string
	for resource, op := range operations {
		method, path, _ := strings.Cut(op.Spec().Route, " ")
		have = append(have, strings.Join([]string{op.Spec().Name, method, path, resource.Name, op.Spec().Risk.String()}, "\t"))
	}
	assert.ElementsMatch(t, rows[1:], have)
}

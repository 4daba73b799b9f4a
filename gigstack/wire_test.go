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
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// wireFile is an endpoint as the documentation shows it. The full pair has every
// documented field, with invented values; it is absent where the example has
// them all already.
type wireFile struct {
	Request      wireRequest     `json:"request"`
	Response     json.RawMessage `json:"response"`
	FullRequest  *wireRequest    `json:"full_request"`
	FullResponse json.RawMessage `json:"full_response"`
	Sandbox      json.RawMessage `json:"sandbox"` // see internal/sandbox's TestWire
}

// wireRequest is a request taken apart, each name as gigstack spells it.
type wireRequest struct {
	Path      map[string]string `json:"path"`
	Query     map[string]any    `json:"query"`
	Body      map[string]any    `json:"body"`
	Multipart map[string]string `json:"multipart"` // files by "@name"
}

func wirePath(name string) string { return filepath.Join("..", "testdata", "wire", name+".json") }

func readWireFile(t *testing.T, name string) (file wireFile) {
	t.Helper()
	raw, err := os.ReadFile(wirePath(name))
	require.NoError(t, err, "every operation has its documented example in testdata/wire")
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&file))
	return file
}

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
		file := readWireFile(t, op.Spec().Name)
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

func testWire(t *testing.T, op Operation, request wireRequest, response json.RawMessage) {
	var got *http.Request
	var gotBody []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		gotBody, _ = io.ReadAll(r.Body)
		_, _ = w.Write(response)
	}))
	defer server.Close()
	args, err := json.Marshal(request.arguments())
	require.NoError(t, err)
	reply, err := op.Invoke(t.Context(), callerFor(t, server.URL+"/v2"), args)
	require.NoError(t, err)

	method, path := request.line(op.Spec().Route)
	assert.Equal(t, method, got.Method)
	assert.Equal(t, "/v2"+path, got.URL.EscapedPath())
	assert.Equal(t, request.query(), got.URL.Query())
	switch {
	case request.Multipart != nil:
		assert.Equal(t, request.Multipart, formOf(t, got.Header.Get("Content-Type"), gotBody))
	case len(request.Body) > 0:
		want, err := json.Marshal(request.Body)
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
	have := map[string]any{"data": parse(t, kept)}
	if reply.List && strings.Contains(string(kept), `"has_more"`) {
		have = have["data"].(map[string]any)
		for _, name := range []string{"next", "has_more", "total_results"} {
			if want[name] != nil {
				assert.Empty(t, lost(want[name], have[name], name))
			}
		}
	}
	data := want["data"]
	if data == nil && bare(response) != nil {
		data = parse(t, bare(response))
	}
	assert.Empty(t, lost(data, have["data"], "data"), "fields the output type does not keep")
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
	c, err := New(Options{BaseURL: base, Key: key, Allow: func(context.Context, Spec, string) error { return nil }})
	require.NoError(t, err)
	return c
}

// encodedFile is the base64 by which examples stand for a file in a body.
const encodedFile = "JVBERi0xLjQK"

// arguments is the request as an agent writes it: one flat object, and no name
// with a bracket or dot.
func (r wireRequest) arguments() map[string]any {
	args := map[string]any{}
	for name, value := range r.Query {
		key, isMetadata := strings.CutPrefix(name, "metadata.")
		if isMetadata {
			args["metadata"] = map[string]any{key: value}
			continue
		}
		switch name {
		case "page", "offset": // the other dialects of next
			args["next"] = fmt.Sprintf("%s:%v", name, value)
		case "starting_after":
			args["next"] = value
		default:
			args[strings.NewReplacer("[", "_", "]", "").Replace(name)] = value
		}
	}
	for name, value := range r.Body {
		if _, taken := r.Path[name]; taken {
			name = "user_" + name // of a team's member, beside the team's own
		}
		if value == encodedFile {
			value = File{Content: []byte("%PDF-1.4\n")}
		}
		args[name] = value
	}
	for name, value := range r.Path {
		args[name] = value
	}
	for name, value := range r.Multipart {
		args[name] = value
		if file, ok := strings.CutPrefix(value, "@"); ok {
			args[name] = File{Name: file, MediaType: "application/pdf", Content: []byte("%PDF-1.4")}
		}
	}
	return args
}

func (r wireRequest) line(route string) (method, path string) {
	method, path, _ = strings.Cut(route, " ")
	for name, value := range r.Path {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	return method, path
}

func (r wireRequest) query() url.Values {
	values := url.Values{}
	for name, value := range r.Query {
		values.Set(name, fmt.Sprint(value))
	}
	return values
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
	files, err := filepath.Glob(wirePath("*"))
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

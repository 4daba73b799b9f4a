// Package example reads testdata/wire, for tests: what gigstack's documentation
// says of each endpoint's requests and answers, independent of any code here.
package example

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// File is an endpoint as the documentation shows it. The full pair has every
// documented field, with invented values; it is absent where the example has them
// all already.
type File struct {
	Request      Request         `json:"request"`
	Response     json.RawMessage `json:"response"`
	FullRequest  *Request        `json:"full_request"`
	FullResponse json.RawMessage `json:"full_response"`

	// Sandbox is a request to the demonstration company that the sandbox must
	// answer in the documented shape.
	Sandbox *SandboxRequest `json:"sandbox"`
}

// Request is a request taken apart, each name as gigstack spells it.
type Request struct {
	Path      map[string]string `json:"path"`
	Query     map[string]any    `json:"query"`
	Header    map[string]string `json:"header"`
	Body      map[string]any    `json:"body"`      // a file is "@" and its name
	Multipart map[string]string `json:"multipart"` // here too
}

// SandboxRequest is a request and how the sandbox's answer may differ.
type SandboxRequest struct {
	Request
	Role   string   `json:"role"`   // of the key; owner when absent
	Absent []string `json:"absent"` // documented members that the sandbox leaves out
	Extra  []string `json:"extra"`  // members it answers that no example has
}

// Read is the file of one endpoint; root is the module's root. Numbers are kept as
// they are written.
func Read(root, name string) (file File, err error) {
	raw, err := os.ReadFile(filepath.Join(Dir(root), name+".json"))
	if err != nil {
		return file, err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return file, fmt.Errorf("%s: %w", name, err)
	}
	return file, nil
}

// Dir is where the files lie.
func Dir(root string) string { return filepath.Join(root, "testdata", "wire") }

// Arguments is the request as an agent writes it: one flat object, no name with a
// bracket or dot, and one way of paging. A file is still "@" and its name.
func (r Request) Arguments() map[string]any {
	args := map[string]any{}
	for name, value := range r.Query {
		switch name {
		case "page", "offset":
			args["next"] = fmt.Sprintf("%s:%v", name, value)
		case "starting_after":
			args["next"] = value
		default:
			if key, isMetadata := strings.CutPrefix(name, "metadata."); isMetadata {
				args["metadata"] = map[string]any{key: value}
				continue
			}
			args[strings.NewReplacer("[", "_", "]", "").Replace(name)] = value
		}
	}
	for name, value := range r.Body {
		if _, taken := r.Path[name]; taken {
			name = "user_" + name // of a team's member, beside the team's own
		}
		args[name] = value
	}
	for name, value := range r.Path {
		args[name] = value
	}
	for name, value := range r.Multipart {
		args[name] = value
	}
	for name, value := range r.Header {
		if name == "Idempotency-Key" {
			args["idempotency_key"] = value
		}
	}
	return args
}

// Line is the method and the path of the request, for a route in net/http's notation.
func (r Request) Line(route string) (method, path string) {
	method, path, _ = strings.Cut(route, " ")
	for name, value := range r.Path {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	return method, path
}

// Values is the query of the request.
func (r Request) Values() url.Values {
	values := url.Values{}
	for name, value := range r.Query {
		values.Set(name, fmt.Sprint(value))
	}
	return values
}

// withFiles is the body with files in the place of their names; JSON writes them in
// base64.
func (r Request) withFiles(upload func(name string) []byte) map[string]any {
	body := maps.Clone(r.Body)
	for name, value := range body {
		if file, ok := strings.CutPrefix(fmt.Sprint(value), "@"); ok {
			body[name] = upload(file)
		}
	}
	return body
}

// Encode is the body of the request and its type. upload is the content of a file,
// by its name.
func (r Request) Encode(upload func(name string) []byte) (body []byte, contentType string, err error) {
	switch {
	case r.Multipart == nil && r.Body == nil:
		return nil, "", nil
	case r.Multipart == nil:
		body, err = json.Marshal(r.withFiles(upload))
		return body, "application/json", err
	}
	var buffer bytes.Buffer
	form := multipart.NewWriter(&buffer)
	for name, value := range r.Multipart {
		file, isFile := strings.CutPrefix(value, "@")
		if !isFile {
			if err := form.WriteField(name, value); err != nil {
				return nil, "", err
			}
			continue
		}
		header := textproto.MIMEHeader{}
		header.Set("Content-Disposition", mime.FormatMediaType("form-data", map[string]string{"name": name, "filename": file}))
		header.Set("Content-Type", "application/octet-stream")
		part, err := form.CreatePart(header)
		if err != nil {
			return nil, "", err
		}
		if _, err := part.Write(upload(file)); err != nil {
			return nil, "", err
		}
	}
	err = form.Close() // writes the last boundary
	return buffer.Bytes(), form.FormDataContentType(), err
}

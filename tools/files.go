package tools

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/files"
	"github.com/gigstack/gigstack-mcp/internal/session"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// Downloads are read at these addresses.
const (
	filePrefix   = "gigstack://files/"
	fileTemplate = filePrefix + "{id}/{name}"
)

// download is a file of an answer as a result shows it.
type download struct {
	Member    string `json:"member" doc:"Where in data it stands."`
	URI       string `json:"uri" doc:"Read it with resources/read."`
	Name      string `json:"name"`
	MediaType string `json:"media_type,omitempty"`
	Bytes     int    `json:"bytes,omitempty"`
	SavedAs   string `json:"saved_as,omitempty" doc:"Name in the server's files folder."`
}

// attach reads the files and checks the passwords that arguments name. What stays
// in the arguments is what a plan binds and a person sees: the name, the size and
// the digest of a file, never its content.
func (t *Tools) attach(ctx context.Context, r *request, fields map[string]json.RawMessage) error {
	for _, name := range slices.Sorted(maps.Keys(r.uploads)) {
		if fields[name] == nil {
			continue
		}
		file, err := t.upload(ctx, text(fields[name]), r.uploads[name])
		if err != nil {
			var f *failure
			if errors.As(err, &f) {
				return f
			}
			return invalidArguments([]schemas.Problem{{Path: name, Message: err.Error()}})
		}
		if r.attached == nil {
			r.attached = map[string]gigstack.File{}
		}
		r.attached[name] = file
		sum := sha256.Sum256(file.Content)
		fields[name] = marshal(fmt.Sprintf("%s (%s, %d bytes, sha256 %s)", plain(file.Name), file.MediaType, len(file.Content), hex.EncodeToString(sum[:])))
	}
	for _, name := range r.passwords {
		if _, err := t.password(text(fields[name])); err != nil {
			return err
		}
	}
	return nil
}

// upload is the file that an argument names.
func (t *Tools) upload(ctx context.Context, reference string, rule gigstack.FileRule) (file gigstack.File, err error) {
	isLink, isData := strings.HasPrefix(reference, filePrefix), strings.HasPrefix(reference, "data:")
	switch {
	case rule.Private && (isLink || isData):
		return file, errors.New("keys and certificates are taken from the server's files folder only; they must not pass through a conversation")
	case isLink:
		file, err = t.fileAt(ctx, reference)
	case isData:
		file, err = parseDataURI(reference, rule.MaxBytes)
	case t.Files == nil:
		return file, &failure{Code: "no_files_dir", Outcome: gigstack.NotSent,
			Message: "This server reads no files from disk. Nothing was sent.",
			Next:    "The operator can name a folder with --files-dir; a client can also send the file itself as a data: URI. For certificates, get_team_onboarding_url lets the person upload them at gigstack."}
	case strings.Contains(reference, "://"):
		return file, errors.New("addresses are not opened; pass a path, a gigstack://files/ link or a data: URI")
	default:
		file.Name = path.Base(reference)
		file.Content, err = t.Files.Read(reference, rule.MaxBytes)
	}
	if err != nil {
		return file, err
	}
	file.MediaType = gigstack.MediaType(file.Content)
	return file, rule.Check(file)
}

// maxDataHead is how long the type and the name of a data: URI may be together.
const maxDataHead = 500

// parseDataURI reads a file that came with the call: data:TYPE;name=NAME;base64,…
func parseDataURI(uri string, most int) (file gigstack.File, err error) {
	head, body, ok := strings.Cut(strings.TrimPrefix(uri, "data:"), ",")
	described, isBase64 := strings.CutSuffix(head, ";base64")
	if !ok || !isBase64 || len(head) > maxDataHead {
		return file, errors.New("the data: URI must be data:TYPE;name=NAME;base64,CONTENT")
	}
	if base64.StdEncoding.DecodedLen(len(body)) > most+2 {
		return file, fmt.Errorf("the file is larger than %d MiB", most>>20)
	}
	_, parameters, err := mime.ParseMediaType(described)
	if err != nil {
		parameters = nil // the content tells its type
	}
	file.Name = "file"
	if name, err := url.PathUnescape(parameters["name"]); err == nil && name != "" {
		file.Name = path.Base(plain(name))
	}
	if file.Content, err = base64.StdEncoding.DecodeString(body); err != nil {
		return file, errors.New("the data: URI does not hold valid base64")
	}
	return file, nil
}

// password is the password that the operator set up under a name.
func (t *Tools) password(name string) (gigstack.Secret, error) {
	var names []string
	if t.Password != nil {
		password, all, err := t.Password(name)
		if err != nil {
			t.Log.Error().Err(err).Str("secret", name).Msg("a password could not be read")
			return "", &failure{Code: "secret_unreadable", Outcome: gigstack.NotSent, Message: "The password " + name + " cannot be read on this server. Nothing was sent.", Next: "The operator can look at the log."}
		}
		if password != "" {
			return gigstack.Secret(password), nil
		}
		names = all
	}
	known := "none is set up"
	if len(names) > 0 {
		known = "there are: " + strings.Join(names, ", ")
	}
	return "", &failure{Code: "unknown_secret", Outcome: gigstack.NotSent,
		Message: "No password of that name is set up on this server (" + known + "). Nothing was sent.",
		Next:    "Never ask for a password in the conversation. The operator names its file or variable with --secrets; or get_team_onboarding_url lets the person enter it at gigstack."}
}

// complete puts files and passwords into arguments that are about to be sent.
func (t *Tools) complete(r request) (json.RawMessage, error) {
	if len(r.attached) == 0 && len(r.passwords) == 0 {
		return r.args, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(r.args, &fields); err != nil {
		return nil, err
	}
	for name, file := range r.attached {
		fields[name] = marshal(file)
	}
	for _, name := range r.passwords {
		password, err := t.password(text(fields[name]))
		if err != nil {
			return nil, err
		}
		fields[name] = marshal(string(password))
	}
	return marshal(fields), nil
}

// keep remembers a file of an answer for reading, and saves it where that was
// asked for.
func (t *Tools) keep(ctx context.Context, r request, member, content string) (d download, err error) {
	file, link, err := gigstack.Download(content).Open(fileName(r, member))
	if err != nil {
		return d, err
	}
	var fetch files.Fetch
	caller, name := r.caller, file.Name // and nothing else of the request: the store holds it for an hour
	switch {
	case link == "":
	case r.list:
		return d, nil // the link is shown; a list would push everything else out
	case r.saveAs != "":
		if file, err = caller.Fetch(ctx, link, name); err != nil {
			return d, err
		}
	default:
		fetch = func(ctx context.Context) (gigstack.File, error) { return caller.Fetch(ctx, link, name) }
	}
	if d, err = t.put(ctx, file, fetch, r.saveAs); d.URI != "" {
		d.Member = member
	}
	return d, err
}

// put remembers a file for whoever calls, and saves it where that was asked for.
func (t *Tools) put(ctx context.Context, file gigstack.File, fetch files.Fetch, saveAs string) (d download, err error) {
	id, err := t.store.Put(session.CallerOf(ctx).Principal, file, fetch)
	if err != nil {
		return d, err
	}
	if file.MediaType == "" { // not fetched yet
		file.MediaType = mime.TypeByExtension(path.Ext(file.Name))
	}
	d = download{URI: filePrefix + id + "/" + url.PathEscape(file.Name), Name: file.Name, MediaType: file.MediaType, Bytes: len(file.Content)}
	if saveAs == "" && t.SaveAll && fetch == nil {
		saveAs = id[:8] + "-" + file.Name
	}
	if saveAs == "" {
		return d, nil
	}
	if extension := path.Ext(file.Name); !strings.EqualFold(path.Ext(saveAs), extension) {
		saveAs += extension
	}
	if err := t.Files.Save(saveAs, file.Content); err != nil {
		return d, fmt.Errorf("%s was not saved: %w; call again with another save_as", saveAs, err)
	}
	d.SavedAs = saveAs
	return d, nil
}

// fileName is what a file of an answer is called: after what it is of, and after
// the member it stands in where that tells its type.
func fileName(r request, member string) string {
	name, kind := path.Base(member), ""
	for _, known := range []string{"pdf", "xml", "zip"} {
		if strings.HasSuffix(strings.ToLower(member), known) {
			kind = "." + known
		}
	}
	fields, _ := arguments[map[string]json.RawMessage](r)
	for _, field := range []string{"id", "uuid", "packageId", "requestId"} {
		if id := text(fields[field]); id != "" {
			return plain(id) + kind
		}
	}
	return name + kind
}

// checkSave refuses to save where that is not possible, before anything is sent.
func (t *Tools) checkSave(name string) error {
	switch {
	case name == "":
		return nil
	case strings.HasPrefix(path.Base(name), "."):
		return invalidArguments([]schemas.Problem{{Path: saveField.Name, Message: "must not begin with a dot"}})
	case t.Files == nil:
		return &failure{Code: "no_files_dir", Outcome: gigstack.NotSent, Message: "This server saves no files. Nothing was sent.", Next: "Leave save_as out and read the file by its uri, or the operator names a folder with --files-dir."}
	case t.Guard.Policy.ReadOnly:
		return &failure{Code: "read_only", Outcome: gigstack.NotSent, Message: "This server is read-only and saves no files. Nothing was sent.", Next: "Leave save_as out and read the file by its uri."}
	}
	return nil
}

// fileAt is the download at an address of ours.
func (t *Tools) fileAt(ctx context.Context, uri string) (gigstack.File, error) {
	id, _, _ := strings.Cut(strings.TrimPrefix(uri, filePrefix), "/")
	return t.store.Get(ctx, session.CallerOf(ctx).Principal, id)
}

// RegisterFiles lets clients of an MCP server read downloads.
func (t *Tools) RegisterFiles(s *server.MCPServer) {
	s.AddResourceTemplate(mcp.NewResourceTemplate(fileTemplate, "file", mcp.WithTemplateDescription("A file (PDF, XML, ZIP, CSV) that a tool answered, for an hour.")),
		func(ctx context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			file, err := t.fileAt(ctx, req.Params.URI)
			if errors.Is(err, files.ErrGone) {
				return nil, fmt.Errorf("%w: %w", server.ErrResourceNotFound, err)
			}
			if err != nil {
				return nil, err
			}
			if file.MediaType == "application/xml" || file.MediaType == csvType {
				return []mcp.ResourceContents{mcp.TextResourceContents{URI: req.Params.URI, MIMEType: file.MediaType, Text: string(file.Content)}}, nil
			}
			return []mcp.ResourceContents{mcp.BlobResourceContents{URI: req.Params.URI, MIMEType: file.MediaType, Blob: base64.StdEncoding.EncodeToString(file.Content)}}, nil
		})
}

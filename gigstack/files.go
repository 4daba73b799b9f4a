package gigstack

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
)

// File is a file to upload: the field of an input that is sent as a form (see
// [Form]). Decoded from text it is only named, and has no content yet: whoever
// knows where files lie puts it in.
type File struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Content   []byte `json:"content"`
}

// UnmarshalJSON reads the whole file from an object, or its name from text.
func (f *File) UnmarshalJSON(raw []byte) error {
	if json.Unmarshal(raw, &f.Name) == nil {
		return nil
	}
	type plain File
	return strict(raw, (*plain)(f))
}

// Form is embedded in the input of an endpoint that takes files: its body is
// multipart/form-data, in which every field that is no file is text.
type Form struct{}

func (Form) isForm() {}

// FileRule is what a place for a file accepts.
type FileRule struct {
	MaxBytes int      // largest content
	Types    []string // media types, as the content itself shows them
	Words    string   // the types in words
	Private  bool     // a key or certificate: never part of a conversation
}

// Check reports what is wrong with a file, so that it is not sent in vain.
func (r FileRule) Check(f File) error {
	switch {
	case len(f.Content) == 0:
		return errors.New("the file is empty")
	case len(f.Content) > r.MaxBytes:
		return fmt.Errorf("the file has %d bytes; at most %d (%d MiB) are accepted", len(f.Content), r.MaxBytes, r.MaxBytes>>20)
	case !slices.Contains(r.Types, MediaType(f.Content)):
		return fmt.Errorf("the file is not %s", r.Words)
	}
	return nil
}

// The types of what the SAT gives out in DER.
const (
	certType = "application/pkix-cert"
	keyType  = "application/pkcs8-encrypted"
)

// MediaType is the type that content itself shows, without parameters.
func MediaType(content []byte) string {
	if mediaType := derKind(content); mediaType != "" {
		return mediaType
	}
	if text := bytes.TrimLeft(content, "\ufeff \r\n\t"); bytes.HasPrefix(text, []byte("<?xml")) || bytes.HasPrefix(text, []byte("<cfdi:")) || bytes.HasPrefix(text, []byte("<retenciones:")) {
		return "application/xml"
	}
	mediaType, _, _ := strings.Cut(http.DetectContentType(content), ";")
	return mediaType
}

// derKind tells a certificate from an encrypted private key by how each begins; ""
// for everything else.
func derKind(content []byte) string {
	var outer, first asn1.RawValue
	if rest, err := asn1.Unmarshal(content, &outer); err != nil || len(rest) > 0 || outer.Tag != asn1.TagSequence {
		return ""
	}
	if _, err := asn1.Unmarshal(outer.Bytes, &first); err != nil || first.Tag != asn1.TagSequence {
		return ""
	}
	var inner asn1.RawValue
	if _, err := asn1.Unmarshal(first.Bytes, &inner); err != nil {
		return ""
	}
	switch {
	case inner.Class == asn1.ClassContextSpecific && inner.Tag == 0: // version of a certificate
		return certType
	case inner.Class == asn1.ClassUniversal && inner.Tag == asn1.TagOID: // algorithm of a key
		return keyType
	}
	return ""
}

// The kinds of files that endpoints take.
type (
	CSFFile     struct{ File } // a tax-status certificate
	SupportFile struct{ File } // evidence that belongs to a document
	CertFile    struct{ File } // a certificate of the SAT's, .cer
	KeyFile     struct{ File } // the private key to it, .key
)

// Rule implements [Uploadable].
func (CSFFile) Rule() FileRule {
	return FileRule{MaxBytes: 5 << 20, Types: []string{"application/pdf"}, Words: "a PDF"}
}

// Rule implements [Uploadable].
func (SupportFile) Rule() FileRule {
	return FileRule{MaxBytes: 10 << 20, Types: []string{"application/pdf", "image/png", "image/jpeg", "image/webp"}, Words: "a PDF, PNG, JPEG or WEBP"}
}

// Rule implements [Uploadable].
func (CertFile) Rule() FileRule {
	return FileRule{MaxBytes: 64 << 10, Types: []string{certType}, Words: "a certificate in DER (.cer)", Private: true}
}

// Rule implements [Uploadable].
func (KeyFile) Rule() FileRule {
	return FileRule{MaxBytes: 64 << 10, Types: []string{keyType}, Words: "an encrypted private key in DER (.key)", Private: true}
}

// Uploadable is a field that takes a file.
type Uploadable interface{ Rule() FileRule }

// Encoded is a file inside a JSON body, where it is base64.
type Encoded[F Uploadable] struct{ File }

// Rule implements [Uploadable].
func (Encoded[F]) Rule() FileRule { var f F; return f.Rule() }

// MarshalJSON writes the content.
func (e Encoded[F]) MarshalJSON() ([]byte, error) { return json.Marshal(e.Content) }

// Decoded is the file that arrived in a body, for a server of this API.
func (e Encoded[F]) Decoded() (f File, err error) {
	f.Content, err = base64.StdEncoding.DecodeString(e.Name)
	return f, err
}

// Secret is a password on its way to gigstack. It is never an argument that an
// agent writes: the tool layer takes the name of one that the operator set up,
// and puts the password in its place at the last moment.
type Secret string

// Format prints "[redacted]" for every verb and flag.
func (Secret) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(redacted)) }

// Download is a file in an answer of gigstack's, in any of its forms: base64, XML
// as it stands, or a link that opens without a key.
type Download string

// Open is the file of a download that carries it; link is where it lies otherwise.
// base is a name to use when the file has none.
func (d Download) Open(base string) (f File, link string, err error) {
	text := strings.TrimSpace(string(d))
	switch {
	case strings.HasPrefix(text, "https://"), strings.HasPrefix(text, "http://"):
		return File{Name: base}, text, nil
	case strings.HasPrefix(strings.TrimPrefix(text, "\ufeff"), "<"):
		f.Content = []byte(d) // to the byte: it is sealed
	default:
		if _, after, ok := strings.Cut(text, ";base64,"); ok && strings.HasPrefix(text, "data:") {
			text = after
		}
		if f.Content, err = base64.StdEncoding.DecodeString(text); err != nil || len(f.Content) == 0 {
			return f, "", errors.New("the file in the answer is neither base64, XML nor a link")
		}
	}
	f.MediaType = MediaType(f.Content)
	f.Name = withExtension(base, f.MediaType)
	return f, "", nil
}

// withExtension is a name that ends as its type does.
func withExtension(name, mediaType string) string {
	extension := map[string]string{"application/pdf": ".pdf", "application/xml": ".xml", "application/zip": ".zip"}[mediaType]
	if extension == "" || strings.EqualFold(path.Ext(name), extension) {
		return name
	}
	return name + extension
}

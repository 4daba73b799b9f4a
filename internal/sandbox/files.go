package sandbox

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// file is an answer that is not JSON: the route's answer returns it and it is
// written as it stands.
type file struct {
	contentType string
	name        string
	body        []byte
}

func (a *answer) writeFile(f file) {
	a.status = http.StatusOK
	a.header.Set("Content-Type", f.contentType)
	a.header.Set("Content-Disposition", fmt.Sprintf("inline; filename=%q", f.name))
	a.body.Write(f.body)
}

func (c *call) getInvoiceFiles(in gigstack.InvoiceFilesInput) (files gigstack.InvoiceFiles, err error) {
	v, ok := c.world().document(in.ID)
	if !ok {
		return files, &apiError{status: http.StatusNotFound, code: "file_not_found", message: fmt.Sprintf("Invoice %s not found", in.ID)}
	}
	c.message = "Invoice files retrieved successfully"
	return c.chosenFiles(v.UUID, in.FileType)
}

// chosenFiles is one file of a document, or both.
func (c *call) chosenFiles(uuid string, chosen *gigstack.FileType) (files gigstack.InvoiceFiles, err error) {
	links := c.fileLinks(uuid)
	files.PDF, files.XML = gigstack.Download(links.PDF), gigstack.Download(links.XML)
	switch orElse(chosen, "") {
	case "":
	case "pdf":
		files.XML = ""
	case "xml":
		files.PDF = ""
	default:
		return files, invalid("file_type", "file_type must be pdf or xml")
	}
	return files, nil
}

// fileLinks is where the files of a document are served, without a key: the
// token in the link is the permission.
func (c *call) fileLinks(uuid string) gigstack.FileLinks {
	return gigstack.FileLinks{PDF: c.fileLink(uuid + ".pdf"), XML: c.fileLink(uuid + ".xml")}
}

func (c *call) fileLink(name string) string {
	return c.base() + "/v2/_files/" + name + "?token=" + c.sandbox.fileToken(name)
}

// fileToken is what opens a file. Only this sandbox, in this run, can make it.
func (s *Sandbox) fileToken(name string) string {
	mac := hmac.New(sha256.New, s.fileSecret)
	mac.Write([]byte(name))
	return hex.EncodeToString(mac.Sum(nil))
}

// newSecret is 32 bytes nobody can guess.
func newSecret() []byte {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	return secret
}

// serveFile answers a link from fileLink.
func (s *Sandbox) serveFile(c *call, _ []byte) (any, error) {
	name := c.request.PathValue("file")
	if !hmac.Equal([]byte(s.fileToken(name)), []byte(c.request.URL.Query().Get("token"))) {
		return nil, notFound("File", name)
	}
	id, extension, _ := strings.Cut(name, ".")
	for _, w := range s.state.worlds {
		if stored, ok := w.support.get(id); ok {
			return file{stored.MimeType, stored.FileName, stored.content}, nil
		}
		v, ok := w.document(id)
		r, isRetention := w.retentions.get(id)
		switch {
		case ok && extension == "xml":
			body, err := w.xmlOf(v)
			return file{"application/xml", name, body}, err
		case ok && extension == "pdf":
			return file{"application/pdf", name, pdfOf(v)}, nil
		case isRetention && extension == "xml":
			body, err := r.xml()
			return file{"application/xml", name, body}, err
		case isRetention && extension == "pdf":
			return file{"application/pdf", name, r.pdf()}, nil
		}
	}
	return nil, notFound("File", name)
}

package tools_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/files"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
	"github.com/gigstack/gigstack-mcp/internal/session"
)

// completeDraft is a seeded draft that can be previewed and stamped.
const completeDraft = "5b1d9c4ea07f3826d4c1"

// file is one entry of a result's files.
func (r result) file(t *testing.T, i int) map[string]any {
	t.Helper()
	list, _ := r.get("files").([]any)
	require.Greater(t, len(list), i, r.text)
	return list[i].(map[string]any)
}

func (a *agent) open(t *testing.T, uri any) (mcp.ResourceContents, error) {
	t.Helper()
	request := mcp.ReadResourceRequest{}
	request.Params.URI = uri.(string)
	answer, err := a.ReadResource(session.WithCaller(t.Context(), a.caller), request)
	if err != nil {
		return nil, err
	}
	require.Len(t, answer.Contents, 1)
	return answer.Contents[0], nil
}

// A file that gigstack answers inside JSON becomes a link to read it by; the
// conversation never carries it.
func TestDownloadInAnswer(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		a := s.agent(t, era, nil)
		r := a.call(t, "preview_draft_invoice", args{"id": completeDraft})
		require.False(t, r.isError, r.text)
		file := r.file(t, 0)
		assert.Equal(t, "pdf", file["member"])
		assert.Equal(t, completeDraft+".pdf", file["name"])
		assert.Equal(t, "application/pdf", file["media_type"])
		assert.Equal(t, file["uri"], r.get("data", "pdf"))
		assert.Regexp(t, `^gigstack://files/[0-9a-f]{32}/`+completeDraft+`\.pdf$`, file["uri"])
		assert.NotContains(t, r.text, "JVBER", "no base64 in a text")

		raw, err := a.try(t.Context(), "preview_draft_invoice", args{"id": completeDraft})
		require.NoError(t, err)
		link, ok := raw.Content[1].(mcp.ResourceLink)
		require.True(t, ok)
		assert.Equal(t, "application/pdf", link.MIMEType)

		contents, err := a.open(t, file["uri"])
		require.NoError(t, err)
		pdf, err := base64.StdEncoding.DecodeString(contents.(mcp.BlobResourceContents).Blob)
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(string(pdf), "%PDF-"))
		assert.InDelta(t, len(pdf), file["bytes"], 0)

		stranger := s.agent(t, era, nil)
		stranger.caller.Principal = "somebody else"
		_, err = stranger.open(t, file["uri"])
		require.ErrorContains(t, err, "no such download", "it is the caller's own")
		s.advance(files.Life + time.Second)
		_, err = a.open(t, file["uri"])
		require.ErrorContains(t, err, "no such download", "it is forgotten")
	})
}

// A file that gigstack links to is fetched when it is read, without the key.
func TestDownloadByLink(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	invoice := a.first(t, "list_income_invoices", args{"status": "valid"}, "", nil)
	r := a.call(t, "get_invoice_files", args{"id": invoice["uuid"]})
	require.False(t, r.isError, r.text)
	assert.Contains(t, r.get("data", "pdf"), "http://", "the link stays useful to a person")
	s.reached()
	contents, err := a.open(t, r.file(t, 1)["uri"])
	require.NoError(t, err)
	assert.Contains(t, contents.(mcp.TextResourceContents).Text, "<cfdi:Comprobante", "XML is text")
	assert.Len(t, s.reached(), 1)
}

// save_as makes a copy that only the operator can read, in the one folder, and
// never overwrites.
func TestSaveAs(t *testing.T) {
	dir := t.TempDir()
	s := newStand(t, setting{files: dir})
	a := s.agent(t, "modern", nil)
	invoice := a.first(t, "list_income_invoices", args{"status": "valid"}, "", nil)
	r := a.call(t, "get_invoice_files", args{"id": invoice["uuid"], "save_as": "factura"})
	require.False(t, r.isError, r.text)
	for i, name := range []string{"factura.pdf", "factura.xml"} {
		assert.Equal(t, name, r.file(t, i)["saved_as"])
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	again := a.call(t, "preview_draft_invoice", args{"id": completeDraft, "save_as": "factura.pdf"})
	require.False(t, again.isError, "the preview was made: "+again.text)
	assert.Contains(t, jsonOf(t, again.get("notes")), "exists already, and nothing is overwritten")
	assert.NotContains(t, again.file(t, 0), "saved_as")
	outside := a.call(t, "preview_draft_invoice", args{"id": completeDraft, "save_as": "../factura.pdf"})
	assert.Contains(t, jsonOf(t, outside.get("notes")), "escapes")
	assert.NoFileExists(t, filepath.Join(filepath.Dir(dir), "factura.pdf"))

	for name, with := range map[string]setting{"no folder": {}, "read-only": {files: t.TempDir(), policy: guard.Policy{ReadOnly: true}}} {
		s := newStand(t, with)
		a := s.agent(t, "modern", nil)
		s.reached()
		r := a.call(t, "get_invoice_files", args{"id": invoice["uuid"], "save_as": "factura"})
		assert.Equal(t, map[string]string{"no folder": "no_files_dir", "read-only": "read_only"}[name], r.code())
		assert.Empty(t, s.reached(), "nothing was sent")
	}
}

// A file of the operator's folder, one that another tool answered, or one that the
// client sends along: all are uploads, and none of the content is in the result.
func TestUpload(t *testing.T) {
	dir := t.TempDir()
	certificate := sandbox.DemoCertificate().PDF()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "csf.pdf"), certificate, 0o600))
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{files: dir})
		a := s.agent(t, era, nil)
		r := a.call(t, "upload_client_csf", args{"file": "csf.pdf"})
		require.False(t, r.isError, r.text)
		assert.Equal(t, "IXS7607092R5", r.get("data", "tax_id"))

		invoice := a.first(t, "list_income_invoices", args{"status": "valid"}, "", nil)["uuid"]
		pdf := a.call(t, "get_invoice_files", args{"id": invoice}).file(t, 0)["uri"]
		data := "data:application/pdf;name=acuse%20firmado.pdf;base64," + base64.StdEncoding.EncodeToString(certificate)
		for name, reference := range map[string]any{invoice.(string) + ".pdf": pdf, "acuse firmado.pdf": data, "csf.pdf": "csf.pdf"} {
			r := a.call(t, "upload_invoice_support_document", args{"id": invoice, "documentType": "delivery_proof", "file": reference})
			require.False(t, r.isError, r.text)
			assert.Equal(t, name, r.get("data", "fileName"))
			assert.NotContains(t, r.text, "JVBER")
			assert.NotContains(t, s.log.String(), "JVBER")
		}
	})
}

// What is no acceptable file is refused with the field and the reason, before
// anything is sent.
func TestUploadRefusals(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"a.pdf": "%PDF-1.4\n", "page.pdf": "<html>", "empty.pdf": "", "big.pdf": "%PDF-1.4\n" + strings.Repeat("x", 5<<20)} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	encode := func(content string) string {
		return "data:application/pdf;base64," + base64.StdEncoding.EncodeToString([]byte(content))
	}
	for name, c := range map[string]struct {
		with setting
		tool string
		args args
		code string
		says string
	}{
		"no folder":         {setting{}, "upload_client_csf", args{"file": "a.pdf"}, "no_files_dir", "reads no files from disk"},
		"not there":         {setting{files: dir}, "upload_client_csf", args{"file": "b.pdf"}, "invalid_arguments", "file: there is no such file"},
		"outside":           {setting{files: dir}, "upload_client_csf", args{"file": "../a.pdf"}, "invalid_arguments", "file: "},
		"absolute":          {setting{files: dir}, "upload_client_csf", args{"file": filepath.Join(dir, "a.pdf")}, "invalid_arguments", "file: "},
		"a folder":          {setting{files: dir}, "upload_client_csf", args{"file": "."}, "invalid_arguments", "not a plain file"},
		"empty":             {setting{files: dir}, "upload_client_csf", args{"file": "empty.pdf"}, "invalid_arguments", "file: the file is empty"},
		"no PDF":            {setting{files: dir}, "upload_client_csf", args{"file": "page.pdf"}, "invalid_arguments", "file: the file is not a PDF"},
		"too large":         {setting{files: dir}, "upload_client_csf", args{"file": "big.pdf"}, "invalid_arguments", "at most 5242880"},
		"a foreign link":    {setting{}, "upload_client_csf", args{"file": "gigstack://files/00/a.pdf"}, "invalid_arguments", "no such download"},
		"data, too large":   {setting{}, "upload_client_csf", args{"file": encode("%PDF-1.4\n" + strings.Repeat("x", 6<<20))}, "invalid_arguments", "larger than 5 MiB"},
		"data, not base64":  {setting{}, "upload_client_csf", args{"file": "data:application/pdf;base64,%%%"}, "invalid_arguments", "valid base64"},
		"data, plain":       {setting{}, "upload_client_csf", args{"file": "data:text/plain,hello"}, "invalid_arguments", "must be data:TYPE"},
		"data, no PDF":      {setting{}, "upload_client_csf", args{"file": encode("PK\x03\x04")}, "invalid_arguments", "not a PDF"},
		"a type not listed": {setting{}, "upload_client_support_document", args{"id": "client_1", "documentType": "contract", "file": encode("PK\x03\x04")}, "invalid_arguments", "PDF, PNG, JPEG or WEBP"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, c.with)
			a := s.agent(t, "modern", nil)
			s.reached()
			r := a.call(t, c.tool, c.args)
			assert.Equal(t, c.code, r.code(), "%.300s", r.text)
			assert.Contains(t, r.get("error", "message"), c.says)
			assert.Equal(t, "not_sent", r.get("error", "outcome"))
			assert.NotContains(t, r.text, dir)
			assert.Less(t, len(r.text), 2000)
			assert.Empty(t, s.writes())
		})
	}
}

// What is saved, and where, is part of what a person confirms.
func TestSaveAsIsPlanned(t *testing.T) {
	s := newStand(t, setting{files: t.TempDir()})
	a := s.agent(t, "modern", nil)
	invoice := a.first(t, "list_sat_invoices", args{"limit": 100}, "resource_status", "ready")
	with := args{"uuid": invoice["uuid"]}
	plan := a.call(t, "fetch_sat_invoice_xml", with)
	require.Equal(t, "confirmation_required", plan.get("status"), plan.text)
	s.reached()
	r := a.call(t, "fetch_sat_invoice_xml", with.with("plan", plan.get("plan")).with("save_as", "other.xml"))
	assert.Equal(t, "plan_stale", r.code(), r.text)
	shown := a.call(t, "fetch_sat_invoice_xml", with.with("save_as", "cfdi.xml"))
	assert.Contains(t, jsonOf(t, shown.get("preview", "facts")), "saved as cfdi.xml")
	hidden := a.call(t, "fetch_sat_invoice_xml", with.with("save_as", ".profile"))
	assert.Equal(t, "invalid_arguments", hidden.code())
}

// A sealed document is passed on to the byte.
func TestXMLIsNotAltered(t *testing.T) {
	const xml = "\ufeff<?xml version=\"1.0\"?>\r\n<cfdi:Comprobante Nombre=\"A\u00adB\u200b\"/>\r\n"
	s := newStand(t, setting{upstream: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/download/invoice/") {
				_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"uuid": "u", "xml": xml}})
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	a := s.agent(t, "modern", nil)
	invoice := a.first(t, "list_sat_invoices", nil, "", nil)
	r := a.confirmed(t, "fetch_sat_invoice_xml", args{"uuid": invoice["uuid"]})
	require.False(t, r.isError, r.text)
	contents, err := a.open(t, r.file(t, 0)["uri"])
	require.NoError(t, err)
	assert.Equal(t, xml, contents.(mcp.TextResourceContents).Text)
}

// A list shows links and keeps none: it would push out what somebody wants to read.
func TestListsKeepNoFiles(t *testing.T) {
	a := newStand(t, setting{files: filesFor(t)}).agent(t, "modern", nil)
	client := a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]
	require.False(t, a.call(t, "upload_client_support_document", args{"id": client, "documentType": "contract", "file": "contrato.pdf"}).isError)
	r := a.call(t, "list_client_support_documents", args{"id": client})
	require.False(t, r.isError, r.text)
	assert.Contains(t, r.text, `"fileUrl":"http`)
	assert.Nil(t, r.get("files"))
}

// A plan shows long arguments shortened, and binds them whole.
func TestPreviewIsShort(t *testing.T) {
	a := newStand(t, setting{}).agent(t, "modern", nil)
	long := strings.Repeat("x", 200_000)
	sale := args{"client": args{"id": a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]}, "payment_form": "03",
		"items": []any{args{"description": "Curso", "unit_price": 100, "taxes": iva}}, "addenda": long + "1"}
	plan := a.call(t, "create_income_invoice", sale)
	require.Equal(t, "confirmation_required", plan.get("status"))
	assert.Less(t, len(plan.text), 10_000)
	other := a.call(t, "create_income_invoice", sale.with("addenda", long+"2").with("plan", plan.get("plan")))
	assert.Equal(t, "plan_for_other_arguments", other.code())
}

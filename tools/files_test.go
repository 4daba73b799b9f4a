package tools_test

import (
	"encoding/base64"
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

package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

var (
	aPDF = []byte("%PDF-1.4\n%%EOF\n")
	aPNG = []byte("\x89PNG\r\n\x1a\n")
)

func evidence(content []byte) gigstack.NewSupportDocument {
	return gigstack.NewSupportDocument{
		File:         gigstack.SupportFile{File: gigstack.File{Name: "acuse.pdf", MediaType: "application/pdf", Content: content}},
		DocumentType: "delivery_proof",
	}
}

// Each owner has its documents, and their links open without a key.
func TestSupportDocuments(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, true, "editor")
	p := register(t, c, received("100", "none"))
	invoice := issue(t, c, incomeOf("100"))

	named := evidence(aPDF)
	named.Name, named.Description = new("Acuse"), new("Firmado")
	ofClient, err := gigstack.UploadClientSupportDocument.Call(t.Context(), c, gigstack.UploadClientSupportDocumentInput{ClientRef: gigstack.ClientRef{ID: p.Client.ID}, NewSupportDocument: named})
	require.NoError(t, err)
	ofInvoice, err := gigstack.UploadInvoiceSupportDocument.Call(t.Context(), c, gigstack.UploadInvoiceSupportDocumentInput{InvoiceRef: gigstack.InvoiceRef{ID: strings.ToLower(invoice.UUID)}, NewSupportDocument: evidence(aPNG)})
	require.NoError(t, err)
	ofPayment, err := gigstack.UploadPaymentSupportDocument.Call(t.Context(), c, gigstack.UploadPaymentSupportDocumentInput{PaymentRef: gigstack.PaymentRef{ID: p.ID}, NewSupportDocument: evidence(aPDF)})
	require.NoError(t, err)

	assert.Equal(t, "Acuse", ofClient.Name)
	assert.Equal(t, "Firmado", ofClient.Description)
	assert.Equal(t, "acuse.pdf", ofPayment.Name, "the file name")
	assert.Equal(t, len(aPDF), ofClient.FileSize)
	assert.Equal(t, "image/png", ofInvoice.MimeType, "as the content shows")
	assert.Equal(t, "pending_review", ofInvoice.ComplianceStatus)
	for _, v := range []struct {
		document gigstack.SupportDocument
		owner    gigstack.LinkedEntity
		content  []byte
		list     func() (gigstack.Page[gigstack.SupportDocument], error)
	}{
		{ofClient, gigstack.LinkedEntity{EntityType: "client", EntityID: p.Client.ID}, aPDF, func() (gigstack.Page[gigstack.SupportDocument], error) {
			return gigstack.ListClientSupportDocuments.Call(t.Context(), c, gigstack.ClientRef{ID: p.Client.ID})
		}},
		{ofInvoice, gigstack.LinkedEntity{EntityType: "invoice", EntityID: invoice.UUID}, aPNG, func() (gigstack.Page[gigstack.SupportDocument], error) {
			return gigstack.ListInvoiceSupportDocuments.Call(t.Context(), c, gigstack.InvoiceRef{ID: invoice.UUID})
		}},
		{ofPayment, gigstack.LinkedEntity{EntityType: "payment", EntityID: p.ID}, aPDF, func() (gigstack.Page[gigstack.SupportDocument], error) {
			return gigstack.ListPaymentSupportDocuments.Call(t.Context(), c, gigstack.PaymentRef{ID: p.ID})
		}},
	} {
		t.Run(v.owner.EntityType, func(t *testing.T) {
			assert.Equal(t, []gigstack.LinkedEntity{v.owner}, v.document.LinkedEntities)
			page, err := v.list()
			require.NoError(t, err)
			assert.Equal(t, []gigstack.SupportDocument{v.document}, page.Data, "its own and no other's")
			status, mediaType, content := fetch(t, string(v.document.FileURL))
			assert.Equal(t, http.StatusOK, status)
			assert.Equal(t, v.document.MimeType, mediaType)
			assert.Equal(t, v.content, content)
			link, _, _ := strings.Cut(string(v.document.FileURL), "?")
			status, _, _ = fetch(t, link)
			assert.Equal(t, http.StatusNotFound, status, "without its token")
		})
	}
}

func TestSupportDocumentRefusals(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "editor")
	clients, err := gigstack.ListClients.Call(t.Context(), c, gigstack.ListClientsInput{})
	require.NoError(t, err)
	owner := clients.Data[0].ID
	big := append([]byte("%PDF-1.4\n"), make([]byte, 10<<20)...)
	for name, s := range map[string]struct {
		client string
		edit   func(*gigstack.NewSupportDocument)
		status int
		code   string
	}{
		"too large":       {owner, func(in *gigstack.NewSupportDocument) { in.File.Content = big }, 400, "file_upload_error"},
		"of another type": {owner, func(in *gigstack.NewSupportDocument) { in.File.Content = []byte("PK\x03\x04zip") }, 400, "invalid_file_format"},
		"named otherwise": {owner, func(in *gigstack.NewSupportDocument) { in.File.Content = []byte("<html>") }, 400, "invalid_file_format"},
		"unknown kind":    {owner, func(in *gigstack.NewSupportDocument) { in.DocumentType = "selfie" }, 400, "validation_failed"},
		"no such client":  {"client_x", func(*gigstack.NewSupportDocument) {}, 404, "resource_not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			in := evidence(aPDF)
			s.edit(&in)
			_, err := gigstack.UploadClientSupportDocument.Call(t.Context(), c, gigstack.UploadClientSupportDocumentInput{ClientRef: gigstack.ClientRef{ID: s.client}, NewSupportDocument: in})
			assert.Equal(t, s.code, failure(t, err, s.status).Code)
		})
	}
	status, answer := b.raw(t, b.NewKey(sandbox.TeamKemper, false, "editor"), http.MethodPost, "/clients/"+owner+"/support-documents", `{"documentType":"contract"}`)
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, answer, "file_upload_error", "no file at all")
	_, err = gigstack.ListClientSupportDocuments.Call(t.Context(), b.client(t, sandbox.TeamKemper, true, "viewer"), gigstack.ClientRef{ID: owner})
	failure(t, err, http.StatusNotFound)
}

func uploadCSF(t *testing.T, c *gigstack.Caller, content []byte, client *string) (gigstack.Client, error) {
	t.Helper()
	return gigstack.UploadClientCSF.Call(t.Context(), c, gigstack.UploadClientCSFInput{
		ClientID: client, File: gigstack.CSFFile{File: gigstack.File{Name: "csf.pdf", MediaType: "application/pdf", Content: content}},
	})
}

func TestCSF(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "editor")
	certificate := sandbox.DemoCertificate()
	made, err := uploadCSF(t, c, certificate.PDF(), nil)
	require.NoError(t, err)
	assert.Equal(t, "IXS7607092R5", made.TaxID)
	assert.Equal(t, "INTERNACIONAL XIMBO Y SABORES", made.LegalName)
	assert.Equal(t, "601", made.TaxSystem)
	assert.Equal(t, "23004", *made.Address.Zip)
	assert.Equal(t, "Calle Revolución de 1910", *made.Address.Street)
	assert.True(t, *made.IsValid, made.FiscalValidation.Message)

	_, err = uploadCSF(t, c, certificate.PDF(), nil)
	assert.Contains(t, failure(t, err, http.StatusConflict).Message, made.ID, "there is one with that RFC")

	certificate.LegalName, certificate.TaxSystem, certificate.Address.Interior = `(XIMBO) & ÑANDÚ \ SABORES`, "626", nil
	changed, err := uploadCSF(t, c, certificate.PDF(), &made.ID)
	require.NoError(t, err)
	assert.Equal(t, made.ID, changed.ID)
	assert.Equal(t, certificate.LegalName, changed.LegalName)
	assert.Equal(t, "626", changed.TaxSystem)
	assert.Equal(t, made.Address.Interior, changed.Address.Interior, "what it does not say stays")
}

func TestCSFRefusals(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "editor")
	without := func(edit func(*sandbox.Certificate)) []byte {
		v := sandbox.DemoCertificate()
		edit(&v)
		return v.PDF()
	}
	for name, s := range map[string]struct {
		content []byte
		client  *string
		status  int
		code    string
	}{
		"no PDF":         {aPNG, nil, 400, "invalid_file_format"},
		"too large":      {append(without(func(*sandbox.Certificate) {}), make([]byte, 5<<20)...), nil, 400, "file_upload_error"},
		"another PDF":    {aPDF, nil, 422, "cfdi_service_error"},
		"no RFC":         {without(func(v *sandbox.Certificate) { v.TaxID = "" }), nil, 422, "cfdi_service_error"},
		"no name":        {without(func(v *sandbox.Certificate) { v.LegalName = "-" }), nil, 422, "cfdi_service_error"},
		"no regime":      {without(func(v *sandbox.Certificate) { v.TaxSystem = "" }), nil, 422, "cfdi_service_error"},
		"no zip":         {without(func(v *sandbox.Certificate) { v.Address.Zip = nil }), nil, 422, "cfdi_service_error"},
		"no such client": {without(func(*sandbox.Certificate) {}), new("client_x"), 404, "resource_not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := uploadCSF(t, c, s.content, s.client)
			assert.Equal(t, s.code, failure(t, err, s.status).Code)
		})
	}
}

// The SAT prints a person's name in parts, and values below their labels.
func TestCSFOfAPerson(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, true, "editor")
	content := "%PDF-1.4\n"
	for _, text := range []string{"RFC:", "KICR630120NX3", "Nombre \\(s\\):", "RODRIGO", "Primer Apellido: KITIA", "Segundo Apellido: CASTRO",
		"Actividades: Arrendamiento", "C\xf3digo Postal:36246", "Reg\xedmenes:", "R\xe9gimen Simplificado de Confianza"} {
		content += "(" + text + ") Tj\n"
	}
	v, err := uploadCSF(t, c, []byte(content), nil)
	require.NoError(t, err)
	assert.Equal(t, "KICR630120NX3", v.TaxID)
	assert.Equal(t, "RODRIGO KITIA CASTRO", v.LegalName)
	assert.Equal(t, "626", v.TaxSystem)
	assert.Equal(t, "36246", *v.Address.Zip)
}

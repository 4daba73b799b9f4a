package sandbox

import (
	"net/http"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// supportDocument is a file kept as evidence.
type supportDocument struct {
	gigstack.SupportDocument
	content []byte
}

// supportExtensions is how links to support documents end.
var supportExtensions = map[string]string{"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}

func (c *call) uploadClientDocument(in gigstack.UploadClientSupportDocumentInput) (v gigstack.SupportDocument, err error) {
	if _, err := c.client(in.ID); err != nil {
		return v, err
	}
	return c.keep(gigstack.LinkedEntity{EntityType: "client", EntityID: in.ID}, in.NewSupportDocument)
}

func (c *call) listClientDocuments(in gigstack.ClientRef) (p gigstack.Page[gigstack.SupportDocument], err error) {
	if _, err := c.client(in.ID); err != nil {
		return p, err
	}
	return c.kept(gigstack.LinkedEntity{EntityType: "client", EntityID: in.ID}), nil
}

func (c *call) uploadInvoiceDocument(in gigstack.UploadInvoiceSupportDocumentInput) (v gigstack.SupportDocument, err error) {
	invoice, ok := c.world().document(in.ID)
	if !ok {
		return v, notFound("Invoice", in.ID)
	}
	return c.keep(gigstack.LinkedEntity{EntityType: "invoice", EntityID: invoice.UUID}, in.NewSupportDocument)
}

func (c *call) listInvoiceDocuments(in gigstack.InvoiceRef) (p gigstack.Page[gigstack.SupportDocument], err error) {
	invoice, ok := c.world().document(in.ID)
	if !ok {
		return p, notFound("Invoice", in.ID)
	}
	return c.kept(gigstack.LinkedEntity{EntityType: "invoice", EntityID: invoice.UUID}), nil
}

func (c *call) uploadPaymentDocument(in gigstack.UploadPaymentSupportDocumentInput) (v gigstack.SupportDocument, err error) {
	if _, err := c.payment(in.ID); err != nil {
		return v, err
	}
	return c.keep(gigstack.LinkedEntity{EntityType: "payment", EntityID: in.ID}, in.NewSupportDocument)
}

func (c *call) listPaymentDocuments(in gigstack.PaymentRef) (p gigstack.Page[gigstack.SupportDocument], err error) {
	if _, err := c.payment(in.ID); err != nil {
		return p, err
	}
	return c.kept(gigstack.LinkedEntity{EntityType: "payment", EntityID: in.ID}), nil
}

// keep stores a file beside a record.
func (c *call) keep(owner gigstack.LinkedEntity, in gigstack.NewSupportDocument) (v gigstack.SupportDocument, err error) {
	if err := checkFile(in.File.Rule(), in.File.File); err != nil {
		return v, err
	}
	if err := checkChoice("documentType", in.DocumentType); err != nil {
		return v, err
	}
	stored := c.world().addSupport(c.sandbox.newID("doc"), owner, in)
	stored.CreatedAt = gigstack.SecondsOf(c.now)
	c.created()
	return c.linked(stored), nil
}

func (w *world) addSupport(id string, owner gigstack.LinkedEntity, in gigstack.NewSupportDocument) *supportDocument {
	mediaType := gigstack.MediaType(in.File.Content)
	return w.support.add(id, supportDocument{gigstack.SupportDocument{
		ID:               id,
		DocumentType:     string(in.DocumentType),
		Name:             orElse(in.Name, in.File.Name),
		Description:      orElse(in.Description, ""),
		StoragePath:      "teams/" + w.id.team + "/support-documents/" + id + supportExtensions[mediaType],
		FileName:         in.File.Name,
		FileSize:         len(in.File.Content),
		MimeType:         mediaType,
		LinkedEntities:   []gigstack.LinkedEntity{owner},
		ComplianceStatus: "pending_review",
	}, in.File.Content})
}

// kept is every file beside a record.
func (c *call) kept(owner gigstack.LinkedEntity) gigstack.Page[gigstack.SupportDocument] {
	p := gigstack.Page[gigstack.SupportDocument]{Data: []gigstack.SupportDocument{}}
	for _, stored := range c.world().support.rows {
		if stored.LinkedEntities[0] == owner {
			p.Data = append(p.Data, c.linked(stored))
		}
	}
	return p
}

// linked is a support document with a link that opens it.
func (c *call) linked(stored *supportDocument) gigstack.SupportDocument {
	v := stored.SupportDocument
	v.FileURL = gigstack.Download(c.fileLink(v.ID + supportExtensions[v.MimeType]))
	return v
}

// checkFile refuses an upload that its place does not accept.
func checkFile(rule gigstack.FileRule, f gigstack.File) error {
	err := rule.Check(f)
	if err == nil {
		return nil
	}
	refusal := &apiError{status: http.StatusBadRequest, code: "invalid_file_format", message: err.Error(), details: []detail{{"file", err.Error()}}}
	if len(f.Content) == 0 || len(f.Content) > rule.MaxBytes {
		refusal.code = "file_upload_error"
	}
	return refusal
}

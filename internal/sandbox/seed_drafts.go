package sandbox

import "github.com/gigstack/gigstack-mcp/gigstack"

// seedDrafts gives the master team drafts in each state: ready to be stamped, of
// a credit sale still to be approved, and begun only. Their ids are fixed.
func (s *Sandbox) seedDrafts() {
	to := func(rfc string) *gigstack.ClientInput {
		return &gigstack.ClientInput{Search: &gigstack.ClientSearch{OnKey: "tax_id", OnValue: rfc}}
	}
	line := func(sku, quantity string) gigstack.ItemInput {
		return gigstack.ItemInput{Search: &gigstack.ItemSearch{OnKey: "sku", OnValue: sku}, Quantity: new(gigstack.Dec(quantity))}
	}
	for _, seed := range []struct {
		id    string
		days  int
		draft gigstack.CreateDraftInput
	}{
		{"5b1d9c4ea07f3826d4c1", 2, gigstack.CreateDraftInput{InvoiceType: typeIncome, DraftFields: gigstack.DraftFields{
			Client: to("ICV060329BY0"), Items: []gigstack.ItemInput{line("CUR-ING", "2"), line("MAT-DID", "12")},
			PaymentForm: new(gigstack.PaymentForm("03")), PaymentMethod: new(gigstack.PaymentMethod("PUE")),
			InvoiceOptions: gigstack.InvoiceOptions{Use: new(gigstack.CFDIUse("G03")), Metadata: ofDemo()},
		}}},
		{"8e20f7a36cd94b15f70a", 5, gigstack.CreateDraftInput{InvoiceType: typeIncome, DraftFields: gigstack.DraftFields{
			Client: to("H&E951128469"), Items: []gigstack.ItemInput{line("CAP-PLANTA", "3")},
			PaymentForm: new(gigstack.PaymentForm("99")), PaymentMethod: new(gigstack.PaymentMethod("PPD")),
			InvoiceOptions: gigstack.InvoiceOptions{PaymentConditions: new("30 días"), PDFNotes: new("Orden de compra por confirmar"), Metadata: ofDemo()},
		}}},
		{"c3906d52be48f1a7e92d", 1, gigstack.CreateDraftInput{InvoiceType: typeIncome, DraftFields: gigstack.DraftFields{
			Items: []gigstack.ItemInput{line("MAT-DID", "30")}, InvoiceOptions: gigstack.InvoiceOptions{Metadata: ofDemo()},
		}}},
	} {
		d, err := s.pastCall(TeamKemper, false, s.options.Now().AddDate(0, 0, -seed.days)).newDraft(seed.draft)
		if err != nil {
			panic(err) // a mistake in this file
		}
		d.ID = seed.id
		s.world(TeamKemper, false).drafts.add(d.ID, d)
	}
}

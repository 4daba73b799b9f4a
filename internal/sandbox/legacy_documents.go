package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// legacyInvoice is what only the older endpoint knows of a draft.
type legacyInvoice struct {
	description string
	due, issued gigstack.Moment
}

// legacyReceipt is what only the older endpoint knows of a receipt.
type legacyReceipt struct {
	description, number, method string
	issued                      gigstack.Moment
}

// legacyCreateInvoice makes one of today's drafts, with a folio already. It lacks a
// payment form to be stamped.
func (c *call) legacyCreateInvoice(in gigstack.LegacyCreateInvoiceInput) (v gigstack.LegacyInvoice, err error) {
	series := orElse(in.Series, "A")
	if err := cmp.Or(shaped("currency", in.Currency), moment("dueDate", in.DueDate), moment("issueDate", in.IssueDate)); err != nil {
		return v, err
	}
	switch {
	case in.ClientID == "":
		return v, invalid("clientId", "clientId is required")
	case !in.Amount.IsPositive():
		return v, invalid("amount", "amount must be above 0")
	case series == "":
		return v, invalid("series", "series has 1 to 25 characters")
	case in.Items == nil:
		in.Items = []gigstack.LegacyItem{{Amount: &in.Amount}}
	}
	items, sum, err := c.plainLines(in.Items, orElse(in.Description, "Venta"))
	if err != nil {
		return v, err
	}
	if !sum.Round(2).Equal(in.Amount.Round(2)) {
		return v, invalid("amount", "the lines add up to %s, not %s", sum, in.Amount)
	}
	d, err := c.newDraft(gigstack.CreateDraftInput{InvoiceType: typeIncome, DraftFields: gigstack.DraftFields{
		Client: &gigstack.ClientInput{ID: &in.ClientID}, Items: items,
		InvoiceOptions: gigstack.InvoiceOptions{Series: &series, Currency: in.Currency},
	}})
	if err != nil {
		return v, err
	}
	w := c.world()
	d.ID, d.said.FolioNumber = c.sandbox.newID("inv"), new(w.takeFolio(c.team, series, 0))
	stored := w.drafts.add(d.ID, d)
	w.remember(d.ID, legacyInvoice{orElse(in.Description, ""), orElse(in.DueDate, ""), orElse(in.IssueDate, "")})
	c.created()
	c.message = "Invoice created successfully"
	return w.olderDraft(stored).LegacyInvoice, nil
}

func (w *world) remember(id string, known legacyInvoice) {
	if w.legacyInvoices == nil {
		w.legacyInvoices = map[string]legacyInvoice{}
	}
	w.legacyInvoices[id] = known
}

// plainLines is the lines of an invoice or a receipt in today's words, with text
// where a line has none, and what they come to.
func (c *call) plainLines(lines []gigstack.LegacyItem, text string) (items []gigstack.ItemInput, sum decimal.Decimal, err error) {
	for i, line := range lines {
		amount, ok := line.Sum()
		quantity := orElse(line.Quantity, gigstack.Dec("1"))
		if !ok || !quantity.IsPositive() {
			return nil, sum, invalid("items", "items[%d] needs a quantity above 0, and unitPrice or amount; both must agree", i)
		}
		price := orElse(line.UnitPrice, exact(amount.DivRound(quantity.Decimal, 6)))
		sum = sum.Add(amount.Decimal)
		items = append(items, c.taxedByDefault(gigstack.ItemInput{Description: cmp.Or(line.Description, &text), Quantity: &quantity, UnitPrice: &price}))
	}
	return items, sum, nil
}

// folioNumber is a folio as the older endpoints write it.
func folioNumber(series string, folio int) string { return fmt.Sprintf("%s%03d", series, folio) }

// moment refuses a time that cannot be read; nil passes.
func moment(field string, m *gigstack.Moment) error {
	if m == nil {
		return nil
	}
	if _, err := m.Time(); err != nil {
		return invalid(field, "%s is no RFC 3339 time", field)
	}
	return nil
}

func (c *call) legacyListInvoices(in gigstack.LegacyListInvoicesInput) (p gigstack.Page[gigstack.LegacyInvoice], err error) {
	if err := cmp.Or(moment("from", in.IssuedFrom), moment("to", in.IssuedTo)); err != nil {
		return p, err
	}
	var found table[gigstack.LegacyInvoice]
	for _, v := range c.everyInvoice() {
		if (in.ClientID == nil || v.client == *in.ClientID) && (in.Status == nil || v.Status == *in.Status) &&
			(in.Series == nil || v.Series == *in.Series) && issuedWithin(v.IssueDate, in.IssuedFrom, in.IssuedTo) {
			found.add(v.ID, v.LegacyInvoice)
		}
	}
	return offsetPage(&found, in.OffsetPaging, func(v *gigstack.LegacyInvoice) listed { return listedAt(v.Timestamp) })
}

// issuedWithin reports whether a document is of a period, whose ends can be read.
func issuedWithin(issued gigstack.Moment, from, to *gigstack.Moment) bool {
	at, _ := issued.Time()
	if from != nil {
		if begin, _ := from.Time(); at.Before(begin) {
			return false
		}
	}
	if to != nil {
		if end, _ := to.Time(); at.After(end) {
			return false
		}
	}
	return true
}

// olderInvoice is a document of any kind as the older endpoints return it.
type olderInvoice struct {
	gigstack.LegacyInvoice
	client string // id
}

// everyInvoice is the documents of every kind: drafts, and what is stamped.
func (c *call) everyInvoice() (all []olderInvoice) {
	w := c.world()
	for _, d := range w.drafts.rows {
		if d.uuid == "" {
			all = append(all, w.olderDraft(d))
		}
	}
	for _, v := range slices.Concat(w.invoices.rows, w.complements.rows) {
		all = append(all, olderStamped(v))
	}
	return all
}

// olderDraft is a draft as the older endpoints return it.
func (w *world) olderDraft(d *draft) olderInvoice {
	known, client, created := w.legacyInvoices[d.ID], orElse(d.Client, gigstack.Client{}), gigstack.MomentOf(d.CreatedAt.Time())
	return olderInvoice{client: client.ID, LegacyInvoice: gigstack.LegacyInvoice{
		ID: d.ID, Client: olderParty(client), Status: d.Status, Amount: d.Total, Currency: d.Currency, Series: d.Series,
		Invoice:     gigstack.LegacyFolio{FolioNumber: folioNumber(d.Series, orElse(d.said.FolioNumber, 0))},
		Description: known.description, DueDate: known.due, IssueDate: cmp.Or(known.issued, created), Timestamp: created, Items: olderItems(d.Items),
	}}
}

// olderStamped is a stamped document as the older endpoints return it.
func olderStamped(v *gigstack.Invoice) olderInvoice {
	out := gigstack.LegacyInvoice{
		ID: v.UUID, Client: olderParty(v.Client), Status: v.Status,
		Amount: v.Total, Currency: v.Currency, Series: v.Series, Invoice: gigstack.LegacyFolio{FolioNumber: folioNumber(v.Series, v.FolioNumber)},
		IssueDate: gigstack.MomentOf(v.Date.Time()), Timestamp: gigstack.MomentOf(v.CreatedAt.Time()), Items: olderItems(v.Items),
	}
	if len(v.Items) > 0 {
		out.Description = v.Items[0].Description
	}
	return olderInvoice{out, v.Client.ID}
}

func olderParty(client gigstack.Client) *gigstack.LegacyParty {
	return &gigstack.LegacyParty{RFC: client.TaxID, Name: client.Name, LegalName: client.LegalName}
}

// olderItems is lines as the older endpoints return them.
func olderItems(items []gigstack.Item) (older []gigstack.LegacyItem) {
	for _, item := range items {
		older = append(older, gigstack.LegacyItem{
			Description: &item.Description, Quantity: &item.Quantity, UnitPrice: &item.UnitPrice, Amount: new(exact(item.Quantity.Mul(item.UnitPrice.Decimal))),
		})
	}
	return older
}

// legacyGetInvoice finds a draft also by the id it had before it was stamped.
func (c *call) legacyGetInvoice(in gigstack.LegacyInvoiceRef) (v gigstack.LegacyInvoice, err error) {
	id := in.ID
	if d, ok := c.world().drafts.get(id); ok {
		id = cmp.Or(d.uuid, id)
	}
	for _, one := range c.everyInvoice() {
		if strings.EqualFold(one.ID, id) {
			return one.LegacyInvoice, nil
		}
	}
	return v, notFound("Invoice", in.ID)
}

// wordForms is the SAT's forms by the older words for them.
var wordForms = map[string]string{"cash": "01", "transfer": "03", "card": "04"}

// legacyUpdateReceipt changes a receipt that is open; what is left out stays.
func (c *call) legacyUpdateReceipt(in gigstack.LegacyUpdateReceiptInput) (v gigstack.LegacyReceipt, err error) {
	stored, err := c.receipt(in.ID)
	if err != nil {
		return v, err
	}
	r, known := *stored, c.world().legacyReceipts[in.ID]
	switch {
	case r.Status != "pending":
		return v, conflict("Receipt %s is %s and cannot be changed", r.ID, r.Status)
	case string(orElse(in.Currency, gigstack.Currency(r.Currency))) != r.Currency:
		return v, invalid("currency", "the currency of a receipt cannot change")
	}
	if err := moment("issueDate", in.IssueDate); err != nil {
		return v, err
	}
	if in.ClientID != nil {
		client, err := c.client(*in.ClientID)
		if err != nil {
			return v, err
		}
		r.Client = new(*client)
	}
	if in.Items != nil {
		if err := c.reprice(&r, in.Items); err != nil {
			return v, err
		}
	}
	if amount := orElse(in.Amount, r.Total); !amount.Equal(r.Total.Decimal) {
		return v, invalid("amount", "the lines add up to %s, not %s", r.Total, amount)
	}
	if in.Metadata != nil {
		r.Metadata = in.Metadata
	}
	set(&known.description, in.Description)
	set(&known.number, in.ReceiptNumber)
	set(&known.method, in.PaymentMethod)
	set(&known.issued, in.IssueDate)
	r.PaymentForm = cmp.Or(wordForms[orElse(in.PaymentMethod, "")], r.PaymentForm)
	*stored = r
	if c.world().legacyReceipts == nil {
		c.world().legacyReceipts = map[string]legacyReceipt{}
	}
	c.world().legacyReceipts[in.ID] = known
	c.message = "Receipt updated successfully"
	return showLegacyReceipt(r, known), nil
}

// reprice gives a receipt other lines.
func (c *call) reprice(r *gigstack.Receipt, lines []gigstack.LegacyItem) error {
	items, _, err := c.plainLines(lines, "Venta")
	if err != nil {
		return err
	}
	resolved, totals, err := c.resolveItems(items)
	if err != nil {
		return err
	}
	r.Items, r.Subtotal, r.Discount, r.Total = resolved, exact(totals.Subtotal), exact(totals.Discount), exact(totals.Total)
	r.Taxes, r.WithholdingTaxes = exact(totals.Transferred), exact(totals.Withheld)
	return nil
}

// showLegacyReceipt is a receipt as the older endpoints return it.
func showLegacyReceipt(r gigstack.Receipt, known legacyReceipt) gigstack.LegacyReceipt {
	created := gigstack.MomentOf(r.CreatedAt.Time())
	v := gigstack.LegacyReceipt{
		ID: r.ID, Client: &gigstack.LegacyParty{RFC: r.Client.TaxID, Name: r.Client.Name, Email: r.Client.Email}, Amount: r.Total, Currency: r.Currency,
		Description: known.description, ReceiptNumber: known.number, IssueDate: cmp.Or(known.issued, created), PaymentMethod: known.method,
		Status: "issued", Items: olderItems(r.Items), Metadata: r.Metadata, Timestamp: created,
	}
	for word, form := range wordForms {
		if form == r.PaymentForm && v.PaymentMethod == "" {
			v.PaymentMethod = word
		}
	}
	return v
}

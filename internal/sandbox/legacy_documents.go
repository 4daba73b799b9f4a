package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// legacyInvoice is a draft that the older endpoint made. It is never stamped: it has
// neither keys nor taxes nor a use.
type legacyInvoice struct {
	gigstack.LegacyInvoice
	client string // id
}

// legacyReceipt is what only the older endpoint knows of a receipt.
type legacyReceipt struct {
	description, number, method string
	issued                      gigstack.Moment
}

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
	case series == "" || utf8.RuneCountInString(series) > 25:
		return v, invalid("series", "series has 1 to 25 characters")
	case in.Items == nil:
		in.Items = []gigstack.LegacyItem{{Description: cmp.Or(in.Description, new("")), Quantity: new(gigstack.Dec("1")), UnitPrice: &in.Amount, Amount: &in.Amount}}
	}
	if err := addsUp(in.Items, in.Amount); err != nil {
		return v, err
	}
	client, err := c.client(in.ClientID)
	if err != nil {
		return v, err
	}
	now := gigstack.MomentOf(c.now)
	v = gigstack.LegacyInvoice{
		ID: c.sandbox.newID("inv"), Client: &gigstack.LegacyParty{RFC: client.TaxID, Name: client.Name, LegalName: client.LegalName}, Status: "draft",
		Amount: in.Amount, Currency: string(orElse(in.Currency, "MXN")), Series: series, Description: orElse(in.Description, ""),
		Invoice: gigstack.LegacyFolio{FolioNumber: folioNumber(series, c.world().takeFolio(c.team, series, 0))},
		DueDate: orElse(in.DueDate, ""), IssueDate: orElse(in.IssueDate, now), Timestamp: now, Items: in.Items,
	}
	c.world().legacyDrafts.add(v.ID, legacyInvoice{v, client.ID})
	c.created()
	c.message = "Invoice created successfully"
	return v, nil
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

// addsUp refuses lines that do not come to the amount beside them.
func addsUp(items []gigstack.LegacyItem, amount gigstack.Decimal) error {
	sum := decimal.Zero
	for i, item := range items {
		line, ok := item.Sum()
		if !ok {
			return invalid("items", "items[%d] needs unitPrice or amount, and both must agree", i)
		}
		sum = sum.Add(line.Decimal)
	}
	if !sum.Round(2).Equal(amount.Round(2)) {
		return invalid("amount", "the lines add up to %s, not %s", sum, amount)
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

// everyInvoice is the documents of every kind: the older drafts, and what is
// stamped.
func (c *call) everyInvoice() (all []legacyInvoice) {
	w := c.world()
	for _, v := range w.legacyDrafts.rows {
		all = append(all, *v)
	}
	for _, v := range slices.Concat(w.invoices.rows, w.complements.rows) {
		all = append(all, olderInvoice(v))
	}
	return all
}

// olderInvoice is a stamped document as the older endpoints return it.
func olderInvoice(v *gigstack.Invoice) legacyInvoice {
	out := gigstack.LegacyInvoice{
		ID: v.UUID, Client: &gigstack.LegacyParty{RFC: v.Client.TaxID, Name: v.Client.Name, LegalName: v.Client.LegalName}, Status: v.Status,
		Amount: v.Total, Currency: v.Currency, Series: v.Series, Invoice: gigstack.LegacyFolio{FolioNumber: folioNumber(v.Series, v.FolioNumber)},
		IssueDate: gigstack.MomentOf(v.Date.Time()), Timestamp: gigstack.MomentOf(v.CreatedAt.Time()), Items: olderItems(v.Items),
	}
	if len(v.Items) > 0 {
		out.Description = v.Items[0].Description
	}
	return legacyInvoice{out, v.Client.ID}
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

func (c *call) legacyGetInvoice(in gigstack.LegacyInvoiceRef) (v gigstack.LegacyInvoice, err error) {
	for _, one := range c.everyInvoice() {
		if strings.EqualFold(one.ID, in.ID) {
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
	var items []gigstack.ItemInput
	for i, line := range lines {
		sum, ok := line.Sum()
		quantity := orElse(line.Quantity, gigstack.Dec("1"))
		if !ok || !quantity.IsPositive() {
			return invalid("items", "items[%d] needs a quantity above 0, and unitPrice or amount; both must agree", i)
		}
		price := orElse(line.UnitPrice, exact(sum.DivRound(quantity.Decimal, 6)))
		items = append(items, c.taxedByDefault(gigstack.ItemInput{Description: line.Description, Quantity: &quantity, UnitPrice: &price}))
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

package tools

import (
	"cmp"
	"context"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// exports is every kind that can be exported.
var exports = []export{
	exporting("income_invoices", "by day of issue", thisMonth, stampedIn(gigstack.ListIncomeInvoices), invoiceWorth, invoiceColumns),
	exporting("egress_invoices", "credit notes", thisMonth, stampedIn(gigstack.ListEgressInvoices), invoiceWorth, invoiceColumns),
	exporting("payment_complements", "", thisMonth, complements, func(stampedRow) worth { return worth{} }, complementColumns),
	exporting("payments", "by day of collection, else of request", thisMonth, moneyIn, paymentWorth, paymentColumns),
	exporting("receipts", "", thisMonth, receiptsIn, receiptWorth, receiptColumns),
	exporting("draft_invoices", "", thisMonth, draftsIn, draftWorth, draftColumns),
	exporting("sat_received", "the SAT's copies: expenses", thisMonth, mirrorOf("received"), mirrorWorth, mirrorColumns),
	exporting("sat_issued", "the SAT's copies", thisMonth, mirrorOf("issued"), mirrorWorth, mirrorColumns),
	exporting("debts", "valid PPD invoices with a balance", "", unpaid, invoiceWorth, append(debtColumns, invoiceColumns...)),
	exporting("clients", "", "", clientsIn, func(gigstack.Client) worth { return worth{} }, clientColumns),
}

// mostRows is how large a page is asked for.
func mostRows() gigstack.Paging { return gigstack.Paging{Limit: new(100)} }

// within is what is made in a period, and so much later; nil for all.
func within(period *span, later time.Duration) (f gigstack.ListFilter) {
	if period != nil {
		f.CreatedGTE = new(gigstack.Since(period.from.Unix()))
		f.CreatedLTE = new(gigstack.Until(period.until.Add(later).Unix() - 1))
	}
	return f
}

// stampedRow is an invoice with what its lines say of each tax; nil when they do not
// add up to its totals.
type stampedRow struct {
	gigstack.Invoice
	taxes map[string]decimal.Decimal
	now   time.Time
}

func stampedIn(list gigstack.Endpoint[gigstack.ListInvoicesInput, gigstack.Page[gigstack.Invoice]]) func(context.Context, *study, *span) iter.Seq[stampedRow] {
	return func(ctx context.Context, s *study, period *span) iter.Seq[stampedRow] {
		in := gigstack.ListInvoicesInput{Paging: mostRows(), ListFilter: within(period, mostBackdated)}
		return rowsOf(s, period, reading(ctx, s, list, in))
	}
}

func complements(ctx context.Context, s *study, period *span) iter.Seq[stampedRow] {
	in := gigstack.ListPaymentComplementsInput{ListInvoicesInput: gigstack.ListInvoicesInput{Paging: mostRows(), ListFilter: within(period, mostBackdated)}}
	return rowsOf(s, period, reading(ctx, s, gigstack.ListPaymentComplements, in))
}

// unpaid is what is owed today.
func unpaid(ctx context.Context, s *study, period *span) iter.Seq[stampedRow] {
	return func(yield func(stampedRow) bool) {
		for v := range stampedIn(gigstack.ListIncomeInvoices)(ctx, s, period) {
			if valid(&v.Invoice) && v.PaymentMethod == "PPD" && v.LastBalance.IsPositive() && !yield(v) {
				return
			}
		}
	}
}

// rowsOf is the invoices that bear a day of the period.
func rowsOf(s *study, period *span, invoices iter.Seq[gigstack.Invoice]) iter.Seq[stampedRow] {
	return func(yield func(stampedRow) bool) {
		for v := range invoices {
			if (period == nil || period.Contains(issuedAt(&v))) && !yield(stampedRow{v, taxesOf(v), s.Now()}) {
				return
			}
		}
	}
}

// taxesOf is an invoice's taxes by type, "-" before those withheld.
func taxesOf(v gigstack.Invoice) map[string]decimal.Decimal {
	sum := cfdi.Sum(taxLines(v.Items))
	if !sum.Transferred.Equal(v.Taxes.Decimal) || !sum.Withheld.Equal(v.WithholdingTaxes.Decimal) {
		return nil
	}
	by := map[string]decimal.Decimal{}
	for _, row := range sum.Rows {
		name := row.Type
		if row.Withholding {
			name = "-" + name
		}
		by[name] = by[name].Add(row.Amount)
	}
	return by
}

func (v stampedRow) tax(name string) string {
	if v.taxes == nil {
		return ""
	}
	return v.taxes[name].String()
}

// age is for how many days an invoice has been out.
func (v stampedRow) age() int { return daysBetween(issuedAt(&v.Invoice), v.now) }

func invoiceWorth(v stampedRow) worth {
	w := worth{currency: cmp.Or(v.Currency, "MXN"), status: v.Status, total: v.Total}
	if v.PaymentMethod == "PPD" {
		w.balance = &v.LastBalance
	}
	return w
}

// dayCell is a moment's day in Mexico City; "" for none.
func dayCell[N ~int64](n N) string {
	if n == 0 {
		return ""
	}
	return instant(n).Format(time.DateOnly)
}

// numberCell is a number without an exponent; "" for one that is not there.
func numberCell(d *gigstack.Decimal) string {
	if d == nil {
		return ""
	}
	return d.String()
}

var stampColumns = []column[stampedRow]{
	{"date", "Date", "Fecha", func(v stampedRow) string { return issuedAt(&v.Invoice).Format(time.DateOnly) }},
	{"uuid", "UUID", "UUID", func(v stampedRow) string { return v.UUID }},
	{"series", "Series", "Serie", func(v stampedRow) string { return v.Series }},
	{"folio", "Folio", "Folio", func(v stampedRow) string { return strconv.Itoa(v.FolioNumber) }},
	{"status", "Status", "Estado", func(v stampedRow) string { return v.Status }},
	{"cancellation", "Cancellation", "Cancelación", func(v stampedRow) string { return value(v.Cancellation).Status }},
	{"rfc", "Receiver's RFC", "RFC receptor", func(v stampedRow) string { return v.Client.TaxID }},
	{"client", "Receiver", "Receptor", func(v stampedRow) string { return cmp.Or(v.Client.LegalName, v.Client.Name) }},
}

var complementColumns = append(stampColumns[:len(stampColumns):len(stampColumns)],
	column[stampedRow]{"invoices", "Invoices paid", "Facturas pagadas", func(v stampedRow) string { return strings.Join(v.Invoices, " ") }},
	column[stampedRow]{"payments", "Payments", "Pagos", func(v stampedRow) string { return strings.Join(v.Payments, " ") }},
)

var invoiceColumns = append(stampColumns[:len(stampColumns):len(stampColumns)], []column[stampedRow]{
	{"use", "CFDI use", "Uso CFDI", func(v stampedRow) string { return v.Use }},
	{"payment_method", "Payment method", "Método de pago", func(v stampedRow) string { return v.PaymentMethod }},
	{"payment_form", "Payment form", "Forma de pago", func(v stampedRow) string { return v.PaymentForm }},
	{"currency", "Currency", "Moneda", func(v stampedRow) string { return v.Currency }},
	{"exchange_rate", "Exchange rate", "Tipo de cambio", func(v stampedRow) string { return v.ExchangeRate.String() }},
	{"subtotal", "Subtotal", "Subtotal", func(v stampedRow) string { return v.Subtotal.String() }},
	{"discount", "Discount", "Descuento", func(v stampedRow) string { return v.Discount.String() }},
	{"iva", "IVA", "IVA trasladado", func(v stampedRow) string { return v.tax("IVA") }},
	{"ieps", "IEPS", "IEPS trasladado", func(v stampedRow) string { return v.tax("IEPS") }},
	{"iva_withheld", "IVA withheld", "IVA retenido", func(v stampedRow) string { return v.tax("-IVA") }},
	{"isr_withheld", "ISR withheld", "ISR retenido", func(v stampedRow) string { return v.tax("-ISR") }},
	{"taxes", "Taxes", "Impuestos trasladados", func(v stampedRow) string { return v.Taxes.String() }},
	{"withheld", "Taxes withheld", "Impuestos retenidos", func(v stampedRow) string { return v.WithholdingTaxes.String() }},
	{"total", "Total", "Total", func(v stampedRow) string { return v.Total.String() }},
	{"paid", "Paid by complements", "Pagado con complementos", func(v stampedRow) string { return v.PaidByComplements.String() }},
	{"balance", "Balance", "Saldo", func(v stampedRow) string {
		if v.PaymentMethod != "PPD" {
			return "" // whether it was paid, nobody says
		}
		return v.LastBalance.String()
	}},
	{"related", "Related CFDI", "CFDI relacionados", func(v stampedRow) string {
		var all []string
		for _, r := range v.RelatedDocuments {
			all = append(all, string(r.Relationship)+": "+strings.Join(r.Documents, " "))
		}
		return strings.Join(all, "; ")
	}},
	{"payments", "Payments", "Pagos", func(v stampedRow) string { return strings.Join(v.Payments, " ") }},
}...)

var debtColumns = []column[stampedRow]{
	{"days", "Days", "Días", func(v stampedRow) string { return strconv.Itoa(v.age()) }},
	{"age", "Age", "Antigüedad", func(v stampedRow) string {
		for _, bucket := range []struct {
			most int
			name string
		}{{15, "0-15"}, {30, "16-30"}, {60, "31-60"}, {90, "61-90"}} {
			if v.age() <= bucket.most {
				return bucket.name
			}
		}
		return "90+"
	}},
}

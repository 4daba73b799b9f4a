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
)

// moneyIn is the payments that were collected in a period, however long ago they were
// asked for, and those asked for in it and not paid yet.
func moneyIn(ctx context.Context, s *study, period *span) iter.Seq[gigstack.Payment] {
	filter := within(period, 0)
	filter.CreatedGTE = nil
	return only(reading(ctx, s, gigstack.ListPayments, gigstack.ListPaymentsInput{Paging: mostRows(), ListFilter: filter}), func(v gigstack.Payment) bool {
		at, paid := paidAt(v)
		if !paid {
			at = instant(v.CreatedAt)
		}
		return period == nil || period.Contains(at)
	})
}

// only is what of a list is wanted.
func only[T any](all iter.Seq[T], wanted func(T) bool) iter.Seq[T] {
	return func(yield func(T) bool) {
		for v := range all {
			if wanted(v) && !yield(v) {
				return
			}
		}
	}
}

func receiptsIn(ctx context.Context, s *study, period *span) iter.Seq[gigstack.Receipt] {
	return reading(ctx, s, gigstack.ListReceipts, gigstack.ListReceiptsInput{Paging: mostRows(), ListFilter: within(period, 0)})
}

func draftsIn(ctx context.Context, s *study, period *span) iter.Seq[gigstack.Draft] {
	return reading(ctx, s, gigstack.ListDraftInvoices, gigstack.ListDraftsInput{Paging: mostRows(), ListFilter: within(period, 0)})
}

func clientsIn(ctx context.Context, s *study, period *span) iter.Seq[gigstack.Client] {
	return reading(ctx, s, gigstack.ListClients, gigstack.ListClientsInput{Paging: mostRows(), ListFilter: within(period, 0)})
}

func mirrorOf(direction gigstack.SATDirection) func(context.Context, *study, *span) iter.Seq[gigstack.SATInvoice] {
	return func(ctx context.Context, s *study, period *span) iter.Seq[gigstack.SATInvoice] {
		in := gigstack.ListSATInvoicesInput{RecordPaging: gigstack.RecordPaging{Paging: mostRows()}, Direction: &direction}
		if period != nil {
			first, last := period.days()
			in.FirstDay, in.LastDay = &first, &last
		}
		return reading(ctx, s, gigstack.ListSATInvoices, in)
	}
}

func paymentWorth(v gigstack.Payment) worth {
	return worth{currency: cmp.Or(v.Currency, "MXN"), status: v.Status, total: gigstack.Decimal{Decimal: totalOf(v)}}
}

func receiptWorth(v gigstack.Receipt) worth {
	return worth{currency: cmp.Or(v.Currency, "MXN"), status: v.Status, total: v.Total}
}

func draftWorth(v gigstack.Draft) worth {
	return worth{currency: cmp.Or(v.Currency, "MXN"), kind: v.InvoiceType, total: v.Total}
}

func mirrorWorth(v gigstack.SATInvoice) worth {
	return worth{currency: cmp.Or(v.Currency, "MXN"), kind: v.InvoiceType, status: v.Status, total: v.Total}
}

// receiverName is the name on a document's client.
func receiverName(c *gigstack.Client) string { return cmp.Or(value(c).LegalName, value(c).Name) }

var paymentColumns = []column[gigstack.Payment]{
	{"created", "Created", "Creado", func(v gigstack.Payment) string { return dayCell(v.CreatedAt) }},
	{"collected", "Collected", "Cobrado", func(v gigstack.Payment) string {
		if at, paid := paidAt(v); paid {
			return at.Format(time.DateOnly)
		}
		return ""
	}},
	{"id", "Payment", "Pago", func(v gigstack.Payment) string { return v.ID }},
	{"status", "Status", "Estado", func(v gigstack.Payment) string { return v.Status }},
	{"rfc", "Client's RFC", "RFC cliente", func(v gigstack.Payment) string { return value(v.Client).TaxID }},
	{"client", "Client", "Cliente", func(v gigstack.Payment) string { return receiverName(v.Client) }},
	{"email", "E-mail", "Correo", func(v gigstack.Payment) string { return value(v.Client).Email }},
	{"payment_form", "Payment form", "Forma de pago", func(v gigstack.Payment) string { return v.PaymentForm }},
	{"processor", "Processor", "Procesador", func(v gigstack.Payment) string { return v.PaymentProcessor }},
	{"currency", "Currency", "Moneda", func(v gigstack.Payment) string { return v.Currency }},
	{"exchange_rate", "Exchange rate", "Tipo de cambio", func(v gigstack.Payment) string { return numberCell(v.ExchangeRate) }},
	{"subtotal", "Subtotal", "Subtotal", func(v gigstack.Payment) string { return v.Subtotal.String() }},
	{"discount", "Discount", "Descuento", func(v gigstack.Payment) string { return v.Discount.String() }},
	{"taxes", "Taxes", "Impuestos", func(v gigstack.Payment) string { return v.Taxes.String() }},
	{"total", "Total", "Total", func(v gigstack.Payment) string { return totalOf(v).String() }},
	{"refunded", "Refunded", "Reembolsado", func(v gigstack.Payment) string {
		var back decimal.Decimal
		for _, refund := range v.Refunds {
			back = back.Add(refund.Amount.Decimal)
		}
		return back.String()
	}},
	{"automation", "Automation", "Automatización", func(v gigstack.Payment) string { return v.AutomationType }},
	{"invoices", "Invoices", "Facturas", func(v gigstack.Payment) string { return strings.Join(v.Invoices, " ") }},
	{"receipts", "Receipts", "Recibos", func(v gigstack.Payment) string { return strings.Join(v.Receipts, " ") }},
}

var receiptColumns = []column[gigstack.Receipt]{
	{"created", "Created", "Creado", func(v gigstack.Receipt) string { return dayCell(v.CreatedAt) }},
	{"valid_until", "Valid until", "Vigencia", func(v gigstack.Receipt) string { return dayCell(v.ValidUntil) }},
	{"id", "Receipt", "Recibo", func(v gigstack.Receipt) string { return v.ID }},
	{"status", "Status", "Estado", func(v gigstack.Receipt) string { return v.Status }},
	{"rfc", "Client's RFC", "RFC cliente", func(v gigstack.Receipt) string { return value(v.Client).TaxID }},
	{"client", "Client", "Cliente", func(v gigstack.Receipt) string { return receiverName(v.Client) }},
	{"payment_form", "Payment form", "Forma de pago", func(v gigstack.Receipt) string { return v.PaymentForm }},
	{"currency", "Currency", "Moneda", func(v gigstack.Receipt) string { return v.Currency }},
	{"exchange_rate", "Exchange rate", "Tipo de cambio", func(v gigstack.Receipt) string { return numberCell(v.ExchangeRate) }},
	{"subtotal", "Subtotal", "Subtotal", func(v gigstack.Receipt) string { return v.Subtotal.String() }},
	{"discount", "Discount", "Descuento", func(v gigstack.Receipt) string { return v.Discount.String() }},
	{"taxes", "Taxes", "Impuestos trasladados", func(v gigstack.Receipt) string { return v.Taxes.String() }},
	{"withheld", "Taxes withheld", "Impuestos retenidos", func(v gigstack.Receipt) string { return v.WithholdingTaxes.String() }},
	{"total", "Total", "Total", func(v gigstack.Receipt) string { return v.Total.String() }},
	{"refunded", "Refunded", "Reembolsado", func(v gigstack.Receipt) string { return v.TotalRefunded.String() }},
	{"invoices", "Invoices", "Facturas", func(v gigstack.Receipt) string { return strings.Join(v.Invoices, " ") }},
	{"payments", "Payments", "Pagos", func(v gigstack.Receipt) string { return strings.Join(v.Payments, " ") }},
	{"error", "Why it was not stamped", "Error al timbrar", func(v gigstack.Receipt) string { return v.AutomaticInvoiceError }},
}

var draftColumns = []column[gigstack.Draft]{
	{"created", "Created", "Creado", func(v gigstack.Draft) string { return dayCell(v.CreatedAt) }},
	{"id", "Draft", "Borrador", func(v gigstack.Draft) string { return v.ID }},
	{"type", "Type", "Tipo", func(v gigstack.Draft) string { return v.InvoiceType }},
	{"rfc", "Receiver's RFC", "RFC receptor", func(v gigstack.Draft) string { return value(v.Client).TaxID }},
	{"client", "Receiver", "Receptor", func(v gigstack.Draft) string { return receiverName(v.Client) }},
	{"payment_method", "Payment method", "Método de pago", func(v gigstack.Draft) string { return v.PaymentMethod }},
	{"payment_form", "Payment form", "Forma de pago", func(v gigstack.Draft) string { return v.PaymentForm }},
	{"currency", "Currency", "Moneda", func(v gigstack.Draft) string { return v.Currency }},
	{"exchange_rate", "Exchange rate", "Tipo de cambio", func(v gigstack.Draft) string { return numberCell(v.ExchangeRate) }},
	{"subtotal", "Subtotal", "Subtotal", func(v gigstack.Draft) string { return v.Subtotal.String() }},
	{"discount", "Discount", "Descuento", func(v gigstack.Draft) string { return v.Discount.String() }},
	{"total", "Total", "Total", func(v gigstack.Draft) string { return v.Total.String() }},
}

// dayOf is the day of a time as the mirror writes it, which is Mexico City's.
func dayOf(written string) string {
	d, _, _ := strings.Cut(written, "T")
	return d
}

var mirrorColumns = []column[gigstack.SATInvoice]{
	{"date", "Date", "Fecha", func(v gigstack.SATInvoice) string { return dayOf(v.IssueDate) }},
	{"uuid", "UUID", "UUID", func(v gigstack.SATInvoice) string { return v.UUID }},
	{"type", "Type", "Tipo", func(v gigstack.SATInvoice) string { return v.InvoiceType }},
	{"series", "Series", "Serie", func(v gigstack.SATInvoice) string { return v.Series }},
	{"folio", "Folio", "Folio", func(v gigstack.SATInvoice) string { return string(v.Folio) }},
	{"status", "Status", "Estado", func(v gigstack.SATInvoice) string { return v.Status }},
	{"canceled", "Canceled", "Cancelado", func(v gigstack.SATInvoice) string { return dayOf(v.CancellationDate) }},
	{"issuer_rfc", "Issuer's RFC", "RFC emisor", func(v gigstack.SATInvoice) string { return value(v.Issuer).RFC }},
	{"issuer", "Issuer", "Emisor", func(v gigstack.SATInvoice) string { return value(v.Issuer).Name }},
	{"receiver_rfc", "Receiver's RFC", "RFC receptor", func(v gigstack.SATInvoice) string { return value(v.Receiver).RFC }},
	{"receiver", "Receiver", "Receptor", func(v gigstack.SATInvoice) string { return value(v.Receiver).Name }},
	{"currency", "Currency", "Moneda", func(v gigstack.SATInvoice) string { return v.Currency }},
	{"exchange_rate", "Exchange rate", "Tipo de cambio", func(v gigstack.SATInvoice) string { return numberCell(v.ExchangeRate) }},
	{"subtotal", "Subtotal", "Subtotal", func(v gigstack.SATInvoice) string { return v.Subtotal.String() }},
	{"total", "Total", "Total", func(v gigstack.SATInvoice) string { return v.Total.String() }},
	{"xml", "XML stored", "XML", func(v gigstack.SATInvoice) string { return strconv.FormatBool(v.HasXML) }},
}

var clientColumns = []column[gigstack.Client]{
	{"id", "Client", "Cliente", func(v gigstack.Client) string { return v.ID }},
	{"rfc", "RFC", "RFC", func(v gigstack.Client) string { return v.TaxID }},
	{"legal_name", "Fiscal name", "Razón social", func(v gigstack.Client) string { return v.LegalName }},
	{"name", "Name", "Nombre", func(v gigstack.Client) string { return v.Name }},
	{"tax_system", "Regime", "Régimen", func(v gigstack.Client) string { return v.TaxSystem }},
	{"use", "CFDI use", "Uso CFDI", func(v gigstack.Client) string { return v.Use }},
	{"zip", "Zip", "C.P.", func(v gigstack.Client) string { return value(value(v.Address).Zip) }},
	{"email", "E-mail", "Correo", func(v gigstack.Client) string { return v.Email }},
	{"phone", "Phone", "Teléfono", func(v gigstack.Client) string { return v.Phone }},
	{"valid", "Accepted by the SAT", "Validado por el SAT", func(v gigstack.Client) string {
		if v.IsValid == nil {
			return ""
		}
		return strconv.FormatBool(*v.IsValid)
	}},
	{"created", "Created", "Creado", func(v gigstack.Client) string { return dayCell(v.CreatedAt) }},
}

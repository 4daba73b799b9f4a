package sandbox

import (
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// paymentsOf is the Pagos 2.0 node of a payment complement: one payment, in the
// currency of the invoice it pays and at that invoice's exchange rate.
func (w *world) paymentsOf(v *gigstack.Invoice) *xmlPayments {
	node := &xmlPayments{Pago20: paymentNamespace, Version: "2.0"}
	total := decimal.Zero
	var rows []cfdi.Row // in pesos
	for _, paid := range w.credits[v.UUID] {
		invoice, ok := w.invoices.get(paid.invoice)
		if !ok {
			continue
		}
		rate := invoice.ExchangeRate.Decimal
		taxes := prorated(invoice, paid.amount.Decimal)
		payment := xmlPayment20{
			FechaPago:    v.Date.Time().In(gigstack.MexicoCity).Format(localTime),
			FormaDePagoP: v.PaymentForm,
			MonedaP:      invoice.Currency,
			TipoCambioP:  rate.String(),
			Monto:        paid.amount.StringFixed(2),
			Documents:    []xmlPaid{paidOf(invoice, paid, taxes)},
			Taxes:        paymentTaxes(taxes),
		}
		node.Payments = append(node.Payments, payment)
		total = total.Add(paid.amount.Mul(rate))
		for _, tax := range taxes {
			tax.Base, tax.Amount = tax.Base.Mul(rate), tax.Amount.Mul(rate)
			rows = append(rows, tax)
		}
	}
	node.Totals = paidTotals(rows)
	node.Totals.MontoTotalPagos = total.StringFixed(2)
	return node
}

// prorated is the taxes of an invoice in the proportion in which it is paid,
// grouped by tax, factor and rate.
func prorated(invoice *gigstack.Invoice, amount decimal.Decimal) (rows []cfdi.Row) {
	at := map[string]int{}
	for _, item := range invoice.Items {
		_, taxes := lineOf(item).Itemize()
		for _, tax := range taxes {
			key := tax.Type + tax.Factor + rate6(tax.Rate) + strconv.FormatBool(tax.Withholding)
			i, ok := at[key]
			if !ok {
				i, at[key] = len(rows), len(rows)
				rows = append(rows, cfdi.Row{Type: tax.Type, Factor: tax.Factor, Rate: tax.Rate, Withholding: tax.Withholding})
			}
			rows[i].Base, rows[i].Amount = rows[i].Base.Add(tax.Base), rows[i].Amount.Add(tax.Amount)
		}
	}
	for i := range rows {
		rows[i].Base = rows[i].Base.Mul(amount).DivRound(invoice.Total.Decimal, 6)
		rows[i].Amount = rows[i].Amount.Mul(amount).DivRound(invoice.Total.Decimal, 6)
	}
	return rows
}

func paidOf(invoice *gigstack.Invoice, paid credit, taxes []cfdi.Row) xmlPaid {
	doc := xmlPaid{
		IdDocumento:      invoice.UUID,
		Serie:            invoice.Series,
		Folio:            strconv.Itoa(invoice.FolioNumber),
		MonedaDR:         invoice.Currency,
		EquivalenciaDR:   "1",
		NumParcialidad:   paid.installment,
		ImpSaldoAnt:      paid.before.StringFixed(2),
		ImpPagado:        paid.amount.StringFixed(2),
		ImpSaldoInsoluto: paid.before.Sub(paid.amount.Decimal).StringFixed(2),
		ObjetoImpDR:      "01",
	}
	for _, tax := range taxes {
		if doc.Taxes == nil {
			doc.Taxes, doc.ObjetoImpDR = &xmlPaidTaxesDR{}, "02"
		}
		row := xmlTaxDR(taxRow(tax, 6))
		if tax.Withholding {
			if doc.Taxes.Withholdings == nil {
				doc.Taxes.Withholdings = &xmlWithholdingsDR{}
			}
			doc.Taxes.Withholdings.Rows = append(doc.Taxes.Withholdings.Rows, row)
			continue
		}
		if doc.Taxes.Transfers == nil {
			doc.Taxes.Transfers = &xmlTransfersDR{}
		}
		doc.Taxes.Transfers.Rows = append(doc.Taxes.Transfers.Rows, row)
	}
	return doc
}

// paymentTaxes is the taxes of the whole payment, which pays one invoice:
// transfers as there, withholdings by tax alone.
func paymentTaxes(taxes []cfdi.Row) *xmlPaidTaxes {
	if len(taxes) == 0 {
		return nil
	}
	node := &xmlPaidTaxes{}
	withheld := map[string]decimal.Decimal{}
	for _, tax := range taxes {
		if tax.Withholding {
			withheld[tax.Type] = withheld[tax.Type].Add(tax.Amount)
			continue
		}
		if node.Transfers == nil {
			node.Transfers = &xmlTransfersP{}
		}
		node.Transfers.Rows = append(node.Transfers.Rows, xmlTaxP(taxRow(tax, 6)))
	}
	for _, tax := range []string{"ISR", "IVA", "IEPS"} {
		amount, ok := withheld[tax]
		if !ok {
			continue
		}
		if node.Withholdings == nil {
			node.Withholdings = &xmlWithholdingsP{}
		}
		node.Withholdings.Rows = append(node.Withholdings.Rows, xmlTaxP{Impuesto: taxCodes[tax], Importe: amount.StringFixed(6)})
	}
	return node
}

// paidTotals adds rows in pesos up; IEPS that is transferred has no total.
func paidTotals(rows []cfdi.Row) (t xmlPaidTotals) {
	base, amount := map[string]decimal.Decimal{}, map[string]decimal.Decimal{}
	for _, row := range rows {
		key := row.Type + " withheld"
		if !row.Withholding {
			key = row.Type + " " + rate6(row.Rate)
		}
		if row.Factor == "Exento" {
			key = row.Type + " Exento"
		}
		base[key], amount[key] = base[key].Add(row.Base), amount[key].Add(row.Amount)
	}
	text := func(of map[string]decimal.Decimal, key string) string {
		if sum, ok := of[key]; ok {
			return sum.StringFixed(2)
		}
		return ""
	}
	return xmlPaidTotals{
		TotalRetencionesIVA:         text(amount, "IVA withheld"),
		TotalRetencionesISR:         text(amount, "ISR withheld"),
		TotalRetencionesIEPS:        text(amount, "IEPS withheld"),
		TotalTrasladosBaseIVA16:     text(base, "IVA 0.160000"),
		TotalTrasladosImpuestoIVA16: text(amount, "IVA 0.160000"),
		TotalTrasladosBaseIVA8:      text(base, "IVA 0.080000"),
		TotalTrasladosImpuestoIVA8:  text(amount, "IVA 0.080000"),
		TotalTrasladosBaseIVA0:      text(base, "IVA 0.000000"),
		TotalTrasladosImpuestoIVA0:  text(amount, "IVA 0.000000"),
		TotalTrasladosBaseIVAExento: text(base, "IVA Exento"),
	}
}

package tools_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/satkeys"
)

// acme is an invoice with which nothing is wrong, as create_income_invoice takes it.
func acme() args {
	return args{
		"client": args{"legal_name": "UNIVERSIDAD ROBOTICA ESPAÑOLA", "tax_id": "URE180429TM6", "tax_system": "601", "address": args{"zip": "86991"}},
		"use":    "G03", "payment_form": "03",
		"items": []any{args{"description": "Curso", "unit_price": 2000, "product_key": "86101700", "unit_key": "E48", "taxes": []any{
			args{"type": "IVA", "rate": 0.16}, args{"type": "ISR", "rate": 0.10, "withholding": true}, args{"type": "IVA", "rate": 0.106667, "withholding": true},
		}}},
	}
}

func TestCheckInvoice(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	issuer := args{"tax_id": "EKU9003173C9", "tax_system": "601", "zip": "42501"}
	public := acme().with("client", args{"legal_name": "PUBLICO EN GENERAL", "tax_id": "XAXX010101000", "tax_system": "616", "address": args{"zip": "42501"}}).with("use", "S01")
	retention := args{"retention_key": "01", "client": args{"legal_name": "KARLA FUENTE NOLASCO", "tax_id": "FUNK671228PH6", "address": args{"zip": "16034"}},
		"period_start": 10, "period_end": 10, "period_year": 2026, "total_operation": 1000, "taxes": []any{args{"tax": "ISR", "base": 1000, "amount": 100}}}
	for name, c := range map[string]struct {
		kind     string
		document args
		ok       bool
		found    []string // code or message, path
	}{
		"nothing wrong":         {"income", acme(), true, nil},
		"a retention":           {"retention", retention, true, nil},
		"a client by id":        {"income", acme().with("client", args{"id": "client_1"}), true, nil},
		"a credit note":         {"egress", acme().with("use", "G02"), true, []string{"related_documents"}},
		"a rule":                {"income", acme().with("payment_method", "PPD"), false, []string{"CFDI40105", "payment_form"}},
		"the public":            {"income", public, false, []string{"CFDI40130", "global"}},
		"a relation of 3.3":     {"income", acme().with("related_documents", []any{args{"relationship": "08", "documents": []any{"5FB2822E-396D-4725-8521-CDC4BDD20CCF"}}}), false, []string{"CFDI40137", "related_documents[0].relationship"}},
		"small letters":         {"income", acme().with("client", args{"tax_id": "ure180429tm6"}), false, []string{"CFDI40143", "client.tax_id"}},
		"an unknown argument":   {"income", acme().with("paymentform", "03"), false, []string{"unknown argument"}},
		"what cannot be read":   {"income", acme().with("items", "two pens"), false, []string{"items"}},
		"nothing":               {"income", args{}, false, []string{"is required", "items"}},
		"a method of an egress": {"egress", acme().with("payment_method", "PUE"), false, []string{"unknown argument"}},
		"too old":               {"income", acme().with("date", 1), false, []string{"401", "date"}},
		"a payee abroad":        {"retention", retention.with("retention_key", "18"), false, []string{"retention_key"}},
	} {
		t.Run(name, func(t *testing.T) {
			s.reached()
			r := a.call(t, "check_invoice", args{"kind": c.kind, "document": c.document, "issuer": issuer})
			require.Nil(t, r.get("error"), r.text)
			findings := jsonOf(t, r.get("findings"))
			assert.Equal(t, c.ok, r.get("ok"), findings)
			if c.found == nil {
				assert.Equal(t, "[]", findings)
			}
			for _, part := range c.found {
				assert.Contains(t, findings, part)
			}
			assert.NotEmpty(t, r.get("unchecked"))
			assert.Empty(t, s.reached(), "nothing is sent")
		})
	}
}

// Totals are exact, whatever the size of numbers.
func TestCheckInvoiceTotals(t *testing.T) {
	a := newStand(t, setting{}).agent(t, "modern", nil)
	r := a.call(t, "check_invoice", args{"kind": "income", "document": acme()})
	assert.Equal(t, "1906.67", jsonOf(t, r.get("totals", "total")))
	assert.Equal(t, "413.33", jsonOf(t, r.get("totals", "withholding_taxes")))
	assert.Contains(t, jsonOf(t, r.get("unchecked")), "pass issuer")

	inherited := acme().with("items", []any{args{"id": "service_1", "quantity": 2}})
	r = a.call(t, "check_invoice", args{"kind": "income", "document": inherited})
	assert.Equal(t, true, r.get("ok"), r.text)
	assert.Nil(t, r.get("totals"))
	assert.Contains(t, jsonOf(t, r.get("unchecked")), "catalogue")
}

// What keys mean is shown, so that a wrong one is seen.
func TestCheckInvoiceKeys(t *testing.T) {
	list := filepath.Join(t.TempDir(), "c_ClaveProdServ.tsv")
	require.NoError(t, os.WriteFile(list, []byte("clave\tdescripcion\n80141503\tPrevisión de precios de las mercancías\n"), 0o600))
	loaded := filepath.Join(t.TempDir(), satkeys.File)
	_, err := satkeys.Load(t.Context(), loaded, []string{list}, "", time.Now())
	require.NoError(t, err)
	keys := satkeys.New(loaded)
	defer keys.Close()
	with := func(key string, rate any) args {
		return args{"kind": "income", "document": acme().with("items", []any{args{"description": "Consultoría", "unit_price": 1, "product_key": key, "unit_key": "E48", "taxes": []any{args{"type": "IVA", "rate": rate}}}})}
	}
	s := newStand(t, setting{})
	s.tools.Keys = keys
	a := s.agent(t, "modern", nil)
	r := a.call(t, "check_invoice", with("80141503", 0.08))
	assert.Equal(t, `[{"key":"80141503","name_es":"Previsión de precios de las mercancías","path":"items[0].product_key"}]`, jsonOf(t, r.get("keys")))
	assert.Contains(t, jsonOf(t, r.get("findings")), "not part of the border incentive")
	r = a.call(t, "check_invoice", with("80101500", 0.16))
	assert.Equal(t, true, r.get("ok"), "the list may be old")
	assert.Contains(t, jsonOf(t, r.get("findings")), "CFDI40162")
}

package tools_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// everyKind is what export_documents says that it exports.
var everyKind = []string{"income_invoices", "egress_invoices", "payment_complements", "payments", "receipts", "draft_invoices", "sat_received", "sat_issued", "debts", "clients"}

// rows is the file of an export, its heading first, each row by its columns' names.
func (a *agent) rows(t *testing.T, r result) (heading []string, rows []map[string]string) {
	t.Helper()
	require.False(t, r.isError, r.text)
	contents, err := a.open(t, r.get("data", "file", "uri"))
	require.NoError(t, err)
	file := contents.(mcp.TextResourceContents)
	assert.Equal(t, "text/csv", file.MIMEType)
	text, marked := strings.CutPrefix(file.Text, "\uFEFF")
	assert.True(t, marked, "Excel knows by it that this is UTF-8")
	assert.Equal(t, strings.Count(text, "\n"), strings.Count(text, "\r\n"))
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	assert.InDelta(t, float64(len(all)-1), r.get("data", "rows"), 0)
	columns := r.get("data", "columns").([]any)
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, cell := range cells {
			row[columns[i].(string)] = cell
		}
		rows = append(rows, row)
	}
	return all[0], rows
}

// Every kind is written to its end, with the sums of its rows; the rows themselves are
// in the file alone.
func TestExport(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		a := s.agent(t, era, nil)
		for _, kind := range everyKind {
			r := a.call(t, "export_documents", args{"kind": kind, "period": "2025..2026"})
			require.Equal(t, true, r.get("complete"), r.text)
			heading, rows := a.rows(t, r)
			assert.NotEmpty(t, rows, kind)
			assert.Len(t, heading, len(r.get("data", "columns").([]any)))
			assert.Equal(t, kind+"-team_kemper-2025-01-01-2026-12-31.csv", r.get("data", "file", "name"))
			assert.NotContains(t, r.text, "ORGANICOS", "third parties are in the file only")
			assert.Less(t, len(r.text), 4000)
			sums, _ := r.get("data", "sums").([]any)
			counted := 0.0
			for _, v := range sums {
				sum := v.(map[string]any)
				counted += sum["rows"].(float64)
				var total decimal.Decimal
				for _, row := range rows {
					if row["currency"] == sum["currency"] && (sum["status"] == nil || row["status"] == sum["status"]) && (sum["type"] == nil || row["type"] == sum["type"]) {
						total = total.Add(decimal.RequireFromString(row["total"]))
					}
				}
				assert.InDelta(t, total.InexactFloat64(), sum["total"], 0.0001, "%s %v", kind, sum)
			}
			if sums != nil {
				assert.InDelta(t, len(rows), counted, 0, kind)
			}
		}
		raw, err := a.try(t.Context(), "export_documents", args{"kind": "clients"})
		require.NoError(t, err)
		link, ok := raw.Content[1].(mcp.ResourceLink)
		require.True(t, ok)
		assert.Equal(t, "text/csv", link.MIMEType)
	})
}

// A bookkeeper finds what was invoiced, with its taxes apart, by the day it bears in
// Mexico City.
func TestExportInvoices(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	listed := map[string]map[string]any{}
	for _, v := range a.call(t, "list_income_invoices", args{"limit": 100}).get("data").([]any) {
		listed[v.(map[string]any)["uuid"].(string)] = v.(map[string]any)
	}
	heading, rows := a.rows(t, a.call(t, "export_documents", args{"kind": "income_invoices", "period": "2026"}))
	assert.Equal(t, []string{"Fecha", "UUID", "Serie"}, heading[:3])
	assert.Len(t, rows, len(listed))
	for _, row := range rows {
		v := listed[row["uuid"]]
		require.NotNil(t, v)
		assert.Regexp(t, `^2026-\d\d-\d\d$`, row["date"])
		assert.Equal(t, fmt.Sprint(v["status"]), row["status"])
		assert.Equal(t, fmt.Sprint(v["taxes"]), row["iva"], "the demonstration has no other tax")
		assert.Equal(t, v["payment_method"] == "PPD", row["balance"] != "")
		assert.NotContains(t, row["total"], "e")
	}
	chosen := a.call(t, "export_documents", args{"kind": "income_invoices", "period": "2026", "columns": []string{"total", "rfc"}, "headings": "en"})
	heading, _ = a.rows(t, chosen)
	assert.Equal(t, []string{"Total", "Receiver's RFC"}, heading)
	wrong := a.call(t, "export_documents", args{"kind": "income_invoices", "columns": []string{"total", "iban"}})
	assert.Equal(t, "invalid_arguments", wrong.code())
	assert.Contains(t, wrong.get("error", "message"), "columns[1]")
	assert.Contains(t, wrong.get("error", "message"), "payment_method")
	assert.Equal(t, "invalid_arguments", a.call(t, "export_documents", args{"kind": "passwords"}).code())
}

// The last evening of a month in Mexico City is a day of that month, though elsewhere it
// is the next already.
func TestExportCountsMexicanDays(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	s.advance(time.Date(2026, 12, 1, 5, 30, 0, 0, time.UTC).Sub(s.now()))
	made := a.confirmed(t, "create_income_invoice", args{"client": args{"id": a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]}, "payment_form": "03",
		"items": []any{args{"description": "Curso", "unit_price": 100, "taxes": iva}}})
	require.False(t, made.isError, made.text)
	for period, there := range map[string]bool{"2026-11": true, "2026-12": false, "today": true, "2026-11-30": true, "2026-12-01": false} {
		_, rows := a.rows(t, a.call(t, "export_documents", args{"kind": "income_invoices", "period": period}))
		i := slices.IndexFunc(rows, func(row map[string]string) bool { return row["uuid"] == made.id() })
		assert.Equal(t, there, i >= 0, period)
		if i >= 0 {
			assert.Equal(t, "2026-11-30", rows[i]["date"])
		}
	}
}

// What is owed is the valid PPD invoices with a balance, of any date, and how old each is.
func TestExportDebts(t *testing.T) {
	a := newStand(t, setting{}).agent(t, "modern", nil)
	r := a.call(t, "export_documents", args{"kind": "debts"})
	_, rows := a.rows(t, r)
	require.NotEmpty(t, rows)
	assert.Nil(t, r.get("data", "period"))
	for _, row := range rows {
		assert.Equal(t, "PPD", row["payment_method"])
		assert.Equal(t, "valid", row["status"])
		assert.NotEqual(t, "0", row["balance"])
		assert.NotEmpty(t, row["days"])
		assert.Contains(t, []string{"0-15", "16-30", "31-60", "61-90", "90+"}, row["age"])
	}
	mxn := r.entry(t, "currency", "MXN", "data", "sums")
	overview := a.call(t, "teams_overview", args{"teams": []string{sandbox.TeamKemper}})
	money := overview.entry(t, "team", sandbox.TeamKemper, "data", "teams").entry(t, "currency", "MXN", "money")
	assert.InDelta(t, mxn.get("balance"), money.get("open_ppd"), 0.001, "two jobs say the same")
}

// What a spreadsheet would compute is text, on one line; numbers are numbers.
func TestExportNeutralisesFormulas(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	for given, wanted := range map[string]string{
		`=HYPERLINK("https://evil.example","x")`: `'=HYPERLINK("https://evil.example","x")`,
		"+cmd|' /C calc'!A0":                     "'+cmd|' /C calc'!A0",
		"-2+3":                                   "'-2+3",
		"@SUM(A1)":                               "'@SUM(A1)",
		"\t=1":                                   "'=1",
		"  =1":                                   "'=1",
		"\u200b=1":                               "'=1",
		"＝1+1":                                   "'＝1+1",
		"-5.50":                                  "-5.50",
		"a\r\nb, \"c\"":                          `a b, "c"`,
	} {
		id := a.call(t, "create_client", args{"name": given}).id()
		r := a.call(t, "export_documents", args{"kind": "clients", "columns": []string{"id", "name"}})
		_, rows := a.rows(t, r)
		found := false
		for _, row := range rows {
			if row["id"] == id {
				found = true
				assert.Equal(t, wanted, row["name"], "%q", given)
			}
		}
		assert.True(t, found)
	}
}

// What could not be read to its end is named so: in the result, and as a file.
func TestExportIncomplete(t *testing.T) {
	dir := t.TempDir()
	s := newStand(t, setting{files: dir, upstream: breakingOff})
	ids, err := s.Crowd(1, 150)
	require.NoError(t, err)
	a := s.agent(t, "modern", nil)
	r := a.call(t, "export_documents", args{"kind": "income_invoices", "period": "this_year", "team": ids[0], "save_as": "libro.csv"})
	require.False(t, r.isError, r.text)
	assert.Equal(t, false, r.get("complete"))
	assert.Equal(t, 100.0, r.get("data", "rows"))
	assert.Regexp(t, regexp.MustCompile(`-INCOMPLETE\.csv$`), r.get("data", "file", "name"))
	assert.Equal(t, "libro-INCOMPLETE.csv", r.get("data", "file", "saved_as"))
	assert.FileExists(t, filepath.Join(dir, "libro-INCOMPLETE.csv"))
	assert.Contains(t, jsonOf(t, r.get("read")), "Enough for today")

	none := a.call(t, "export_documents", args{"kind": "sat_received", "team": sandbox.TeamXenon})
	assert.Equal(t, "insufficient_permissions", none.code(), "nothing at all was read")
	assert.Contains(t, none.get("error", "next"), "activate_sat_download")
}

// The operator's folder gets a copy where that is asked for and allowed; nobody else
// opens the link.
func TestExportRights(t *testing.T) {
	dir := t.TempDir()
	s := newStand(t, setting{files: dir})
	a := s.agent(t, "modern", nil)
	r := a.call(t, "export_documents", args{"kind": "payments", "period": "2026", "save_as": "cobros"})
	require.False(t, r.isError, r.text)
	assert.Equal(t, "cobros.csv", r.get("data", "file", "saved_as"))
	info, err := os.Stat(filepath.Join(dir, "cobros.csv"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	again := a.call(t, "export_documents", args{"kind": "payments", "period": "2026", "save_as": "cobros"})
	require.False(t, again.isError, again.text)
	assert.Contains(t, jsonOf(t, again.get("notes")), "nothing is overwritten")
	assert.NotEmpty(t, again.get("data", "file", "uri"))
	stranger := s.agent(t, "modern", nil)
	stranger.caller.Principal = "eve"
	_, err = stranger.open(t, r.get("data", "file", "uri"))
	require.ErrorContains(t, err, "no such download")
	s.tools.Teams = []string{sandbox.TeamXenon}
	assert.Equal(t, "team_not_allowed", a.call(t, "export_documents", args{"kind": "clients", "team": sandbox.TeamKemper}).code())
	assert.Equal(t, sandbox.TeamXenon, a.call(t, "export_documents", args{"kind": "clients"}).get("team"))

	for code, with := range map[string]setting{"no_files_dir": {}, "read_only": {files: t.TempDir(), policy: guard.Policy{ReadOnly: true}}} {
		s := newStand(t, with)
		a := s.agent(t, "modern", nil)
		s.reached()
		assert.Equal(t, code, a.call(t, "export_documents", args{"kind": "clients", "save_as": "x"}).code())
		assert.Empty(t, s.reached(), "nothing was sent")
		assert.False(t, a.call(t, "export_documents", args{"kind": "clients"}).isError, "a link is no change")
	}
}

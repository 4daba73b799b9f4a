package tools

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"iter"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/schemas"
)

type exportInput struct {
	forTeam
	Kind     exportKind      `json:"kind" doc:"What."`
	Period   *string         `json:"period,omitempty" doc:"2026-10, 2026, 30d, last_month; this_month when absent, for clients and debts all."`
	Columns  []string        `json:"columns,omitempty" doc:"Only these, in this order; all when absent, and a wrong one is answered with those there are."`
	Headings *headingsChoice `json:"headings,omitempty" doc:"Language of the first row; es when absent."`
	SaveAs   *string         `json:"save_as,omitempty" doc:"Also save the file under this name in the server's files folder."`
}

// exportKind is what can be exported.
type exportKind string

// Choices lists the kinds.
func (exportKind) Choices() (all []gigstack.Choice) {
	for _, k := range exports {
		all = append(all, gigstack.Choice{Value: k.name, Meaning: k.means})
	}
	return all
}

type headingsChoice string

// Choices lists the languages.
func (headingsChoice) Choices() []gigstack.Choice {
	return []gigstack.Choice{{Value: "es"}, {Value: "en"}}
}

// exportDocuments writes a list into a file.
func (t *Tools) exportDocuments() ownTool {
	return job(t, "export_documents", "Export to CSV",
		"Write all documents of a kind and period into a CSV for Excel, one row each, and answer a link to the file with its rows and sums per currency. The rows do not pass through the conversation. A file that is not complete is named so.",
		func(ctx context.Context, s *study, in exportInput) (exported, error) {
			k := exports[slices.IndexFunc(exports, func(k export) bool { return k.name == string(in.Kind) })]
			columns, err := k.choose(in.Columns)
			if err == nil {
				err = t.checkSave(value(in.SaveAs))
			}
			if err != nil {
				return exported{}, err
			}
			v := exported{Kind: k.name}
			var period *span
			if usual := cmp.Or(value(in.Period), k.usual); usual != "" {
				during, err := t.during(&usual, usual)
				if err != nil {
					return v, err
				}
				period, v.Period = &during, during.String()
			}
			sheet := newTable()
			k.write(ctx, s, period, columns, value(in.Headings) == "en", sheet)
			if err := s.refused(); err != nil {
				return v, err // a file of headings would help nobody
			}
			v.Rows, v.Columns, v.Sums = sheet.rows, columns, sheet.sums
			return v, v.keep(ctx, s, period, sheet, value(in.SaveAs))
		})
}

// exported is what an export came to.
type exported struct {
	Kind    string      `json:"kind"`
	Period  string      `json:"period,omitempty" doc:"Absent: of all time."`
	Rows    int         `json:"rows"`
	Columns []string    `json:"columns"`
	Sums    []exportSum `json:"sums,omitempty" doc:"Currencies and states are not added together."`
	File    download    `json:"file"`
}

func (v exported) attached() []download { return []download{v.File} }

// exportSum is what the rows of one currency and state add up to.
type exportSum struct {
	Currency string            `json:"currency"`
	Type     string            `json:"type,omitempty" doc:"Of CFDI."`
	Status   string            `json:"status,omitempty"`
	Rows     int               `json:"rows"`
	Total    gigstack.Decimal  `json:"total"`
	Balance  *gigstack.Decimal `json:"balance,omitempty" doc:"Still owed, on PPD invoices."`
}

// keep hands the file over. Its name says what it is of, and whether all of it.
func (v *exported) keep(ctx context.Context, s *study, period *span, sheet *table, saveAs string) (err error) {
	name := v.Kind + "-" + s.to.team
	if period != nil {
		first, last := period.days()
		name += fmt.Sprintf("-%s-%s", first, last)
	}
	if !s.complete() {
		const mark = "-INCOMPLETE"
		s.note("The file is not complete: read says what is missing. Do not take it for the whole.")
		name += mark
		if saveAs != "" {
			extension := path.Ext(saveAs)
			saveAs = strings.TrimSuffix(saveAs, extension) + mark + extension
		}
	}
	v.File, err = s.put(ctx, gigstack.File{Name: name + ".csv", MediaType: csvType, Content: sheet.bytes()}, nil, saveAs)
	if v.File.URI != "" && err != nil { // it is there, only not saved
		s.note("%s.", err)
		err = nil
	}
	v.File.Member = "file"
	return err
}

// export is a kind of document and how it is written.
type export struct {
	name, means string
	usual       string   // period; "" for all
	columns     []string // in their usual order
	write       func(ctx context.Context, s *study, period *span, columns []string, english bool, to *table)
}

// choose is the columns that are written.
func (e export) choose(wanted []string) ([]string, error) {
	if len(wanted) == 0 {
		return e.columns, nil
	}
	for i, name := range wanted {
		if !slices.Contains(e.columns, name) || slices.Contains(wanted[:i], name) {
			return nil, invalidArguments([]schemas.Problem{{Path: fmt.Sprintf("columns[%d]", i), Message: "must be one of these, once: " + strings.Join(e.columns, ", ")}})
		}
	}
	return wanted, nil
}

// column is a column of documents of type T.
type column[T any] struct {
	name, english, spanish string
	of                     func(T) string
}

// worth is what a document counts for in the sums; none without a currency.
type worth struct {
	currency, kind, status string
	total                  gigstack.Decimal
	balance                *gigstack.Decimal
}

// exporting makes a kind out of how it is read and shown.
func exporting[T any](name, means, usual string, read func(context.Context, *study, *span) iter.Seq[T], worth func(T) worth, columns []column[T]) export {
	e := export{name: name, means: means, usual: usual}
	by := map[string]column[T]{}
	for _, c := range columns {
		e.columns = append(e.columns, c.name)
		by[c.name] = c
	}
	e.write = func(ctx context.Context, s *study, period *span, chosen []string, english bool, to *table) {
		cells := make([]string, len(chosen))
		for i, name := range chosen {
			if cells[i] = by[name].spanish; english {
				cells[i] = by[name].english
			}
		}
		to.heading(cells)
		for document := range read(ctx, s, period) {
			for i, name := range chosen {
				cells[i] = by[name].of(document)
			}
			to.row(cells, worth(document))
		}
	}
	return e
}

// csvType is what a table is. Excel in Mexico opens it with a double click: commas, the
// lines' ends of Windows, and the mark by which it knows UTF-8.
const (
	csvType = "text/csv"
	utf8BOM = "\uFEFF"
)

// table is a CSV that is being written.
type table struct {
	text bytes.Buffer
	csv  *csv.Writer
	rows int
	sums []exportSum // in the order in which they came up
}

func newTable() *table {
	t := &table{}
	t.text.WriteString(utf8BOM)
	t.csv = csv.NewWriter(&t.text)
	t.csv.UseCRLF = true
	return t
}

func (t *table) bytes() []byte {
	t.csv.Flush()
	return t.text.Bytes()
}

func (t *table) heading(cells []string) { _ = t.csv.Write(cells) } // a buffer takes everything

func (t *table) row(cells []string, w worth) {
	for i := range cells {
		cells[i] = cell(cells[i])
	}
	_ = t.csv.Write(cells)
	t.rows++
	if w.currency == "" {
		return
	}
	w = worth{clip(w.currency, shortText), clip(w.kind, shortText), clip(w.status, shortText), w.total, w.balance}
	i := slices.IndexFunc(t.sums, func(s exportSum) bool { return s.Currency == w.currency && s.Type == w.kind && s.Status == w.status })
	if i < 0 {
		i = len(t.sums)
		t.sums = append(t.sums, exportSum{Currency: w.currency, Type: w.kind, Status: w.status})
	}
	sum := &t.sums[i]
	sum.Rows++
	sum.Total.Decimal = decimal.Sum(sum.Total.Decimal, w.total.Decimal)
	if w.balance != nil {
		sum.Balance = &gigstack.Decimal{Decimal: decimal.Sum(value(sum.Balance).Decimal, w.balance.Decimal)}
	}
}

// formulaSigns are the characters that make a spreadsheet compute a cell, also in the
// wide forms of East Asian keyboards.
const formulaSigns = "=+-@＝＋－＠"

var plainNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// afterSemicolon is a formula where a spreadsheet takes semicolons for separators.
var afterSemicolon = regexp.MustCompile(`(; ?)([=+\-@＝＋－＠])`)

// cell is text that a spreadsheet shows as it is, in one line: what would be a formula
// gets an apostrophe in front. Numbers stay numbers.
func cell(s string) string {
	shown := strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if schemas.Hidden(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)), " ")
	shown = afterSemicolon.ReplaceAllString(shown, "$1'$2")
	first := strings.IndexAny(shown, formulaSigns) == 0
	if (first || strings.HasPrefix(s, "\t") || strings.HasPrefix(s, "\r")) && !plainNumber.MatchString(shown) {
		return "'" + shown
	}
	return shown
}

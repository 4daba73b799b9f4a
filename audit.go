package main

import (
	"context"
	"crypto/ed25519"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/rs/zerolog"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/audit"
	"github.com/gigstack/gigstack-mcp/internal/config"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
)

// errNotIntact is the end of a verification that found something.
var errNotIntact = errors.New("the audit was not found intact")

// errNoLedger says that there is nothing to look at.
var errNoLedger = errors.New("there is no ledger yet: nothing was recorded, or it is elsewhere and --state-dir, GIGSTACK_LEDGER or --ledger-file says where")

// audit looks at the record of what agents did, and makes none where there is none.
// It needs the ledger and no key of gigstack's.
func (p program) audit(ctx context.Context, c config.Config, log zerolog.Logger) error {
	a := &app{config: c, log: log, close: func() {}}
	if err := p.openLedger(a); err != nil {
		return err
	}
	defer a.close()
	switch {
	case c.Audit.Verb == "public-key":
		return showPublicKey(a.ledger, p.out)
	case !a.ledger.Exists():
		return errNoLedger
	case c.Audit.Verb == "verify":
		return verifyAudit(ctx, a.ledger, c.Audit.Trusted, p.out)
	case c.Audit.Verb == "export":
		return exportAudit(ctx, a.ledger, c.Audit.Format, p.out)
	default:
		return listAudit(ctx, a.ledger, c.Audit, p.out)
	}
}

// place is the tables that a column is in.
type place int

const (
	listed place = 1 << iota
	exported
	both = listed | exported
)

// columns is the records as tables, from left to right.
var columns = []struct {
	name string
	in   place
	cell func(audit.Record) string
}{
	{"number", both, func(r audit.Record) string { return number(r.Number) }},
	{"time", listed, func(r audit.Record) string { return r.At.In(gigstack.MexicoCity).Format(time.DateTime) }},
	{"at", exported, func(r audit.Record) string { return r.At.Format(time.RFC3339Nano) }},
	{"principal", both, func(r audit.Record) string { return r.Principal }},
	{"client", both, func(r audit.Record) string { return r.Client }},
	{"team", both, func(r audit.Record) string { return r.Team }},
	{"mode", both, func(r audit.Record) string { return r.Mode }},
	{"tool", both, func(r audit.Record) string { return r.Tool }},
	{"tier", both, func(r audit.Record) string { return r.Tier }},
	{"arguments", exported, func(r audit.Record) string { return string(r.Arguments) }},
	{"digest", exported, func(r audit.Record) string { return r.Digest }},
	{"plan", exported, func(r audit.Record) string { return r.Plan }},
	{"decision", both, func(r audit.Record) string { return string(r.Decision) }},
	{"rule", both, func(r audit.Record) string { return r.Rule }},
	{"policy", both, func(r audit.Record) string { return r.Policy }},
	{"approver", both, func(r audit.Record) string { return r.Approver }},
	{"reason", both, func(r audit.Record) string { return r.Reason }},
	{"http_status", both, func(r audit.Record) string { return number(int64(r.Status)) }},
	{"resource", both, func(r audit.Record) string { return r.Resource }},
	{"outcome", both, func(r audit.Record) string { return r.Outcome }},
	{"intent", both, func(r audit.Record) string { return number(r.Intent) }},
	{"previous", exported, func(r audit.Record) string { return r.Previous }},
}

// heading is the names of the columns of a table.
func heading(in place) (names []string) {
	for _, column := range columns {
		if column.in&in != 0 {
			names = append(names, column.name)
		}
	}
	return names
}

// row is a record in a table, each cell made safe for where it is read.
func row(r audit.Record, in place, safe func(string) string) (cells []string) {
	for _, column := range columns {
		if column.in&in != 0 {
			cells = append(cells, safe(column.cell(r)))
		}
	}
	return cells
}

func listAudit(ctx context.Context, l *ledger.Ledger, task config.AuditTask, out io.Writer) error {
	q := audit.Query{Newest: task.Limit}
	if task.Since != "" {
		var err error
		if q.Since, err = time.ParseInLocation(time.DateOnly, task.Since, gigstack.MexicoCity); err != nil {
			return err
		}
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.ToUpper(strings.Join(heading(listed), "\t")))
	err := records(ctx, l, q, func(r audit.Record) error {
		_, err := fmt.Fprintln(w, strings.Join(row(r, listed, visible), "\t"))
		return err
	})
	return errors.Join(err, w.Flush())
}

func exportAudit(ctx context.Context, l *ledger.Ledger, format string, out io.Writer) error {
	if format == "jsonl" {
		return l.Audited(ctx, audit.Query{}, func(e audit.Entry) error {
			_, err := fmt.Fprintln(out, e.Record)
			return err
		})
	}
	w := csv.NewWriter(out)
	_ = w.Write(heading(exported)) // Flush says what went wrong
	err := records(ctx, l, audit.Query{}, func(r audit.Record) error { return w.Write(row(r, exported, noFormula)) })
	w.Flush()
	return errors.Join(err, w.Error())
}

// noFormula keeps a spreadsheet from computing what somebody wrote into a cell.
func noFormula(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// records hands over each record that q selects, read.
func records(ctx context.Context, l *ledger.Ledger, q audit.Query, use func(audit.Record) error) error {
	return l.Audited(ctx, q, func(e audit.Entry) error {
		var r audit.Record
		if err := json.Unmarshal([]byte(e.Record), &r); err != nil {
			return fmt.Errorf("record %d cannot be read; audit verify tells more", e.Number)
		}
		return use(r)
	})
}

// number is a number in a table, nothing for none.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// visible keeps a cell from moving the cursor of a terminal.
func visible(cell string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, cell)
}

// showPublicKey prints the key for others to verify with, and for later, when
// another one signs.
func showPublicKey(l *ledger.Ledger, out io.Writer) error {
	keys, err := l.OwnKeys()
	if err == nil && len(keys) == 0 {
		err = errors.New("there is no key that the audit is signed with")
	}
	for _, key := range keys {
		fmt.Fprintln(out, audit.PublicKey(key))
	}
	return err
}

func verifyAudit(ctx context.Context, l *ledger.Ledger, trusted []ed25519.PublicKey, out io.Writer) error {
	report, err := l.Verify(ctx, trusted...)
	if err != nil {
		return err
	}
	for _, problem := range report.Problems {
		fmt.Fprintln(out, problem)
	}
	fmt.Fprintf(out, "%d records; the last is %d, with the hash %s\n", report.Records, report.Last, report.Hash)
	if report.Strange > 0 {
		fmt.Fprintf(out, "%d signed heads with keys that are not trusted: add one that was yours to the file that --public-key names\n", report.Strange)
	}
	switch {
	case !report.Checked:
		fmt.Fprintf(out, "%d signed heads, but it is not known whose: name the keys to trust with --public-key\n", report.Heads)
	case report.Signed < report.Last:
		fmt.Fprintf(out, "%d signed heads; signed up to %d: the end of what follows could be missing\n", report.Heads-report.Strange, report.Signed)
	default:
		fmt.Fprintf(out, "%d signed heads; signed up to the last\n", report.Heads-report.Strange)
	}
	if len(report.Problems) > 0 {
		return errNotIntact
	}
	return nil
}

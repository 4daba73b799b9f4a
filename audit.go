package main

import (
	"context"
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
var errNotIntact = errors.New("the audit is not intact")

// audit looks at the record of what agents did. It needs the ledger and no key of
// gigstack's.
func (p program) audit(ctx context.Context, c config.Config, log zerolog.Logger) error {
	a := &app{config: c, log: log, close: func() {}}
	if err := p.openLedger(a); err != nil {
		return err
	}
	defer a.close()
	switch c.Audit.Verb {
	case "verify":
		return verifyAudit(ctx, a.ledger, p.out)
	case "export":
		return exportAudit(ctx, a.ledger, c.Audit.Format, p.out)
	default:
		return listAudit(ctx, a.ledger, c.Audit, p.out)
	}
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
	fmt.Fprintln(w, "NUMBER\tTIME\tPRINCIPAL\tCLIENT\tTEAM\tMODE\tTOOL\tTIER\tDECISION\tOUTCOME\tRULE\tHTTP\tRESOURCE\tINTENT")
	err := records(ctx, l, q, func(r audit.Record) error {
		at := r.At.In(gigstack.MexicoCity).Format(time.DateTime)
		cells := []string{strconv.FormatInt(r.Number, 10), at, r.Principal, r.Client, r.Team, r.Mode, r.Tool, r.Tier, string(r.Decision), r.Outcome, r.Rule, number(int64(r.Status)), r.Resource, number(r.Intent)}
		for i, cell := range cells {
			cells[i] = visible(cell)
		}
		_, err := fmt.Fprintln(w, strings.Join(cells, "\t"))
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
	_ = w.Write([]string{"number", "at", "principal", "client", "team", "mode", "tool", "tier", "arguments", "digest", "plan", "decision", "rule", "http_status", "resource", "outcome", "intent", "previous"}) // Flush says what went wrong
	err := records(ctx, l, audit.Query{}, func(r audit.Record) error {
		cells := []string{strconv.FormatInt(r.Number, 10), r.At.Format(time.RFC3339Nano), r.Principal, r.Client, r.Team, r.Mode, r.Tool, r.Tier, string(r.Arguments), r.Digest, r.Plan,
			string(r.Decision), r.Rule, number(int64(r.Status)), r.Resource, r.Outcome, number(r.Intent), r.Previous}
		for i, cell := range cells {
			cells[i] = noFormula(cell)
		}
		return w.Write(cells)
	})
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

func verifyAudit(ctx context.Context, l *ledger.Ledger, out io.Writer) error {
	report, err := l.Verify(ctx)
	if err != nil {
		return err
	}
	for _, problem := range report.Problems {
		fmt.Fprintln(out, problem)
	}
	fmt.Fprintf(out, "%d records; the last is %d, with the hash %s\n", report.Records, report.Last, report.Hash)
	switch {
	case !report.Checked:
		fmt.Fprintf(out, "%d signed heads, whose signatures were not checked: name the key with --audit-key-file\n", report.Heads)
	case report.Signed < report.Last:
		fmt.Fprintf(out, "%d signed heads; signed up to %d: the end of what follows could be missing\n", report.Heads, report.Signed)
	default:
		fmt.Fprintf(out, "%d signed heads; signed up to the last\n", report.Heads)
	}
	if len(report.Problems) > 0 {
		return errNotIntact
	}
	return nil
}

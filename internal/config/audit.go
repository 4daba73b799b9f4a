package config

import (
	"fmt"
	"strconv"
	"time"
)

// AuditTask is what the audit command is to do.
type AuditTask struct {
	Verb   string // list, export or verify
	Limit  int    // of list; 0 for all
	Since  string // of list: a day, 2006-01-02; "" for the beginning
	Format string // of export: jsonl or csv
}

type auditFlags struct {
	List   auditListFlags   `cmd:"" help:"Show the latest records as a table."`
	Export auditExportFlags `cmd:"" help:"Print all records."`
	Verify struct{}         `cmd:"" help:"Check that no record was changed, dropped or moved."`
}

type auditListFlags struct {
	Limit string `name:"limit" placeholder:"N" default:"50" help:"At most so many, the newest; 0 for all."`
	Since string `name:"since" placeholder:"DAY" help:"From this day on in Mexico City, as 2026-11-30."`
}

type auditExportFlags struct {
	Format string `name:"format" placeholder:"jsonl|csv" default:"jsonl" help:"jsonl: each line as it was hashed; csv: for spreadsheets."`
}

// task checks the flags of the command in words; the task is empty for another one.
func (f auditFlags) task(words []string, report func(string, error)) AuditTask {
	if Command(words[0]) != Audit {
		return AuditTask{}
	}
	t := AuditTask{Verb: words[len(words)-1], Since: f.List.Since, Format: f.Export.Format}
	switch t.Verb {
	case "list":
		var err error
		if t.Limit, err = strconv.Atoi(f.List.Limit); err != nil || t.Limit < 0 {
			report("--limit", fmt.Errorf("%q is no number of records", f.List.Limit))
		}
		if day, err := time.Parse(time.DateOnly, t.Since); t.Since != "" && (err != nil || day.Year() < 2000 || day.Year() > 2200) {
			report("--since", fmt.Errorf("%q is no day such as 2026-11-30", t.Since))
		}
	case "export":
		if t.Format != "jsonl" && t.Format != "csv" {
			report("--format", fmt.Errorf("%q is neither jsonl nor csv", t.Format))
		}
	}
	return t
}

package config

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// AuditTask is what the audit command is to do.
type AuditTask struct {
	Verb    string              // list, export, verify or public-key
	Limit   int                 // of list; 0 for all
	Since   string              // of list: a day, 2006-01-02; "" for the beginning
	Format  string              // of export: jsonl or csv
	Trusted []ed25519.PublicKey // of verify: whose signatures count; nil for the ledger's own key
}

type auditFlags struct {
	List   auditListFlags   `cmd:"" help:"Show the latest records as a table."`
	Export auditExportFlags `cmd:"" help:"Print all records."`
	Verify auditVerifyFlags `cmd:"" help:"Check that no record was changed, dropped or moved."`
	Key    struct{}         `cmd:"" name:"public-key" help:"Print the public half of the key that the audit is signed with."`
}

type auditListFlags struct {
	Limit string `name:"limit" placeholder:"N" default:"50" help:"At most so many, the newest; 0 for all."`
	Since string `name:"since" placeholder:"DAY" help:"From this day on in Mexico City, as 2026-11-30."`
}

type auditExportFlags struct {
	Format string `name:"format" placeholder:"jsonl|csv" default:"jsonl" help:"jsonl: each line as it was hashed; csv: for spreadsheets."`
}

type auditVerifyFlags struct {
	PublicKey string `name:"public-key" placeholder:"FILE" help:"File with the public keys to trust, in base64, one a line: today's and those from before it was replaced. The ledger's own when absent."`
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
	case "verify":
		var err error
		t.Trusted, err = readPublicKeys(f.Verify.PublicKey)
		report("--public-key", err)
	}
	return t
}

// readPublicKeys takes Ed25519 keys from a file, one a line; nil without a file. Its
// errors do not repeat the file: it may be that of the private key.
func readPublicKeys(file string) (keys []ed25519.PublicKey, err error) {
	if file == "" {
		return nil, nil
	}
	raw, err := readUnnamed(file)
	if err != nil {
		return nil, err
	}
	number := 0
	for line := range bytes.Lines(raw) {
		number++
		text := strings.TrimSpace(string(line))
		if text == "" || text[0] == '#' {
			continue
		}
		key, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(key) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("line %d is no Ed25519 public key in base64", number)
		}
		keys = append(keys, key)
	}
	if keys == nil {
		return nil, errors.New("there is no key in the file")
	}
	return keys, nil
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/rs/zerolog"

	"github.com/gigstack/gigstack-mcp/internal/config"
	"github.com/gigstack/gigstack-mcp/internal/telemetry"
)

// state is how a check went.
type state string

const (
	fine    state = "ok"
	warning state = "warning" // it works, but hardly as it was meant
	problem state = "problem"
	skipped state = "skipped" // something before it went wrong, or does not apply
)

// finding is what came of one check.
type finding struct {
	Group  string `json:"group"`
	Check  string `json:"check"`
	State  state  `json:"state"`
	Found  string `json:"found"`
	Remedy string `json:"remedy,omitempty"`
}

// doctor examines what a server with these settings would work with. It reads, and
// changes nothing.
type doctor struct {
	*app
	group    string
	wrong    []string // settings that are not right
	findings []finding
}

// doctor prints what it found, and fails where a problem is among it. Settings that are
// wrong are findings too.
func (p program) doctor(ctx context.Context, c config.Config, settings error) error {
	c.Command = c.Examines // the rest of the program answers as the server would; nothing is sealed
	d := &doctor{app: &app{program: p, config: c, log: zerolog.Nop(), stopping: ctx.Done(), sealKey: make([]byte, 32), close: func() {}}}
	d.examine(ctx, settings)
	d.close()
	if err := d.print(c.JSON); err != nil {
		return err
	}
	if n := d.count(problem); n > 0 {
		return fmt.Errorf("problems found: %d", n)
	}
	return nil
}

// examine makes all checks, in the order in which they rest on each other.
func (d *doctor) examine(ctx context.Context, settings error) {
	d.group = "settings"
	d.examineSettings(settings)
	key, err := d.program.keys(d.app)
	if err != nil && len(d.wrong) == 0 {
		d.problem("key", "see whether programs may listen on 127.0.0.1", "%v", err)
	}
	d.group = "gigstack"
	reached := d.examineHost(ctx)
	d.group = "account"
	team := d.examineAccount(ctx, key, reached)
	d.group = "team"
	d.examineTeam(ctx, team)
	d.group = "machine"
	d.examineLedger(ctx)
	d.examineFolders()
	d.examinePasswords()
	d.group = "server"
	d.examinePolicy(key.Claims())
	d.examineTools(key)
	if d.config.Command == config.HTTP {
		d.group = "http"
		d.examineHTTP()
	}
	d.group = "clients"
	d.examineClients()
}

// examineSettings repeats what was found wrong when they were read.
func (d *doctor) examineSettings(err error) {
	d.ok("version", "gigstack-mcp %s, %s %s/%s", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	for _, err := range parts(err) {
		setting, found, _ := strings.Cut(err.Error(), ": ")
		if found == "" {
			setting, found = "settings", err.Error()
		}
		d.wrong = append(d.wrong, setting)
		d.problem(setting, "correct it; gigstack-mcp "+string(d.config.Command)+" --help lists the settings", "%s", found)
	}
	for _, name := range d.config.Strangers {
		d.warn("variable", "correct its name or remove it; gigstack-mcp --help lists the settings", "%s is no setting and changes nothing", name)
	}
	if len(d.wrong)+len(d.config.Strangers) == 0 {
		d.ok("settings", "all are right")
	}
}

// parts is the errors that were joined.
func parts(err error) (all []error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range joined.Unwrap() {
			all = append(all, parts(err)...)
		}
		return all
	}
	if err != nil {
		all = append(all, err)
	}
	return all
}

// blocked skips checks where a setting that they need is not right.
func (d *doctor) blocked(checks []string, settings ...string) bool {
	for _, setting := range settings {
		if slices.Contains(d.wrong, setting) {
			d.skip("see "+setting+" above", checks...)
			return true
		}
	}
	return false
}

func (d *doctor) ok(check, format string, args ...any) { d.add(fine, check, "", format, args...) }

func (d *doctor) warn(check, remedy, format string, args ...any) {
	d.add(warning, check, remedy, format, args...)
}

func (d *doctor) problem(check, remedy, format string, args ...any) {
	d.add(problem, check, remedy, format, args...)
}

// skip says why checks were not made.
func (d *doctor) skip(why string, checks ...string) {
	for _, check := range checks {
		d.add(skipped, check, "", "%s", why)
	}
}

// add notes a finding on one line, without what is secret and what could steer a
// terminal.
func (d *doctor) add(s state, check, remedy, format string, args ...any) {
	line := func(text string) string {
		return visible(string(telemetry.Redact([]byte(strings.Join(strings.Fields(text), " ")))))
	}
	d.findings = append(d.findings, finding{d.group, line(check), s, line(fmt.Sprintf(format, args...)), line(remedy)})
}

// count is how many findings have a state.
func (d *doctor) count(s state) (n int) {
	for _, f := range d.findings {
		if f.State == s {
			n++
		}
	}
	return n
}

func (d *doctor) print(asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(d.program.out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(struct {
			OK     bool      `json:"ok"`
			Checks []finding `json:"checks"`
		}{d.count(problem) == 0, d.findings})
	}
	group := ""
	var table strings.Builder
	for _, f := range d.findings {
		if f.Group != group {
			group = f.Group
			fmt.Fprintln(&table, group)
		}
		fmt.Fprintf(&table, "  %-8s %-14s %s\n", f.State, f.Check, f.Found)
		if f.Remedy != "" {
			fmt.Fprintf(&table, "  %-8s %-14s → %s\n", "", "", f.Remedy)
		}
	}
	_, err := fmt.Fprintf(d.program.out, "%s\n%d ok, %d warnings, %d problems, %d skipped\n", table.String(), d.count(fine), d.count(warning), d.count(problem), d.count(skipped))
	return err
}

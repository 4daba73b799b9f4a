package tools

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// preview says what a guarded call would do, to the person who decides.
type preview struct {
	Action      string          `json:"action" doc:"What would be done."`
	Tool        string          `json:"tool"`
	Tier        string          `json:"tier" doc:"outward, destructive, fiscal or critical."`
	Consequence string          `json:"consequence" doc:"What that tier means."`
	Team        string          `json:"team"`
	TeamName    string          `json:"team_name,omitempty"`
	Livemode    *bool           `json:"livemode,omitempty"`
	Subject     string          `json:"subject,omitempty" doc:"Whom or what it concerns, as read just now."`
	Facts       []string        `json:"facts,omitempty" doc:"What decides how it is done."`
	Steps       []string        `json:"steps,omitempty" doc:"What is done, one after the other."`
	Lines       []string        `json:"lines,omitempty" doc:"What is charged or stamped, one by one."`
	Totals      *totals         `json:"totals,omitempty" doc:"What it adds up to, computed here."`
	Then        []string        `json:"then,omitempty" doc:"What follows of it, and what it costs."`
	Mails       []string        `json:"mails,omitempty" doc:"Who gets mail of it."`
	PDF         string          `json:"pdf,omitempty" doc:"What a draft looks like; read it with resources/read."`
	Arguments   json.RawMessage `json:"arguments" doc:"What would be sent; long texts are shortened."`
	Reversal    string          `json:"reversal" doc:"Whether and how it can be undone."`
	Warnings    []string        `json:"warnings,omitempty"`

	// word is what a person types to confirm, where its looks know a better one than
	// a mere yes: an RFC, an amount.
	word string

	// about is what the operator's rules may limit.
	about guard.Facts
	// seen is a digest of what was read for the preview. A plan is confirmed
	// only while gigstack still says the same.
	seen []byte
	// was is what the call changes, as it is; nil when it was not read.
	was any
	// asides read what is for the eye alone, beside each other, and say what they
	// found. They are left out when a plan is confirmed.
	asides []func(context.Context) (say func())
	// ofTeam say what depends on the team, once it was read; nil when it was not.
	ofTeam []func(*gigstack.Team)
	// pdf is how a draft was printed before.
	pdf gigstack.Download
	// steps is what a composed write takes.
	steps []*step
}

// saw adds what was read to the digest.
func (p *preview) saw(facts ...any) {
	sum := sha256.Sum256(append(p.seen, marshal(facts)...))
	p.seen = sum[:]
}

// reaches notes who receives something by the call: the first RFC, nobody known when
// it is blank, and those of the others that are not.
func (p *preview) reaches(rfc string, others ...string) {
	if p.about.Receivers = nil; rfc == "" {
		return
	}
	p.about.Receivers = slices.DeleteFunc(append(others, rfc), func(rfc string) bool { return rfc == "" })
}

// moves notes the amount that the call is about.
func (p *preview) moves(amount decimal.Decimal, currency string) {
	p.about.Amount, p.about.Currency = &amount, currency
}

// preview reads what the call concerns and says what it would do. Its error is
// the call's: what does not exist cannot be planned.
func (t *Tools) preview(ctx context.Context, r request) (*preview, error) {
	p, err := t.look(ctx, r)
	if err != nil {
		return nil, err
	}
	if p.steps != nil {
		t.gather(ctx, p)
	}
	t.complement(ctx, r, p)
	p.TeamName, p.Subject, p.Reversal = clip(p.TeamName, longText), clip(p.Subject, longText), clip(p.Reversal, 2*longText)
	for _, texts := range [][]string{p.Steps, p.Facts, p.Lines, p.Then, p.Mails, p.Warnings} {
		for i := range texts {
			texts[i] = clip(texts[i], longText)
		}
	}
	return p, nil
}

// complement adds what is for the eye alone: good to have, and not worth waiting
// for.
func (t *Tools) complement(ctx context.Context, r request, p *preview) {
	brief, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	team := ahead(func() (team gigstack.Team, err error) {
		if r.to.team == "" {
			return team, errors.New("no team yet")
		}
		return gigstack.GetTeam.Call(brief, r.caller, gigstack.TeamRef{ID: r.to.team})
	})
	said := make([]func() (func(), error), len(p.asides))
	for i, aside := range p.asides {
		said[i] = ahead(func() (func(), error) { return aside(brief), nil })
	}
	var known *gigstack.Team
	if team, err := team(); err == nil {
		known, p.TeamName = &team, teamName(team)
	}
	for _, say := range p.ofTeam {
		say(known)
	}
	for _, aside := range said {
		if say, _ := aside(); say != nil {
			say()
		}
	}
	if p.pdf == "" {
		return
	}
	if d, err := t.keep(ctx, r, "preview_pdf", string(p.pdf)); err == nil {
		p.PDF = d.URI
	}
}

// ahead starts a read and returns where its result is waited for.
func ahead[T any](read func() (T, error)) func() (T, error) {
	result := sync.OnceValues(read)
	go func() {
		defer func() { _ = recover() }() // whoever waits panics with it
		_, _ = result()
	}()
	return result
}

// look is the preview with what decides: all that a plan is compared with, and
// nothing for the eye alone.
func (t *Tools) look(ctx context.Context, r request) (*preview, error) {
	p := &preview{
		Action:      r.spec.Title,
		Tool:        r.spec.Name,
		Tier:        r.level.String(),
		Consequence: r.level.Meaning(),
		Team:        r.to.team,
		Livemode:    t.livemodeOf(r),
		Arguments:   shortened(r.args, longText),
		Reversal:    cmp.Or(r.spec.Undo, reversal(r.level)),
	}
	if r.saveAs != "" {
		p.saw(r.saveAs)
		p.Facts = append(p.Facts, "the file is saved as "+r.saveAs)
	}
	look, ok := looks[r.spec.Name]
	if _, isCertificate := certificateUses[r.spec.Name]; isCertificate {
		look, ok = t.looksAtCertificate, true
	}
	if r.whole != nil {
		look, ok = t.looksAtSteps, true
	}
	if ok {
		if err := look(ctx, r, p); err != nil {
			return nil, err
		}
	}
	if p.Totals != nil {
		p.moves(p.Totals.Total.Decimal, p.Totals.Currency)
	}
	return p, nil
}

// reversal is what each tier leaves of a way back.
func reversal(level risk.Level) string {
	switch level.Effective() {
	case risk.Outward:
		return "Cannot be unsent once it reached somebody."
	case risk.Destructive:
		return "Cannot be undone; it would have to be made anew."
	case risk.Fiscal:
		return "A document at the SAT cannot be changed; it can only be cancelled by the SAT's rules, and a cancellation cannot be taken back."
	default:
		return "Cannot be undone."
	}
}

// words is the preview as a person reads it in a dialog. word is what they have to
// type, "" where a yes is enough.
func (p *preview) words(word string) string {
	lines := p.report(mostLines, details(p.Arguments))
	if word != "" {
		lines = append(lines, "Confirm: type / escribe: "+word)
	}
	return strings.Join(lines, "\n")
}

// whole is the preview as a person reads it at a terminal: nothing is left out of it
// but secrets.
func (p *preview) whole(arguments json.RawMessage) string {
	var all bytes.Buffer
	if err := json.Indent(&all, redacted(arguments, mostWhole), "| ", "  "); err != nil {
		panic(err) // it is JSON of ours
	}
	lines := strings.Split(all.String(), "\n")
	for i := range lines {
		indent := lines[i][:len(lines[i])-len(strings.TrimLeft(lines[i], "| "))]
		lines[i] = indent + plain(lines[i][len(indent):])
	}
	return withoutSecretText(strings.Join(p.report(math.MaxInt, "\n| "+strings.Join(lines, "\n")), "\n"))
}

// report is the preview in lines, each of which begins with a word of ours: nothing
// that came from elsewhere can begin one. Of what is a list it has at most so many.
func (p *preview) report(most int, arguments string) []string {
	mode := "mode unknown"
	if p.Livemode != nil {
		mode = "TEST data"
		if *p.Livemode {
			mode = "LIVE: real documents and money"
		}
	}
	team := p.Team
	if p.TeamName != "" {
		team = p.TeamName + " (" + p.Team + ")"
	}
	if team == "" {
		team = "none yet"
	}
	lines := []string{p.Action + "?", "Team: " + team + ", " + mode}
	if p.Subject != "" {
		lines = append(lines, "Concerns: "+p.Subject)
	}
	if len(p.Facts) > 0 {
		lines = append(lines, "With: "+strings.Join(p.Facts, "; "))
	}
	lines = append(append(lines, listed("Step: ", p.Steps, most)...), listed("Line: ", p.Lines, most)...)
	if t := p.Totals; t != nil {
		lines = append(lines, fmt.Sprintf("Total: %s %s (subtotal %s, discount %s, taxes %s, withheld %s)", t.Total.StringFixed(2), t.Currency,
			t.Subtotal.StringFixed(2), t.Discount.StringFixed(2), t.Taxes.StringFixed(2), t.Withholding.StringFixed(2)))
		for _, row := range t.ByTax {
			lines = append(lines, "Tax: "+row.words())
		}
	}
	for _, then := range p.Then {
		lines = append(lines, "Then: "+then)
	}
	if mails := p.Mails; len(mails) > most {
		lines = append(lines, fmt.Sprintf("Mail: %s; … and %d more", strings.Join(mails[:most], "; "), len(mails)-most))
	} else if len(mails) > 0 {
		lines = append(lines, "Mail: "+strings.Join(mails, "; "))
	}
	if p.PDF != "" {
		lines = append(lines, "Draft: "+p.PDF)
	}
	lines = append(lines, "Details: "+arguments, "Consequence: "+p.Consequence+". "+p.Reversal)
	for _, warning := range p.Warnings {
		lines = append(lines, "Warning: "+warning)
	}
	return lines
}

// listed is lines that begin with a word, at most so many of them.
func listed(word string, all []string, most int) (lines []string) {
	for i, line := range all {
		if i == most {
			return append(lines, fmt.Sprintf("%s… and %d more", word, len(all)-most))
		}
		lines = append(lines, word+line)
	}
	return lines
}

// Bounds of what a dialog shows, and of a text at a terminal.
const (
	shortText   = 80
	longText    = 300
	mostLines   = 12
	mostDetails = 2000
	mostWhole   = 20_000
)

// details is the arguments in one line. What does not fit even so is counted.
func details(arguments json.RawMessage) string {
	text := plain(string(shortened(arguments, shortText)))
	if hidden := len(text) - mostDetails; hidden > 0 {
		return clip(text, mostDetails) + fmt.Sprintf(" (%d more characters are not shown)", hidden)
	}
	return text
}

// shortened is arguments with texts of more than so many bytes shortened one by one,
// so that none of them hides the others. The plan binds what was not shortened.
func shortened(arguments json.RawMessage, most int) json.RawMessage {
	tree, err := treeOf(arguments)
	if err != nil {
		return json.RawMessage("{}")
	}
	return marshal(plainNames(eachText(tree, shorter(most))))
}

func has(object map[string]any, name string) bool {
	_, ok := object[name]
	return ok
}

// plainNames is a tree with every name of a member in it as a line can show it. Names
// that come to look alike are numbered.
func plainNames(tree any) any {
	switch v := tree.(type) {
	case map[string]any:
		shown := make(map[string]any, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			as := plain(name)
			for i := 2; has(shown, as); i++ {
				as = fmt.Sprintf("%s (%d)", plain(name), i)
			}
			shown[as] = plainNames(v[name])
		}
		return shown
	case []any:
		for i := range v {
			v[i] = plainNames(v[i])
		}
	}
	return tree
}

// treeOf is JSON as a tree, with its numbers as they are written.
func treeOf(raw json.RawMessage) (tree any, err error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return tree, dec.Decode(&tree)
}

// shorter makes a text one of at most so many bytes.
func shorter(most int) func(string) string {
	return func(s string) string { return clip(s, most) }
}

// eachText is a tree with every text of it changed.
func eachText(tree any, change func(string) string) any {
	switch v := tree.(type) {
	case string:
		return change(v)
	case map[string]any:
		for name := range v {
			v[name] = eachText(v[name], change)
		}
	case []any:
		for i := range v {
			v[i] = eachText(v[i], change)
		}
	}
	return tree
}

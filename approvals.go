package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/user"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rs/zerolog"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/config"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
	"github.com/gigstack/gigstack-mcp/tools"
)

// approvals lets a person decide about calls that wait for one. It needs the ledger
// and no key of gigstack's.
func (p program) approvals(ctx context.Context, c config.Config, log zerolog.Logger) error {
	a := &app{config: c, log: log, close: func() {}}
	if err := p.openLedger(a); err != nil {
		return err
	}
	defer a.close()
	if !a.ledger.Exists() {
		return errNoLedger
	}
	switch task := c.Approval; task.Verb {
	case "approve":
		return p.approve(ctx, a.ledger, task)
	case "deny":
		return p.decide(ctx, a.ledger, task, guard.Denied)
	case "show":
		_, err := p.showApproval(ctx, a.ledger, task.ID)
		return err
	default:
		return p.listApprovals(ctx, a)
	}
}

// approve has the person look at the call and type what it is about. An agent that can
// run commands has no terminal, and is not who is asked.
func (p program) approve(ctx context.Context, l *ledger.Ledger, task config.ApprovalTask) error {
	if !p.terminal() {
		return errors.New("a person approves, at a terminal: there is none here")
	}
	a, err := p.showApproval(ctx, l, task.ID)
	if err != nil {
		return err
	}
	if state := p.stateOf(a); state != guard.Waiting && state != guard.Denied {
		return fmt.Errorf("there is nothing to approve any more: it %s", state)
	}
	fmt.Fprintf(p.out, "\nTo approve it, type / Para aprobarla, escribe %s: ", visible(a.Word))
	typed, err := bufio.NewReader(p.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if word := tools.SameWord(typed); word == "" || word != tools.SameWord(a.Word) {
		return errors.New("that is something else: nothing was decided")
	}
	return p.decide(ctx, l, task, guard.Approved)
}

// decide records a decision and says what follows of it.
func (p program) decide(ctx context.Context, l *ledger.Ledger, task config.ApprovalTask, state string) error {
	by, err := p.person(task.By)
	if err != nil {
		return err
	}
	a, err := l.Decide(ctx, task.ID, state, by, task.Reason)
	if err != nil {
		return err
	}
	if state == guard.Denied {
		_, err = fmt.Fprintf(p.out, "Denied by %s. The agent is told when it asks again.\n", by)
		return err
	}
	_, err = fmt.Fprintf(p.out, "Approved by %s. The call runs once, when the agent repeats it, until %s; until then it can be denied.\n", by, inMexico(a.Expires))
	return err
}

// person is who decides: the name they gave, and always the login.
func (p program) person(name string) (string, error) {
	login, err := p.login()
	if err != nil || login == "" {
		return "", errors.Join(errors.New("nobody knows who decides: there is no login"), err)
	}
	if name = visible(name); name != "" {
		return name + " (login " + login + ")", nil
	}
	return login, nil
}

// login is the name that the system knows the person by.
func login() (string, error) {
	u, err := user.Current()
	if err != nil {
		return "", err
	}
	return u.Username, nil
}

// showApproval prints what a call would do and how things stand with it.
func (p program) showApproval(ctx context.Context, l *ledger.Ledger, id string) (guard.Approval, error) {
	a, known, err := l.Approval(ctx, id)
	if err == nil && !known {
		err = ledger.ErrNoApproval
	}
	if err != nil {
		return a, err
	}
	fmt.Fprintf(p.out, "%s: %s. Asked at %s by %s; until %s (Mexico City).\n\n", a.ID, p.stateOf(a), inMexico(a.Asked), visible(a.Principal), inMexico(a.Expires))
	for line := range strings.Lines(a.Shown) { // each begins with a word of ours
		fmt.Fprintln(p.out, wrapped(visible(strings.TrimSuffix(line, "\n"))))
	}
	if a.By != "" {
		_, err = fmt.Fprintf(p.out, "\n%s by %s at %s. %s\n", a.State, visible(a.By), inMexico(a.Decided), visible(a.Reason))
	}
	return a, err
}

// stateOf is how things stand with an approval now.
func (p program) stateOf(a guard.Approval) string {
	switch {
	case a.Ran:
		return "ran"
	case a.State != guard.Withdrawn && !p.now().Before(a.Expires):
		return "expired"
	}
	return a.State
}

// width is what a line at a terminal holds for sure.
const width = 76

// wrapped is a line in several, all but the first indented: what stands in the line
// cannot begin one.
func wrapped(line string) string {
	var out strings.Builder
	column := 0
	for _, r := range line {
		if column == width {
			out.WriteString("\n      ")
			column = 6
		}
		out.WriteRune(r)
		column++
	}
	return out.String()
}

func inMexico(t time.Time) string { return t.In(gigstack.MexicoCity).Format("2006-01-02 15:04") }

// waiting is an approval in a list.
type waiting struct {
	ID        string     `json:"id"`
	State     string     `json:"state"`
	Tool      string     `json:"tool"`
	Tier      string     `json:"tier"`
	Team      string     `json:"team"`
	Mode      string     `json:"mode"`
	Principal string     `json:"principal"`
	Asked     time.Time  `json:"asked"`
	Expires   time.Time  `json:"expires"`
	By        string     `json:"by,omitempty"`
	Decided   *time.Time `json:"decided,omitempty"`
	Reason    string     `json:"reason,omitempty"`
}

func (p program) listApprovals(ctx context.Context, a *app) error {
	list := []waiting{}
	err := a.ledger.Approvals(ctx, a.config.Approval.All, func(a guard.Approval) error {
		w := waiting{ID: a.ID, State: p.stateOf(a), Tool: a.Tool, Tier: a.Risk.String(), Team: a.Team, Mode: a.Mode, Principal: a.Principal,
			Asked: a.Asked.In(gigstack.MexicoCity), Expires: a.Expires.In(gigstack.MexicoCity), By: a.By, Reason: a.Reason}
		if !a.Decided.IsZero() {
			w.Decided = new(a.Decided.In(gigstack.MexicoCity))
		}
		list = append(list, w)
		return nil
	})
	if err != nil {
		return err
	}
	if a.config.JSON {
		enc := json.NewEncoder(p.out)
		enc.SetIndent("", "  ")
		return enc.Encode(map[string]any{"approvals": list})
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "APPROVAL\tSTATE\tTOOL\tTEAM\tMODE\tASKED\tUNTIL\tPRINCIPAL\tBY")
	for _, a := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.ID, a.State, a.Tool, a.Team, a.Mode, inMexico(a.Asked), inMexico(a.Expires), visible(a.Principal), visible(a.By))
	}
	return w.Flush()
}

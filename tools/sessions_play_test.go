package tools_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// playing is a conversation under way.
type playing struct {
	conversation
	t     *testing.T
	stand *stand
	agent *agent
	api   *gigstack.Caller

	listed map[string]bool   // tools
	found  map[string]string // tools that are not listed, and their tier
	kept   map[string]string // values by name

	tool   string // of the last call
	with   args
	last   any  // result
	failed bool // and nobody has said so yet
	asked  []string

	era                     string
	calls, text, structured int // tokens of results
	planned                 bool
	errors, wrote           []string
	seen                    bytes.Buffer // results and requests
}

// play plays a conversation to its end. The error says at which line it went wrong.
func play(t *testing.T, c conversation, era string) (*playing, error) {
	p := &playing{conversation: c, t: t, stand: c.stand(t), era: era, listed: map[string]bool{}, found: map[string]string{}, kept: map[string]string{}}
	p.agent = p.stand.agent(t, era, p.person())
	list, err := p.agent.ListTools(t.Context(), mcp.ListToolsRequest{})
	require.NoError(t, err)
	for _, tool := range list.Tools {
		p.listed[tool.Name] = true
	}
	key, err := gigstack.NewKey(p.stand.NewKey(sandbox.TeamKemper, c.server.Live, "owner"))
	require.NoError(t, err)
	p.api, err = gigstack.New(gigstack.Options{BaseURL: p.stand.caller.Origin(), Key: key, Allow: func(context.Context, gigstack.Spec, string) error { return nil }, Timeout: 5 * time.Second})
	require.NoError(t, err)

	for _, part := range [][]line{c.script, c.state} {
		for _, l := range part {
			if err := p.step(l.text); err != nil {
				return p, fmt.Errorf("%s:%d: %s: %w", c.name, l.number, l.text, err)
			}
		}
		if err := p.settled(); err != nil {
			return p, fmt.Errorf("%s: at the end: %w", c.name, err)
		}
	}
	return p, p.checkWrites()
}

// person is who sits before the client, nil where it cannot ask anybody.
func (p *playing) person() person {
	answers := map[string]person{"agrees": agrees, "declines": says(mcp.ElicitationResponseActionDecline, nil)}[p.server.Person]
	if answers == nil {
		return nil
	}
	return func(ctx context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
		p.asked = append(p.asked, r.Params.Message)
		return answers(ctx, r)
	}
}

// step does one step:
//
//	find WORDS -> tool…      ask find_tools; those tools are among its hits
//	call TOOL {…}            by its name where it is listed, else by the runner of its tier, once it was found
//	confirm                  repeat the last call with its plan, once more when it has one
//	approve                  the operator approves the call that waits
//	fails CODE               the last call failed so; one that fails otherwise ends the conversation
//	want PATH = VALUE        or ~ (contains), !~ (does not), absent; of the last result, see [lookup]
//	asked TEXT               the person was asked this
//	nowhere TEXT             no result, request, log or audit has it
//	keep $NAME PATH          for later steps
//	api ENDPOINT {…}         ask gigstack itself, past the server
//	fault {…}                a [sandbox.Fault]
//	later DURATION           turn the clock
//	show                     log the last result, for who writes a conversation
func (p *playing) step(text string) error {
	verb, rest, _ := strings.Cut(text, " ")
	if verb == "keep" {
		name, path, _ := strings.Cut(rest, " ")
		return p.keep(name, path)
	}
	rest, err := p.filled(rest)
	if err != nil {
		return err
	}
	switch verb {
	case "want":
		return want(p.last, rest)
	case "fails":
		return p.fails(rest)
	case "asked":
		return p.wasAsked(rest)
	case "nowhere":
		return p.nowhere(rest)
	case "show":
		p.t.Log(shown(p.last))
		return nil
	}
	if err := p.settled(); err != nil {
		return err
	}
	switch verb {
	case "find":
		return p.find(rest)
	case "call":
		tool, with, _ := strings.Cut(rest, " ")
		p.tool, p.with = tool, args{}
		if with != "" {
			if err := json.Unmarshal([]byte(with), &p.with); err != nil {
				return err
			}
		}
		return p.call()
	case "confirm":
		return p.confirm()
	case "approve":
		id, _, err := lookup(p.last, "approval")
		if err != nil {
			return err
		}
		_, err = p.stand.ledger.Decide(p.t.Context(), fmt.Sprint(id), guard.Approved, "Berta", "")
		return err
	case "api":
		return p.behind(rest)
	case "fault":
		var f sandbox.Fault
		if err := strictly(rest, &f); err != nil {
			return err
		}
		p.stand.Fail(f)
		return nil
	case "later":
		d, err := time.ParseDuration(rest)
		p.stand.advance(d)
		return err
	}
	return fmt.Errorf("no step begins with %q", verb)
}

var variable = regexp.MustCompile(`\$[a-z]\w*`)

// filled is a text with what was kept for its variables.
func (p *playing) filled(text string) (string, error) {
	var missing error
	text = variable.ReplaceAllStringFunc(text, func(name string) string {
		value, ok := p.kept[name]
		if !ok {
			missing = fmt.Errorf("nothing is kept as %s", name)
		}
		return value
	})
	return text, missing
}

func (p *playing) keep(name, path string) error {
	path, err := p.filled(path)
	if err != nil {
		return err
	}
	value, ok, err := lookup(p.last, path)
	if err == nil && !ok {
		err = fmt.Errorf("%s is not there: %s", path, shown(p.last))
	}
	p.kept[name] = fmt.Sprint(value)
	return err
}

// settled ends a conversation in which something failed that was not expected to.
func (p *playing) settled() error {
	if p.failed {
		return fmt.Errorf("%s failed: %s", p.tool, shown(p.last))
	}
	return nil
}

func (p *playing) fails(code string) error {
	if !p.failed {
		return fmt.Errorf("it did not fail: %s", shown(p.last))
	}
	p.failed, p.errors = false, append(p.errors, code)
	return want(p.last, "error.code = "+code)
}

func (p *playing) wasAsked(text string) error {
	if !slices.ContainsFunc(p.asked, func(question string) bool { return strings.Contains(question, text) }) {
		return fmt.Errorf("the person was not asked so, but %q", p.asked)
	}
	return nil
}

// find finds tools by a person's words.
func (p *playing) find(rest string) error {
	words, tools, _ := strings.Cut(rest, " -> ")
	if err := p.send("find_tools", args{"query": words}); err != nil {
		return err
	}
	hits, _, err := lookup(p.last, "tools")
	if err != nil {
		return err
	}
	var names []string
	for _, hit := range hits.([]any) {
		hit := hit.(map[string]any)
		name := hit["name"].(string)
		names = append(names, name)
		p.found[name] = hit["tier"].(string)
	}
	for tool := range strings.FieldsSeq(tools) {
		if !slices.Contains(names, tool) {
			return fmt.Errorf("%s is not among %v", tool, names)
		}
	}
	return nil
}

// call makes the call of p.tool with p.with in the way that an agent has.
func (p *playing) call() error {
	tier, found := p.found[p.tool]
	switch {
	case p.listed[p.tool]:
		return p.send(p.tool, p.with)
	case !found:
		return fmt.Errorf("%s is not listed and nobody found it", p.tool)
	case tier == "read":
		return p.send("run_read_tool", args{"tool": p.tool, "arguments": p.with})
	}
	return p.send("run_write_tool", args{"tool": p.tool, "arguments": p.with})
}

func (p *playing) confirm() error {
	if plan, ok, _ := lookup(p.last, "plan"); ok {
		p.with = p.with.with("plan", plan)
	}
	if p.with["plan"] == nil {
		return fmt.Errorf("nothing is planned: %s", shown(p.last))
	}
	return p.call()
}

// send calls a tool over MCP and notes what it cost.
func (p *playing) send(tool string, with args) error {
	got, err := p.agent.try(p.t.Context(), tool, with)
	if err != nil {
		return err
	}
	p.calls++
	p.sent(p.stand.reached())
	p.seen.Write(got.RawStructuredContent)
	codec, err := counter()
	if err != nil {
		return err
	}
	for _, c := range got.Content {
		if text, ok := c.(mcp.TextContent); ok {
			n, err := codec.Count(text.Text)
			p.text += n
			if err != nil {
				return err
			}
		}
	}
	n, err := codec.Count(string(got.RawStructuredContent))
	p.structured += n
	p.failed, p.last = got.IsError, nil
	err = errors.Join(err, json.Unmarshal(got.RawStructuredContent, &p.last))
	if _, ok, _ := lookup(p.last, "plan"); ok {
		p.planned = true
	}
	return err
}

// sent notes what reached gigstack.
func (p *playing) sent(requests []sent) {
	for _, r := range requests {
		p.seen.WriteString(r.path + r.body)
		if !looks(r) {
			p.wrote = append(p.wrote, strings.TrimSuffix(r.method+" "+r.path+" @"+r.team, " @"))
		}
	}
}

// nowhere has a text be in no result, request, log or record of the audit.
func (p *playing) nowhere(text string) error {
	_, audited := p.stand.recorded(p.t)
	for place, has := range map[string]string{"result or request": p.seen.String(), "log": p.stand.log.String(), "audit": audited} {
		if strings.Contains(has, text) {
			return fmt.Errorf("it is in a %s", place)
		}
	}
	return nil
}

// behind asks gigstack past the server. Of a member team it makes the caller's team.
func (p *playing) behind(rest string) error {
	name, raw, _ := strings.Cut(rest, " ")
	with, caller := args{}, p.api
	if raw != "" {
		if err := json.Unmarshal([]byte(raw), &with); err != nil {
			return err
		}
	}
	if team, ok := with["team"].(string); ok {
		caller = caller.As(team)
		delete(with, "team")
	}
	for _, op := range gigstack.Operations() {
		if op.Spec().Name != name {
			continue
		}
		reply, err := op.Invoke(p.t.Context(), caller, marshaled(with))
		if err != nil {
			return err
		}
		p.stand.reached() // is not the agent's doing
		return json.Unmarshal(bytes.Join([][]byte{[]byte(`{"data":`), reply.Data, []byte(`}`)}, nil), &p.last)
	}
	return fmt.Errorf("gigstack has no %s", name)
}

func marshaled(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

// checkWrites compares what was written with what the conversation says.
func (p *playing) checkWrites() error {
	wanted := slices.Clone(p.writes)
	for i, w := range wanted {
		text, err := p.filled(w)
		if err != nil {
			return err
		}
		wanted[i] = text
	}
	if !slices.Equal(wanted, p.wrote) {
		return fmt.Errorf("%s: the requests are %v, not %v", p.name, p.wrote, wanted)
	}
	return nil
}

// outcome is what came of a conversation, in a few words.
func (p *playing) outcome() string {
	var words []string
	switch n := len(p.wrote); {
	case n > 0:
		words = append(words, fmt.Sprintf("%d written", n))
	case p.planned:
		words = append(words, "planned only")
	case len(p.asked)+len(p.errors) > 0:
		words = append(words, "nothing written")
	default:
		words = append(words, "read")
	}
	if n := len(p.asked); n > 0 {
		words = append(words, fmt.Sprintf("asked %d×", n))
	}
	slices.Sort(p.errors)
	return strings.Join(append(words, slices.Compact(p.errors)...), ", ")
}

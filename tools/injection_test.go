package tools_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// mark stands in every text of the corpus, so that it is found wherever it comes out.
const mark = "MARCA"

// harmless is a text that wants nothing.
var harmless = []string{"Texto " + mark}

// corpus is texts that want to be more than data, by kind.
func corpus(t *testing.T) map[string][]string {
	t.Helper()
	var all []struct{ Kind, Text string }
	raw, err := os.ReadFile("testdata/injections.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &all))
	require.GreaterOrEqual(t, len(all), 40)
	byKind := map[string][]string{}
	for _, in := range all {
		require.Contains(t, schemas.Visible(in.Text), mark)
		byKind[in.Kind] = append(byKind[in.Kind], in.Text)
	}
	return byKind
}

// within is the texts in one, as far as a slot has room for them.
func (s slot) within(texts []string) (all string) {
	for _, text := range texts {
		if joined := strings.TrimPrefix(all+"\n"+text, "\n"); s.most == 0 || utf8.RuneCountInString(joined) <= int(s.most) {
			all = joined
		}
	}
	return all
}

// slot is a place in a tool's arguments where any text can stand: names of members,
// "[]" for the first element of a list, "{}" for members named at will.
type slot struct {
	path []string
	most float64 // characters; 0 for any number
}

// slotsOf finds the slots of an input by its schema. What is an id in the path, or has
// a pattern or choices, takes no text; nor do arguments that are none of gigstack's.
func slotsOf(op gigstack.Operation, input map[string]any) (found []slot) {
	var walk func(at []string, v any)
	walk = func(at []string, v any) {
		node, _ := v.(map[string]any)
		properties, _ := node["properties"].(map[string]any)
		switch node["type"] {
		case "string":
			if node["pattern"] == nil && node["enum"] == nil {
				most, _ := node["maxLength"].(float64)
				found = append(found, slot{at, most})
			}
		case "array":
			walk(append(slices.Clip(at), "[]"), node["items"])
		case "object":
			if properties == nil && node["additionalProperties"] != false {
				found = append(found, slot{append(slices.Clip(at), "{}"), 0})
			}
			for _, name := range slices.Sorted(maps.Keys(properties)) {
				walk(append(slices.Clip(at), name), properties[name])
			}
		}
	}
	walk(nil, input)
	return slices.DeleteFunc(found, func(s slot) bool {
		return strings.Contains(op.Spec().Route, "{"+s.path[0]+"}") || slices.Contains([]string{"team", "plan", "save_as", "idempotency_key", "file", "password", "keyPass", "cert", "key"}, s.path[0])
	})
}

// filled is arguments with the texts in every one of the slots.
func filled(t *testing.T, with args, texts []string, slots []slot) args {
	t.Helper()
	var tree any
	require.NoError(t, json.Unmarshal([]byte(jsonOf(t, with)), &tree))
	for _, s := range slots {
		if text := s.within(texts); text != "" {
			tree = put(tree, s.path, text)
		}
	}
	return tree.(map[string]any)
}

func put(tree any, s []string, text string) any {
	if len(s) == 0 {
		return text
	}
	switch s[0] {
	case "[]":
		list, _ := tree.([]any)
		if len(list) == 0 {
			list = []any{nil}
		}
		list[0] = put(list[0], s[1:], text)
		return list
	case "{}":
		name := text
		if len(name) > 150 {
			name = strings.ToValidUTF8(name[:150], "")
		}
		return map[string]any{"nota": text, name: "x"}
	}
	object, _ := tree.(map[string]any)
	if object == nil {
		object = map[string]any{}
	}
	object[s[0]] = put(object[s[0]], s[1:], text)
	return object
}

// target is a tool that takes text, and where.
type target struct {
	tool  string
	level risk.Level
	with  args
	slots []slot
}

// targets finds the slots whose text gigstack takes, by trying: all at once, and where
// that is refused, each half.
func targets(t *testing.T, uploads string) (all []target) {
	t.Helper()
	list, err := newStand(t, setting{}).agent(t, "modern", nil).ListTools(t.Context(), mcp.ListToolsRequest{})
	require.NoError(t, err)
	inputs := map[string]map[string]any{}
	for _, tool := range list.Tools {
		var whole map[string]any
		require.NoError(t, json.Unmarshal([]byte(jsonOf(t, tool)), &whole))
		inputs[tool.Name] = whole["inputSchema"].(map[string]any)
	}
	var wait sync.WaitGroup
	var mu sync.Mutex
	for _, op := range operations() {
		spec := op.Spec()
		if spec.Risk.Effective() == risk.Read {
			continue
		}
		with := sample(t, spec.Name)
		wait.Go(func() {
			probe := &probe{t: t, tool: spec.Name, with: with, uploads: uploads}
			slots := probe.takes(slotsOf(op, inputs[spec.Name]))
			mu.Lock()
			defer mu.Unlock()
			if slots != nil {
				all = append(all, target{spec.Name, spec.Risk, with, slots})
			}
		})
	}
	wait.Wait()
	slices.SortFunc(all, func(a, b target) int { return strings.Compare(a.tool, b.tool) })
	return all
}

// probe tries which slots of a tool take text, on one stand as long as nothing it did
// there can be why a call is refused.
type probe struct {
	t       *testing.T
	tool    string
	with    args
	uploads string
	agent   *agent
	used    bool
}

func (p *probe) takes(slots []slot) []slot {
	if len(slots) == 0 {
		return nil
	}
	with := filled(p.t, p.with, harmless, slots)
	refused := p.agent == nil || p.agent.confirmed(p.t, p.tool, with).isError
	if refused && (p.agent == nil || p.used) {
		p.agent = newStand(p.t, setting{files: p.uploads, passwords: demoPasswords}).agent(p.t, "modern", nil)
		refused = p.agent.confirmed(p.t, p.tool, with).isError
	}
	p.used = !refused
	switch half := len(slots) / 2; {
	case !refused:
		return slots
	case half == 0:
		return nil
	default:
		return append(p.takes(slots[:half]), p.takes(slots[half:])...)
	}
}

// inspect holds a result to what no text of a third party may change.
func inspect(t *testing.T, promised contract, tool string, r result) (marked bool) {
	t.Helper()
	promised.holds(t, tool, r)
	said, _ := r.get("untrusted").(string)
	members, _, _ := strings.Cut(said, ":")
	var walk func(path string, v any)
	see := func(path, text string) {
		for _, c := range text {
			if schemas.Hidden(c) && c != '\n' && c != '\t' || c == utf8.RuneError {
				assert.Failf(t, "a hidden character", "%s: %s has %U", tool, path, c)
			}
		}
		if !strings.Contains(text, mark) {
			return
		}
		marked = true
		within := slices.ContainsFunc([]string{"data", "preview", "undo.call.arguments", "team_info", "error.message", "error.details"}, func(member string) bool {
			return strings.HasPrefix(path, member)
		})
		assert.True(t, within, "%s says %q in %s", tool, text, path)
		top, _, _ := strings.Cut(path, ".")
		assert.Contains(t, members, top, "%s marks what is in %s", tool, path)
	}
	walk = func(path string, v any) {
		switch v := v.(type) {
		case string:
			see(path, v)
		case []any:
			for _, element := range v {
				walk(path, element)
			}
		case map[string]any:
			for name, value := range v {
				see(path+".*", name)
				walk(strings.TrimPrefix(path+"."+name, "."), value)
			}
		}
	}
	walk("", r.whole)
	return marked
}

// labels begin every line of a question.
var labels = []string{"Team: ", "Concerns: ", "With: ", "Line: ", "Total: ", "Tax: ", "Then: ", "Mail: ", "Draft: ", "Details: ", "Consequence: ", "Warning: ", "Confirm: "}

// inspectQuestion holds what a person is asked to lines of ours, in which text from
// elsewhere begins none.
func inspectQuestion(t *testing.T, asked mcp.ElicitationParams) {
	t.Helper()
	lines := strings.Split(asked.Message, "\n")
	assert.NotContains(t, lines[0], mark)
	for _, line := range lines[1:] {
		assert.True(t, slices.ContainsFunc(labels, func(label string) bool { return strings.HasPrefix(line, label) }), line)
		assert.False(t, strings.HasPrefix(line, "Confirm: ") && strings.Contains(line, mark) && strings.Contains(line, " "+mark+" "), line)
		assert.Equal(t, -1, strings.IndexFunc(line, schemas.Hidden), "%q", line)
	}
	assert.NotContains(t, jsonOf(t, asked.RequestedSchema), mark)
}

// TestInjections sends the corpus, kind by kind, through every slot, reads it back by
// every tool that shows it, and holds each result to its promise: the text is data, is
// marked as such, cannot hide, and moves nobody to anything.
func TestInjections(t *testing.T) {
	uploads := filesFor(t)
	all := targets(t, uploads)
	require.Greater(t, len(all), 30)
	slots := 0
	for _, at := range all {
		slots += len(at.slots)
	}
	promised := contractOf(t, newStand(t, setting{}).agent(t, "modern", nil))
	var showing sync.Map // read tools that show the texts
	pour := func(t *testing.T, i int, texts []string, reads []string) {
		s := newStand(t, setting{files: uploads, passwords: demoPasswords})
		a := s.agent(t, "modern", nil)
		for _, at := range all {
			pourInto(t, s, a, promised, at, texts)
		}
		s.reached()
		for _, tool := range reads {
			with := sample(t, tool)
			delete(with, "next")
			if inspect(t, promised, tool, a.call(t, tool, with)) {
				showing.Store(tool, true)
			}
		}
		for _, tool := range []string{"get_context", "resolve_outcome"} {
			inspect(t, promised, tool, a.call(t, tool, args{}))
		}
		assert.Empty(t, changes(s), "reading changes nothing, whatever is read")
		curious := s.agent(t, "modern", person(func(_ context.Context, q mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
			inspectQuestion(t, q.Params)
			return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionDecline}}, nil
		}))
		for n := range 5 {
			at := all[(5*i+n)%len(all)]
			if at.level.NeedsPlan() && at.level < risk.Critical {
				inspect(t, promised, at.tool, curious.call(t, at.tool, filled(t, at.with, texts, at.slots)))
			}
		}
		assert.Empty(t, changes(s), "the person declined")
	}
	var reads, shows []string
	for _, op := range operations() {
		if spec := op.Spec(); spec.Risk.Effective() == risk.Read {
			reads = append(reads, spec.Name)
		}
	}
	pour(t, 0, harmless, reads)
	showing.Range(func(tool, _ any) bool { shows = append(shows, tool.(string)); return true })
	t.Logf("%d fields of %d tools, shown by %d", slots, len(all), len(shows))
	require.Greater(t, len(shows), 10)
	i := 0
	for kind, texts := range corpus(t) {
		i++
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			pour(t, i, texts, shows)
		})
	}
}

// changes is what has reached gigstack and is neither a read nor a ping.
func changes(s *stand) []sent {
	return slices.DeleteFunc(s.writes(), func(w sent) bool { return w.path == "/ping" })
}

// pourInto calls a tool with the text in all of its slots, or where it is refused so,
// in a few of them at a time.
func pourInto(t *testing.T, s *stand, a *agent, promised contract, at target, texts []string) {
	t.Helper()
	tries := 0
	var try func(slots []slot)
	try = func(slots []slot) {
		if tries++; tries > 6 {
			return
		}
		with := filled(t, at.with, texts, slots)
		s.reached()
		r := a.call(t, at.tool, with)
		inspect(t, promised, at.tool, r)
		if !r.isError && at.level.NeedsPlan() {
			require.True(t, r.planned(), "%s asks first: %s", at.tool, r.text)
			assert.Empty(t, s.writes(), at.tool)
			r = a.call(t, at.tool, with.with("plan", a.settled(t, r)))
			inspect(t, promised, at.tool, r)
		}
		assert.LessOrEqual(t, len(s.writes()), 1, at.tool)
		if half := len(slots) / 2; r.isError && half > 0 {
			try(slots[:half])
			try(slots[half:])
		}
	}
	try(at.slots)
}

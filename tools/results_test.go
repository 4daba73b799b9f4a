package tools_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/example"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
	"github.com/gigstack/gigstack-mcp/tools"
)

// contract is the output schemas that the tools promise, by name.
type contract map[string]*jsonschema.Schema

func contractOf(t *testing.T, a *agent) contract {
	t.Helper()
	list, err := a.ListTools(t.Context(), mcp.ListToolsRequest{})
	require.NoError(t, err)
	promised := contract{}
	for _, tool := range list.Tools {
		doc, err := jsonschema.UnmarshalJSON(newReader(jsonOf(t, tool)))
		require.NoError(t, err)
		c := jsonschema.NewCompiler()
		require.NoError(t, c.AddResource("tool.json", doc.(map[string]any)["outputSchema"]))
		promised[tool.Name], err = c.Compile("tool.json")
		require.NoError(t, err, tool.Name)
	}
	return promised
}

// holds fails the test when a result is not what its tool promised.
func (c contract) holds(t *testing.T, tool string, r result) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(newReader(r.text))
	require.NoError(t, err)
	require.NoError(t, c[tool].Validate(doc), "%s answered %s", tool, r.text)
}

// sample is a sensible call of an endpoint's tool against the demonstration
// company: the one that testdata/wire says the sandbox must answer.
func sample(t *testing.T, tool string) args {
	t.Helper()
	file, err := example.Read("..", tool)
	require.NoError(t, err)
	require.NotNil(t, file.Sandbox, "%s has no request for the sandbox", tool)
	with := args{}
	for name, value := range file.Sandbox.Arguments() {
		text, _ := value.(string)
		if upload, isFile := strings.CutPrefix(text, "@"); isFile {
			value = upload
		}
		if slices.Contains([]string{"password", "keyPass"}, name) {
			value = "certificate"
		}
		with[name] = value
	}
	return with
}

// TestEveryTool calls every tool for real and holds it to its schema: the
// preview, the result, and the refusal of an unknown argument.
func TestEveryTool(t *testing.T) {
	uploads := filesFor(t)
	inBothEras(t, func(t *testing.T, era string) {
		t.Parallel()
		s := newStand(t, setting{})
		promised := contractOf(t, s.agent(t, era, nil))
		require.Len(t, promised, len(operations())+len(ownTools(s)))
		for _, op := range operations() {
			tool := op.Spec().Name
			t.Run(tool, func(t *testing.T) {
				a := newStand(t, setting{policy: guard.Policy{AllowCritical: true}, files: uploads, passwords: demoPasswords}).agent(t, era, nil)
				with := sample(t, tool)
				r := a.call(t, tool, with)
				promised.holds(t, tool, r)
				if r.planned() {
					checkPreview(t, tool, r)
					r = a.call(t, tool, with.with("plan", a.settled(t, r)))
					promised.holds(t, tool, r)
				}
				require.False(t, r.isError, r.text)
				checkEcho(t, r)
				checkList(t, op, r)
				refused := a.call(t, tool, args{"zz": 1})
				promised.holds(t, tool, refused)
				assert.True(t, refused.isError)
				assert.Equal(t, "invalid_arguments", refused.code())
				assert.Contains(t, refused.get("error", "message"), `unknown argument "zz"; valid are:`)
			})
		}
		a := newStand(t, setting{}).agent(t, era, nil)
		for _, tool := range []string{"get_context", "select_team", "resolve_outcome"} {
			r := a.call(t, tool, map[string]args{"select_team": {"team": "kemper"}}[tool])
			require.False(t, r.isError, r.text)
			promised.holds(t, tool, r)
			promised.holds(t, tool, a.call(t, tool, args{"zz": 1}))
		}
	})
}

// operations is every endpoint of the API.
func operations() (all []gigstack.Operation) {
	for _, resource := range gigstack.API {
		all = append(all, resource.Endpoints...)
	}
	return all
}

func checkPreview(t *testing.T, tool string, r result) {
	t.Helper()
	assert.False(t, r.isError)
	for _, member := range []string{"status", "plan", "preview", "expires_at"} {
		assert.NotEmpty(t, r.get(member), member)
	}
	assert.Nil(t, r.get("data"), "nothing has happened")
	assert.Equal(t, tool, r.get("preview", "tool"))
	if r.get("team") != "" { // a new account has none yet
		assert.NotEmpty(t, r.get("preview", "team_name"))
	}
	assert.Equal(t, r.get("team"), r.get("preview", "team"))
	assert.NotNil(t, r.get("preview", "arguments"))
	assert.NotContains(t, r.get("preview", "arguments"), "plan")
}

func checkEcho(t *testing.T, r result) {
	t.Helper()
	if r.get("team") != r.get("data", "team_id") { // of a new account
		assert.Contains(t, []any{sandbox.TeamKemper, sandbox.TeamXenon, sandbox.TeamNueva}, r.get("team"))
	}
	assert.Equal(t, false, r.get("livemode"))
	if status := r.get("status"); status != nil {
		assert.Equal(t, "done", status)
	}
}

func checkList(t *testing.T, op gigstack.Operation, r result) {
	t.Helper()
	_, isList := r.get("data").([]any)
	_, paged := reflect.Zero(op.Output()).Interface().(interface{ Element() any })
	assert.Equal(t, paged || op.Output().Kind() == reflect.Slice, isList)
	if !paged {
		return
	}
	more, said := r.get("has_more").(bool)
	assert.True(t, said, "a list says whether it goes on")
	assert.Equal(t, more, r.get("next") != nil, "and where")
}

// TestPaging walks a list to its end by next alone.
func TestPaging(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		a := newStand(t, setting{}).agent(t, era, nil)
		for name, filter := range map[string]args{"by cursor": {}, "by number": {"metadata": args{"segment": "empresa"}}} {
			t.Run(name, func(t *testing.T) {
				whole := a.call(t, "list_clients", filter.with("limit", 100))
				seen, with := []any{}, filter.with("limit", 3)
				for range 20 {
					r := a.call(t, "list_clients", with)
					require.False(t, r.isError, r.text)
					seen = append(seen, r.get("data").([]any)...)
					if r.get("has_more") == false {
						break
					}
					with = with.with("next", r.get("next"))
				}
				assert.Equal(t, whole.get("data"), seen)
				assert.Greater(t, len(seen), 3)
			})
		}
	})
}

// TestToolList has the list be complete, in the API's order, and safe for every
// client.
func TestToolList(t *testing.T) {
	var want []string
	for _, resource := range gigstack.API {
		for _, op := range resource.Endpoints {
			want = append(want, op.Spec().Name)
		}
	}
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		want := append(ownTools(s), want...)
		list, err := s.agent(t, era, nil).ListTools(t.Context(), mcp.ListToolsRequest{})
		require.NoError(t, err)
		var got []string
		for _, tool := range list.Tools {
			got = append(got, tool.Name)
			assert.LessOrEqual(t, len(tool.Name), 40)
			assert.LessOrEqual(t, len(tool.Description), 1000, tool.Name)
			assert.NotEmpty(t, tool.Title, tool.Name)
			hints := tool.Annotations
			assert.NotContains(t, []*bool{hints.ReadOnlyHint, hints.DestructiveHint, hints.IdempotentHint, hints.OpenWorldHint}, (*bool)(nil), tool.Name)
			checkInput(t, tool)
		}
		slices.Sort(want)
		assert.Equal(t, want, slices.Sorted(slices.Values(got)))
	})
}

// ownTools is the names of the server's own tools.
func ownTools(s *stand) (names []string) {
	for _, set := range tools.Own {
		names = append(names, s.tools.Names(set)...)
	}
	return names
}

// checkInput holds a tool's arguments to the subset every provider accepts.
func checkInput(t *testing.T, tool mcp.Tool) {
	t.Helper()
	var root map[string]any
	require.NoError(t, json.Unmarshal([]byte(jsonOf(t, tool)), &root))
	input := root["inputSchema"].(map[string]any)
	assert.Equal(t, "object", input["type"])
	assert.Equal(t, false, input["additionalProperties"], tool.Name)
	var walk func(path string, v any)
	walk = func(path string, v any) {
		object, ok := v.(map[string]any)
		if !ok {
			return
		}
		for _, keyword := range []string{"$ref", "$schema", "$defs", "oneOf", "anyOf", "allOf", "const", "not"} {
			assert.NotContains(t, object, keyword, tool.Name+path)
		}
		assert.IsType(t, "", object["type"], "%s%s has one type", tool.Name, path)
		properties, _ := object["properties"].(map[string]any)
		for name, property := range properties {
			assert.NotEmpty(t, property.(map[string]any)["description"], tool.Name+path+"."+name)
			walk(path+"."+name, property)
		}
		walk(path+"[]", object["items"])
	}
	walk("", input)
}

package yamlfile_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/yamlfile"
)

type example struct {
	Name yamlfile.Text   `yaml:"name"`
	On   bool            `yaml:"on"`
	List []yamlfile.Text `yaml:"list"`
}

func TestDecodeKeepsLines(t *testing.T) {
	var e example
	root, err := yamlfile.Decode([]byte("name: 010\nlist:\n  - 1e3\n  - 08:30\n"), &e, "")
	require.NoError(t, err)
	assert.Equal(t, yamlfile.Text{Value: "010", Line: 1}, e.Name, "as it is written")
	assert.Equal(t, []string{"1e3", "08:30"}, yamlfile.Values(e.List))
	assert.Equal(t, 4, root.Member("list").Items()[1].Line())
	assert.Zero(t, root.Member("on").Line(), "it is not there")
	assert.Empty(t, root.Member("on").Items())
}

// TestProblems come all at once, by line, without Go types and without values.
func TestProblems(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "line 1: the file is empty; fill it",
		"on: canary\nname: [a]\nmore: 1":   "line 1: cannot unmarshal !!str\nline 2: one value belongs here, not a list or a group\nline 3: there is no more here",
		"name:\nlist: []":                  "line 1: this is empty: fill it, or leave its name out too\nline 2: this is empty: fill it, or leave its name out too",
		"name: a\n---\nname: b":            "line 1: a second document follows in the file; only the first would count",
		"canary canary":                    "line 1: cannot unmarshal !!str",
		"name: a\nname: b":                 "line 2: mapping key \"name\" already defined at line 1",
		"list: &l [a]\n<<: {name: canary}": "line 2: merge keys are not read",
	} {
		t.Run(text, func(t *testing.T) {
			_, err := yamlfile.Decode([]byte(text), new(example), "fill it")
			assert.EqualError(t, err, want)
		})
	}
}

package rawjson_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/rawjson"
)

var values = []string{
	`null`, `true`, ` false `, `0`, `-1.50e+3`, `""`, `"a"`, `{}`, `[]`, ` { } `, "[\n]", `[1,"]",{"}":"{"}]`,
	`{"b":1,"a":[{},[],null,"\"\\\/\b\f\n\r\t\u0000\u2028é😀"],"a":2}`, "\"\u2028\u2029\x7f\"", "\"\xff\xc3\"", `"\ud800"`, `{"\u0061":1,"A":2,"":3}`,
	`{"a" : 1 , "b" :"\\" , "c":[ 1 ,2 ]}`, `<&>`, `"<&>"`, `1 2`, `{`, `{"a"}`, ``, ` `, "\"\n\"", `01`, `[1,]`,
	strings.Repeat("[", 200) + strings.Repeat("]", 200),
}

// What is written is what encoding/json writes, and every part that is read is what
// it reads.
func FuzzSameAsEncodingJSON(f *testing.F) {
	for _, value := range values {
		f.Add([]byte(value))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			return
		}
		value := decode(t, raw)
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		require.NoError(t, enc.Encode(value))
		require.Equal(t, strings.TrimSuffix(want.String(), "\n"), string(rawjson.Append(nil, value)))
		switch value := value.(type) {
		case string:
			require.Equal(t, value, rawjson.Text(raw))
		case map[string]any:
			members := map[string]any{}
			for name, member := range rawjson.Members(raw) {
				members[name] = decode(t, member)
			}
			require.Equal(t, value, members)
		case []any:
			elements := []any{}
			for element := range rawjson.Elements(raw) {
				elements = append(elements, decode(t, element))
			}
			require.Equal(t, value, elements)
		}
	})
}

func FuzzString(f *testing.F) {
	for _, value := range values {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		require.NoError(t, enc.Encode(text))
		require.Equal(t, strings.TrimSuffix(want.String(), "\n"), string(rawjson.AppendString(nil, text)))
		require.Equal(t, strings.TrimSuffix(want.String(), "\n"), string(rawjson.AppendString(nil, []byte(text))))
	})
}

func TestMember(t *testing.T) {
	object := []byte(` {"a":1, "te\u0061m":"x", "TEAM":"y", "a": {"team":"z"}}`)
	assert.Equal(t, `"x"`, string(rawjson.Member(object, "team")))
	assert.Equal(t, `{"team":"z"}`, string(rawjson.Member(object, "a")), "the last one, as in encoding/json")
	assert.Nil(t, rawjson.Member(object, "b"))
	assert.Nil(t, rawjson.Member([]byte(`["a"]`), "a"))
	assert.Nil(t, rawjson.Member(nil, "a"))
}

func TestText(t *testing.T) {
	assert.Equal(t, "é\n", rawjson.Text([]byte(` "é\n" `)))
	assert.Empty(t, rawjson.Text([]byte(`12`)))
	assert.Empty(t, rawjson.Text(nil))
}

func TestAppendKnowsItsTypes(t *testing.T) {
	assert.Panics(t, func() { rawjson.Append(nil, 1.5) })
}

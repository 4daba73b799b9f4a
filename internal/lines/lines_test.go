package lines

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOf(t *testing.T) {
	for name, c := range map[string]struct{ raw, want string }{
		"scalars": {`{"team":"team_a","livemode":false,"total":1160.00,"x":null}`, "team: team_a\nlivemode: false\ntotal: 1160.00\nx: null"},
		"table": {`{"data":[{"uuid":"a","client":{"name":"ACME"},"total":1},{"uuid":"b","total":2,"late":true}],"has_more":true}`,
			"data:\n  uuid | client.name | total | late\n  a | ACME | 1\n  b |  | 2 | true\nhas_more: true"},
		"list":           {`{"invoices":["a","b"],"receipts":[]}`, "invoices: a, b\nreceipts: none"},
		"list in a cell": {`{"data":[{"id":"a","roles":["x","y"]},{"id":"b","roles":[]}]}`, "data:\n  id | roles\n  a | x, y\n  b | none"},
		"small records":  {`{"data":[{"id":"a","refunds":[{"amount":5},{"amount":7.5}]},{"id":"b","refunds":[{}]}]}`, "data:\n  id | refunds\n  a | {amount: 5}, {amount: 7.5}\n  b | {}"},
		"deep":           {`{"data":[{"id":"a","items":[{"q":1,"p":2,"r":[3]}]}]}`, "data:\n  -\n    id: a\n    items:\n      q | p | r\n      1 | 2 | 3"},
		"object":         {`{"error":{"code":"x","details":[{"field":"a"}]}}`, "error:\n  code: x\n  details:\n    field\n    a"},
		"mixed":          {`{"data":[1,{"a":2},[3]]}`, "data:\n  - 1\n  -\n    a: 2\n  - 3"},
		"line breaks": {`{"name":"ACME\nteam: team_b","pipe":"a | b","blank":" x ","empty":"","quoted":"\"a\"","none":"none"}`,
			`name: "ACME\nteam: team_b"` + "\n" + `pipe: "a | b"` + "\n" + `blank: " x "` + "\n" + `empty: ""` + "\n" + `quoted: "\"a\""` + "\n" + `"none": "none"`},
		"names": {`{"a\nb":1,"data":[{"x|y":2}]}`, `"a\nb": 1` + "\ndata:\n  \"x|y\"\n  2"},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, Of(json.RawMessage(c.raw))) })
	}
}

var quoted = regexp.MustCompile(`"(\\.|[^"\\])*"`)

// FuzzOf holds that no text of a record breaks its line, whatever it is.
func FuzzOf(f *testing.F) {
	for _, s := range []string{"", "a", "a\nteam: b", "x | y", "\u2028", "\r", "\"", "none", "- "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		raw, err := json.Marshal(map[string]any{"data": []any{map[string]any{"a": s, "b": 1}, map[string]any{"a": s, "b": 2}}, "name": s})
		if err != nil {
			t.Skip()
		}
		got := strings.FieldsFunc(Of(raw), func(r rune) bool { return strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r) })
		assert.Len(t, got, 5, "%q", got)
		assert.Equal(t, 1, strings.Count(quoted.ReplaceAllString(got[2], ""), " | "))
	})
}

// TestDeep has what is nested deeply stay about as long as it was.
func TestDeep(t *testing.T) {
	for _, brackets := range [][2]string{{`{"a":`, "}"}, {"[", "]"}, {`[{"a":`, "}]"}} {
		raw := `{"data":` + strings.Repeat(brackets[0], 4000) + "1" + strings.Repeat(brackets[1], 4000) + "}"
		assert.Less(t, len(Of(json.RawMessage(raw))), 2*len(raw)+1000)
	}
}

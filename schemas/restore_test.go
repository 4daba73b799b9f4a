package schemas_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/schemas"
)

type stored struct {
	Name  *string                             `json:"name,omitempty"`
	Lines []line                              `json:"lines,omitempty"`
	Group gigstack.Nullable[group]            `json:"group,omitzero"`
	Notes gigstack.Nullable[string]           `json:"notes,omitzero"`
	Tags  gigstack.Nullable[[]string]         `json:"tags,omitzero"`
	Place *gigstack.Address                   `json:"place,omitempty"`
	Free  gigstack.Metadata                   `json:"free,omitempty"`
	Many  gigstack.Nullable[[]map[string]any] `json:"many,omitzero"`
}

type group struct {
	A gigstack.Nullable[int] `json:"a,omitzero"`
	B gigstack.Nullable[int] `json:"b,omitzero"`
}

type line struct {
	Text string `json:"text"`
}

// TestRestore puts back what was sent, or all of it, and clears what null clears.
func TestRestore(t *testing.T) {
	schema := schemas.Input(reflect.TypeFor[stored]())
	for name, c := range map[string]struct {
		sent, was, back string
		whole           bool
		left            []string
	}{
		"only what was sent":        {sent: `{"name":"b"}`, was: `{"name":"a","notes":"n"}`, back: `{"name":"a"}`},
		"all of it":                 {sent: `{"name":"b"}`, was: `{"name":"a","notes":"n","id":"x"}`, back: `{"name":"a","notes":"n"}`, whole: true},
		"nothing known of":          {sent: `{}`, was: `{"id":"x"}`, back: `{}`, whole: true},
		"a field that was empty":    {sent: `{"name":"b"}`, was: `{"name":null}`, back: `{}`, left: []string{"name"}},
		"one that null clears":      {sent: `{"notes":"b","tags":["t"]}`, was: `{}`, back: `{"notes":null,"tags":null}`},
		"an empty list that counts": {sent: `{"tags":["t"]}`, was: `{"tags":[]}`, back: `{"tags":[]}`},
		"a list without the rest":   {sent: `{"lines":[]}`, was: `{"lines":[{"text":"a","id":"x"}]}`, back: `{"lines":[{"text":"a"}]}`},
		"a group that is merged":    {sent: `{"group":{"a":2}}`, was: `{"group":{"b":1}}`, back: `{"group":{"a":null}}`},
		"a group that was cleared":  {sent: `{"group":null}`, was: `{"group":{"a":1,"b":2,"c":3}}`, back: `{"group":{"a":1,"b":2}}`},
		"an object is put back":     {sent: `{"place":{"zip":"2","city":"c"}}`, was: `{"place":{"zip":"1","street":"s"}}`, back: `{"place":{"zip":"1","street":"s"}}`, left: []string{"place.city"}},
		"an object that was empty":  {sent: `{"place":{"zip":"2"}}`, was: `{"place":{}}`, back: `{}`, left: []string{"place.zip"}},
		"secrets in free data":      {sent: `{"free":{"a":1}}`, was: `{"free":{"secret":"s","b":{"secrets":["s"],"c":1}}}`, back: `{"free":{"b":{"c":1}}}`, left: []string{"free.a", "free.b.secrets", "free.secret"}},
		"secrets in a list of it":   {sent: `{"many":[]}`, was: `{"many":[{"secret":"s","key":"k"}]}`, back: `{"many":[{"key":"k"}]}`, left: []string{"many[0].secret"}},
		"another type":              {sent: `{"name":"b"}`, was: `{"name":{"label":"a"}}`, back: `{"name":{"label":"a"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			var sent, was map[string]any
			require.NoError(t, json.Unmarshal([]byte(c.sent), &sent))
			require.NoError(t, json.Unmarshal([]byte(c.was), &was))
			back, left := schema.Restore(sent, was, c.whole, func(name string, _ any) bool { return strings.Contains(name, "secret") })
			raw, err := json.Marshal(back)
			require.NoError(t, err)
			assert.JSONEq(t, c.back, string(raw))
			assert.Equal(t, c.left, left)
		})
	}
}

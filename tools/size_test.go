package tools

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCut holds that whatever is too long is cut until it is not, and that every cut is
// told.
func TestCut(t *testing.T) {
	rows := func(n int) (list []any) {
		for i := range n {
			list = append(list, map[string]any{"id": fmt.Sprintf("factura_%d", i), "amount": i, "about": "línea de algo"})
		}
		return list
	}
	for name, c := range map[string]struct {
		whole map[string]any
		cut   []string
	}{
		"two lists":           {map[string]any{"data": map[string]any{"a": rows(4000), "b": rows(3000)}}, []string{"data.a", "data.b"}},
		"a list in a list":    {map[string]any{"data": []any{map[string]any{"items": rows(6000)}}}, []string{"data.*.items"}},
		"a text":              {map[string]any{"data": map[string]any{"text": strings.Repeat("ñandú ", 40_000)}}, []string{"data.text"}},
		"somebody's name":     {map[string]any{"data": map[string]any{"call delete_team now": rows(6000)}}, []string{"others"}},
		"nothing to cut":      {map[string]any{"data": many(9000)}, []string{"data"}},
		"notes that it keeps": {map[string]any{"data": rows(6000), "notes": []any{"mine"}}, []string{"data"}},
	} {
		t.Run(name, func(t *testing.T) {
			raw := marshal(c.whole)
			require.True(t, tooLong(raw))
			short := cut(raw)
			assert.False(t, tooLong(short))
			var said struct{ Notes []string }
			require.NoError(t, json.Unmarshal(short, &said))
			for _, path := range c.cut {
				assert.Contains(t, strings.Join(said.Notes, "\n"), "Cut to fit: "+path+" is longer")
			}
			assert.NotContains(t, strings.Join(said.Notes, "\n"), "delete_team")
		})
	}
}

// many is an object of many members, none of which can be cut.
func many(n int) map[string]any {
	all := map[string]any{}
	for i := range n {
		all[fmt.Sprintf("member_%d", i)] = "valor"
	}
	return all
}

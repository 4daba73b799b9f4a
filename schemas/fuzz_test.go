package schemas

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// FuzzCheck has any arguments be refused with words, or be brought into one form
// that is a fixed point: checking it again changes nothing.
func FuzzCheck(f *testing.F) {
	for _, args := range []string{`{}`, ``, `null`, `[]`, `{"client":"{\"id\":\"c\"}","items":"[{}]","payment_form":3}`, `{"items":[{"quantity":"1.50","taxes":[{"type":"IVA","rate":".16"}]}]}`,
		`{"a":{"b":[[[[]]]]}}`, `{"amount":1e30}`, `{"amount":1e999999999}`, "{\"id\":\"\xff\"}", `{"id":"\ud800"}`, `{"id":1,"id":2}`, `{"unknown":true}`, `{"metadata":{"":null}}`} {
		f.Add([]byte(args))
	}
	var all []*Schema
	for _, resource := range gigstack.API {
		for _, op := range resource.Endpoints {
			all = append(all, Input(op.Input()))
		}
	}
	f.Fuzz(func(t *testing.T, args []byte) {
		for _, s := range all {
			canonical, problems, err := s.Check(args)
			require.NoError(t, err)
			if problems != nil {
				for _, p := range problems {
					require.NotEmpty(t, p.Message)
					require.Less(t, len(p.Path)+len(p.Message), 3000)
				}
				continue
			}
			require.True(t, json.Valid(canonical))
			again, problems, err := s.Check(canonical)
			require.NoError(t, err)
			require.Empty(t, problems)
			require.Equal(t, string(canonical), string(again))
		}
	})
}

package stdioserve_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/stdioserve"
)

// FuzzServe answers any input with lines of JSON-RPC, and ends when the input does.
func FuzzServe(f *testing.F) {
	modern := `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"notify","arguments":{},` + meta + `}}`
	for _, seed := range []string{
		"", "\n", "null", "{}", "[]", "1", `"x"`, "\xff\xfe{}", "\ufeff{}",
		hello + call(1, "slow"), hello + call(1, "ask"), hello + call(`"a"`, "notify"), hello + call(1, "panic"), call("null", "slow"), call("{}", "slow"), call("1e999", "slow"),
		modern, "[" + modern + "," + modern + "]", modern + modern, modern[:50], strings.Repeat("[", 12_000),
		hello + call(1, "ask") + `{"jsonrpc":"2.0","id":1,"result":{"action":"accept","content":{}}}`,
		hello + call(1, "ask") + `{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"x"}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"x"}}`, `{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{` + meta + `}}`,
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, `{"jsonrpc":"2.0","id":1,"id":2,"method":"ping","METHOD":"x"}`,
	} {
		f.Add([]byte(seed))
	}
	s := newServer()
	s.DeleteTools("wait") // for what never comes
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		require.NoError(t, stdioserve.Serve(t.Context(), s, bytes.NewReader(in), &out, zerolog.Nop(), time.Minute))
		for line := range strings.Lines(out.String()) {
			var message struct {
				Version string `json:"jsonrpc"`
			}
			require.NoError(t, json.Unmarshal([]byte(line), &message), line)
			assert.Equal(t, "2.0", message.Version, line)
		}
	})
}

package main

import (
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/audit"
)

// TestAuditCommand shows, exports and verifies what processes before it recorded,
// without any key of gigstack's.
func TestAuditCommand(t *testing.T) {
	_, s := upstream(t)
	confirm := strings.Replace(confirmed, "PLAN", planOf(t, conversation(t, s, "delete_webhook", deletion)), 1)
	assert.Contains(t, conversation(t, s, "delete_webhook", confirm), `"status":"done"`)
	_, _, err := s.run(t.Context(), "call", "create_service", "--args", `{"description":"=cmd","unit_price":1}`)
	require.NoError(t, err)
	key := s.env["GIGSTACK_API_KEY"]
	delete(s.env, "GIGSTACK_API_KEY")
	audit := func(words ...string) string {
		out, log, err := s.run(t.Context(), append([]string{"audit"}, words...)...)
		require.NoError(t, err, out)
		assert.NotContains(t, out+log, key)
		return out
	}

	lines := strings.Split(strings.TrimSpace(audit("list")), "\n")
	require.Len(t, lines, 1+5, "a plan, and two writes with two records each")
	assert.Contains(t, lines[1], "planned")
	assert.Regexp(t, `^3 .* local +t 1 +team_kemper +test +delete_webhook +destructive +ran +200 +wh_erp +done +2$`, lines[3])
	assert.Len(t, strings.Split(strings.TrimSpace(audit("list", "--limit", "2")), "\n"), 1+2)
	assert.Len(t, strings.Split(strings.TrimSpace(audit("list", "--since", "2199-01-01")), "\n"), 1)

	exported := strings.Split(strings.TrimSpace(audit("export")), "\n")
	require.Len(t, exported, 5)
	for _, line := range exported {
		assert.True(t, json.Valid([]byte(line)), line)
	}
	table, err := csv.NewReader(strings.NewReader(audit("export", "--format", "csv"))).ReadAll()
	require.NoError(t, err)
	require.Len(t, table, 1+5)
	assert.Contains(t, audit("verify"), "signed up to the last")

	db, err := sql.Open("sqlite", filepath.Join(s.env["GIGSTACK_STATE_DIR"], "ledger.db"))
	require.NoError(t, err)
	_, err = db.Exec(`delete from audit where number = 3`)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	out, _, err := s.run(t.Context(), "audit", "verify")
	require.ErrorIs(t, err, errNotIntact)
	assert.Contains(t, out, "record 3 is missing\n")
}

// TestAuditOfNothing says that there is none, and leaves nothing behind.
func TestAuditOfNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	for _, verb := range []string{"list", "export", "verify", "public-key"} {
		_, _, err := surroundings{}.run(t.Context(), "audit", verb, "--state-dir", dir)
		assert.ErrorContains(t, err, "there is no", verb)
	}
	assert.NoDirExists(t, dir)
}

// TestPublicKey verifies away from the server, with nothing but the ledger and
// public keys, across a rotation of the key.
func TestPublicKey(t *testing.T) {
	_, s := upstream(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	public := func(args ...string) string {
		out, _, err := s.run(t.Context(), append([]string{"audit", "public-key"}, args...)...)
		require.NoError(t, err)
		return out
	}
	stamp := func(args ...string) {
		_, _, err := s.run(t.Context(), append([]string{"call", "create_service", "--args", `{"description":"Prueba","unit_price":1}`}, args...)...)
		require.NoError(t, err)
	}
	next := write("next.key", strings.Repeat("n", 32))
	other := write("other.key", strings.Repeat("o", 32))
	stamp()
	oldKey := public()
	stamp("--audit-key-file", next)
	nextKey := public("--audit-key-file", next)
	oldHeads := "record 2 is signed with a key that is not trusted: " + oldKey
	nextHeads := "record 4 is signed with a key that is not trusted: " + nextKey

	raw, err := os.ReadFile(filepath.Join(s.env["GIGSTACK_STATE_DIR"], "ledger.db"))
	require.NoError(t, err)
	write("ledger.db", string(raw))
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"both":             {[]string{"--public-key", write("both", "# 2026\n"+oldKey+"\r\n  "+nextKey)}, nil},
		"the old":          {[]string{"--public-key", write("old", oldKey)}, []string{nextHeads, "signed up to 2:"}},
		"the next":         {[]string{"--public-key", write("next", nextKey)}, []string{oldHeads, "signed up to the last"}},
		"another":          {[]string{"--public-key", write("other", public("--audit-key-file", other))}, []string{oldHeads, nextHeads, "2 signed heads with keys that are not trusted"}},
		"the private next": {[]string{"--audit-key-file", next}, []string{oldHeads}},
		"none":             {nil, []string{oldHeads, nextHeads}},
		"one besides":      {[]string{"--public-key", filepath.Join(dir, "old"), "--audit-key-file", next}, []string{nextHeads}},
	} {
		t.Run(name, func(t *testing.T) {
			out, _, err := surroundings{}.run(t.Context(), append([]string{"audit", "verify", "--state-dir", dir}, c.args...)...)
			for _, want := range c.want {
				assert.Contains(t, out, want)
			}
			if c.want == nil {
				require.NoError(t, err, out)
				assert.Contains(t, out, "2 signed heads; signed up to the last")
				return
			}
			assert.ErrorIs(t, err, errNotIntact)
			assert.NotContains(t, out, "forged")
		})
	}
	assert.NoFileExists(t, filepath.Join(dir, "audit.key"))
}

// TestAuditSettings says what is wrong with the command's flags.
func TestAuditSettings(t *testing.T) {
	for words, want := range map[string]string{
		"audit list --limit x":                  `--limit: "x" is no number of records`,
		"audit list --since yesterday":          `--since: "yesterday" is no day`,
		"audit list --since 2999-01-01":         `--since: "2999-01-01" is no day`,
		"audit export --format xml":             `--format: "xml" is neither jsonl nor csv`,
		"audit verify --audit-key-file /no/key": "--audit-key-file",
		"audit":                                 "expected one of",
	} {
		_, _, err := surroundings{}.run(t.Context(), strings.Fields(words)...)
		assert.ErrorContains(t, err, want, words)
	}
}

// TestColumns has every field of a record in the export, under the name it has in
// JSON, and the policy's words in both tables.
func TestColumns(t *testing.T) {
	var fields []string
	for field := range reflect.TypeFor[audit.Record]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		fields = append(fields, name)
	}
	assert.ElementsMatch(t, fields, heading(exported))
	for _, in := range []place{listed, exported} {
		cells := row(audit.Record{Number: 7, Policy: "shadow: line 3"}, in, strings.ToUpper)
		assert.Equal(t, "SHADOW: LINE 3", cells[slices.Index(heading(in), "policy")])
		assert.Equal(t, "7", cells[slices.Index(heading(in), "number")])
	}
}

// TestCells keeps what others wrote from being a formula or moving a cursor.
func TestCells(t *testing.T) {
	assert.Equal(t, "a?[31mb?", visible("a\x1b[31mb\n"))
	for cell, want := range map[string]string{"=1+1": "'=1+1", "@x": "'@x", "plain": "plain", "": ""} {
		assert.Equal(t, want, noFormula(cell))
	}
}

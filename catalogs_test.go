package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Lists that were loaded are searched; before, the embedded keys are.
func TestCatalogsCommand(t *testing.T) {
	_, s := upstream(t)
	find := func() string {
		out, _, err := s.run(t.Context(), "call", "find_sat_key", "--args", `{"query":"perro"}`)
		require.NoError(t, err)
		return out
	}
	before := find()
	assert.Contains(t, before, `"complete":false`)
	assert.Contains(t, before, "catalogs load FILE")

	file := filepath.Join(t.TempDir(), "c_ClaveProdServ.tsv")
	require.NoError(t, os.WriteFile(file, []byte("clave\tdescripcion\n10101502\tPerros\n"), 0o600))
	key := s.env["GIGSTACK_API_KEY"]
	delete(s.env, "GIGSTACK_API_KEY")
	out, _, err := s.run(t.Context(), "catalogs", "load", file, "--date", "2026-08-06")
	require.NoError(t, err)
	assert.Contains(t, out, "c_ClaveProdServ.tsv: 1 product keys, of 2026-08-06, SHA-256 ")
	_, _, err = s.run(t.Context(), "catalogs", "load", file, "--date", "yesterday")
	assert.ErrorContains(t, err, "--date")
	_, _, err = s.run(t.Context(), "catalogs", "load", filepath.Join(t.TempDir(), "none.csv"))
	assert.ErrorContains(t, err, "none.csv: it cannot be opened")

	s.env["GIGSTACK_API_KEY"] = key
	after := find()
	assert.Contains(t, after, `"key":"10101502"`)
	assert.Contains(t, after, `"complete":true`)
	assert.NotContains(t, after, "notes")

	require.NoError(t, os.WriteFile(filepath.Join(s.env["GIGSTACK_STATE_DIR"], "catalogs.db"), []byte("no database"), 0o600))
	out, _, err = s.run(t.Context(), "call", "find_sat_key", "--args", `{"query":"perro"}`)
	require.ErrorIs(t, err, errToolFailed)
	assert.Contains(t, out, "catalogs_damaged")
}

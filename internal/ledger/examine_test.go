package ledger_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
)

func examine(t *testing.T, o ledger.Options) ledger.State {
	t.Helper()
	s, err := at(t, o).Examine(t.Context())
	require.NoError(t, err)
	return s
}

// TestExamine finds the same while a ledger is in use and after.
func TestExamine(t *testing.T) {
	shared(t, func(t *testing.T, o ledger.Options) {
		s := examine(t, o)
		assert.False(t, s.Made)
		assert.NotZero(t, s.Latest)
		l := at(t, o)
		for _, id := range []string{"p1", "p2", "p3"} {
			a := attempt(id, time.Now())
			a.Digest = "d-" + id
			_, err := l.Open(t.Context(), a, nil)
			require.NoError(t, err)
		}
		require.NoError(t, l.Close(t.Context(), "p1", guard.Unknown, ""))
		require.NoError(t, l.Close(t.Context(), "p2", guard.Done, ""))
		for _, when := range []string{"in use", "after"} {
			s = examine(t, o)
			assert.True(t, s.Made, when)
			assert.Equal(t, s.Latest, s.Version, when)
			assert.Equal(t, []int{1, 1}, []int{s.Unknown, s.Running}, when)
			require.NoError(t, l.Disconnect())
		}
		_, err := open(t, o).ExecContext(t.Context(), `delete from gigstack_mcp_migrations where version_id = $1`, s.Latest)
		require.NoError(t, err)
		assert.Less(t, examine(t, o).Version, s.Latest, "as an older program left it")
	})
	s := examine(t, ledger.Options{})
	assert.Equal(t, []any{"memory", false}, []any{s.Kind, s.Made})
}

// TestExamineChangesNothing looks at every file before and after.
func TestExamineChangesNothing(t *testing.T) {
	o := ledger.Options{Dir: filepath.Join(t.TempDir(), "state")}
	examine(t, o)
	require.NoDirExists(t, o.Dir)
	l := at(t, o)
	_, err := l.Open(t.Context(), attempt("p1", time.Now()), nil)
	require.NoError(t, err)
	require.NoError(t, l.Disconnect())
	before := contents(t, o.Dir)
	assert.Equal(t, 1, examine(t, o).Running, "what nobody runs any more is settled by a server, not here")
	assert.Equal(t, before, contents(t, o.Dir))
}

// contents is the files of a directory.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		files[path] = string(raw)
		return err
	}))
	return files
}

func TestExamineFindsFaults(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, dir string)
		want  string
	}{
		"no database":      {func(t *testing.T, dir string) { put(t, dir, "this is no database, whatever its name says") }, "not a database"},
		"others can write": {func(t *testing.T, dir string) { require.NoError(t, os.Chmod(dir, 0o777)) }, "others can write"},
		"a directory":      {func(t *testing.T, dir string) { require.NoError(t, os.Mkdir(filepath.Join(dir, "ledger.db"), 0o700)) }, "is a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			o := ledger.Options{Dir: t.TempDir()}
			c.spoil(t, o.Dir)
			_, err := at(t, o).Examine(t.Context())
			require.ErrorContains(t, err, c.want)
		})
	}
	o := ledger.Options{Dir: t.TempDir()}
	put(t, o.Dir, "")
	assert.False(t, examine(t, o).Made, "a program that was killed in time left that")
	_, err := at(t, ledger.Options{URL: "postgres://u:canary@127.0.0.1:1/d"}).Examine(t.Context())
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "canary")
}

func put(t *testing.T, dir, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ledger.db"), []byte(content), 0o600))
}

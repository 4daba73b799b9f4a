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

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func attempt(id string, at time.Time) guard.Attempt {
	return guard.Attempt{ID: id, Digest: "d1", At: at, Planned: at, Outcome: guard.Running, Key: "k-" + id}
}

func open(t *testing.T, dir string) *ledger.Files {
	t.Helper()
	f, err := ledger.OpenFiles(dir)
	require.NoError(t, err)
	return f
}

// TestRestart has another process know what the first one did.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir)
	_, err := first.Open(t.Context(), attempt("p1", noon))
	require.NoError(t, err)
	_, err = open(t, dir).Open(t.Context(), attempt("p2", noon.Add(time.Minute)))
	assert.ErrorIs(t, err, guard.ErrOvertaken, "an identical call runs in the other process")
	require.NoError(t, first.Close(t.Context(), "p1", guard.Done, "invoice u1"))

	second := open(t, dir)
	earlier, err := second.Open(t.Context(), attempt("p1", noon.Add(time.Hour)))
	assert.ErrorIs(t, err, guard.ErrUsed)
	assert.Equal(t, "invoice u1", earlier.Resource)
	assert.Equal(t, guard.Done, earlier.Outcome)
	last, known, err := second.Last(t.Context(), "d1")
	require.NoError(t, err)
	assert.True(t, known)
	assert.Equal(t, "k-p1", last.Key)
	_, err = second.Open(t.Context(), attempt("p2", noon.Add(time.Hour)))
	assert.NoError(t, err)
	_, known, err = second.Last(t.Context(), "nothing")
	assert.NoError(t, err)
	assert.False(t, known)
}

// TestDeadProcess has an attempt that never ended not block its twins for good.
func TestDeadProcess(t *testing.T) {
	for name, journal := range map[string]guard.Journal{"memory": ledger.NewMemory(), "files": open(t, t.TempDir())} {
		t.Run(name, func(t *testing.T) {
			_, err := journal.Open(t.Context(), attempt("p1", noon))
			require.NoError(t, err)
			_, err = journal.Open(t.Context(), attempt("p2", noon.Add(9*time.Minute)))
			assert.ErrorIs(t, err, guard.ErrOvertaken)
			_, err = journal.Open(t.Context(), attempt("p3", noon.Add(11*time.Minute)))
			assert.NoError(t, err)
			require.NoError(t, journal.Close(t.Context(), "p3", guard.Refused, ""))
			_, err = journal.Open(t.Context(), attempt("p1", noon.Add(12*time.Minute)))
			assert.ErrorIs(t, err, guard.ErrUsed, "its plan stays used")
			assert.Error(t, journal.Close(t.Context(), "never", guard.Done, ""))
		})
	}
}

// TestForgetting drops what is older than any plan, in memory.
func TestForgetting(t *testing.T) {
	m := ledger.NewMemory()
	_, err := m.Open(t.Context(), attempt("p1", noon))
	require.NoError(t, err)
	require.NoError(t, m.Close(t.Context(), "p1", guard.Done, ""))
	other := attempt("p2", noon.Add(25*time.Hour))
	other.Digest = "d2"
	_, err = m.Open(t.Context(), other)
	require.NoError(t, err)
	_, known, err := m.Last(t.Context(), "d1")
	require.NoError(t, err)
	assert.False(t, known)
}

// TestPrivate keeps the journal to its user.
func TestPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "call")
	f := open(t, dir)
	_, err := f.Open(t.Context(), attempt("p1", noon))
	require.NoError(t, err)
	_, err = f.SealKey(t.Context(), make([]byte, 32))
	require.NoError(t, err)
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077, path)
		return nil
	}))
}

// TestSealKey is made once and damaged never used.
func TestSealKey(t *testing.T) {
	dir := t.TempDir()
	fresh := []byte("0123456789abcdef0123456789abcdef")
	key, err := open(t, dir).SealKey(t.Context(), fresh)
	require.NoError(t, err)
	assert.Equal(t, fresh, key)
	key, err = open(t, dir).SealKey(t.Context(), []byte("another one, as long as the first"[:32]))
	require.NoError(t, err)
	assert.Equal(t, fresh, key)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "seal.key"), fresh[:7], 0o600))
	_, err = open(t, dir).SealKey(t.Context(), fresh)
	assert.ErrorContains(t, err, "damaged")
}

// TestDamage has a file that cannot be read never let a plan run again.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	_, err := f.Open(t.Context(), attempt("p1", noon))
	require.NoError(t, err)
	plan := filepath.Join(dir, "attempts", "p1.json")
	require.NoError(t, os.WriteFile(plan, []byte(`{"id":`), 0o600))
	_, _, err = f.Last(t.Context(), "d1")
	assert.Error(t, err)
	_, err = f.Open(t.Context(), attempt("p1", noon))
	assert.Error(t, err)
	_, err = f.Open(t.Context(), attempt("p2", noon))
	assert.Error(t, err, "nor its twin, while nobody knows")
	require.NoError(t, os.Remove(plan))
	_, known, err := f.Last(t.Context(), "d1")
	require.NoError(t, err)
	assert.False(t, known)

	taken := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(taken, nil, 0o600))
	_, err = ledger.OpenFiles(taken)
	assert.Error(t, err)
}

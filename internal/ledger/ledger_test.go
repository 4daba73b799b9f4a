package ledger_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
	"github.com/gigstack/gigstack-mcp/internal/session"
)

// TestRestart has another instance know what the first one did.
func TestRestart(t *testing.T) {
	shared(t, func(t *testing.T, o ledger.Options) {
		first := at(t, o)
		_, err := first.Open(t.Context(), attempt("p1", noon), nil)
		require.NoError(t, err)
		_, err = at(t, o).Open(t.Context(), attempt("p2", noon.Add(time.Minute)), nil)
		require.ErrorIs(t, err, guard.ErrOvertaken, "an identical call runs in the first")
		require.NoError(t, first.Close(t.Context(), "p1", guard.Done, "u1"))
		require.NoError(t, first.Disconnect())

		earlier, err := at(t, o).Open(t.Context(), attempt("p1", noon.Add(time.Hour)), nil)
		require.ErrorIs(t, err, guard.ErrUsed)
		assert.Equal(t, "u1", earlier.Resource)
		assert.Equal(t, guard.Done, earlier.Outcome)
	})
}

// TestKilled has what a killed process left running be unknown to the next one,
// and what a living one runs stay running.
func TestKilled(t *testing.T) {
	shared(t, func(t *testing.T, o ledger.Options) {
		living := at(t, o)
		alive := attempt("alive", time.Now())
		alive.Digest = "d2"
		_, err := living.Open(t.Context(), alive, nil)
		require.NoError(t, err)
		killed := start(t, "hold", o)
		require.Equal(t, "opened", killed.line(t))

		outcome := func(l *ledger.Ledger, id string) string {
			a, known, err := l.Find(t.Context(), id)
			require.NoError(t, err)
			require.True(t, known)
			return a.Outcome
		}
		if o.URL != "" {
			time.Sleep(lease * 3 / 2) // it lives by its beats
		}
		assert.Equal(t, guard.Running, outcome(at(t, o), "p1"))
		require.NoError(t, killed.Process.Kill())
		_ = killed.Wait()
		next := at(t, o)
		require.Eventually(t, func() bool { return outcome(next, "p1") == guard.Unknown }, 10*time.Second, 20*time.Millisecond)
		assert.Equal(t, guard.Running, outcome(next, "alive"))
		require.NoError(t, next.Close(t.Context(), "p1", guard.Done, "u1"), "who finds out may say so")
		assert.Equal(t, guard.Done, outcome(living, "p1"))
	})
}

// TestReplicas confirms one plan 64 times at once over two ledgers in one place.
func TestReplicas(t *testing.T) {
	shared(t, func(t *testing.T, o ledger.Options) {
		replicas := []*ledger.Ledger{at(t, o), at(t, o)}
		g, err := guarded(replicas[0])
		require.NoError(t, err)
		plan, err := g.Plan(t.Context(), stamp, guard.ByRepeating)
		require.NoError(t, err)
		won := make([]int, len(replicas))
		var wait sync.WaitGroup
		for i, replica := range replicas {
			wait.Go(func() {
				var err error
				won[i], err = confirmAll(replica, plan.Token)
				assert.NoError(t, err)
			})
		}
		wait.Wait()
		assert.Equal(t, 1, won[0]+won[1])
	})
}

// TestProcesses does the same in two processes.
func TestProcesses(t *testing.T) {
	shared(t, func(t *testing.T, o ledger.Options) {
		g, err := guarded(at(t, o))
		require.NoError(t, err)
		plan, err := g.Plan(t.Context(), stamp, guard.ByRepeating)
		require.NoError(t, err)
		two := []*process{start(t, "confirm", o), start(t, "confirm", o)}
		for _, p := range two {
			require.Equal(t, "ready", p.line(t))
		}
		for _, p := range two {
			_, err := p.in.Write([]byte(plan.Token + "\n"))
			require.NoError(t, err)
		}
		won := 0
		for _, p := range two {
			n, err := strconv.Atoi(p.line(t))
			require.NoError(t, err)
			require.NoError(t, p.Wait())
			won += n
		}
		assert.Equal(t, 1, won)
	})
}

// TestStartingTogether has replicas make the tables at the same time.
func TestStartingTogether(t *testing.T) {
	shared(t, func(t *testing.T, o ledger.Options) {
		var wait sync.WaitGroup
		for range 4 {
			l := at(t, o)
			wait.Go(func() { assert.NoError(t, l.Connect(t.Context())) })
		}
		wait.Wait()
	})
}

// TestForgetting removes what is old, but for what is unknown.
func TestForgetting(t *testing.T) {
	shared(t, func(t *testing.T, o ledger.Options) {
		l := at(t, o)
		outcomes := []string{guard.Done, guard.Refused, guard.Unknown, guard.Running}
		for _, outcome := range outcomes {
			a := attempt(outcome, time.Now().Add(-31*24*time.Hour))
			a.Digest = outcome
			young := attempt("young "+outcome, time.Now().Add(-29*24*time.Hour))
			young.Digest = young.ID
			for _, a := range []guard.Attempt{a, young} {
				_, err := l.Open(t.Context(), a, nil)
				require.NoError(t, err)
				require.NoError(t, l.Close(t.Context(), a.ID, outcome, ""))
			}
		}
		next := at(t, o)
		for _, outcome := range outcomes {
			_, known, err := next.Find(t.Context(), outcome)
			require.NoError(t, err)
			assert.Equal(t, outcome == guard.Unknown || outcome == guard.Running, known, outcome)
			_, known, err = next.Find(t.Context(), "young "+outcome)
			require.NoError(t, err)
			assert.True(t, known, "young %s", outcome)
		}
	})
}

// TestPrivate keeps everything to its user, also what was open to others before.
func TestPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "sub")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	file := filepath.Join(dir, "ledger.db")
	require.NoError(t, os.WriteFile(file, nil, 0o666))
	l := at(t, ledger.Options{Dir: dir})
	_, err := l.Open(t.Context(), attempt("p1", noon), nil)
	require.NoError(t, err)
	_, err = ledger.SealKey(t.Context(), dir, make([]byte, 32))
	require.NoError(t, err)
	seen := 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		if path != dir {
			seen++
			assert.Zero(t, info.Mode().Perm()&0o077, path)
		}
		return nil
	}))
	assert.GreaterOrEqual(t, seen, 6, "the file, its log and index, the key, the locks")

	require.NoError(t, os.Chmod(dir, 0o777))
	err = at(t, ledger.Options{Dir: dir}).Connect(t.Context())
	require.ErrorContains(t, err, "others can write")
	err = at(t, ledger.Options{Dir: file}).Connect(t.Context())
	assert.Error(t, err, "not a directory")
}

// TestFailureIsNotForGood has a ledger work as soon as its place does.
func TestFailureIsNotForGood(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "ledger.db")
	require.NoError(t, os.WriteFile(file, []byte("this is no database, and long enough to tell"), 0o600))
	l := at(t, ledger.Options{Dir: dir})
	_, err := l.Open(t.Context(), attempt("p1", noon), nil)
	require.ErrorContains(t, err, "ledger:")
	require.NoError(t, os.Remove(file))
	_, err = l.Open(t.Context(), attempt("p1", noon), nil)
	require.NoError(t, err)
}

// TestOddPlaces has a directory's name not be read as anything else.
func TestOddPlaces(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?mode=memory#%20ñ")
	require.NoError(t, at(t, ledger.Options{Dir: dir}).Connect(t.Context()))
	assert.FileExists(t, filepath.Join(dir, "ledger.db"))
}

// TestCanceled has a call that is given up before its attempt is opened leave no
// trace.
func TestCanceled(t *testing.T) {
	where(t, func(t *testing.T, o ledger.Options) {
		l := at(t, o)
		require.NoError(t, l.Connect(t.Context()))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := l.Open(ctx, attempt("p1", noon), nil)
		require.ErrorIs(t, err, context.Canceled)
		for i := range 50 { // also in the middle of reading
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*5*time.Microsecond)
			_, _, _ = l.Last(ctx, "d1")
			cancel()
		}
		_, known, err := l.Find(t.Context(), "p1")
		require.NoError(t, err)
		assert.False(t, known)
	})
}

// TestURLIsNotRepeated keeps the password in it out of errors.
func TestURLIsNotRepeated(t *testing.T) {
	for _, url := range []string{"postgres://u:canary@h:port/d", "mysql://u:canary@h/d", "canary", "host=h password=canary", "postgres://u:canary@127.0.0.1:1/d"} {
		l, err := ledger.New(ledger.Options{URL: url, Now: time.Now, Random: zeros{}})
		if err == nil {
			err = l.Connect(t.Context())
		}
		require.Error(t, err, url)
		assert.NotContains(t, err.Error(), "canary")
	}
}

// zeros is as random as a test needs.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// TestSealKey is made once, and used as it is or not at all.
func TestSealKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	fresh, other := []byte("0123456789abcdef0123456789abcdef"), []byte("another one, as long as the first"[:32])
	for _, offered := range [][]byte{fresh, other} {
		key, err := ledger.SealKey(t.Context(), dir, offered)
		require.NoError(t, err)
		assert.Equal(t, fresh, key)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "seal.key"), fresh[:7], 0o600))
	_, err := ledger.SealKey(t.Context(), dir, fresh)
	assert.ErrorContains(t, err, "damaged")
}

// TestSelections is remembered per conversation for its life since the last use,
// by all who share the store.
func TestSelections(t *testing.T) {
	stores := func(t *testing.T, test func(t *testing.T, a, b session.Store)) {
		t.Run("without a database", func(t *testing.T) { m := session.NewMemory(); test(t, m, m) })
		shared(t, func(t *testing.T, o ledger.Options) { test(t, at(t, o), at(t, o)) })
	}
	stores(t, func(t *testing.T, a, b session.Store) {
		now := time.Now()
		one, two := "ana\x00session-1", "ana\x00session-2"
		selected := func(conversation string) string {
			team, err := b.Selected(t.Context(), conversation, now)
			require.NoError(t, err)
			return team
		}
		assert.Empty(t, selected(one))
		require.NoError(t, a.Select(t.Context(), one, "team_x", now))
		require.NoError(t, a.Select(t.Context(), one, "team_a", now))
		require.NoError(t, a.Select(t.Context(), two, "team_b", now))
		assert.Equal(t, "team_a", selected(one))
		assert.Equal(t, "team_b", selected(two))
		now = now.Add(session.Life / 2)
		assert.Equal(t, "team_a", selected(one))
		now = now.Add(session.Life/2 + time.Minute)
		assert.Equal(t, "team_a", selected(one), "used, so it lives on")
		assert.Empty(t, selected(two), "unused for too long")
		require.NoError(t, a.Select(t.Context(), two, "team_c", now))
		assert.Equal(t, "team_c", selected(two))
	})
}

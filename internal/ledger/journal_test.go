package ledger_test

import (
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
)

// journals runs a test with each journal there is.
func journals(t *testing.T, test func(t *testing.T, j guard.Journal)) {
	where(t, func(t *testing.T, o ledger.Options) { test(t, at(t, o)) })
}

// TestFindAndLast has an attempt come back as it was opened, to the nanosecond.
func TestFindAndLast(t *testing.T) {
	journals(t, func(t *testing.T, j guard.Journal) {
		first := attempt("p1", noon.Add(123456789))
		_, err := j.Open(t.Context(), first, nil)
		require.NoError(t, err)
		require.NoError(t, j.Close(t.Context(), "p1", guard.Done, "invoice\x00 u1\xff"))
		found, known, err := j.Find(t.Context(), "p1")
		require.NoError(t, err)
		require.True(t, known)
		last, known, err := j.Last(t.Context(), "d1")
		require.NoError(t, err)
		require.True(t, known)
		assert.Equal(t, found, last)
		assert.True(t, first.At.Equal(found.At) && first.Planned.Equal(found.Planned))
		assert.Contains(t, found.Resource, "u1", "whatever gigstack calls it, its outcome is kept")
		first.Outcome, first.At, first.Planned, first.Resource = guard.Done, found.At, found.Planned, found.Resource
		assert.Equal(t, first, found)

		_, known, err = j.Find(t.Context(), "never")
		require.NoError(t, err)
		assert.False(t, known)
		_, known, err = j.Last(t.Context(), "never")
		require.NoError(t, err)
		assert.False(t, known)
		assert.Error(t, j.Close(t.Context(), "never", guard.Done, ""))
	})
}

// TestSettle has what is open be listed, newest first, and what is unknown become
// known once.
func TestSettle(t *testing.T) {
	journals(t, func(t *testing.T, j guard.Journal) {
		for i, outcome := range []string{guard.Unknown, guard.Done, guard.Running, guard.Refused} {
			a := attempt("p"+strconv.Itoa(i), noon.Add(time.Duration(i)*time.Second))
			a.Digest, a.Lookup, a.Identity = a.ID, `{"id":"u1"}`, "key"
			_, err := j.Open(t.Context(), a, nil)
			require.NoError(t, err)
			if outcome != guard.Running {
				require.NoError(t, j.Close(t.Context(), a.ID, outcome, ""))
			}
		}
		pending, err := j.Pending(t.Context())
		require.NoError(t, err)
		require.Len(t, pending, 2)
		assert.Equal(t, []string{"p2", "p0"}, []string{pending[0].ID, pending[1].ID})
		assert.Equal(t, `{"id":"u1"}`, pending[1].Lookup)
		assert.Equal(t, "key", pending[1].Identity)

		for i, want := range []string{guard.Done, guard.Done, guard.Running, guard.Refused} {
			id := "p" + strconv.Itoa(i)
			require.NoError(t, j.Settle(t.Context(), id, guard.Done, "u1\x00"))
			require.NoError(t, j.Settle(t.Context(), id, guard.Refused, ""))
			found, _, err := j.Find(t.Context(), id)
			require.NoError(t, err)
			assert.Equal(t, want, found.Outcome, "only what is unknown is settled, and once")
		}
		assert.NoError(t, j.Settle(t.Context(), "never", guard.Done, ""))
	})
}

// TestOpen is what stands in the way of an attempt, and what does not.
func TestOpen(t *testing.T) {
	cases := map[string]struct {
		first   func(*guard.Attempt)
		outcome string // of the first; "" while it runs
		second  func(*guard.Attempt)
		want    error
	}{
		"while it runs":             {want: guard.ErrOvertaken},
		"runs for very long":        {second: func(a *guard.Attempt) { a.At, a.Planned = noon.Add(11*time.Minute), noon.Add(10*time.Minute) }},
		"same key, while it runs":   {second: withKey("k-p1"), want: guard.ErrOvertaken},
		"planned before it":         {outcome: guard.Done, want: guard.ErrOvertaken},
		"planned at that moment":    {outcome: guard.Unknown, second: planned(0), want: guard.ErrOvertaken},
		"planned after it":          {outcome: guard.Done, second: planned(1)},
		"no plan":                   {outcome: guard.Done, second: func(a *guard.Attempt) { a.Planned = time.Time{} }},
		"same key, after it":        {outcome: guard.Unknown, second: withKey("k-p1")},
		"it was refused":            {outcome: guard.Refused},
		"it was declined":           {first: declined},
		"declined while it runs":    {second: declined},
		"another call":              {second: func(a *guard.Attempt) { a.Digest = "d2" }},
		"the same plan":             {outcome: guard.Done, second: func(a *guard.Attempt) { a.ID = "p1" }, want: guard.ErrUsed},
		"the same plan, declined":   {first: declined, second: func(a *guard.Attempt) { a.ID = "p1" }, want: guard.ErrUsed},
		"the same plan, much later": {second: func(a *guard.Attempt) { a.ID, a.At = "p1", noon.Add(time.Hour) }, want: guard.ErrUsed},
	}
	journals(t, func(t *testing.T, j guard.Journal) {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				first, second := attempt("p1", noon), attempt("p2", noon.Add(time.Minute))
				second.Planned = noon.Add(-time.Minute)
				if c.first != nil {
					c.first(&first)
				}
				if c.second != nil {
					c.second(&second)
				}
				for _, a := range []*guard.Attempt{&first, &second} {
					a.ID, a.Digest = name+a.ID, name+a.Digest
				}
				_, err := j.Open(t.Context(), first, nil)
				require.NoError(t, err)
				if c.outcome != "" {
					require.NoError(t, j.Close(t.Context(), first.ID, c.outcome, "u1"))
				}
				earlier, err := j.Open(t.Context(), second, nil)
				require.ErrorIs(t, err, c.want)
				if c.want != nil {
					assert.Equal(t, first.ID, earlier.ID)
				}
			})
		}
	})
}

func planned(after time.Duration) func(*guard.Attempt) {
	return func(a *guard.Attempt) { a.Planned = noon.Add(after) }
}

func withKey(key string) func(*guard.Attempt) { return func(a *guard.Attempt) { a.Key = key } }

func declined(a *guard.Attempt) { a.Outcome = guard.Refused }

// TestRefusedHidesNothing has Last see through what changed nothing.
func TestRefusedHidesNothing(t *testing.T) {
	journals(t, func(t *testing.T, j guard.Journal) {
		for i, outcome := range []string{guard.Unknown, guard.Refused, guard.Refused} {
			id := string(rune('a' + i))
			_, err := j.Open(t.Context(), attempt(id, noon.Add(time.Duration(i)*time.Second)), nil)
			require.NoError(t, err)
			require.NoError(t, j.Close(t.Context(), id, outcome, ""))
		}
		last, known, err := j.Last(t.Context(), "d1")
		require.NoError(t, err)
		require.True(t, known)
		assert.Equal(t, "a", last.ID)
	})
}

// TestAtOnce has one winner among many openers of one call, under one plan or
// under many, and all winners among openers of different calls.
func TestAtOnce(t *testing.T) {
	const many = 32
	cases := map[string]struct {
		change func(a *guard.Attempt)
		want   int
	}{
		"one plan":   {func(a *guard.Attempt) { a.ID = "one" }, 1},
		"many plans": {func(a *guard.Attempt) { a.Digest = "d2" }, 1},
		"many calls": {func(a *guard.Attempt) { a.Digest = a.ID }, many},
	}
	journals(t, func(t *testing.T, j guard.Journal) {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				var wait sync.WaitGroup
				errs := make([]error, many)
				for i := range many {
					a := attempt(name+strconv.Itoa(i), noon)
					c.change(&a)
					wait.Go(func() { _, errs[i] = j.Open(t.Context(), a, nil) })
				}
				wait.Wait()
				won := 0
				for _, err := range errs {
					if err == nil {
						won++
					} else {
						assert.True(t, errors.Is(err, guard.ErrUsed) || errors.Is(err, guard.ErrOvertaken), "%v", err)
					}
				}
				assert.Equal(t, c.want, won)
			})
		}
	})
}

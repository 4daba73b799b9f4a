package satkeys

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// big is the folder with the whole lists, on machines that have them.
var big = os.Getenv("SAT_LISTS")

// whole is a finder of the whole lists.
func whole(t testing.TB) *Finder {
	t.Helper()
	files := []string{filepath.Join(big, "c_ClaveProdServ.tsv.gz"), filepath.Join(big, "c_ClaveUnidad.tsv.gz")}
	for _, file := range files {
		if _, err := os.Stat(file); err != nil {
			t.Skip("the SAT's whole lists are not here")
		}
	}
	path := filepath.Join(t.TempDir(), File)
	begun := time.Now()
	loaded, err := Load(t.Context(), path, files, "2026-08-06", today)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	t.Logf("loaded %d and %d keys in %s, %.1f MB", loaded[0].Keys, loaded[1].Keys, time.Since(begun).Round(time.Millisecond), float64(info.Size())/1e6)
	f := New(path)
	t.Cleanup(func() { assert.NoError(t, f.Close()) })
	return f
}

// The questions are answered from the whole lists too, and others besides, in no time.
func TestWhole(t *testing.T) {
	f := whole(t)
	first, missed := 0, []string{}
	for _, q := range questions {
		hits := codes(find(t, f, q.kind, q.ask, 5))
		if !slices.ContainsFunc(q.want, func(code string) bool { return slices.Contains(hits, code) }) {
			missed = append(missed, q.ask)
		} else if slices.Contains(q.want, hits[0]) {
			first++
		}
	}
	t.Logf("%d questions: %d answered first, missed %q", len(questions), first, missed)
	assert.LessOrEqual(t, len(missed), len(questions)/10, missed)
	for query, want := range map[string]string{"perros": "10101502", "live cats": "10101501", "tornillos": "31161500", "servicio de taxi": "78111804", "chairs": "56101504", "clase de inglés": "86111700"} {
		assert.Contains(t, codes(find(t, f, Product, query, 5)), want, query)
	}

	var took []time.Duration
	for range 5 {
		for _, q := range questions {
			begun := time.Now()
			find(t, f, q.kind, q.ask, 5)
			took = append(took, time.Since(begun))
		}
	}
	slices.Sort(took)
	t.Logf("%d queries: p50 %s, p99 %s, slowest %s", len(took), took[len(took)/2], took[len(took)*99/100], took[len(took)-1])
	assert.Less(t, took[len(took)/2], 10*time.Millisecond)
}

func BenchmarkFind(b *testing.B) {
	f := whole(b)
	for b.Loop() {
		if _, _, err := f.Find(b.Context(), Product, "servicio de mantenimiento de computadoras", 5); err != nil {
			b.Fatal(err)
		}
	}
}

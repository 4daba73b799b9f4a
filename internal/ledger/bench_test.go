package ledger_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
)

// BenchmarkAttempt is what the ledger adds to a guarded call: Open and Close.
func BenchmarkAttempt(b *testing.B) {
	for name, place := range map[string]func() ledger.Options{
		"memory":     func() ledger.Options { return ledger.Options{} },
		"SQLite":     func() ledger.Options { return ledger.Options{Dir: b.TempDir()} },
		"PostgreSQL": func() ledger.Options { return ledger.Options{URL: postgres.Database(b)} },
	} {
		b.Run(name, func(b *testing.B) {
			l := at(b, place())
			require.NoError(b, l.Connect(b.Context()))
			var took []time.Duration
			for b.Loop() {
				a := attempt(strconv.Itoa(len(took)), noon)
				a.Digest = a.ID
				begin := time.Now()
				_, err := l.Open(b.Context(), a, nil)
				require.NoError(b, err)
				require.NoError(b, l.Close(b.Context(), a.ID, guard.Done, "u1"))
				took = append(took, time.Since(begin))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}

// BenchmarkConnect is what the first guarded call of a process pays once.
func BenchmarkConnect(b *testing.B) {
	for name, o := range map[string]ledger.Options{"memory": {}, "SQLite": {Dir: b.TempDir()}, "PostgreSQL": {URL: postgres.Database(b)}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				l := at(b, o)
				require.NoError(b, l.Connect(b.Context()))
				require.NoError(b, l.Disconnect())
			}
		})
	}
}

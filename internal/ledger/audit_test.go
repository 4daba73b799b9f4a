package ledger_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/audit"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
)

// auditKey is what the audits of the tests are signed with.
var auditKey = bytes.Repeat([]byte{5}, ed25519.SeedSize)

// publicOf is the public half of a key.
func publicOf(seed []byte) ed25519.PublicKey {
	return ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
}

// done is a record of a write.
func done(team string) audit.Record {
	return audit.Record{At: noon.Add(123456789), Principal: "ana\x00\xff", Client: "test 1", Team: team, Mode: "live", Tool: "cancel_invoice", Tier: "fiscal",
		Arguments: json.RawMessage(`{"id":"é<&>"}`), Digest: "d1", Plan: "p1", Decision: audit.Ran, Rule: "rule", Status: 200, Resource: "u1", Outcome: "done", Intent: 7}
}

func appended(t testing.TB, l *ledger.Ledger, n int) {
	t.Helper()
	for range n {
		_, err := l.Append(t.Context(), done("team_a"))
		require.NoError(t, err)
	}
}

func verified(t testing.TB, l *ledger.Ledger) audit.Report {
	t.Helper()
	report, err := l.Verify(t.Context())
	require.NoError(t, err)
	return report
}

// TestAudit has records come back as they were appended, numbered and chained, and
// another process go on with the chain.
func TestAudit(t *testing.T) {
	where(t, func(t *testing.T, o ledger.Options) {
		o.AuditKey = auditKey
		l := at(t, o)
		assert.Equal(t, audit.Report{Checked: true}, verified(t, l), "an empty one is intact")
		appended(t, l, 1)
		if o.Dir != "" || o.URL != "" {
			require.NoError(t, l.Disconnect())
			l = at(t, o)
			assert.EqualValues(t, 1, verified(t, l).Signed, "signed at the end of the process")
		}
		appended(t, l, 1)

		var records []audit.Record
		previous := ""
		require.NoError(t, l.Audited(t.Context(), audit.Query{}, func(e audit.Entry) error {
			var r audit.Record
			require.NoError(t, json.Unmarshal([]byte(e.Record), &r))
			assert.Equal(t, previous, r.Previous)
			previous = e.Hash
			records = append(records, r)
			return nil
		}))
		require.Len(t, records, 2)
		for i, r := range records {
			want := done("team_a")
			want.Principal, want.Number, want.Previous, want.At = "ana??", int64(i+1), r.Previous, want.At.UTC()
			assert.Equal(t, want, r)
		}
		report := verified(t, l)
		assert.Empty(t, report.Problems)
		assert.EqualValues(t, 2, report.Records)
	})
}

// TestAuditOfMany selects by owner, time and number.
func TestAuditOfMany(t *testing.T) {
	where(t, func(t *testing.T, o ledger.Options) {
		l := at(t, o)
		for i := range 6 {
			r := done([]string{"team_a", "team_b"}[i%2])
			r.Principal, r.At = []string{"ana", "ben"}[i/3], noon.Add(time.Duration(i)*time.Hour)
			_, err := l.Append(t.Context(), r)
			require.NoError(t, err)
		}
		for name, c := range map[string]struct {
			q    audit.Query
			want []int64
		}{
			"all":        {audit.Query{}, []int64{1, 2, 3, 4, 5, 6}},
			"newest":     {audit.Query{Newest: 2}, []int64{5, 6}},
			"since":      {audit.Query{Since: noon.Add(3 * time.Hour)}, []int64{4, 5, 6}},
			"of one":     {audit.Query{Of: &audit.Owner{Principal: "ana", Team: "team_a"}}, []int64{1, 3}},
			"of another": {audit.Query{Of: &audit.Owner{Principal: "ben", Team: "team_b"}, Newest: 1}, []int64{6}},
			"of nobody":  {audit.Query{Of: &audit.Owner{}}, nil},
		} {
			t.Run(name, func(t *testing.T) {
				var got []int64
				require.NoError(t, l.Audited(t.Context(), c.q, func(e audit.Entry) error { got = append(got, e.Number); return nil }))
				assert.Equal(t, c.want, got)
			})
		}
	})
}

// TestAuditAtOnce keeps one chain while two ledgers append from many sides.
func TestAuditAtOnce(t *testing.T) {
	shared(t, func(t *testing.T, o ledger.Options) {
		o.AuditKey = auditKey
		two := []*ledger.Ledger{at(t, o), at(t, o)}
		var wait sync.WaitGroup
		for i := range 128 {
			wait.Go(func() {
				_, err := two[i%2].Append(t.Context(), done("team_a"))
				assert.NoError(t, err)
			})
		}
		wait.Wait()
		report := verified(t, two[0])
		assert.Empty(t, report.Problems)
		assert.EqualValues(t, 128, report.Records)
		assert.EqualValues(t, 100, report.Signed)
	})
}

// open is the database behind a ledger, as somebody with a shell has it.
func open(t testing.TB, o ledger.Options) *sql.DB {
	t.Helper()
	driver, place := "pgx", o.URL
	if o.URL == "" {
		driver, place = "sqlite", filepath.Join(o.Dir, "ledger.db")
	}
	db, err := sql.Open(driver, place)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// TestTampering finds what was done to an audit behind the server's back, and names
// the record.
func TestTampering(t *testing.T) {
	const records = 120 // signed at 100 and, at the end of the process, at 120
	forged := audit.Sign(100, strings.Repeat("0", 64), ed25519.NewKeyFromSeed(bytes.Repeat([]byte{6}, ed25519.SeedSize)))
	own := audit.PublicKey(publicOf(auditKey))
	for name, c := range map[string]struct {
		do   []string
		want []string
	}{
		"nothing":                  {},
		"a field":                  {[]string{`update audit set record = replace(record, 'cancel_invoice', 'list_invoices') where number = 42`}, []string{"record 42 was changed"}},
		"a column":                 {[]string{`update audit set team = 'team_b' where number = 42`}, []string{"record 42 was changed"}},
		"the last":                 {[]string{`update audit set record = replace(record, '"done"', '"refused"') where number = 120`}, []string{"record 120 was changed"}},
		"a record":                 {[]string{`delete from audit where number = 42`}, []string{"record 42 is missing"}},
		"the first":                {[]string{`delete from audit where number = 1`}, []string{"record 1 is missing"}},
		"several":                  {[]string{`delete from audit where number between 42 and 44`}, []string{"record 42 is missing, as are those up to 44"}},
		"and renumbered":           {[]string{`delete from audit where number = 119`, `update audit set number = 119 where number = 120`}, []string{"record 119 was replaced: in its place stands record 120", "record 120 is missing"}},
		"two swapped":              {[]string{`update audit set number = -1 where number = 42`, `update audit set number = 42 where number = 77`, `update audit set number = 77 where number = -1`}, []string{"record 42 was replaced: in its place stands record 77", "record 77 was replaced: in its place stands record 42"}},
		"a hash":                   {[]string{`update audit set hash = '00' where number = 42`}, []string{"record 42 was changed"}},
		"the end":                  {[]string{`delete from audit where number > 110`}, []string{"record 111 is missing, as are those up to 120"}},
		"everything":               {[]string{`delete from audit`}, []string{"record 1 is missing, as are those up to 120"}},
		"a signature":              {[]string{`update audit_heads set signature = '` + forged.Signature + `' where number = 100`}, []string{"record 100 has a signature"}},
		"signature and key":        {[]string{`update audit_heads set hash = '` + forged.Hash + `', key = '` + forged.Key + `', signature = '` + forged.Signature + `' where number = 100`}, []string{"record 100 is signed with a key that is not trusted: " + forged.Key}},
		"another's, under our key": {[]string{`update audit_heads set signature = '` + forged.Signature + `', key = '` + own + `' where number = 100`}, []string{"record 100 has a signature"}},
		"the signed hash":          {[]string{`update audit_heads set hash = '00' where number = 100`}, []string{"record 100 has a signature"}},
	} {
		t.Run(name, func(t *testing.T) {
			shared(t, func(t *testing.T, o ledger.Options) {
				o.AuditKey = auditKey
				l := at(t, o)
				appended(t, l, records)
				require.NoError(t, l.Disconnect())
				db := open(t, o)
				for _, statement := range c.do {
					_, err := db.Exec(statement)
					require.NoError(t, err)
				}
				require.NoError(t, db.Close())
				var got []string
				for _, problem := range verified(t, at(t, o)).Problems {
					got = append(got, problem.String())
				}
				require.Len(t, got, len(c.want), "%q", got)
				for i, want := range c.want {
					assert.Contains(t, got[i], want)
				}
			})
		})
	}
}

// TestRewriting finds a record that was changed and hashed anew by its neighbour, and
// a chain that was rewritten to its end by the signature.
func TestRewriting(t *testing.T) {
	for name, all := range map[string]bool{"one record": false, "the whole chain": true} {
		t.Run(name, func(t *testing.T) {
			shared(t, func(t *testing.T, o ledger.Options) {
				o.AuditKey = auditKey
				l := at(t, o)
				appended(t, l, 12)
				var entries []audit.Entry
				require.NoError(t, l.Audited(t.Context(), audit.Query{}, func(e audit.Entry) error { entries = append(entries, e); return nil }))
				require.NoError(t, l.Disconnect())
				db := open(t, o)
				previous := entries[3].Hash
				for _, e := range entries[4:] {
					var r audit.Record
					require.NoError(t, json.Unmarshal([]byte(e.Record), &r))
					r.Outcome = "refused"
					sealed := audit.Seal(r, e.Number, previous)
					previous = sealed.Hash
					_, err := db.Exec(`update audit set record = $1, hash = $2 where number = $3`, sealed.Record, sealed.Hash, e.Number)
					require.NoError(t, err)
					if !all {
						break
					}
				}
				require.NoError(t, db.Close())
				want := audit.Problem{Number: 5, What: "was replaced: record 6 follows another one"}
				if all {
					want = audit.Problem{Number: 12, What: "is not the one that was signed: it or what comes before was replaced"}
				}
				assert.Equal(t, []audit.Problem{want}, verified(t, at(t, o)).Problems)
			})
		})
	}
}

// TestAuditKey is made once beside a SQLite file, private, and its absence is found.
func TestAuditKey(t *testing.T) {
	dir := t.TempDir()
	l := at(t, ledger.Options{Dir: dir})
	appended(t, l, 3)
	require.NoError(t, l.Disconnect())
	seed, err := os.ReadFile(filepath.Join(dir, "audit.key"))
	require.NoError(t, err)
	public, err := os.ReadFile(filepath.Join(dir, "audit.pub"))
	require.NoError(t, err)
	assert.Equal(t, base64.StdEncoding.EncodeToString(publicOf(seed))+"\n", string(public))
	info, err := os.Stat(filepath.Join(dir, "audit.key"))
	require.NoError(t, err)
	assert.Zero(t, info.Mode().Perm()&0o077)
	report := verified(t, at(t, ledger.Options{Dir: dir}))
	assert.Empty(t, report.Problems)
	assert.EqualValues(t, 3, report.Signed)

	require.NoError(t, os.Remove(filepath.Join(dir, "audit.key")))
	l = at(t, ledger.Options{Dir: dir})
	report = verified(t, l)
	require.Len(t, report.Problems, 1)
	assert.EqualValues(t, 3, report.Problems[0].Number)
	assert.NoFileExists(t, filepath.Join(dir, "audit.key"), "a look makes none")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "audit.key"), []byte("short"), 0o600))
	_, err = l.Verify(t.Context())
	require.ErrorContains(t, err, "is damaged")
	require.ErrorContains(t, l.Connect(t.Context()), "is damaged", "a server learns it at its start")

	_, err = ledger.New(ledger.Options{AuditKey: []byte("short"), Now: time.Now, Random: rand.Reader})
	assert.ErrorContains(t, err, "5 bytes")
}

// TestRotation trusts what a replaced key signed once its public half is named, and
// calls it unknown until then, not forged.
func TestRotation(t *testing.T) {
	shared(t, func(t *testing.T, o ledger.Options) {
		next, other := bytes.Repeat([]byte{6}, ed25519.SeedSize), bytes.Repeat([]byte{7}, ed25519.SeedSize)
		for _, o.AuditKey = range [][]byte{auditKey, next} {
			l := at(t, o)
			appended(t, l, 150) // signed at 100 and 150, then at 200 and 300
			require.NoError(t, l.Disconnect())
		}
		strangers := func(first int64, last string, seed []byte) audit.Problem {
			return audit.Problem{Number: first, What: "is signed with a key that is not trusted, as are others up to " + last + ": " + audit.PublicKey(publicOf(seed))}
		}
		byOld, byNext := strangers(100, "150", auditKey), strangers(200, "300", next)
		for name, c := range map[string]struct {
			trusted []ed25519.PublicKey
			want    []audit.Problem
			signed  int64
			strange int
		}{
			"own":     {nil, []audit.Problem{byOld}, 300, 2},
			"old":     {[]ed25519.PublicKey{publicOf(auditKey)}, []audit.Problem{byNext}, 150, 2},
			"both":    {[]ed25519.PublicKey{publicOf(next), publicOf(auditKey)}, nil, 300, 0},
			"neither": {[]ed25519.PublicKey{publicOf(other)}, []audit.Problem{byOld, byNext}, 0, 4},
		} {
			t.Run(name, func(t *testing.T) {
				report, err := at(t, o).Verify(t.Context(), c.trusted...)
				require.NoError(t, err)
				assert.Equal(t, c.want, report.Problems)
				assert.Equal(t, c.signed, report.Signed)
				assert.Equal(t, c.strange, report.Strange)
				assert.Equal(t, 4, report.Heads)
			})
		}
	})
}

// TestUnsigned says that it could not check what others signed, and still misses what
// they signed.
func TestUnsigned(t *testing.T) {
	o := ledger.Options{URL: postgres.Database(t)}
	l := at(t, o)
	appended(t, l, 1)
	require.NoError(t, l.Disconnect())
	assert.Equal(t, 0, verified(t, at(t, o)).Heads, "without a key nothing is signed")
	o.AuditKey = auditKey
	l = at(t, o)
	appended(t, l, 1)
	require.NoError(t, l.Disconnect())
	o.AuditKey = nil
	report := verified(t, at(t, o))
	assert.False(t, report.Checked)
	assert.Equal(t, 1, report.Heads)
	assert.Zero(t, report.Signed)
	_, err := open(t, o).Exec(`delete from audit where number = 2`)
	require.NoError(t, err)
	assert.Equal(t, []audit.Problem{{Number: 2, What: "is missing"}}, verified(t, at(t, o)).Problems)
}

// BenchmarkAppend is what the audit adds to a call: one for a refusal, two for a write.
func BenchmarkAppend(b *testing.B) {
	for name, place := range map[string]func() ledger.Options{
		"SQLite":     func() ledger.Options { return ledger.Options{Dir: b.TempDir()} },
		"PostgreSQL": func() ledger.Options { return ledger.Options{URL: postgres.Database(b), AuditKey: auditKey} },
	} {
		b.Run(name, func(b *testing.B) {
			l := at(b, place())
			require.NoError(b, l.Connect(b.Context()))
			var took []time.Duration
			for b.Loop() {
				begin := time.Now()
				appended(b, l, 1)
				took = append(took, time.Since(begin))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}

// BenchmarkVerify is a look at 100,000 records.
func BenchmarkVerify(b *testing.B) {
	const records = 100_000
	for name, place := range map[string]func() ledger.Options{
		"SQLite":     func() ledger.Options { return ledger.Options{Dir: b.TempDir(), AuditKey: auditKey} },
		"PostgreSQL": func() ledger.Options { return ledger.Options{URL: postgres.Database(b), AuditKey: auditKey} },
	} {
		b.Run(name, func(b *testing.B) {
			o := place()
			l := at(b, o)
			require.NoError(b, l.Connect(b.Context()))
			fill(b, open(b, o), records)
			for b.Loop() {
				report := verified(b, l)
				require.Empty(b, report.Problems)
				require.EqualValues(b, records, report.Signed)
			}
		})
	}
}

// fill writes a chain of records in one transaction.
func fill(b *testing.B, db *sql.DB, records int64) {
	b.Helper()
	tx, err := db.Begin()
	require.NoError(b, err)
	previous := ""
	for number := range records {
		e := audit.Seal(done("team_a"), number+1, previous)
		previous = e.Hash
		_, err := tx.Exec(`insert into audit (number, at, principal, team, record, hash) values ($1, $2, $3, $4, $5, $6)`, e.Number, e.At, e.Principal, e.Team, e.Record, e.Hash)
		require.NoError(b, err)
		if e.Number%audit.Interval == 0 {
			h := audit.Sign(e.Number, e.Hash, ed25519.NewKeyFromSeed(auditKey))
			_, err := tx.Exec(`insert into audit_heads (number, hash, key, signature) values ($1, $2, $3, $4)`, h.Number, h.Hash, h.Key, h.Signature)
			require.NoError(b, err)
		}
	}
	require.NoError(b, tx.Commit())
}

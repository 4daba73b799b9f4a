package ledger

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/gigstack/gigstack-mcp/internal/audit"
)

// Append adds a record to the audit and returns its number. Whoever appends at the
// same time, in whatever process, waits.
func (l *Ledger) Append(ctx context.Context, r audit.Record) (number int64, err error) {
	key, err := l.signer(ctx)
	if err != nil {
		return 0, err
	}
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		number, err = l.append(ctx, tx, r, key)
		return err
	})
	if err != nil {
		return 0, err
	}
	return number, nil
}

func (l *Ledger) append(ctx context.Context, tx *sql.Tx, r audit.Record, key ed25519.PrivateKey) (number int64, err error) {
	if err := l.engine.hold(ctx, tx, "audit"); err != nil {
		return 0, err
	}
	last, hash, err := tip(ctx, tx)
	if err != nil {
		return 0, err
	}
	e := audit.Seal(r, last+1, hash)
	if _, err := tx.ExecContext(ctx, `insert into audit (number, at, principal, team, record, hash) values ($1, $2, $3, $4, $5, $6)`,
		e.Number, e.At, e.Principal, e.Team, e.Record, e.Hash); err != nil {
		return 0, err
	}
	l.appended.Store(true) // at worst the tip is signed once more
	if e.Number%audit.Interval == 0 {
		err = sign(ctx, tx, e.Number, e.Hash, key)
	}
	return e.Number, err
}

// tip is the last record: its number, 0 without one, and its hash.
func tip(ctx context.Context, from querier) (number int64, hash string, err error) {
	err = from.QueryRowContext(ctx, `select number, hash from audit order by number desc limit 1`).Scan(&number, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return number, hash, err
}

// sign signs the head of the chain, where there is a key. One that was signed stays.
func sign(ctx context.Context, to querier, number int64, hash string, key ed25519.PrivateKey) error {
	if key == nil || number == 0 {
		return nil
	}
	h := audit.Sign(number, hash, key)
	_, err := to.ExecContext(ctx, `insert into audit_heads (number, hash, key, signature) values ($1, $2, $3, $4) on conflict do nothing`, h.Number, h.Hash, h.Key, h.Signature)
	return err
}

// signTip signs the head of the chain when a process ends that appended to it.
func (l *Ledger) signTip() error {
	if !l.appended.Swap(false) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	number, hash, err := tip(ctx, l.db)
	if err == nil {
		err = sign(ctx, l.db, number, hash, l.auditKey)
	}
	if err != nil {
		return fmt.Errorf("ledger: sign the audit: %w", err)
	}
	return nil
}

// Audited hands each entry of the audit that q selects to use, oldest first.
func (l *Ledger) Audited(ctx context.Context, q audit.Query, use func(audit.Entry) error) error {
	most, of := q.Newest, audit.Owner{}
	if most == 0 {
		most = math.MaxInt
	}
	if q.Of != nil {
		of = *q.Of
	}
	return l.each(ctx, func(rows *sql.Rows) error {
		var e audit.Entry
		if err := rows.Scan(&e.Number, &e.At, &e.Principal, &e.Team, &e.Record, &e.Hash); err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		return use(e)
	}, `select number, at, principal, team, record, hash from (
			select * from audit where at >= $1 and ($2 or principal = $3 and team = $4) order by number desc limit $5
		) as newest order by number`, nanoseconds(q.Since), q.Of == nil, of.Principal, of.Team, most)
}

// Verify looks at the whole audit: the chain, and what its heads vouch for that were
// signed with keys to trust. Without any named it is the ledger's own.
func (l *Ledger) Verify(ctx context.Context, trusted ...ed25519.PublicKey) (audit.Report, error) {
	if trusted == nil {
		var err error
		if trusted, err = l.OwnKeys(); err != nil {
			return audit.Report{}, err
		}
	}
	heads, err := l.heads(ctx)
	if err != nil {
		return audit.Report{}, err
	}
	v := audit.NewVerifier(heads, trusted)
	err = l.Audited(ctx, audit.Query{}, func(e audit.Entry) error {
		v.Next(e)
		return nil
	})
	return v.Report(), err
}

func (l *Ledger) heads(ctx context.Context) (heads []audit.Head, err error) {
	err = l.each(ctx, func(rows *sql.Rows) error {
		var h audit.Head
		if err := rows.Scan(&h.Number, &h.Hash, &h.Key, &h.Signature); err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		heads = append(heads, h)
		return nil
	}, `select number, hash, key, signature from audit_heads order by number`)
	return heads, err
}

// auditKeyFile is where the key is kept that heads are signed with where no other
// was given.
const auditKeyFile = "audit.key"

// OwnKeys is the public half of the key that heads are signed with, if there is one:
// an empty list while none is in the state directory, nil where none is kept.
func (l *Ledger) OwnKeys() (keys []ed25519.PublicKey, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := l.auditKey
	if key == nil && l.keyDir != "" {
		keys = []ed25519.PublicKey{}
		if key, err = madeKey(l.keyDir); err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
	}
	if key != nil {
		keys = append(keys, key.Public().(ed25519.PublicKey))
	}
	return keys, nil
}

// madeKey is the key in a directory, nil while there is none.
func madeKey(dir string) (ed25519.PrivateKey, error) {
	path := filepath.Join(dir, auditKeyFile)
	seed, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && len(seed) == 0:
		return nil, nil
	case err != nil:
		return nil, err
	case len(seed) != ed25519.SeedSize:
		return nil, damaged(path)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// signer is the key that heads are signed with, nil where they are not. Where none
// was given it is made for the first record, not for a look, and its public half is
// put beside it.
func (l *Ledger) signer(ctx context.Context) (ed25519.PrivateKey, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.auditKey != nil || l.keyDir == "" {
		return l.auditKey, nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	key, err := ownKey(ctx, l.keyDir, l.random)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	l.auditKey = key
	return key, nil
}

func ownKey(ctx context.Context, dir string, random io.Reader) (ed25519.PrivateKey, error) {
	fresh := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, fresh); err != nil {
		return nil, err
	}
	seed, err := keptKey(ctx, dir, auditKeyFile, fresh)
	if err != nil {
		return nil, err
	}
	key := ed25519.NewKeyFromSeed(seed)
	return key, os.WriteFile(filepath.Join(dir, "audit.pub"), []byte(audit.PublicKey(key.Public().(ed25519.PublicKey))+"\n"), 0o600)
}

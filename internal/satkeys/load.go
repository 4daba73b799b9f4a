package satkeys

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// largest is how many bytes a list may have, uncompressed; the SAT's have 3 million.
const largest = 256 << 20

// Load takes the lists in files, TSV or CSV, also compressed with gzip, into the
// database at path. They are of that day; "" is the day each file was last changed.
// Lists that are not among them stay as they are. Whoever searches meanwhile finds
// what was there before.
func Load(ctx context.Context, path string, files []string, day string, now time.Time) (loaded []Source, err error) {
	lists := map[Kind]list{}
	for _, file := range files {
		l, err := readFile(file, day, now)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
		if other, ok := lists[l.source.Kind]; ok {
			return nil, fmt.Errorf("%s and %s are both lists of %ss", other.source.File, l.source.File, l.source.Kind)
		}
		lists[l.source.Kind] = l
		loaded = append(loaded, l.source)
	}
	for _, kind := range []Kind{Product, Unit} {
		if _, ok := lists[kind]; !ok {
			if lists[kind], err = stored(ctx, path, kind); err != nil {
				return nil, err
			}
		}
	}
	return loaded, replace(ctx, path, lists[Product], lists[Unit])
}

// replace puts a new database in the place of the old one, whole or not at all.
func replace(ctx context.Context, path string, lists ...list) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	next, err := os.CreateTemp(filepath.Dir(path), File+".*")
	if err != nil {
		return err
	}
	defer os.Remove(next.Name())
	db, err := sql.Open("sqlite", location(next.Name())+"?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)")
	if err != nil {
		return errors.Join(err, next.Close())
	}
	db.SetMaxOpenConns(1)
	err = fill(ctx, db, lists...)
	if err == nil {
		_, err = db.ExecContext(ctx, "INSERT INTO product_words (product_words) VALUES ('optimize'); INSERT INTO unit_words (unit_words) VALUES ('optimize')")
	}
	if err = errors.Join(err, db.Close()); err == nil {
		err = next.Sync()
	}
	if err = errors.Join(err, next.Close()); err != nil {
		return err
	}
	return os.Rename(next.Name(), path)
}

// stored is a list as it is now.
func stored(ctx context.Context, path string, kind Kind) (l list, err error) {
	at := stampOf(path)
	if at == (stamp{}) {
		return selection(kind), nil
	}
	db, err := openStore(ctx, path, at)
	if err != nil { // of another version: it is to be replaced
		return selection(kind), nil
	}
	defer db.Close()
	s := Source{Kind: kind}
	if err := db.QueryRowContext(ctx, "SELECT file, sha256, day, loaded, keys FROM source WHERE kind = ?", kind).Scan(&s.File, &s.SHA256, &s.Date, &s.Loaded, &s.Keys); err != nil {
		return l, err
	}
	l.source = s
	err = each(ctx, db, "SELECT "+columns+" FROM key WHERE kind = ?", []any{kind}, func(k *Key, _, _ string) { l.keys = append(l.keys, k) })
	return l, err
}

// readFile is the list in a file.
func readFile(file, day string, now time.Time) (l list, err error) {
	f, err := os.Open(file)
	if err != nil {
		return l, errors.New("it cannot be opened")
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return l, err
	}
	digest := sha256.New()
	text, err := plainText(io.TeeReader(f, digest))
	if err != nil {
		return l, err
	}
	kind, keys, err := parse(text, now)
	if err != nil {
		return l, err
	}
	l.keys = join(keys, selection(kind).keys)
	l.source = Source{Kind: kind, File: filepath.Base(file), SHA256: hex.EncodeToString(digest.Sum(nil)),
		Date: cmp.Or(day, info.ModTime().Format(time.DateOnly)), Loaded: now.UTC().Format(time.RFC3339), Keys: len(l.keys)}
	return l, nil
}

// join adds what the selection knows of keys. Those that the list does not have are
// left out: it is the SAT's that counts.
func join(keys, selected []*Key) []*Key {
	known := map[string]*Key{}
	for _, k := range selected {
		known[k.Code] = k
	}
	for _, k := range keys {
		if s, ok := known[k.Code]; ok {
			k.EN, k.Unit, k.Common = s.EN, s.Unit, true
			k.Similar, k.Symbol = cmp.Or(k.Similar, s.Similar), cmp.Or(k.Symbol, s.Symbol)
		}
	}
	return keys
}

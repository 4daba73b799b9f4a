package satkeys

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
)

// version is that of the tables; a file of another one is loaded again.
const version = 1

// tables are what a list is kept in. The order of ids is that of usefulness: what a
// search finds first is what is most likely meant.
const tables = `
CREATE TABLE source (kind TEXT PRIMARY KEY, file TEXT, sha256 TEXT, day TEXT, loaded TEXT, keys INTEGER, version INTEGER) STRICT;
CREATE TABLE key (
	id INTEGER PRIMARY KEY, kind TEXT NOT NULL, code TEXT NOT NULL, es TEXT NOT NULL, en TEXT NOT NULL, similar TEXT NOT NULL, symbol TEXT NOT NULL, unit TEXT NOT NULL,
	border INTEGER NOT NULL, common INTEGER NOT NULL, retired INTEGER NOT NULL, name_stems TEXT NOT NULL, more_stems TEXT NOT NULL, UNIQUE (kind, code)) STRICT;
CREATE VIRTUAL TABLE product_words USING fts5 (words, content = '', detail = none);
CREATE VIRTUAL TABLE unit_words USING fts5 (words, content = '', detail = none);
`

// words is the table of a kind's words.
func (k Kind) words() string { return map[Kind]string{Product: "product_words", Unit: "unit_words"}[k] }

// fill stores lists in an empty database.
func fill(ctx context.Context, db *sql.DB, lists ...list) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to take back
	if _, err := tx.ExecContext(ctx, tables); err != nil {
		return err
	}
	for _, l := range lists {
		if err := l.insert(ctx, tx); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// insert stores one list, most useful first.
func (l list) insert(ctx context.Context, tx *sql.Tx) error {
	s := l.source
	if _, err := tx.ExecContext(ctx, "INSERT INTO source VALUES (?, ?, ?, ?, ?, ?, ?)", s.Kind, s.File, s.SHA256, s.Date, s.Loaded, len(l.keys), version); err != nil {
		return err
	}
	key, err := tx.PrepareContext(ctx, "INSERT INTO key VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer key.Close()
	words, err := tx.PrepareContext(ctx, "INSERT INTO "+s.Kind.words()+" (rowid, words) VALUES (?, ?)")
	if err != nil {
		return err
	}
	defer words.Close()
	for _, k := range usefulFirst(l.keys) {
		name, more := strings.Join(stems(k.ES), " "), strings.Join(stems(k.EN+" "+k.Similar+" "+k.Symbol), " ")
		inserted, err := key.ExecContext(ctx, s.Kind, k.Code, k.ES, k.EN, k.Similar, k.Symbol, k.Unit, k.Border, k.Common, k.Retired, name, more)
		if err != nil {
			return err
		}
		id, err := inserted.LastInsertId()
		if err != nil {
			return err
		}
		if _, err := words.ExecContext(ctx, id, name+" "+more); err != nil {
			return err
		}
	}
	return nil
}

// usefulFirst is keys in the order of usefulness: common ones, none that was retired,
// whole classes, short names.
func usefulFirst(keys []*Key) []*Key {
	first := func(b bool) int { return map[bool]int{true: 0, false: 1}[b] }
	sorted := slices.Clone(keys)
	slices.SortFunc(sorted, func(a, b *Key) int {
		return cmp.Or(first(a.Common)-first(b.Common), first(!a.Retired)-first(!b.Retired), first(a.class() == a.Code)-first(b.class() == b.Code), len(a.ES)-len(b.ES), cmp.Compare(a.Code, b.Code))
	})
	return sorted
}

// class is the key of all that a product key is one of, "" of a unit.
func (k *Key) class() string {
	if len(k.Code) != 8 {
		return ""
	}
	return k.Code[:6] + "00"
}

// usualUnit is the unit of a product of which nothing else is known: services have
// their own half of the list.
func (k *Key) usualUnit() string {
	switch {
	case k.Unit != "":
		return k.Unit
	case k.Code >= "70":
		return "E48"
	default:
		return "H87"
	}
}

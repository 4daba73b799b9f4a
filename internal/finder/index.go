package finder

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

// schema is two indexes over the tools, both with the tool's number as rowid: of the
// concepts they are about, and of their own words.
const schema = `
CREATE VIRTUAL TABLE ideas USING fts5(about, content='', tokenize='ascii');
CREATE VIRTUAL TABLE words USING fts5(name, title, description, content='', tokenize='ascii');`

// ranking weighs both indexes by BM25. SQLite's is negative, better being less.
const ranking = `
SELECT tool, sum(score) FROM (
	SELECT rowid AS tool, -bm25(ideas) AS score FROM ideas WHERE ideas MATCH ?
	UNION ALL
	SELECT rowid, -bm25(words, 4, 3, 1) * 0.1 FROM words WHERE words MATCH ?
) GROUP BY tool`

// index is the searched tools in SQLite's memory.
type index struct {
	db   *sql.DB
	rank *sql.Stmt
}

// build indexes the tools.
func build(ctx context.Context, docs []Doc, about func(name string) []string) (*index, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // each would have a memory of its own
	x := &index{db: db}
	if err := x.fill(ctx, docs, about); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if x.rank, err = db.PrepareContext(ctx, ranking); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return x, nil
}

func (x *index) fill(ctx context.Context, docs []Doc, about func(name string) []string) error {
	if _, err := x.db.ExecContext(ctx, schema); err != nil {
		return err
	}
	tx, err := x.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect after Commit
	for i, doc := range docs {
		if _, err := tx.ExecContext(ctx, "INSERT INTO ideas (rowid, about) VALUES (?, ?)", i, strings.Join(about(doc.Name), " ")); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO words (rowid, name, title, description) VALUES (?, ?, ?, ?)", i,
			stems(doc.Name), stems(doc.Title), stems(doc.Description+" "+doc.Toolset)); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// search is the score of each tool, by its number, that has anything to do with a
// request.
func (x *index) search(ctx context.Context, r request) (map[int]float64, error) {
	rows, err := x.rank.QueryContext(ctx, anyOf(r.order), anyOf(r.stems))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err tells what went wrong
	scores := map[int]float64{}
	for rows.Next() {
		var tool int
		var score float64
		if err := rows.Scan(&tool, &score); err != nil {
			return nil, err
		}
		scores[tool] = score
	}
	return scores, rows.Err()
}

// anyOf asks FTS5 for any of some terms. Quoted, none of them is an operator; of no
// terms nothing is found.
func anyOf(terms []string) string {
	return `"` + strings.Join(terms, `" OR "`) + `"`
}

func stems(text string) string {
	words := strings.Fields(catalogs.Fold(text))
	for i, w := range words {
		words[i] = stem(w)
	}
	return strings.Join(words, " ")
}

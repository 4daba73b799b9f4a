package satkeys

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

// Hit is a key that answers a query.
type Hit struct {
	Key
	Why   string // what of the query it answers
	Class string // of a product: the name of what it is one of
	Usual Key    // of a product: the usual unit
}

// candidates is how many keys a search looks at more closely.
const candidates = 300

var (
	codeBeginning = regexp.MustCompile(`^\d{2,8}$`)
	unitCode      = regexp.MustCompile(`^[A-Za-z0-9]{1,3}$`)
)

// Find is the keys that answer a query best, and where they are from.
func (f *Finder) Find(ctx context.Context, kind Kind, query string, limit int) (hits []Hit, source Source, err error) {
	db, done, err := f.open(ctx)
	if err != nil {
		return nil, source, err
	}
	defer done()
	source = Source{Kind: kind}
	if err := db.QueryRowContext(ctx, "SELECT file, sha256, day, loaded, keys FROM source WHERE kind = ?", kind).Scan(&source.File, &source.SHA256, &source.Date, &source.Loaded, &source.Keys); err != nil {
		return nil, source, err
	}
	query = strings.TrimSpace(query)
	if kind == Product && codeBeginning.MatchString(query) {
		hits, err = read(ctx, db, "Its key begins with "+query+".", "kind = ? AND code >= ? AND code < ? ORDER BY code LIMIT ?", kind, query, query+":", limit)
	} else {
		hits, err = search(ctx, db, kind, termsOf(query), limit)
	}
	if err == nil && kind == Unit && unitCode.MatchString(query) {
		var exact []Hit
		exact, err = read(ctx, db, "It is that key.", "kind = ? AND code = ?", kind, strings.ToUpper(query))
		hits = slices.DeleteFunc(hits, func(h Hit) bool { return len(exact) > 0 && h.Code == exact[0].Code })
		hits = append(exact, hits...)
	}
	hits = hits[:min(limit, len(hits))]
	return hits, source, errors.Join(err, complete(ctx, db, kind, hits))
}

// Key is the key of that code, nil when the list that is searched does not have it, and
// whether that list is whole.
func (f *Finder) Key(ctx context.Context, kind Kind, code string) (k *Key, whole bool, err error) {
	db, done, err := f.open(ctx)
	if err != nil {
		return nil, false, err
	}
	defer done()
	var file string
	if err := db.QueryRowContext(ctx, "SELECT file FROM source WHERE kind = ?", kind).Scan(&file); err != nil {
		return nil, false, err
	}
	found, err := read(ctx, db, "", "kind = ? AND code = ?", kind, code)
	if len(found) > 0 {
		k = &found[0].Key
	}
	return k, file != "", err
}

// read is the keys of a condition.
func read(ctx context.Context, db *sql.DB, why, where string, args ...any) (hits []Hit, err error) {
	err = each(ctx, db, "SELECT "+columns+" FROM key WHERE "+where, args, func(k *Key, _, _ string) { hits = append(hits, Hit{Key: *k, Why: why}) })
	return hits, err
}

const columns = "code, es, en, similar, symbol, unit, border, common, retired, name_stems, more_stems"

// each hands over the keys of a question, with their stems.
func each(ctx context.Context, db *sql.DB, question string, args []any, take func(k *Key, name, more string)) error {
	rows, err := db.QueryContext(ctx, question, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		k := new(Key)
		var name, more string
		if err := rows.Scan(&k.Code, &k.ES, &k.EN, &k.Similar, &k.Symbol, &k.Unit, &k.Border, &k.Common, &k.Retired, &name, &more); err != nil {
			return err
		}
		take(k, name, more)
	}
	return rows.Err()
}

// search is the keys that have all terms, or else all but one, or else any.
func search(ctx context.Context, db *sql.DB, kind Kind, terms []term, limit int) (hits []Hit, err error) {
	found := map[string]*scored{}
	look := func(terms []term, all []term) error {
		var parts []string
		for _, t := range terms {
			parts = append(parts, t.match())
		}
		question := "SELECT " + columns + " FROM " + kind.words() + " JOIN key ON key.id = " + kind.words() + ".rowid WHERE " + kind.words() + " MATCH ? ORDER BY " + kind.words() + ".rowid LIMIT ?"
		return each(ctx, db, question, []any{strings.Join(parts, " AND "), candidates}, func(k *Key, name, more string) {
			if s := score(k, strings.Fields(name), strings.Fields(more), all); s != nil {
				found[k.Code] = s
			}
		})
	}
	if len(terms) > 0 {
		err = look(terms, terms)
	}
	if err == nil && len(found) < limit && len(terms) > 2 {
		for i := range terms {
			if err = look(slices.Concat(terms[:i], terms[i+1:]), terms); err != nil {
				break
			}
		}
	}
	if err == nil && len(found) == 0 && len(terms) > 1 {
		for i := range terms {
			if err = look(terms[i:i+1], terms); err != nil {
				break
			}
		}
	}
	best := slices.Collect(maps.Values(found))
	slices.SortFunc(best, func(a, b *scored) int {
		return cmp.Or(cmp.Compare(b.points, a.points), cmp.Compare(a.key.Code, b.key.Code))
	})
	for _, s := range best[:min(limit, len(best))] {
		hits = append(hits, Hit{Key: *s.key, Why: s.key.says(s.matched)})
	}
	return hits, err
}

// match is the term as FTS5 asks for it. Stems are letters and digits: they need no
// more than quotes. A long one also matches as the beginning of a word.
func (t term) match() string {
	group := func(words []string) string {
		var parts []string
		for _, word := range words {
			part := `"` + word + `"`
			if len(word) >= longStem {
				part += "*"
			}
			parts = append(parts, part)
		}
		return "(" + strings.Join(parts, " AND ") + ")"
	}
	parts := []string{group(t.said)}
	for _, a := range t.alternatives {
		parts = append(parts, group(a))
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// longStem is how long a stem is that may be the beginning of a word.
const longStem = 5

// scored is a key, the stems by which it was found, and how good it is.
type scored struct {
	key     *Key
	matched []string
	points  float64
}

// enough is how much of a query a key answers at least, to be worth looking at.
const enough = 0.33

// score judges a key: how much of the query it answers, in its name or elsewhere, and
// how little else it is. It is nil when that is not enough.
func score(k *Key, name, more []string, terms []term) *scored {
	points, answered := 0.0, map[int]bool{}
	var matched []string
	for _, t := range terms {
		best, by := 0.0, []string(nil)
		for i, alternative := range append([][]string{t.said}, t.alternatives...) {
			if p := fit(alternative, name, more); p > 0 {
				if i > 0 {
					p -= 0.1
				}
				if p > best {
					best, by = p, alternative
				}
			}
		}
		if by == nil {
			continue
		}
		points += best
		for i, word := range name {
			if slices.ContainsFunc(by, func(s string) bool { return begins(word, s) }) {
				answered[i] = true
			}
		}
		matched = append(matched, by...)
	}
	if points /= float64(max(1, len(terms))); points < enough {
		return nil
	}
	points = 10*points + 3*float64(len(answered))/float64(max(1, len(name)))
	if k.Common {
		points += 1.5
	}
	if k.class() == k.Code {
		points += 0.4
	}
	if answered[0] {
		points += 0.5
	}
	if k.Retired {
		points -= 3
	}
	return &scored{k, matched, points}
}

// says is the words of a key that have one of these stems, its name first.
func (k *Key) says(matched []string) string {
	var words []string
	for _, text := range []string{k.ES, k.Similar, k.EN, k.Symbol} {
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			word = strings.ToLower(word)
			plain := stem(catalogs.Fold(word))
			if slices.ContainsFunc(matched, func(s string) bool { return begins(plain, s) }) && !slices.Contains(words, word) {
				words = append(words, word)
			}
		}
	}
	return "It says: " + strings.Join(words, ", ") + "."
}

// fit is how well words stand in a name, or among other words: 0 when one is missing.
func fit(words, name, more []string) float64 {
	least := 1.0
	for _, word := range words {
		switch {
		case slices.Contains(name, word):
		case slices.Contains(more, word):
			least = min(least, 0.8)
		case slices.ContainsFunc(name, func(s string) bool { return begins(s, word) }):
			least = min(least, 0.7)
		case slices.ContainsFunc(more, func(s string) bool { return begins(s, word) }):
			least = min(least, 0.5)
		default:
			return 0
		}
	}
	return least
}

// begins reports whether word is stem, or begins with it where that says something.
func begins(word, stem string) bool {
	return word == stem || len(stem) >= longStem && strings.HasPrefix(word, stem)
}

// complete adds to product keys the names of their classes, and their usual units.
func complete(ctx context.Context, db *sql.DB, kind Kind, hits []Hit) error {
	if kind != Product {
		return nil
	}
	one := func(kind Kind, code string) (k Key, err error) {
		found, err := read(ctx, db, "", "kind = ? AND code = ?", kind, code)
		if len(found) > 0 {
			k = found[0].Key
		}
		return k, err
	}
	for i := range hits {
		class, err := one(Product, hits[i].class())
		if err != nil {
			return err
		}
		if class.Code != hits[i].Code {
			hits[i].Class = class.ES
		}
		if hits[i].Usual, err = one(Unit, hits[i].usualUnit()); err != nil {
			return err
		}
	}
	return nil
}

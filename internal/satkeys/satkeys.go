// Package satkeys finds keys of the SAT's lists of products and services
// (c_ClaveProdServ) and of units (c_ClaveUnidad), in Spanish and in English: in a
// selection that is embedded, and in the whole lists once an operator has loaded them.
package satkeys

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

// File is the name of the database of loaded lists, in the state directory.
const File = "catalogs.db"

// Kind is one of the two lists.
type Kind string

// The lists.
const (
	Product Kind = "product"
	Unit    Kind = "unit"
)

// Key is a key of a list.
type Key struct {
	Code    string
	ES, EN  string // EN only of common ones
	Similar string // the SAT's other words for it
	Symbol  string // of a unit
	Unit    string // of a product: the usual one
	Border  bool   // of a product: may have the IVA of the border
	Common  bool   // one of the embedded selection
	Retired bool   // of a unit: deleted by the UN, and still taken by the SAT
}

// Source is where the keys of a list are from.
type Source struct {
	Kind   Kind
	File   string // "" for the embedded selection
	SHA256 string
	Date   string // day of the list
	Loaded string // moment it was loaded, RFC 3339
	Keys   int
}

// ErrDamaged is that of a file that is no database of this version's.
var ErrDamaged = errors.New("the loaded lists are of another version, or damaged: load them again (gigstack-mcp catalogs load FILE)")

// Finder searches the lists. It is safe for concurrent use.
type Finder struct {
	path string

	mu    sync.Mutex
	store *store
	stamp stamp
}

// store is an open database. Whoever searches holds it open.
type store struct {
	db  *sql.DB
	use sync.WaitGroup
}

// stamp tells one version of the file from another; the zero stamp is no file.
type stamp struct {
	modified time.Time
	size     int64
}

// New is a finder of the lists in the file at path, and of the embedded selection as
// long as there is none, or path is "". Nothing is opened before the first question.
func New(path string) *Finder { return &Finder{path: path} }

// Close lets go of the file.
func (f *Finder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.store == nil {
		return nil
	}
	err := f.store.db.Close()
	f.store = nil
	return err
}

// open is the lists as they are now: a file that was replaced is opened anew. The
// caller says when it is done.
func (f *Finder) open(ctx context.Context) (db *sql.DB, done func(), err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := stampOf(f.path)
	if f.store == nil || now != f.stamp {
		opened, err := openStore(ctx, f.path, now)
		if err != nil {
			return nil, nil, err
		}
		if old := f.store; old != nil {
			go func() {
				old.use.Wait()
				_ = old.db.Close()
			}()
		}
		f.store, f.stamp = &store{db: opened}, now
	}
	current := f.store
	current.use.Add(1)
	return current.db, current.use.Done, nil
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if path == "" || err != nil {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size()}
}

// openStore opens the file, or makes a database of the selection in memory.
func openStore(ctx context.Context, path string, at stamp) (*sql.DB, error) {
	if at != (stamp{}) {
		db, err := sql.Open("sqlite", location(path)+"?mode=ro&immutable=1")
		if err != nil {
			return nil, err
		}
		var keys int
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM source WHERE version = ?", version).Scan(&keys); err != nil || keys == 0 {
			return nil, errors.Join(ErrDamaged, db.Close())
		}
		return db, nil
	}
	db, err := sql.Open("sqlite", "file::memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // each connection would have a memory of its own
	if err := fill(ctx, db, selection(Product), selection(Unit)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// location is a path as SQLite's URI.
func location(path string) string {
	if path = filepath.ToSlash(path); !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/…
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

// list is a list to be stored.
type list struct {
	source Source
	keys   []*Key
}

// selection is the embedded part of a list.
func selection(kind Kind) list {
	c, _ := catalogs.Find(map[Kind]string{Product: catalogs.ProductKeys, Unit: catalogs.UnitKeys}[kind])
	l := list{source: Source{Kind: kind, Date: c.Source.Date}}
	for _, e := range c.Entries {
		l.keys = append(l.keys, &Key{Code: e.Code, ES: e.ES, EN: e.EN, Similar: e.Similar, Symbol: e.Symbol, Unit: e.Unit, Border: e.Border, Common: true})
	}
	return l
}

package main

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// exceptions are the places below main that may do what others are given: read
// the clock or the environment, be random, reflect.
const exceptions = `
schemas/schemas.go          reflect      Go types become schemas here
schemas/words.go            reflect      ...
gigstack/endpoint.go        reflect      an endpoint remembers its types (TypeFor)
tools/derive.go             reflect      hands an endpoint's types to schemas
tools/own.go                reflect      hands the types of the server's own tools to schemas
tools/composed.go           reflect      hands those of the composed writes to schemas
internal/config/sources.go  reflect      kong's Mapper interface asks for it
internal/sandbox/files.go   crypto/rand  secrets in links; nothing replays them
internal/postgrestest/postgrestest.go os.Getenv CI says that skipping is no choice
main.go                     time.Now     main hands them out
main.go                     os.Getenv    ...
main.go                     os.Environ   ...
main.go                     crypto/rand  ...
`

// restricted are imports and functions that need an exception.
var restricted = map[string]bool{
	"reflect": true, "crypto/rand": true, "math/rand": true, "math/rand/v2": true,
	"time.Now": true, "os.Getenv": true, "os.LookupEnv": true, "os.Environ": true,
}

func TestSurroundingsComeFromMain(t *testing.T) {
	granted := map[string]bool{}
	for line := range strings.Lines(strings.TrimSpace(exceptions)) {
		granted[strings.Join(strings.Fields(line)[:2], " ")] = true
	}
	used := map[string]bool{}
	for _, file := range sources(t) {
		if file.test || strings.HasPrefix(file.pkg, "bench") { // a program of its own
			continue
		}
		for _, spec := range file.Imports {
			if what := importPath(spec); restricted[what] {
				used[file.name+" "+what] = true
			}
		}
		ast.Inspect(file.File, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := s.X.(*ast.Ident); ok && restricted[pkg.Name+"."+s.Sel.Name] {
					used[file.name+" "+pkg.Name+"."+s.Sel.Name] = true
				}
			}
			return true
		})
	}
	assert.Equal(t, granted, used, "file and what it uses")
}

// Longest file and function, in lines.
const (
	maxFile         = 400
	maxFunction     = 60
	maxTestFunction = 120
)

func TestLengths(t *testing.T) {
	for _, file := range sources(t) {
		assert.LessOrEqual(t, file.lines, maxFile, file.name)
		most := maxFunction
		if file.test {
			most = maxTestFunction
		}
		for _, declared := range file.Decls {
			if f, ok := declared.(*ast.FuncDecl); ok {
				lines := file.fset.Position(f.End()).Line - file.fset.Position(f.Pos()).Line + 1
				assert.LessOrEqual(t, lines, most, "%s: %s", file.name, f.Name.Name)
			}
		}
	}
}

// TestNothingGlobalChanges forbids init functions, and assignments to package
// variables after their declaration.
func TestNothingGlobalChanges(t *testing.T) {
	files := sources(t)
	globals := map[string]map[string]bool{} // by package
	for _, file := range files {
		if globals[file.pkg] == nil {
			globals[file.pkg] = map[string]bool{}
		}
		for _, declared := range file.Decls {
			if group, ok := declared.(*ast.GenDecl); ok && group.Tok == token.VAR {
				declare(globals[file.pkg], group)
			}
		}
	}
	for _, file := range files {
		for _, declared := range file.Decls {
			f, ok := declared.(*ast.FuncDecl)
			if !ok {
				continue
			}
			assert.False(t, f.Recv == nil && f.Name.Name == "init", "%s has an init function", file.name)
			for _, name := range assigned(f) {
				assert.False(t, globals[file.pkg][name], "%s: %s assigns the package variable %s", file.name, f.Name.Name, name)
			}
		}
	}
}

// assigned lists the variables that f assigns (or a part of them) and does not
// declare itself.
func assigned(f *ast.FuncDecl) (names []string) {
	local := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		declare(local, n)
		return true
	})
	target := func(e ast.Expr) {
		if name := root(e); name != "" && name != "_" && !local[name] {
			names = append(names, name)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch s := n.(type) {
		case *ast.AssignStmt:
			for _, left := range s.Lhs {
				target(left)
			}
		case *ast.IncDecStmt:
			target(s.X)
		}
		return true
	})
	return names
}

// declare adds the variables that a node itself declares.
func declare(to map[string]bool, n ast.Node) {
	add := func(names ...*ast.Ident) {
		for _, name := range names {
			to[name.Name] = true
		}
	}
	defined := func(tok token.Token, left ...ast.Expr) {
		for _, e := range left {
			if name, ok := e.(*ast.Ident); ok && tok == token.DEFINE {
				add(name)
			}
		}
	}
	switch d := n.(type) {
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if v, ok := spec.(*ast.ValueSpec); ok {
				add(v.Names...)
			}
		}
	case *ast.Field:
		add(d.Names...)
	case *ast.AssignStmt:
		defined(d.Tok, d.Lhs...)
	case *ast.RangeStmt:
		defined(d.Tok, d.Key, d.Value)
	}
}

// root is the variable that an assignment to e changes.
func root(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return root(e.X)
	case *ast.IndexExpr:
		return root(e.X)
	case *ast.StarExpr:
		return root(e.X)
	case *ast.ParenExpr:
		return root(e.X)
	}
	return ""
}

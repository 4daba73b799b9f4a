package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// layers is the architecture: each package, and all that it imports from this
// module and from others (by the name in their path). A change of it is a
// decision about the design.
const layers = `
internal/risk        :
internal/capture     :
internal/turns       :
internal/example     : pkcs8
internal/catalogs    :
internal/rawjson     :
internal/lines       : internal/rawjson
internal/satkeys     : internal/catalogs sqlite
internal/session     :
internal/watch       :
internal/metrics     : gigstack internal/httpserve tools
internal/tracing     : gigstack internal/httpserve tools otel zerolog
internal/cfdi        : internal/catalogs decimal pkcs8
internal/config      : kong yaml
internal/telemetry   : zerolog
internal/guard       : internal/policy internal/risk decimal
internal/audit       :
internal/ledger      : internal/audit internal/guard internal/policy internal/risk internal/session decimal flock goose pgx sqlite
internal/yamlfile    : yaml
internal/finder      : internal/catalogs sqlite yaml
internal/auth        : gigstack internal/yamlfile go-jose
internal/policy      : gigstack internal/cfdi internal/risk internal/yamlfile decimal
internal/postgrestest: pgx
gigstack             : internal/rawjson internal/risk internal/turns internal/watch decimal backoff
internal/files       : gigstack
schemas              : gigstack internal/rawjson jsonschema decimal
internal/sandbox     : gigstack internal/catalogs internal/cfdi internal/risk decimal
tools                : gigstack schemas internal/audit internal/catalogs internal/cfdi internal/files internal/finder internal/guard internal/lines internal/policy internal/rawjson internal/risk internal/satkeys internal/session internal/telemetry internal/watch decimal mcp-go zerolog
prompts              : mcp-go
internal/wire        : internal/rawjson mcp-go
internal/httpserve   : internal/session internal/turns internal/watch internal/wire mcp-go zerolog
internal/stdioserve  : internal/wire mcp-go zerolog
internal/conformance : internal/httpserve mcp-go
bench                :
bench/floor          :
bench/mcpgo          : mcp-go
bench/stub           :
.                    : gigstack internal/audit internal/auth internal/config internal/conformance internal/files internal/guard internal/httpserve internal/ledger internal/metrics internal/policy internal/risk internal/sandbox internal/satkeys internal/session internal/stdioserve internal/telemetry internal/tracing internal/watch internal/wire prompts tools go-isatty mcp-go zerolog
`

const module = "github.com/gigstack/gigstack-mcp"

func TestLayers(t *testing.T) {
	allowed := map[string][]string{}
	for line := range strings.Lines(strings.TrimSpace(layers)) {
		pkg, imports, _ := strings.Cut(line, ":")
		allowed[strings.TrimSpace(pkg)] = strings.Fields(imports)
	}
	found := map[string]map[string]bool{}
	for _, file := range sources(t) {
		if file.test {
			continue
		}
		if found[file.pkg] == nil {
			found[file.pkg] = map[string]bool{}
		}
		for _, spec := range file.Imports {
			if name := layer(importPath(spec), allowed[file.pkg]); name != "" {
				found[file.pkg][name] = true
			}
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(allowed)), slices.Collect(maps.Keys(found)), "packages")
	for pkg, imports := range found {
		assert.ElementsMatch(t, allowed[pkg], slices.Collect(maps.Keys(imports)), "what %s imports is not what layers says", pkg)
	}
}

// layer is how the table names an import: "" for the standard library.
func layer(imported string, allowed []string) string {
	if own, ok := strings.CutPrefix(imported, module+"/"); ok {
		return own
	}
	if host, _, _ := strings.Cut(imported, "/"); !strings.Contains(host, ".") {
		return ""
	}
	for _, element := range strings.Split(imported, "/") {
		if slices.Contains(allowed, element) {
			return element
		}
	}
	return imported
}

// source is one Go file of the module.
type source struct {
	*ast.File
	name  string // slash-separated, from the module's root
	pkg   string // its directory
	test  bool
	lines int
	fset  *token.FileSet
}

// sources parses every Go file, whatever its build tags.
func sources(t *testing.T) (files []source) {
	t.Helper()
	fset := token.NewFileSet()
	root := os.DirFS(".")
	require.NoError(t, fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata"):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		parsed, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, source{File: parsed, name: name, pkg: path.Dir(name), test: strings.HasSuffix(name, "_test.go"),
			lines: fset.File(parsed.Pos()).LineCount(), fset: fset})
		return nil
	}))
	return files
}

func importPath(spec *ast.ImportSpec) string {
	imported, _ := strconv.Unquote(spec.Path.Value)
	return imported
}

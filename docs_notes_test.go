package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// notes is what the source of package gigstack says to developers and the tools do not
// say to agents, who pay by the word: the paragraphs after the first of an endpoint's
// comment, by its name, and the comment behind a field, as "Type.Field".
type notes map[string]string

func readNotes(t *testing.T) notes {
	all := notes{
		"team":    "Id of the team to act for (gigstack Connect); the selected or own team when absent.",
		"plan":    "Plan from the preview, to confirm this exact call.",
		"save_as": "Also save the file under this name in the server's files folder.",
	}
	paths, err := filepath.Glob(filepath.Join("gigstack", "*.go"))
	require.NoError(t, err)
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			if general, ok := decl.(*ast.GenDecl); ok {
				all.read(general)
			}
		}
	}
	return all
}

// read takes the notes of one declaration.
func (n notes) read(decl *ast.GenDecl) {
	_, rest, _ := strings.Cut(decl.Doc.Text(), "\n\n")
	for _, spec := range decl.Specs {
		switch s := spec.(type) {
		case *ast.ValueSpec:
			if len(s.Values) == 1 {
				n[endpointName(s.Values[0])] = strings.TrimSpace(rest)
			}
		case *ast.TypeSpec:
			object, ok := s.Type.(*ast.StructType)
			if !ok {
				continue
			}
			for _, field := range object.Fields.List {
				if len(field.Names) == 1 && field.Comment != nil {
					n[s.Name.Name+"."+field.Names[0].Name] = sentence(field.Comment.Text())
				}
			}
		}
	}
}

// endpointName is the Name in the literal of an endpoint, "" of anything else.
func endpointName(value ast.Expr) string {
	literal, ok := value.(*ast.CompositeLit)
	if !ok {
		return ""
	}
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.Ident); ok && key.Name == "Name" {
				if text, ok := pair.Value.(*ast.BasicLit); ok {
					name, _ := strconv.Unquote(text.Value)
					return name
				}
			}
		}
	}
	return ""
}

// sentence is a comment as a sentence.
func sentence(comment string) string {
	runes := []rune(strings.TrimSpace(comment))
	runes[0] = unicode.ToUpper(runes[0])
	return strings.TrimSuffix(string(runes), ".") + "."
}

// of is the note of a member of a Go type, the doc tag it stands in for, and the type of
// what is inside the member.
func (n notes) of(t reflect.Type, member string) (note, tag string, inside reflect.Type) {
	if t == nil || t.Kind() != reflect.Struct {
		return n[member], "", nil
	}
	for _, field := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name == member && !field.Anonymous {
			owner := t
			if up := len(field.Index) - 1; up > 0 {
				owner = t.FieldByIndex(field.Index[:up]).Type
			}
			return n[owner.Name()+"."+field.Name], field.Tag.Get("doc"), within(field.Type)
		}
	}
	return n[member], "", nil
}

// within is what a pointer points to, a list lists, and null clears.
func within(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if v, ok := reflect.Zero(t).Interface().(interface{ Inner() any }); ok {
		return within(reflect.TypeOf(v.Inner()))
	}
	return t
}

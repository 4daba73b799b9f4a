package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gigstack/gigstack-mcp/internal/audit"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
	"github.com/gigstack/gigstack-mcp/internal/session"
)

// The addresses of the SAT's catalogues: one as a whole, and one code of one.
// The two prefixes differ, because mcp-go matches overlapping templates in
// random order.
const (
	catalogPrefix   = "gigstack://catalogs/"
	catalogTemplate = catalogPrefix + "{name}"
	codePrefix      = "gigstack://catalog-codes/"
	codeTemplate    = codePrefix + "{name}/{code}"
)

const jsonType = "application/json"

// RegisterResources adds the SAT's catalogues to an MCP server.
func RegisterResources(s *server.MCPServer) {
	for _, c := range catalogs.Heads() {
		uri := catalogPrefix + c.Name
		s.AddResource(mcp.NewResource(uri, c.Name, mcp.WithResourceTitle(c.Title.EN+" / "+c.Title.ES),
			mcp.WithResourceDescription(c.Description.EN+" / "+c.Description.ES), mcp.WithMIMEType(jsonType)), readCatalog)
	}
	s.AddResourceTemplate(mcp.NewResourceTemplate(catalogTemplate, "catalog",
		mcp.WithTemplateDescription("One of the SAT's catalogues, in Spanish and English."), mcp.WithTemplateMIMEType(jsonType)), readCatalog)
	s.AddResourceTemplate(mcp.NewResourceTemplate(codeTemplate, "catalog-code",
		mcp.WithTemplateDescription("One code of one of the SAT's catalogues, such as gigstack://catalog-codes/cfdi-uses/G03."), mcp.WithTemplateMIMEType(jsonType)), readCode)
}

// auditURI is where the caller's latest records are read.
const auditURI = "gigstack://audit/recent"

// recent is how many they are.
const recent = 50

// RegisterAudit lets clients of an MCP server read what was recorded of their
// own principal and team.
func (t *Tools) RegisterAudit(s *server.MCPServer) {
	s.AddResource(mcp.NewResource(auditURI, "audit", mcp.WithResourceTitle("What was done / Lo que se hizo"),
		mcp.WithResourceDescription("The last 50 records of what was written, planned, declined and refused for this caller and team, oldest first."), mcp.WithMIMEType(jsonType)),
		func(ctx context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			to, err := t.choose(ctx, "")
			if err == nil {
				err = t.mayActFor(to.team)
			}
			if err != nil {
				return nil, err
			}
			list := []json.RawMessage{}
			err = t.Audit.Audited(ctx, audit.Query{Of: &audit.Owner{Principal: session.CallerOf(ctx).Principal, Team: to.team}, Newest: recent}, func(e audit.Entry) error {
				list = append(list, json.RawMessage(e.Record))
				return nil
			})
			if err != nil {
				return nil, err
			}
			return jsonContents(req.Params.URI, list)
		})
}

func readCatalog(_ context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	c, err := catalog(strings.TrimPrefix(req.Params.URI, catalogPrefix))
	if err != nil {
		return nil, err
	}
	return jsonContents(req.Params.URI, c)
}

func readCode(_ context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	name, code, _ := strings.Cut(strings.TrimPrefix(req.Params.URI, codePrefix), "/")
	c, err := catalog(name)
	if err != nil {
		return nil, err
	}
	entry, ok := c.Entry(strings.ToUpper(code))
	if !ok { // a few have small letters
		entry, ok = c.Entry(code)
	}
	if !ok {
		return nil, fmt.Errorf("%w: %s has these codes: %s", server.ErrResourceNotFound, name, strings.Join(c.Codes(""), ", "))
	}
	return jsonContents(req.Params.URI, entry)
}

func catalog(name string) (catalogs.Catalog, error) {
	c, ok := catalogs.Find(name)
	if !ok {
		return c, fmt.Errorf("%w: the catalogues are %s", server.ErrResourceNotFound, strings.Join(catalogNames(""), ", "))
	}
	return c, nil
}

func jsonContents(uri string, v any) ([]mcp.ResourceContents, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, errors.New("the resource could not be encoded")
	}
	return []mcp.ResourceContents{mcp.TextResourceContents{URI: uri, MIMEType: jsonType, Text: string(raw)}}, nil
}

func catalogNames(prefix string) (names []string) {
	for _, c := range catalogs.Heads() {
		if strings.HasPrefix(c.Name, strings.ToLower(prefix)) {
			names = append(names, c.Name)
		}
	}
	return names
}

// Completions completes the arguments of the resource templates.
type Completions struct{}

// CompleteResourceArgument implements server.ResourceCompletionProvider: names of
// catalogues, and codes of the catalogue already chosen (or of all), by code or
// by what they mean in Spanish or English.
func (Completions) CompleteResourceArgument(_ context.Context, _ string, argument mcp.CompleteArgument, given mcp.CompleteContext) (*mcp.Completion, error) {
	var values []string
	switch argument.Name {
	case "name":
		values = catalogNames(argument.Value)
	case "code":
		if c, ok := catalogs.Find(given.Arguments["name"]); ok {
			values = c.Codes(argument.Value)
		}
	}
	return Complete(values), nil
}

// Complete is a completion of at most 100 values, as the protocol asks.
func Complete(values []string) *mcp.Completion {
	const most = 100
	c := &mcp.Completion{Values: values, Total: len(values)}
	if c.Values == nil {
		c.Values = []string{}
	}
	if len(values) > most {
		c.Values, c.HasMore = values[:most], true
	}
	return c
}

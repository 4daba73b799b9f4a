package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// The addresses of records that tools read: the team that calls act for, and a
// document of that team.
const (
	teamURI         = "gigstack://team"
	invoicePrefix   = "gigstack://invoices/"
	invoiceTemplate = invoicePrefix + "{uuid}"
)

// RegisterRecords lets clients of an MCP server read the current team, and an invoice
// of it, as the tools answer them: with the same rights, and nothing else shown.
func (t *Tools) RegisterRecords(s *server.MCPServer) {
	s.AddResource(mcp.NewResource(teamURI, "team", mcp.WithResourceTitle("Current team / Equipo actual"),
		mcp.WithResourceDescription("The company that calls act for, the mode (test or live) and what this server may do, as get_context tells them."), mcp.WithMIMEType(jsonType)),
		func(ctx context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return t.readBy(ctx, req.Params.URI, "get_context", struct{}{})
		})
	s.AddResourceTemplate(mcp.NewResourceTemplate(invoiceTemplate, "invoice",
		mcp.WithTemplateDescription("An income invoice, credit note or payment complement of the current team, by UUID."), mcp.WithTemplateMIMEType(jsonType)), t.readInvoice)
}

// readInvoice reads a document of whatever kind has the UUID.
func (t *Tools) readInvoice(ctx context.Context, req mcp.ReadResourceRequest) (contents []mcp.ResourceContents, err error) {
	id := gigstack.InvoiceRef{ID: strings.TrimPrefix(req.Params.URI, invoicePrefix)}
	for _, tool := range []string{gigstack.GetIncomeInvoice.Name, gigstack.GetEgressInvoice.Name, gigstack.GetPaymentComplement.Name} {
		contents, err = t.readBy(ctx, req.Params.URI, tool, id)
		if !errors.Is(err, server.ErrResourceNotFound) {
			break
		}
	}
	return contents, err
}

// readBy is a resource that a tool answers.
func (t *Tools) readBy(ctx context.Context, uri, tool string, args any) ([]mcp.ResourceContents, error) {
	found, ok := t.Find(tool)
	if !ok {
		return nil, fmt.Errorf("%w: this server does not offer %s", server.ErrResourceNotFound, tool)
	}
	call := mcp.CallToolRequest{}
	call.Params.Name, call.Params.RawArguments = tool, marshal(args)
	result, err := found.Handler(ctx, call)
	if err != nil {
		return nil, err
	}
	if !result.IsError {
		return []mcp.ResourceContents{mcp.TextResourceContents{URI: uri, MIMEType: jsonType, Text: string(result.RawStructuredContent)}}, nil
	}
	var refused struct{ Error failure }
	if err := json.Unmarshal(result.RawStructuredContent, &refused); err != nil {
		return nil, errors.New("the resource could not be read")
	}
	if refused.Error.Code == "resource_not_found" {
		return nil, fmt.Errorf("%w: %s", server.ErrResourceNotFound, refused.Error.Message)
	}
	return nil, fmt.Errorf("%s %s", refused.Error.Message, refused.Error.Next)
}

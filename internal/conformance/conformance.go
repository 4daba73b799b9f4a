//go:build conformance

// Package conformance adds what the protocol's official conformance suite calls
// for (tools, resources and prompts of fixed names and answers) to a server of
// ours, so that the suite examines our transports. It is part of no released
// program: only a build with the tag "conformance" holds it.
package conformance

import (
	"context"
	"encoding/json"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// A pixel and a moment of silence.
const (
	image = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
	audio = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="
)

// Register adds the fixtures, and the abilities that only they need.
func Register(s *server.MCPServer) {
	server.WithLogging()(s)
	server.WithResourceCapabilities(true, false)(s)
	s.EnableSampling()
	registerContents(s)
	registerReports(s)
	registerQuestions(s)
	registerRounds(s)
	registerResources(s)
	registerPrompts(s)
}

// handler answers a call of a fixture.
type handler func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error)

// add registers a tool. properties is its schema's member of that name, "" for
// a tool without arguments.
func add(s *server.MCPServer, name, properties string, h handler) {
	if properties == "" {
		properties = "{}"
	}
	s.AddTool(mcp.Tool{
		Name: name, Description: "Fixture of the conformance suite.",
		RawInputSchema: json.RawMessage(`{"type":"object","properties":` + properties + `}`),
	}, server.ToolHandlerFunc(h))
}

// registerContents adds the tools that answer with each kind of content.
func registerContents(s *server.MCPServer) {
	said := func(contents ...mcp.Content) handler {
		return func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{Content: contents}, nil
		}
	}
	embedded := func(uri, kind, text string) mcp.Content {
		return mcp.NewEmbeddedResource(mcp.TextResourceContents{URI: uri, MIMEType: kind, Text: text})
	}
	add(s, "test_simple_text", "", said(mcp.NewTextContent("This is a simple text response for testing.")))
	add(s, "test_image_content", "", said(mcp.NewImageContent(image, "image/png")))
	add(s, "test_audio_content", "", said(mcp.NewAudioContent(audio, "audio/wav")))
	add(s, "test_embedded_resource", "", said(embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")))
	add(s, "test_multiple_content_types", "", said(
		mcp.NewTextContent("Multiple content types test:"),
		mcp.NewImageContent(image, "image/png"),
		embedded("test://mixed-content-resource", "application/json", `{"test":"data","value":123}`),
	))
	add(s, "test_error_handling", "", func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultError("This tool intentionally returns an error for testing"), nil
	})
	s.AddTool(mcp.Tool{Name: "json_schema_2020_12_tool", Description: "Fixture of the conformance suite.", RawInputSchema: json.RawMessage(schema2020)},
		server.ToolHandlerFunc(said(mcp.NewTextContent("ok"))))
}

// schema2020 uses what JSON Schema 2020-12 brought and must arrive untouched.
const schema2020 = `{
	"$schema": "https://json-schema.org/draft/2020-12/schema",
	"type": "object",
	"$defs": {"address": {"$anchor": "addressDef", "type": "object", "properties": {"street": {"type": "string"}, "city": {"type": "string"}}}},
	"properties": {
		"name": {"type": "string"},
		"address": {"$ref": "#/$defs/address"},
		"contactMethod": {"type": "string", "enum": ["phone", "email"]},
		"phone": {"type": "string"},
		"email": {"type": "string"}
	},
	"allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
	"if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
	"then": {"required": ["phone"]},
	"else": {"required": ["email"]},
	"additionalProperties": false
}`

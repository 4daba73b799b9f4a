package prompts

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// guidePrefix is where guides are read, by language and topic.
const guidePrefix = "gigstack://guides/"

// GuideTemplate is the address of every guide.
const GuideTemplate = guidePrefix + "{language}/{topic}"

// Topics is what there are guides to, always in the same order.
func Topics() []string {
	return []string{"payments", "invoices", "receipts", "collections", "cancellation", "sat-download", "connect"}
}

// Guide is what an agent should know of a topic, as Markdown.
func Guide(language, topic string) (text string, err error) {
	if !slices.Contains([]string{Spanish, English}, language) || !slices.Contains(Topics(), topic) {
		return "", fmt.Errorf("the guides are %s{%s|%s}/{%s}", guidePrefix, Spanish, English, strings.Join(Topics(), "|"))
	}
	return read("guides/" + topic + "." + language + ".md"), nil
}

// CompleteGuide is the values of an argument of [GuideTemplate] that what was typed
// can be the beginning of.
func CompleteGuide(argument, typed string) []string {
	switch argument {
	case "language":
		return beginning([]string{Spanish, English}, typed)
	case "topic":
		return beginning(Topics(), typed)
	default:
		return nil
	}
}

// RegisterGuides offers every guide on s.
func RegisterGuides(s *server.MCPServer) {
	const markdown = "text/markdown"
	handle := func(_ context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		language, topic, _ := strings.Cut(strings.TrimPrefix(request.Params.URI, guidePrefix), "/")
		text, err := Guide(language, topic)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", server.ErrResourceNotFound, err)
		}
		return []mcp.ResourceContents{mcp.TextResourceContents{URI: request.Params.URI, MIMEType: markdown, Text: text}}, nil
	}
	for _, language := range []string{Spanish, English} {
		for _, topic := range Topics() {
			title, description := about(read("guides/" + topic + "." + language + ".md"))
			s.AddResource(mcp.NewResource(guidePrefix+language+"/"+topic, "guide-"+topic+"-"+language, mcp.WithResourceTitle(title),
				mcp.WithResourceDescription(description), mcp.WithMIMEType(markdown)), handle)
		}
	}
	s.AddResourceTemplate(mcp.NewResourceTemplate(GuideTemplate, "guide",
		mcp.WithTemplateDescription("A guide to a topic (states, order of steps, traps, deadlines), in Spanish (es) or English (en)."), mcp.WithTemplateMIMEType(markdown)), handle)
}

// about is a guide's title and first paragraph, which says what it is good for.
func about(guide string) (title, description string) {
	title, rest, _ := strings.Cut(strings.TrimPrefix(guide, "# "), "\n\n")
	description, _, _ = strings.Cut(rest, "\n\n")
	return title, description
}

package tools

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/finder"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

type findInput struct {
	Query string `json:"query" doc:"What the person wants, in their words, Spanish or English." jsonschema:"minLength=1,maxLength=1000"`
	Limit *int   `json:"limit,omitempty" doc:"How many tools at most; 5 when absent." jsonschema:"minimum=1,maximum=20"`
}

// usuallyFound is how many tools are found when nobody says how many.
const usuallyFound = 5

// findResult answers find_tools.
type findResult struct {
	Tools []foundTool `json:"tools" doc:"Best first. None: nothing here does that."`
}

// foundTool is a tool with all that calling it takes.
type foundTool struct {
	Name        string          `json:"name"`
	Title       string          `json:"title"`
	Why         string          `json:"why" doc:"The words of the query that led to it."`
	Tier        string          `json:"tier" doc:"read, or what goes wrong when it should not have run: write, outward, fiscal, destructive, critical."`
	InputSchema json.RawMessage `json:"input_schema" doc:"Its arguments; of the first tool with all that is checked."`
	Companions  []string        `json:"companions,omitempty" doc:"Tools needed before and after it, in order."`
}

// findTools finds tools that this server offers, listed or not.
func (t *Tools) findTools() ownTool {
	about := readsAs("find_tools", "Find a tool", "Find the tools for a task told in Spanish or English, with their arguments and what is called before and after. Call what it finds by its name where it is listed, else through run_read_tool (tier read) or run_write_tool.")
	return readTool(t, about, func(ctx context.Context, _ mcp.CallToolRequest, in findInput) (result findResult, team string, err error) {
		most := usuallyFound
		if in.Limit != nil {
			most = *in.Limit
		}
		hits, err := searchable().Find(ctx, in.Query, most, t.reaches)
		result.Tools = make([]foundTool, 0, len(hits))
		for i, hit := range hits {
			tool, ok := t.reach(hit.Name)
			if !ok {
				continue
			}
			input := tool.Tool.RawInputSchema
			if e, known := endpoints[hit.Name]; known && i == 0 && !t.maybeAsked(e()) {
				input = e().input.Full()
			}
			result.Tools = append(result.Tools, foundTool{hit.Name, tool.Tool.Title, hit.Why, TierOf(hit.Name).String(), input, hit.Companions})
		}
		return result, "", err
	})
}

// reaches reports whether this server offers a tool, and not one by which others are
// reached.
func (t *Tools) reaches(name string) bool {
	i, ok := t.places[name]
	return ok && i < t.reached
}

// TierOf is what a tool puts at stake by itself; its arguments may put more.
func TierOf(name string) risk.Level {
	if e, ok := endpoints[name]; ok {
		return e().spec.Risk.Effective()
	}
	if isComposed(name) || name == runWrite {
		return risk.Fiscal
	}
	return risk.Read
}

// searchable finds among all tools there are; it is built once a process, for the
// tools of all servers.
var searchable = sync.OnceValue(func() *finder.Finder {
	var docs []finder.Doc
	for _, set := range Own {
		for _, own := range set.tools {
			about := own.make(nil).about
			docs = append(docs, finder.Doc{Name: about.Name, Title: about.Title, Description: about.Description})
		}
	}
	for toolset, op := range gigstack.Operations() {
		spec := op.Spec()
		docs = append(docs, finder.Doc{Name: spec.Name, Title: spec.Title, Description: spec.Doc, Toolset: toolset})
	}
	return finder.New(docs)
})

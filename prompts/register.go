package prompts

import (
	"context"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// Register offers every prompt on s. A list of prompts has no language, so it
// shows the Spanish titles and both descriptions.
func Register(s *server.MCPServer) {
	for _, p := range All() {
		options := []mcp.PromptOption{
			mcp.WithPromptTitle(p.ES.Title),
			mcp.WithPromptDescription(both(p.ES.Description, p.EN.Description)),
		}
		for i, a := range p.ES.Arguments {
			about := []mcp.ArgumentOption{mcp.ArgumentDescription(both(a.Description, p.EN.Arguments[i].Description))}
			if a.Required {
				about = append(about, mcp.RequiredArgument())
			}
			options = append(options, mcp.WithArgument(a.Name, about...))
		}
		s.AddPrompt(mcp.NewPrompt(p.Name, options...), p.get)
	}
}

func both(es, en string) string { return es + " / " + en }

// get answers prompts/get. mcp-go recovers from panics of tools but not of
// prompts, so it is done here.
func (p Prompt) get(_ context.Context, request mcp.GetPromptRequest) (result *mcp.GetPromptResult, err error) {
	defer func() {
		if v := recover(); v != nil {
			result, err = nil, fmt.Errorf("prompt %s: %v", p.Name, v)
		}
	}()
	args := request.Params.Arguments
	text, err := p.Render(args)
	if err != nil {
		return nil, err
	}
	v, _ := p.version(clean(args["language"]))
	message := mcp.NewPromptMessage(mcp.RoleUser, mcp.NewTextContent(text))
	return mcp.NewGetPromptResult(v.Description, []mcp.PromptMessage{message}), nil
}

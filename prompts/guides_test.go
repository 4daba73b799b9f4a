package prompts

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Both languages are the same guide: headings, tables, steps, and tools in the same order.
func TestGuidesAgree(t *testing.T) {
	shape := regexp.MustCompile(`(?m)^(#+ |\||\d+\. |- )`)
	for _, topic := range Topics() {
		t.Run(topic, func(t *testing.T) {
			es, err := Guide(Spanish, topic)
			require.NoError(t, err)
			en, err := Guide(English, topic)
			require.NoError(t, err)
			assert.Equal(t, shape.FindAllString(es, -1), shape.FindAllString(en, -1))
			assert.Equal(t, toolName.FindAllString(es, -1), toolName.FindAllString(en, -1), "tools in the same order")
			assert.NotEqual(t, es, en)
			for _, text := range []string{es, en} {
				title, description := about(text)
				assert.NotContains(t, title, "#")
				assert.Less(t, len(description), 150)
				assert.Less(t, len(text), 4500, "an agent reads all of it")
				assert.NotContains(t, toolName.ReplaceAllString(text, ""), "`", "backticks are for tools")
				for _, link := range guideLink.FindAllStringSubmatch(text, -1) {
					_, err := Guide(link[1], link[2])
					assert.NoError(t, err, "a guide that is linked")
				}
			}
		})
	}
}

var guideLink = regexp.MustCompile(regexp.QuoteMeta(guidePrefix) + `([^/]+)/([a-z-]+)`)

func TestNoSuchGuide(t *testing.T) {
	for _, of := range [][2]string{{"fr", "payments"}, {"es", "taxes"}, {"", ""}, {"es", "../instructions"}} {
		_, err := Guide(of[0], of[1])
		assert.ErrorContains(t, err, "the guides are gigstack://guides/{es|en}/{payments|")
	}
}

func TestCompleteGuide(t *testing.T) {
	assert.Equal(t, Topics(), CompleteGuide("topic", ""))
	assert.Equal(t, []string{"collections", "cancellation", "connect"}, CompleteGuide("topic", " C"))
	assert.Equal(t, []string{"en"}, CompleteGuide("language", "en"))
	assert.Empty(t, CompleteGuide("topic", "x"))
	assert.Empty(t, CompleteGuide("what", ""))
}

func TestReadGuide(t *testing.T) {
	s := server.NewMCPServer("test", "1", server.WithResourceCapabilities(false, false))
	RegisterGuides(s)
	ask := func(method string, params any, answer any) {
		request, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
		require.NoError(t, err)
		raw, err := json.Marshal(s.HandleMessage(t.Context(), request))
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(raw, answer), "%s", raw)
	}
	var listed struct {
		Result struct {
			Resources []struct{ URI, Name, Title, Description, MIMEType string }
		}
	}
	ask("resources/list", map[string]any{}, &listed)
	require.Len(t, listed.Result.Resources, 2*len(Topics()))
	names := map[string]bool{}
	for _, r := range listed.Result.Resources {
		var answer struct {
			Result struct {
				Contents []struct{ URI, MIMEType, Text string }
			}
		}
		ask("resources/read", map[string]any{"uri": r.URI}, &answer)
		require.Len(t, answer.Result.Contents, 1, r.URI)
		assert.Equal(t, r.URI, answer.Result.Contents[0].URI)
		assert.Equal(t, "text/markdown", answer.Result.Contents[0].MIMEType)
		assert.True(t, strings.HasPrefix(answer.Result.Contents[0].Text, "# "+r.Title+"\n"), r.URI)
		assert.NotEmpty(t, r.Description)
		names[r.Name] = true
	}
	assert.Len(t, names, 2*len(Topics()), "mcp-go loses resources of the same name")
	var refused struct{ Error struct{ Message string } }
	ask("resources/read", map[string]any{"uri": "gigstack://guides/fr/payments"}, &refused)
	assert.Contains(t, refused.Error.Message, "the guides are")
}

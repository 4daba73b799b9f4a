package stdioserve_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/stdioserve"
)

// newServer has a tool for each thing that can happen to a call.
func newServer() *server.MCPServer {
	s := server.NewMCPServer("test", "1", server.WithToolCapabilities(false), server.WithElicitation(), server.WithRecovery())
	text := func(words string) *mcp.CallToolResult { return mcp.NewToolResultText(words) }
	tool := func(name string, h server.ToolHandlerFunc) {
		s.AddTool(mcp.Tool{Name: name, RawInputSchema: json.RawMessage(`{"type":"object"}`)}, h)
	}
	tool("slow", func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		time.Sleep(20 * time.Millisecond)
		return text("done"), nil
	})
	tool("ask", func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		r, err := s.RequestElicitation(ctx, mcp.ElicitationRequest{Params: mcp.ElicitationParams{Message: "Sure?", RequestedSchema: map[string]any{"type": "object"}}})
		if err != nil {
			return nil, err
		}
		return text(string(r.Action)), nil
	})
	tool("wait", func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		<-ctx.Done()
		return text("canceled"), nil
	})
	tool("notify", func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for i := range 20 {
			if err := s.SendNotificationToClient(ctx, "notifications/progress", map[string]any{"progressToken": "p", "progress": i}); err != nil {
				return nil, err
			}
		}
		return text("done"), nil
	})
	tool("panic", func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) { panic("canary") })
	return s
}

// line is a message as it travels.
type line struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params map[string]any  `json:"params"`
	Result map[string]any  `json:"result"`
	Error  *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// text is what a tool answered.
func (l line) text() string {
	content, _ := l.Result["content"].([]any)
	if len(content) == 0 {
		return ""
	}
	words, _ := content[0].(map[string]any)["text"].(string)
	return words
}

const (
	hello = `{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"t","version":"1"}}}` + "\n" +
		`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n"
	meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`
)

func call(id any, tool string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%v,"method":"tools/call","params":{"name":%q,"arguments":{}}}`, id, tool) + "\n"
}

// converse serves a whole input and returns every line of the output, each of
// which must be JSON.
func converse(t *testing.T, in io.Reader) []line {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, stdioserve.Serve(t.Context(), newServer(), in, &out, zerolog.Nop(), time.Minute))
	return parse(t, out.String())
}

func parse(t *testing.T, out string) (lines []line) {
	t.Helper()
	for _, raw := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
		var l line
		require.NoError(t, json.Unmarshal([]byte(raw), &l), raw)
		lines = append(lines, l)
	}
	return lines
}

// TestEndOfInput answers every call although the input ended right behind the
// last of them, with and without a line break.
func TestEndOfInput(t *testing.T) {
	var in strings.Builder
	in.WriteString(hello)
	for i := range 200 {
		in.WriteString(call(i, "slow"))
	}
	answered := map[string]bool{}
	for _, l := range converse(t, strings.NewReader(strings.TrimSuffix(in.String(), "\n"))) {
		require.Nil(t, l.Error)
		answered[string(l.ID)] = true
	}
	assert.Len(t, answered, 201)
}

// peer is the other side of a running server.
type peer struct {
	t     *testing.T
	in    io.WriteCloser
	out   *bufio.Scanner
	ended chan error
}

func connect(t *testing.T, ctx context.Context) *peer { return connectFor(t, ctx, time.Minute) }

// connectFor connects to a server that waits so long for calls at the end.
func connectFor(t *testing.T, ctx context.Context, drain time.Duration) *peer {
	t.Helper()
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	p := &peer{t: t, in: inW, out: bufio.NewScanner(outR), ended: make(chan error, 1)}
	go func() {
		err := stdioserve.Serve(ctx, newServer(), inR, outW, zerolog.Nop(), drain)
		_ = outW.Close()
		p.ended <- err
	}()
	t.Cleanup(func() { _ = inW.Close(); _ = outR.Close() })
	return p
}

func (p *peer) write(s string) {
	p.t.Helper()
	_, err := io.WriteString(p.in, s)
	require.NoError(p.t, err)
}

func (p *peer) read() line {
	p.t.Helper()
	require.True(p.t, p.out.Scan(), "the server ended: %v", p.out.Err())
	return parse(p.t, p.out.Text())[0]
}

func (p *peer) end() error {
	p.t.Helper()
	select {
	case err := <-p.ended:
		return err
	case <-time.After(5 * time.Second):
		require.Fail(p.t, "the server does not end")
		return nil
	}
}

// TestManyQuestions has 200 calls wait for the person at once, and the server
// still read the answers.
func TestManyQuestions(t *testing.T) {
	p := connect(t, t.Context())
	p.write(hello)
	p.read()
	const many = 200
	go func() {
		for i := range many {
			_, _ = io.WriteString(p.in, call(i, "ask"))
		}
	}()
	var questions []string
	for len(questions) < many {
		l := p.read()
		require.Equal(t, "elicitation/create", l.Method)
		assert.Equal(t, "Sure?", l.Params["message"])
		questions = append(questions, string(l.ID))
	}
	go func() {
		for i := len(questions) - 1; i >= 0; i-- {
			_, _ = io.WriteString(p.in, `{"jsonrpc":"2.0","id":`+questions[i]+`,"result":{"action":"accept","content":{}}}`+"\n")
		}
	}()
	for range many {
		assert.Equal(t, "accept", p.read().text())
	}
	require.NoError(t, p.in.Close())
	assert.NoError(t, p.end())
}

// TestQuestionGoesWrong has a client that cannot ask count as one whose user
// closed the question.
func TestQuestionGoesWrong(t *testing.T) {
	for name, answer := range map[string]string{
		"an error":   `{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no window"}}`,
		"no object":  `{"jsonrpc":"2.0","id":%s,"result":"yes"}`,
		"wrong type": `{"jsonrpc":"2.0","id":%s,"result":{"action":true}}`,
		"text id":    `{"jsonrpc":"2.0","id":"%[1]s","result":{"action":"accept"}}` + "\n" + `{"jsonrpc":"2.0","id":%[1]s,"result":{"action":"cancel"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			p := connect(t, t.Context())
			p.write(hello + call(7, "ask"))
			p.read()
			p.write(fmt.Sprintf(answer, p.read().ID) + "\n")
			l := p.read()
			assert.Nil(t, l.Error)
			assert.Equal(t, "cancel", l.text())
		})
	}
}

// TestGoneClient ends calls that wait for a person who went away.
func TestGoneClient(t *testing.T) {
	p := connect(t, t.Context())
	p.write(hello + call(7, "ask"))
	p.read()
	assert.Equal(t, "elicitation/create", p.read().Method)
	require.NoError(t, p.in.Close())
	assert.Equal(t, "cancel", p.read().text())
	assert.NoError(t, p.end())
}

// TestToldToStop ends although the input stays open. A call in flight is not cut
// off but answered; nobody is asked any more.
func TestToldToStop(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	p := connect(t, ctx)
	p.write(hello + call(7, "ask"))
	p.read()
	assert.Equal(t, "elicitation/create", p.read().Method)
	stop()
	assert.Equal(t, "cancel", p.read().text())
	assert.NoError(t, p.end())
}

// TestDrainEnds says so when a call lasts longer than is waited for.
func TestDrainEnds(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	p := connectFor(t, ctx, 20*time.Millisecond)
	p.write(hello + call(8, "wait"))
	p.read()
	time.Sleep(20 * time.Millisecond)
	stop()
	assert.ErrorContains(t, <-p.ended, "still running")
}

// TestNotifications come in order, before the response of their call.
func TestNotifications(t *testing.T) {
	lines := converse(t, strings.NewReader(hello+call(1, "notify")))
	require.Len(t, lines, 22)
	for i, l := range lines[1:21] {
		assert.Equal(t, "notifications/progress", l.Method)
		assert.InDelta(t, i, l.Params["progress"], 0)
	}
	assert.Equal(t, "done", lines[21].text())
}

// TestBadLines answers each with an error of its own and goes on.
func TestBadLines(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		code int
	}{
		"no JSON":        {`{"jsonrpc":`, mcp.PARSE_ERROR},
		"text":           {`hello`, mcp.PARSE_ERROR},
		"too large":      {`{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"` + strings.Repeat("x", 16<<20) + `"}}`, mcp.INVALID_REQUEST},
		"no such method": {`{"jsonrpc":"2.0","id":1,"method":"nothing"}`, mcp.METHOD_NOT_FOUND},
		"no such tool":   {strings.TrimSpace(call(1, "nothing")), mcp.INVALID_PARAMS},
		"another RPC":    {`{"jsonrpc":"1.0","id":1,"method":"ping"}`, mcp.INVALID_REQUEST},
	} {
		t.Run(name, func(t *testing.T) {
			lines := converse(t, strings.NewReader(hello+"\n  \n"+c.line+"\n"+call(2, "slow")))
			require.Len(t, lines, 3)
			var failed, went line
			for _, l := range lines[1:] {
				if l.Error != nil {
					failed = l
				} else {
					went = l
				}
			}
			require.NotNil(t, failed.Error)
			assert.Equal(t, c.code, failed.Error.Code)
			assert.Equal(t, "done", went.text())
		})
	}
	t.Run("an answer to no question", func(t *testing.T) {
		lines := converse(t, strings.NewReader(hello+`{"jsonrpc":"2.0","id":99,"result":{}}`+"\n"))
		assert.Len(t, lines, 1, "is no message to answer")
	})
}

// TestCancellation stops a running call.
func TestCancellation(t *testing.T) {
	p := connect(t, t.Context())
	p.write(hello + call(7, "wait"))
	p.read()
	p.write(call(8, "slow"))
	assert.Equal(t, "done", p.read().text(), "the waiting call keeps nobody")
	p.write(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7,"reason":"enough"}}` + "\n")
	assert.Equal(t, "canceled", p.read().text())
}

// TestBothEras in one process, mixed.
func TestBothEras(t *testing.T) {
	modern := `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"slow","arguments":{},` + meta + `}}` + "\n"
	discover := `{"jsonrpc":"2.0","id":4,"method":"server/discover","params":{` + meta + `}}` + "\n"
	answers := map[string]line{}
	for _, l := range converse(t, strings.NewReader(discover+hello+call(2, "slow")+modern)) {
		require.Nil(t, l.Error, string(l.ID))
		answers[string(l.ID)] = l
	}
	assert.Equal(t, "done", answers["2"].text())
	assert.Equal(t, "done", answers["3"].text())
	assert.Equal(t, "complete", answers["3"].Result["resultType"])
	assert.Nil(t, answers["2"].Result["resultType"])
	assert.Contains(t, answers["4"].Result, "supportedVersions")
	assert.Equal(t, "2025-11-25", answers[`"hello"`].Result["protocolVersion"])
}

// TestConcurrentWriters has no two messages share a line.
func TestConcurrentWriters(t *testing.T) {
	var in strings.Builder
	in.WriteString(hello)
	for i := range 50 {
		in.WriteString(call(i, "notify"))
	}
	results := 0
	for _, l := range converse(t, strings.NewReader(in.String())) {
		if l.Method == "" {
			results++
		}
	}
	assert.Equal(t, 51, results)
}

// TestBrokenPipe ends when nobody reads what it writes.
func TestBrokenPipe(t *testing.T) {
	var wait sync.WaitGroup
	r, w := io.Pipe()
	_ = r.Close()
	wait.Go(func() {
		assert.NoError(t, stdioserve.Serve(t.Context(), newServer(), strings.NewReader(hello+call(1, "slow")), w, zerolog.Nop(), time.Minute))
	})
	wait.Wait()
}

package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/capture"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/policy"
	"github.com/gigstack/gigstack-mcp/tools"
)

// The example of docs/policy.md is one that the program takes.
func TestDocumentedPolicy(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("docs", "policy.md"))
	require.NoError(t, err)
	example := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(doc)
	require.NotNil(t, example)
	p, err := policy.Parse(example[1], policy.Known{Tools: tools.ToolsetOf()})
	require.NoError(t, err)
	assert.Len(t, p.Rules, 3)
	assert.Equal(t, policy.Deny, p.Default)
}

func TestWrongPolicyIsToldAtTheStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(path, []byte("default: deny\nrules:\n  - tools: [stamp]\n"), 0o600))
	_, _, err := surroundings{}.run(t.Context(), "tools", "--sandbox", "--policy", path)
	require.ErrorContains(t, err, "--policy: the policy is not right:\nline 3: there is no tool \"stamp\"")
	_, _, err = surroundings{}.run(t.Context(), "tools", "--sandbox", "--policy", path+"x")
	require.ErrorContains(t, err, "--policy: the policy cannot be read: no such file")
}

// TestPolicyIsReadAgain changes the file of a running server and tells it so.
func TestPolicyIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	write := func(text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	write("rules:\n  - tools: [create_service]\n")
	_, s := upstream(t)
	before := len(services(t, s))
	cmd := exec.Command(os.Args[0])
	cmd.Args = []string{"gigstack-mcp", "stdio", "--policy", path}
	cmd.Env = append(os.Environ(), asProgram+"=1", "GIGSTACK_API_KEY="+s.env["GIGSTACK_API_KEY"], "GIGSTACK_BASE_URL="+s.env["GIGSTACK_BASE_URL"], "GIGSTACK_STATE_DIR="+t.TempDir(), "GIGSTACK_LOG_LEVEL=info")
	log := &capture.Buffer{}
	cmd.Stderr = log
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewReader(out)
	create := func() string {
		_, err := io.WriteString(in, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"create_service","arguments":{"description":"Nueva","unit_price":1}}}`+"\n")
		require.NoError(t, err)
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		return line
	}
	hangUp := func(says string) {
		require.NoError(t, cmd.Process.Signal(syscall.SIGHUP))
		require.Eventually(t, func() bool { return strings.Contains(log.String(), says) }, 10*time.Second, 10*time.Millisecond)
	}

	assert.NotContains(t, create(), `"isError":true`)
	write("default: perhaps\n")
	hangUp("the one from before stays")
	assert.NotContains(t, create(), `"isError":true`)
	write("default: deny\n")
	hangUp("the policy was read again")
	assert.Contains(t, create(), guard.CodePolicy)
	require.NoError(t, in.Close())
	require.NoError(t, cmd.Wait())
	assert.Len(t, services(t, s), before+2)
}

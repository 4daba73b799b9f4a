package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/capture"
)

const reset = `{"email":"diego@kemper.example.mx"}`

// waitingCall is a call that waits, and the id of its approval.
func waitingCall(t *testing.T, s surroundings) (id string) {
	t.Helper()
	answer := parse(t, conversation(t, s, "reset_user_password", reset))
	require.Equal(t, "waiting_for_approval", answer["status"])
	return answer["approval"].(string)
}

// TestApprovals has a person approve at their terminal what an agent asked for in its
// conversation, which then goes on.
func TestApprovals(t *testing.T) {
	_, s := upstream(t)
	person := surroundings{env: map[string]string{"GIGSTACK_STATE_DIR": s.env["GIGSTACK_STATE_DIR"]}, atTerminal: true}
	_, _, err := person.run(t.Context(), "approvals", "list")
	require.ErrorContains(t, err, "there is no ledger yet")
	s.env["GIGSTACK_ALLOW_CRITICAL"] = "true"
	id := waitingCall(t, s)
	assert.Equal(t, id, waitingCall(t, s), "another conversation of the same caller repeats it")

	out, _, err := person.run(t.Context(), "approvals", "list")
	require.NoError(t, err)
	assert.Regexp(t, id+` +waiting +reset_user_password +team_kemper +test `, out)
	out, _, err = person.run(t.Context(), "approvals", "show", id)
	require.NoError(t, err)
	assert.Contains(t, out, "Reset a password?\nTeam: Escuela Kemper (team_kemper), TEST data\n")

	for name, wrong := range map[string]struct {
		in, says string
		terminal bool
	}{
		"nobody there": {"CONFIRMAR\n", "at a terminal", false},
		"another word": {"si\n", "nothing was decided", true},
		"nothing":      {"", "nothing was decided", true},
	} {
		s := person
		s.in, s.atTerminal = strings.NewReader(wrong.in), wrong.terminal
		_, _, err = s.run(t.Context(), "approvals", "approve", id)
		require.ErrorContains(t, err, wrong.says, name)
	}
	assert.Equal(t, id, waitingCall(t, s), "nothing was decided")

	person.in = strings.NewReader("Diego@kemper.example.mx\n")
	out, _, err = person.run(t.Context(), "approvals", "approve", id, "--by", "Berta Paz\x1b[2J")
	require.NoError(t, err)
	assert.Contains(t, out, "Approved by Berta Paz?[2J (login berta)")
	assert.Equal(t, "done", parse(t, conversation(t, s, "reset_user_password", reset))["status"])
	_, _, err = person.run(t.Context(), "approvals", "deny", id)
	require.ErrorContains(t, err, "too late")
	_, _, err = person.run(t.Context(), "approvals", "approve", id)
	require.ErrorContains(t, err, "there is nothing to approve any more: it ran")

	out, _, err = person.run(t.Context(), "approvals", "list", "--json")
	require.NoError(t, err)
	assert.Empty(t, parse(t, out)["approvals"])
	out, _, err = person.run(t.Context(), "approvals", "list", "--all", "--json")
	require.NoError(t, err)
	list := parse(t, out)["approvals"].([]any)
	require.Len(t, list, 1)
	assert.Equal(t, "Berta Paz?[2J (login berta)", list[0].(map[string]any)["by"])
	assert.NotContains(t, out, "plan", "what goes on with it is nobody's to see")
	out, _, err = person.run(t.Context(), "audit", "export")
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(out, `"decision":"ran"`))
	assert.Equal(t, 3, strings.Count(out, `"approver":"Berta Paz?[2J (login berta)"`), "the decision, and what ran by it")
}

// TestFailedStartLeavesNothing behind of a sandbox that never was.
func TestFailedStartLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	_, _, err := surroundings{}.run(t.Context(), "--sandbox", "--allow-critical", "--files-dir", filepath.Join(dir, "none"))
	require.ErrorContains(t, err, "--files-dir")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// TestDenial tells the agent who denied it, and why.
func TestDenial(t *testing.T) {
	_, s := upstream(t)
	s.env["GIGSTACK_ALLOW_CRITICAL"] = "true"
	id := waitingCall(t, s)
	_, _, err := s.run(t.Context(), "approvals", "deny", "none")
	require.ErrorContains(t, err, "there is no such approval")
	_, _, err = s.run(t.Context(), "approvals", "deny", id, "--reason", strings.Repeat("x", 201))
	require.ErrorContains(t, err, "--reason: it is too long")
	_, _, err = s.run(t.Context(), "approvals", "deny", id, "--reason", "Diego knows it")
	require.NoError(t, err, "no needs no terminal")
	answer := conversation(t, s, "reset_user_password", reset)
	assert.Contains(t, answer, "approval_denied")
	assert.Contains(t, answer, `berta denied it at`)
	assert.Contains(t, answer, `Diego knows it`)
}

// TestSandboxCanBeApproved keeps the ledger of a sandbox where another terminal finds
// it, as long as the program runs.
func TestSandboxCanBeApproved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	_, client, log, end := sandboxed(t, "--allow-critical")
	answer := client("reset_user_password", reset)
	dir := regexp.MustCompile(`--state-dir ([^ ]+)`).FindStringSubmatch(answer)
	require.NotNil(t, dir, answer)
	assert.Contains(t, log.String(), "a call waits for a person")
	id := regexp.MustCompile(`"approval":"(\w+)"`).FindStringSubmatch(answer)
	require.NotNil(t, id)
	person := surroundings{in: strings.NewReader("diego@kemper.example.mx\n"), atTerminal: true}
	_, _, err := person.run(t.Context(), "--state-dir", dir[1], "approvals", "approve", id[1])
	require.NoError(t, err)
	assert.Contains(t, client("reset_user_password", reset), `"status":"done"`)
	end()
	left, err := os.ReadDir(filepath.Dir(dir[1]))
	require.NoError(t, err)
	assert.Empty(t, left, "and forgets it")
}

// sandboxed is a server with a sandbox of its own on stdio, to call.
func sandboxed(t *testing.T, args ...string) (s surroundings, call func(tool, arguments string) string, log *capture.Buffer, end func()) {
	t.Helper()
	in, client := io.Pipe()
	out, log := &capture.Buffer{}, &capture.Buffer{}
	s.in = in
	ended := make(chan error, 1)
	go func() { ended <- s.program(out, log, append(args, "--sandbox")...).run(t.Context()) }()
	answers := 0
	call = func(tool, arguments string) string {
		answers++
		_, err := io.WriteString(client, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"`+tool+`","arguments":`+arguments+`}}`+"\n")
		require.NoError(t, err)
		require.Eventually(t, func() bool { return strings.Count(out.String(), "\n") == answers }, 10*time.Second, 5*time.Millisecond)
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		return lines[len(lines)-1]
	}
	return s, call, log, func() {
		require.NoError(t, client.Close())
		require.NoError(t, <-ended)
	}
}

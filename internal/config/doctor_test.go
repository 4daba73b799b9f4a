package config_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/config"
)

// TestDoctor examines the settings that the server would have.
func TestDoctor(t *testing.T) {
	variables := env{"GIGSTACK_API_KEY": "sk_test_x", "GIGSTACK_ADDR": "127.0.0.1:7", "HOME": "/home/ana", "APPDATA": "/data"}
	c, _, err := load(variables, "doctor", "--json", "--team", "team_a")
	require.NoError(t, err)
	assert.Equal(t, []any{config.Doctor, config.Stdio, true, "team_a", ""}, []any{c.Command, c.Examines, c.JSON, c.Team, c.Addr})
	for _, place := range []config.ClientFile{{"Claude Code", ".mcp.json"}, {"Claude Code", "/home/ana/.claude.json"}, {"Claude Desktop", "/data/Claude/claude_desktop_config.json"}, {"VS Code", "/home/ana/.config/Code/User/mcp.json"}} {
		assert.True(t, slices.Contains(c.ClientFiles, place), place)
	}
	c, _, err = load(variables, "doctor", "http", "--byo-key", "--json")
	require.NoError(t, err)
	assert.Equal(t, []any{config.HTTP, true, "127.0.0.1:7", true}, []any{c.Examines, c.JSON, c.Addr, c.BYOKey})
	c, _, err = load(nil, "doctor", "http", "--max-calls", "0")
	require.ErrorContains(t, err, "--max-calls")
	assert.Equal(t, config.Doctor, c.Command, "what is wrong is for the doctor to tell")
	_, _, err = load(variables, "doctor", "--addr", ":1")
	require.Error(t, err, "stdio has no address")
}

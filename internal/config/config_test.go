package config_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/config"
)

// env is a made-up environment.
type env map[string]string

func (e env) get(name string) string { return e[name] }

func load(variables env, args ...string) (config.Config, string, error) {
	var out bytes.Buffer
	c, err := config.Load(config.Source{Args: args, Getenv: variables.get, BaseURL: "https://api.example.com/v2", Out: &out})
	return c, out.String(), err
}

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// TestPrecedence is flag before environment before file before default.
func TestPrecedence(t *testing.T) {
	file := write(t, "team: team_file\ntimeout: 7s\nread-only: true\ntoolsets: [clients, invoices]\naddr: 127.0.0.1:9999\n")
	variables := env{"GIGSTACK_API_KEY": "sk_test_x", "GIGSTACK_CONFIG": file, "GIGSTACK_TEAM": "team_env", "GIGSTACK_LOG_LEVEL": "warn"}
	c, _, err := load(variables, "http", "--team", "team_flag")
	require.NoError(t, err)
	assert.Equal(t, "team_flag", c.Team)
	assert.Equal(t, "warn", c.LogLevel)
	assert.Equal(t, 7*time.Second, c.Timeout)
	assert.Zero(t, c.Cache, "off by default")
	assert.Equal(t, 32, c.MaxUpstream)
	assert.True(t, c.ReadOnly)
	assert.Equal(t, []string{"clients", "invoices"}, c.Toolsets)
	assert.Equal(t, "127.0.0.1:9999", c.Addr)
	assert.Equal(t, "https://api.example.com/v2", c.BaseURL)

	c, _, err = load(variables, "http", "--read-only=false")
	require.NoError(t, err)
	assert.Equal(t, "team_env", c.Team)
	assert.False(t, c.ReadOnly)
	delete(variables, "GIGSTACK_TEAM")
	c, _, err = load(variables)
	require.NoError(t, err)
	assert.Equal(t, "team_file", c.Team)
	delete(variables, "GIGSTACK_CONFIG")
	c, _, err = load(variables, "http")
	require.NoError(t, err)
	assert.Empty(t, c.Team)
	assert.Equal(t, "127.0.0.1:8080", c.Addr)
}

func TestCommands(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want config.Command
	}{
		"default":         {[]string{"--sandbox"}, config.Stdio},
		"default, flags":  {[]string{"--sandbox", "--read-only"}, config.Stdio},
		"stdio":           {[]string{"stdio", "--sandbox"}, config.Stdio},
		"http":            {[]string{"http", "--sandbox", "--addr", "127.0.0.1:1"}, config.HTTP},
		"flags first":     {[]string{"--sandbox", "http"}, config.HTTP},
		"sandbox":         {[]string{"sandbox"}, config.Sandbox},
		"sandbox, own":    {[]string{"sandbox", "--addr", "127.0.0.1:2"}, config.Sandbox},
		"call":            {[]string{"call", "get_client", "--args", `{"id":"x"}`, "--sandbox"}, config.Call},
		"tools":           {[]string{"tools", "--json"}, config.Tools},
		"version":         {[]string{"version"}, config.Version},
		"key is no worry": {[]string{"tools"}, config.Tools},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := load(nil, c.args...)
			require.NoError(t, err)
			assert.Equal(t, c.want, got.Command)
		})
	}
	c, _, err := load(nil, "call", "get_client", "--args", `{"id":"x"}`, "--sandbox")
	require.NoError(t, err)
	assert.Equal(t, "get_client", c.Tool)
	assert.Equal(t, `{"id":"x"}`, c.Args)
	c, _, err = load(env{"GIGSTACK_ADDR": "127.0.0.1:3"}, "sandbox")
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:3", c.Addr)
}

func TestSwitches(t *testing.T) {
	for value, want := range map[string]bool{"": true, "=true": true, "=1": true, "=yes": true, "=ON": true, "=false": false, "=0": false, "=no": false, "=off": false} {
		c, _, err := load(nil, "--sandbox", "--allow-critical"+value)
		require.NoError(t, err, value)
		assert.Equal(t, want, c.AllowCritical, value)
	}
	c, _, err := load(env{"GIGSTACK_READ_ONLY": "yes", "GIGSTACK_SANDBOX": "1"})
	require.NoError(t, err)
	assert.True(t, c.ReadOnly && c.Sandbox)
	assert.False(t, c.AllowCritical)
	_, _, err = load(nil, "--sandbox", "--read-only=perhaps")
	assert.ErrorContains(t, err, `--read-only: "perhaps" is neither true nor false`)
}

// TestAllProblemsAtOnce has nobody correct settings one by one.
func TestAllProblemsAtOnce(t *testing.T) {
	file := write(t, "tem: x\napi-key: canary\nread-only: maybe\n")
	var out bytes.Buffer
	_, err := config.Load(config.Source{
		Args: []string{"--config", file, "--timeout", "1h", "--cache", "1h", "--allow-critical=7"}, Getenv: env{}.get, BaseURL: "https://x.example", Out: &out,
		Check: func(config.Config) []error { return []error{errors.New("--team: not an id")} },
	})
	require.Error(t, err)
	for _, part := range []string{`"tem" is no setting`, "a secret does not belong into the settings", "--read-only", "--timeout", "--cache", "--allow-critical", "--team: not an id", "API key"} {
		assert.ErrorContains(t, err, part)
	}
	assert.NotContains(t, err.Error(), "canary")
}

func TestFileProblems(t *testing.T) {
	for name, path := range map[string]string{"missing": "/nowhere/at/all", "no YAML": write(t, "{"), "a list": write(t, "- a"), "help": write(t, "help: true"), "itself": write(t, "config: x")} {
		_, _, err := load(nil, "--sandbox", "--config="+path)
		assert.ErrorContains(t, err, "--config", name)
	}
}

func TestKey(t *testing.T) {
	file := write(t, "  sk_test_file\n")
	for name, c := range map[string]struct {
		variables env
		args      []string
		want, err string
	}{
		"variable":           {env{"GIGSTACK_API_KEY": " sk_test_env "}, nil, "sk_test_env", ""},
		"file":               {nil, []string{"--api-key-file", file}, "sk_test_file", ""},
		"file by variable":   {env{"GIGSTACK_API_KEY_FILE": file}, nil, "sk_test_file", ""},
		"file over variable": {env{"GIGSTACK_API_KEY": "sk_test_env"}, []string{"--api-key-file", file}, "sk_test_file", ""},
		"empty file":         {nil, []string{"--api-key-file", write(t, " \n")}, "", "the file is empty"},
		"no file":            {nil, []string{"--api-key-file", "/nowhere/at/all"}, "", "--api-key-file"},
		"sandbox":            {env{"GIGSTACK_API_KEY": "sk_test_env"}, []string{"--sandbox"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := load(c.variables, c.args...)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, got.APIKey)
		})
	}
	_, _, err := load(nil)
	for _, way := range []string{"GIGSTACK_API_KEY", "--api-key-file", "--sandbox"} {
		assert.ErrorContains(t, err, way, "a missing key names every way on")
	}
	_, _, err = load(nil, "--sandbox", "--api-key", "canary")
	assert.ErrorContains(t, err, "--api-key")
	assert.NotContains(t, err.Error(), "canary")
	_, _, err = load(nil, "--sandbox", "--api-key=canary")
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "canary")
}

// TestPartnerKey is as secret as the other, and nobody has to have one.
func TestPartnerKey(t *testing.T) {
	file := write(t, "  partner_file\n")
	for name, c := range map[string]struct {
		variables env
		args      []string
		want, err string
	}{
		"none":               {nil, nil, "", ""},
		"variable":           {env{"GIGSTACK_PARTNER_KEY": " partner_env "}, nil, "partner_env", ""},
		"file over variable": {env{"GIGSTACK_PARTNER_KEY": "partner_env"}, []string{"--partner-key-file", file}, "partner_file", ""},
		"empty file":         {nil, []string{"--partner-key-file", write(t, " \n")}, "", "--partner-key-file: the file is empty"},
		"key as a path":      {nil, []string{"--partner-key-file", "/nowhere/canary"}, "", "--partner-key-file"},
		"key as a setting":   {nil, []string{"--config", write(t, "partner_key: canary\n")}, "", "partner-key-file"},
	} {
		t.Run(name, func(t *testing.T) {
			variables := env{"GIGSTACK_API_KEY": "sk_test_x"}
			maps.Copy(variables, c.variables)
			got, _, err := load(variables, c.args...)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				assert.NotContains(t, err.Error(), "canary")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, got.PartnerKey)
			assert.Equal(t, "sk_test_x", got.APIKey)
		})
	}
}

func TestDirectories(t *testing.T) {
	for name, c := range map[string]struct {
		variables   env
		args        []string
		state, hand string
	}{
		"XDG":      {env{"XDG_STATE_HOME": "/state", "HOME": "/home/a"}, nil, "/state/gigstack-mcp", "/state/gigstack-mcp/handoff"},
		"home":     {env{"HOME": "/home/a"}, nil, "/home/a/.local/state/gigstack-mcp", "/home/a/.local/state/gigstack-mcp/handoff"},
		"relative": {env{"XDG_STATE_HOME": "state", "HOME": "/home/a"}, nil, "/home/a/.local/state/gigstack-mcp", "/home/a/.local/state/gigstack-mcp/handoff"},
		"Windows":  {env{"LOCALAPPDATA": "/local"}, nil, "/local/gigstack-mcp", "/local/gigstack-mcp/handoff"},
		"homeless": {nil, nil, "", ""},
		"flags":    {env{"HOME": "/home/a"}, []string{"--state-dir", "/s", "--handoff-dir", "/h"}, "/s", "/h"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := load(c.variables, append(c.args, "--sandbox")...)
			require.NoError(t, err)
			assert.Equal(t, c.state, got.StateDir)
			assert.Equal(t, c.hand, got.HandOffDir)
		})
	}
}

func TestHelp(t *testing.T) {
	_, out, err := load(nil, "--help")
	require.ErrorIs(t, err, config.ErrHelp)
	for _, part := range []string{"stdio", "http", "sandbox", "call", "tools", "version", "--read-only", "GIGSTACK_TEAM"} {
		assert.Contains(t, out, part)
	}
	assert.False(t, strings.Contains(out, "--api-key="), "there is no such flag")
	for _, wrong := range [][]string{{"nothing"}, {"call"}, {"--nothing"}, {"http", "extra"}} {
		_, _, err = load(nil, wrong...)
		assert.Error(t, err, wrong)
	}
}

// TestLedger is a secret too: there is a password in its URL.
func TestLedger(t *testing.T) {
	const url = "postgres://u:canary@h/d"
	file := write(t, url+"\n")
	for name, c := range map[string]struct {
		variables env
		args      []string
		want, err string
	}{
		"none":             {nil, nil, "", ""},
		"variable":         {env{"GIGSTACK_LEDGER": url}, nil, url, ""},
		"file":             {nil, []string{"--ledger-file", file}, url, ""},
		"URL as a path":    {nil, []string{"--ledger-file", url}, "", "--ledger-file: no such file"},
		"URL as a flag":    {nil, []string{"--ledger=" + url}, "", "--ledger"},
		"URL as a setting": {nil, []string{"--config", write(t, "ledger: "+url)}, "", "ledger-file"},
		"sandbox":          {env{"GIGSTACK_LEDGER": url}, []string{"--sandbox"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			variables := env{"GIGSTACK_API_KEY": "sk_test_x"}
			maps.Copy(variables, c.variables)
			got, _, err := load(variables, c.args...)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				assert.NotContains(t, err.Error(), "canary")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, got.Ledger, "what the sandbox does stays out of it")
		})
	}
}

// TestStrangers names the variables that look like settings and are none.
func TestStrangers(t *testing.T) {
	c, err := config.Load(config.Source{
		Args: []string{"version"}, Getenv: func(string) string { return "" }, BaseURL: "https://api.example.mx", Out: io.Discard,
		Environ: []string{"GIGSTACK_READONLY=1", "GIGSTACK_READ_ONLY=1", "GIGSTACK_API_KEY=x", "GIGSTACK_PARTNER_KEY=x", "GIGSTACK_CONFIG=", "HOME=/", "gigstack_team=x"},
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"GIGSTACK_READONLY"}, c.Strangers)
}

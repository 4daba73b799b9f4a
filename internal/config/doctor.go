package config

import "path/filepath"

type doctorFlags struct {
	JSON  string    `name:"json" placeholder:"true" default:"false" type:"switch" help:"As JSON."`
	Stdio struct{}  `cmd:"" default:"withargs" help:"Examine what stdio would serve (the default)."`
	HTTP  httpFlags `cmd:"" name:"http" help:"Examine what http would serve, with its flags."`
}

// settle says what the command in words examines; nothing for another one.
func (f doctorFlags) settle(c *Config, words []string, getenv func(string) string) {
	if c.Command != Doctor {
		return
	}
	c.Examines, c.ClientFiles = Command(words[1]), clientFiles(getenv)
}

// ClientFile is where a program that calls MCP servers keeps which ones.
type ClientFile struct{ Client, Path string }

// clientFiles is the places that are known, on any system: those of the others are
// not there.
func clientFiles(getenv func(string) string) []ClientFile {
	files := []ClientFile{{"Claude Code", ".mcp.json"}, {"Cursor", ".cursor/mcp.json"}, {"VS Code", ".vscode/mcp.json"}}
	for _, variable := range []string{"HOME", "USERPROFILE"} {
		if home := getenv(variable); home != "" {
			files = append(files, ClientFile{"Claude Code", filepath.Join(home, ".claude.json")}, ClientFile{"Cursor", filepath.Join(home, ".cursor", "mcp.json")})
		}
	}
	var settings []string // where desktop programs keep theirs
	if home := getenv("HOME"); home != "" {
		settings = append(settings, filepath.Join(home, "Library", "Application Support"), filepath.Join(home, ".config"))
	}
	for _, variable := range []string{"XDG_CONFIG_HOME", "APPDATA"} {
		if dir := getenv(variable); dir != "" {
			settings = append(settings, dir)
		}
	}
	for _, dir := range settings {
		files = append(files, ClientFile{"Claude Desktop", filepath.Join(dir, "Claude", "claude_desktop_config.json")}, ClientFile{"VS Code", filepath.Join(dir, "Code", "User", "mcp.json")})
	}
	return files
}

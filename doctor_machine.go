package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/gigstack/gigstack-mcp/internal/config"
	"github.com/gigstack/gigstack-mcp/internal/telemetry"
)

// examineFolders looks at the directories that are written to.
func (d *doctor) examineFolders() {
	c := d.config
	if c.Sandbox || c.StateDir == "" {
		d.skip(either(c.Sandbox, "the sandbox's ledger is forgotten with it", "there is none"), "state")
	} else {
		d.examineFolder("state", "--state-dir", c.StateDir, true)
	}
	if c.HandOffDir == "" {
		d.warn("hand-off", "name a directory with --handoff-dir", "none: tools that mint a link for a person are refused")
	} else {
		d.examineFolder("hand-off", "--handoff-dir", c.HandOffDir, true)
	}
	if c.FilesDir == "" {
		d.skip("--files-dir is not set: there are no uploads from disk and no saved downloads", "files")
	} else {
		d.examineFolder("files", "--files-dir", c.FilesDir, false)
	}
}

// examineFolder looks at a directory, which may be missing where the program makes it.
func (d *doctor) examineFolder(check, setting, dir string, made bool) {
	other := "correct it, or name another with " + setting
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && made:
		if err := mayWrite(nearest(dir)); err != nil {
			d.problem(check, other, "%s cannot be made: %v", dir, err)
			return
		}
		d.ok(check, "%s, made when it is needed", dir)
	case err != nil:
		d.problem(check, other, "%v", err)
	case !info.IsDir():
		d.problem(check, other, "%s is no directory", dir)
	case info.Mode().Perm()&0o022 != 0 && filepath.Separator == '/': // Windows has no such bits
		d.warn(check, "chmod go-w it, or name another with "+setting, "others can write to %s", dir)
	default:
		if err := mayWrite(dir); err != nil {
			d.problem(check, other, "%s cannot be written: %v", dir, err)
			return
		}
		d.ok(check, "%s can be written, by nobody else", dir)
	}
}

// nearest is the directory, or of those around it the nearest that is there.
func nearest(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// examinePasswords looks whether the operator's passwords are where they should be.
func (d *doctor) examinePasswords() {
	var names []string
	for _, secret := range d.config.Secrets {
		names = append(names, secret.Name)
		if _, err := secret.Read(); err != nil {
			d.warn("password", "correct where --secrets says that it is", "%s cannot be read: %v", secret.Name, err)
		}
	}
	if len(names) > 0 {
		d.ok("passwords", "named: %s", strings.Join(names, ", "))
	}
}

// examineClients looks which programs on this machine start this one. Nothing of what
// their files say is repeated: there are keys in them.
func (d *doctor) examineClients() {
	read, named := map[string]bool{}, false
	for _, file := range d.config.ClientFiles {
		raw, err := os.ReadFile(file.Path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var settings any
		if err == nil {
			err = json.Unmarshal(raw, &settings)
		}
		if err != nil {
			d.skip(file.Path+" cannot be read as plain JSON", file.Client)
			continue
		}
		read[file.Client] = true
		for _, entry := range entries(settings) {
			named = true
			d.examineEntry(file, entry)
		}
	}
	switch {
	case named:
	case len(read) == 0:
		d.skip("no settings of a client that is known were found", "clients")
	default:
		d.skip(fmt.Sprintf("%d clients have settings here, and none names this server; README.md shows how", len(read)), "clients")
	}
}

// entry is a server as a client's settings name it.
type entry struct {
	command string
	args    string
	url     bool
}

// entries finds this server in a client's settings, at whatever depth.
func entries(settings any) (found []entry) {
	list, ok := settings.([]any)
	for _, value := range list {
		found = append(found, entries(value)...)
	}
	members, isObject := settings.(map[string]any)
	if ok || !isObject {
		return found
	}
	for name, value := range members {
		if servers, ok := value.(map[string]any); ok && (name == "mcpServers" || name == "servers") {
			found = append(found, ownEntries(servers)...)
			continue
		}
		found = append(found, entries(value)...)
	}
	return found
}

// ownEntries is the servers that are this one, by their name or their program's.
func ownEntries(servers map[string]any) (found []entry) {
	for name, value := range servers {
		about, ok := value.(map[string]any)
		if !ok {
			continue
		}
		var e entry
		e.command, _ = about["command"].(string)
		e.url = about["url"] != nil
		args, _ := about["args"].([]any)
		e.args = fmt.Sprintln(args...)
		if strings.Contains(strings.ToLower(name+" "+e.command+" "+e.args), "gigstack") {
			found = append(found, e)
		}
	}
	return found
}

// examineEntry looks whether a client could start what it names.
func (d *doctor) examineEntry(file config.ClientFile, e entry) {
	const here = "names this server"
	switch _, err := exec.LookPath(e.command); {
	case string(telemetry.Redact([]byte(e.args))) != e.args:
		d.warn(file.Client, "put the key into its env, or into a file for --api-key-file", "%s %s, with a key among its arguments, where everybody on this machine sees it", file.Path, here)
	case e.command == "" && e.url:
		d.ok(file.Client, "%s %s, over HTTP", file.Path, here)
	case e.command == "":
		d.problem(file.Client, "name the path of gigstack-mcp as its command", "%s %s, with neither a command nor a URL", file.Path, here)
	case errors.Is(err, fs.ErrPermission):
		d.problem(file.Client, "chmod +x it", "%s %s, and its command may not be run", file.Path, here)
	case err != nil:
		d.problem(file.Client, "name the whole path of gigstack-mcp as its command", "%s %s, and its command is not there", file.Path, here)
	case !filepath.IsAbs(e.command):
		d.warn(file.Client, "name the whole path: clients that are started from a desktop search elsewhere", "%s %s, by a command that is found from here", file.Path, here)
	default:
		d.ok(file.Client, "%s %s, and its command is there", file.Path, here)
	}
}

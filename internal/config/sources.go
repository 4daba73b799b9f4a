package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// switchMapper lets a flag stand alone ("--read-only") or carry a value
// ("--read-only=false"); the value is checked later, with all the others.
type switchMapper struct{}

// Decode implements kong.Mapper.
func (switchMapper) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	value := "true"
	if ctx.Scan.Peek().Type == kong.FlagValueToken {
		value = fmt.Sprint(ctx.Scan.Pop().Value)
	}
	target.SetString(value)
	return nil
}

// IsBool tells kong that the flag needs no value.
func (switchMapper) IsBool() bool { return true }

// variable is the environment variable of a flag: --log-level is
// GIGSTACK_LOG_LEVEL.
func variable(flag string) string {
	return "GIGSTACK_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// withVariable is a flag's help with the name of its variable.
func withVariable(value *kong.Value) string {
	if value.Flag == nil || value.Name == "help" {
		return value.Help
	}
	return strings.TrimSuffix(value.Help, ".") + " ($" + variable(value.Name) + ")."
}

// environment resolves flags from variables; an empty one counts as not set.
// (kong's own env tag reads the process's environment and takes an empty
// variable for a value.)
type environment struct{ getenv func(string) string }

// Validate implements kong.Resolver.
func (environment) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver.
func (e environment) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if value := e.getenv(variable(flag.Name)); value != "" {
		return value, nil
	}
	return nil, nil
}

// settingsFile resolves flags from a YAML file whose keys are their long names.
type settingsFile map[string]any

// readFile reads the file that --config or GIGSTACK_CONFIG names, if any.
func readFile(src Source) (settingsFile, error) {
	path := src.Getenv("GIGSTACK_CONFIG")
	for i, arg := range src.Args {
		if value, ok := strings.CutPrefix(arg, "--config="); ok {
			path = value
		} else if arg == "--config" && i+1 < len(src.Args) {
			path = src.Args[i+1]
		}
	}
	if path == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	settings := settingsFile{}
	if err := yaml.Unmarshal(raw, &settings); err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	return settings, nil
}

// placeholders are what the help texts of flags refer to.
func placeholders(baseURL string) kong.Vars {
	return kong.Vars{"base_url": baseURL, "state_dir": "in the user's state directory"}
}

// settings is the long names of all flags.
func settings(model *kong.Application) (names []string) {
	_ = kong.Visit(model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok && flag.Name != "help" {
			names = append(names, flag.Name)
		}
		return next(nil)
	})
	return names
}

// strangers is the variables that look like settings and are none: most often
// GIGSTACK_READONLY for GIGSTACK_READ_ONLY.
func strangers(environ, settings []string, secrets []Secret) (names []string) {
	known := []string{keyVariable, partnerVariable, ledgerVariable}
	for _, secret := range secrets {
		known = append(known, secret.variable)
	}
	for _, flag := range settings {
		known = append(known, variable(flag))
	}
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, variable("")) && !slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	return names
}

// The variables that hold secrets; no flag does.
const (
	keyVariable     = "GIGSTACK_API_KEY"
	partnerVariable = "GIGSTACK_PARTNER_KEY"
	ledgerVariable  = "GIGSTACK_LEDGER"
)

// check reports every key that is no setting.
func (s settingsFile) check(known []string) error {
	var problems []error
	for key := range s {
		switch {
		case slices.Contains([]string{"api-key", "api_key", "partner-key", "partner_key", "ledger"}, key):
			problems = append(problems, fmt.Errorf("--config: a secret does not belong into the settings; name its file with %s-file", strings.ReplaceAll(key, "_", "-")))
		case !slices.Contains(known, key) || key == "config":
			problems = append(problems, fmt.Errorf("--config: %q is no setting", key))
		}
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(problems...)
}

// Validate implements kong.Resolver.
func (settingsFile) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver.
func (s settingsFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	switch value := s[flag.Name].(type) {
	case nil:
		return nil, nil
	case []any:
		var parts []string
		for _, part := range value {
			parts = append(parts, fmt.Sprint(part))
		}
		return strings.Join(parts, ","), nil
	default:
		return fmt.Sprint(value), nil
	}
}

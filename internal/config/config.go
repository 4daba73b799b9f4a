// Package config reads the settings of a run from flags, environment and a file,
// in this order of precedence. It is the only reader of any of them, and reports
// everything that is wrong at once.
package config

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// Command is what the program is to do.
type Command string

// The commands.
const (
	Stdio   Command = "stdio"
	HTTP    Command = "http"
	Sandbox Command = "sandbox"
	Call    Command = "call"
	Tools   Command = "tools"
	Version Command = "version"
	Audit   Command = "audit"

	Approvals Command = "approvals"
	Doctor    Command = "doctor"
	Catalogs  Command = "catalogs"
	Token     Command = "token"

	LedgerPending Command = "ledger pending"
	LedgerResolve Command = "ledger resolve"
)

// Config is the settings of a run, checked.
type Config struct {
	Command Command

	APIKey        string // the secret; empty with Sandbox or for commands that need none
	PartnerKey    string // the same; empty also for all who are no partner
	BaseURL       string
	Team          string
	Sandbox       bool
	ReadOnly      bool
	AllowCritical bool
	AllowLive     bool
	ExpectMode    string // live or test; "" for either
	Policy        string // path of the operator's rules; "" for none
	Surface       string // core, all or search
	Output        string // both, text or structured
	Lists         string // concise or full
	Toolsets      []string
	LogLevel      string
	Timeout       time.Duration
	Cache         time.Duration // how long slow answers are kept; 0 for not at all
	OwnStateDir   bool          // the operator named it
	StateDir      string        // "" when the machine has no place for it
	Ledger        string        // secret URL of a PostgreSQL; "" for a file in the state directory
	HandOffDir    string
	FilesDir      string   // "" for none
	Secrets       []Secret // in the order given
	ToolChanges   []string // +name, -name
	AuditKey      []byte   // secret that the audit is signed with; nil for one in the state directory

	Addr           string
	AllowedOrigins []string
	AllowedHosts   []string
	AuthFile       string // who may call over HTTP; "" for anybody on this machine
	BYOKey         bool   // callers may bring gigstack keys of their own
	TLSCertFile    string // "" for no TLS
	TLSKeyFile     string
	Traces         string // base URL of an OpenTelemetry collector; "" for none
	MetricsAddr    string // "" for where the rest is served, if that is loopback
	MaxCalls       int    // worked on at once, of everybody
	MaxCallsEach   int    // and of one principal
	MaxUpstream    int    // requests to gigstack at once, with one key; 0 for the default
	SealKey        []byte // of http: the secret that plans are sealed with; nil for a new one

	Tool string // of call
	Args string // of call: JSON, @file or -
	JSON bool   // of tools, ledger pending, approvals list and doctor

	Attempt string // of ledger resolve: an id; "" for all that are unknown

	Audit    AuditTask
	Approval ApprovalTask
	Catalogs CatalogTask

	Examines    Command      // of doctor: the command that would serve, Stdio or HTTP
	ClientFiles []ClientFile // of doctor: where clients may name this server

	Strangers []string // variables that look like settings and are none
}

// flags is the command line as kong sees it; variables and keys of the settings
// file follow from the names of flags. Values that can be wrong are text here, so
// that they can all be reported together.
type flags struct {
	ConfigFile string `name:"config" placeholder:"FILE" help:"Settings in YAML; keys are the long names of flags."`

	APIKeyFile    string `name:"api-key-file" placeholder:"FILE" help:"File with the API key. Or put the key into GIGSTACK_API_KEY."`
	PartnerFile   string `name:"partner-key-file" placeholder:"FILE" help:"File with a partner's key, for sign-ups. Or put the key into GIGSTACK_PARTNER_KEY."`
	BaseURL       string `name:"base-url" placeholder:"URL" default:"${base_url}" help:"gigstack's API (${default}). https, or http to loopback."`
	Team          string `name:"team" placeholder:"ID" help:"Team to act for when nobody chose one; the key's own when absent."`
	Sandbox       string `name:"sandbox" placeholder:"true" optional:"" default:"false" type:"switch" help:"Use the built-in imitation of gigstack: no account, nothing real."`
	ReadOnly      string `name:"read-only" placeholder:"true" default:"false" type:"switch" help:"Offer and allow nothing that changes anything."`
	AllowCritical string `name:"allow-critical" placeholder:"true" default:"false" type:"switch" help:"Allow critical tools (refunds, passwords …) to be planned and confirmed."`
	AllowLive     string `name:"allow-live" placeholder:"true" default:"false" type:"switch" help:"Let a live key change things: real documents and money."`
	ExpectMode    string `name:"expect-mode" placeholder:"live|test" help:"Refuse to start with a key of the other mode."`
	Surface       string `name:"surface" placeholder:"core|all|search" default:"core" help:"Which tools are listed: everyday ones (${default}), all, or only those by which the others are found and called."`
	Output        string `name:"output" placeholder:"both|text|structured" default:"both" help:"In which form results are given: structured content with a compact text, either alone (${default})."`
	Lists         string `name:"lists" placeholder:"concise|full" default:"concise" help:"Whether lists show the main members of each record (${default}) or all, unless a call says."`
	Toolsets      string `name:"toolsets" placeholder:"A,B,-C" default:"all" help:"Pages of the API to offer; a leading - leaves one out."`
	ToolChanges   string `name:"tools" placeholder:"+X,-Y" help:"Single tools to add to or leave out of the toolsets; leaving out wins."`
	LogLevel      string `name:"log-level" placeholder:"LEVEL" default:"info" help:"debug, info, warn, error or off; on stderr."`
	Timeout       string `name:"timeout" placeholder:"30s" default:"30s" help:"For one read of gigstack's; writes get twice as long."`
	Cache         string `name:"cache" placeholder:"30s" default:"0s" help:"How long answers that seldom change (series, services, catalogs) are kept; changes by others are seen that much later."`
	Policy        string `name:"policy" placeholder:"FILE" help:"What agents may do, in YAML: see docs/policy.md. A server reads it again on SIGHUP."`
	StateDir      string `name:"state-dir" placeholder:"DIR" help:"Where the program keeps what must outlive it (${state_dir})."`
	LedgerFile    string `name:"ledger-file" placeholder:"FILE" help:"File with the URL of a PostgreSQL database for the ledger, which replicas must share. Or put the URL into GIGSTACK_LEDGER. A file in the state directory when absent."`
	HandOffDir    string `name:"handoff-dir" placeholder:"DIR" help:"Where links that let their holder in are saved for a person (in the state directory)."`
	FilesDir      string `name:"files-dir" placeholder:"DIR" help:"The one folder that files to upload are taken from and downloads can be saved to. None when absent."`
	AuditKeyFile  string `name:"audit-key-file" placeholder:"FILE" help:"File with 32 random bytes, raw or in base64, that the audit is signed with: the same for all replicas. One in the state directory when absent; with a PostgreSQL ledger, none."`
	Secrets       string `name:"secrets" placeholder:"NAME=env:VAR,NAME=file:PATH" help:"Passwords of certificates, by the names that calls use for them."`

	Stdio    struct{}      `cmd:"" default:"withargs" help:"Serve MCP on standard input and output (the default)."`
	HTTP     httpFlags     `cmd:"" name:"http" help:"Serve MCP over HTTP at /mcp."`
	Serve    addrFlags     `cmd:"" name:"sandbox" help:"Serve the imitation of gigstack's API alone, for other clients."`
	Call     callFlags     `cmd:"" help:"Run one tool and print its result as JSON."`
	Tools    toolFlags     `cmd:"" help:"Show the tools that an agent would see."`
	Audit    auditFlags    `cmd:"" help:"Look at the record of what agents did."`
	Ledger   ledgerFlags   `cmd:"" help:"Calls whose outcome is not known, and what came of them."`
	Approve  approvalFlags `cmd:"" name:"approvals" help:"Decide about calls that wait for a person."`
	Doctor   doctorFlags   `cmd:"" help:"Find what would keep a server with these settings from working; changes nothing."`
	SATLists catalogFlags  `cmd:"" name:"catalogs" help:"The SAT's lists of keys."`
	Token    struct{}      `cmd:"" help:"Make a bearer token for the auth file."`
	Version  struct{}      `cmd:"" help:"Print the version."`
}

type ledgerFlags struct {
	Pending struct {
		JSON string `name:"json" placeholder:"true" default:"false" type:"switch" help:"As JSON."`
	} `cmd:"" help:"List calls that are running or whose outcome is not known."`
	Resolve struct {
		Attempt string `arg:"" optional:"" name:"id" help:"The attempt; all of unknown outcome when absent."`
	} `cmd:"" help:"Look at gigstack what came of them, and record it."`
}

type addrFlags struct {
	Addr string `name:"addr" placeholder:"HOST:PORT" default:"127.0.0.1:8090" help:"Address to listen on; loopback only."`
}

type callFlags struct {
	Tool string `arg:"" help:"Name of the tool."`
	Args string `name:"args" placeholder:"JSON|@FILE|-" default:"{}" help:"Its arguments as JSON, from a file, or from standard input."`
}

type toolFlags struct {
	JSON string `name:"json" placeholder:"true" default:"false" type:"switch" help:"As MCP shows them, with schemas."`
}

// Source is where settings come from; the program's own surroundings are read
// through it, so that tests can bring theirs.
type Source struct {
	Args    []string
	Getenv  func(string) string
	Environ []string // everything Getenv knows, as NAME=value
	BaseURL string   // default base URL
	Out     io.Writer
	Check   func(Config) []error // what other packages know to be wrong
}

// ErrHelp says that help was asked for and printed.
var ErrHelp = errors.New("help was printed")

// Load reads and checks the settings.
func Load(src Source) (Config, error) {
	var f flags
	file, fileErr := readFile(src)
	helped := false
	parser, err := kong.New(&f,
		kong.Name("gigstack-mcp"),
		kong.Description("gigstack (Mexican invoices, payments, receipts) for AI agents over MCP."),
		placeholders(src.BaseURL),
		kong.Resolvers(file, environment{src.Getenv}),
		kong.NamedMapper("switch", switchMapper{}),
		kong.Writers(src.Out, src.Out),
		kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.ValueFormatter(withVariable),
	)
	if err != nil {
		return Config{}, err
	}
	known := settings(parser.Model)
	fileErr = errors.Join(fileErr, file.check(known))
	parsed, err := parser.Parse(src.Args)
	if helped {
		return Config{}, ErrHelp
	}
	if err != nil {
		return Config{}, errors.Join(err, fileErr)
	}
	c, problems := f.config(strings.Fields(parsed.Command()), src)
	c.Strangers = strangers(src.Environ, known, c.Secrets)
	if src.Check != nil {
		problems = append(problems, src.Check(c)...)
	}
	return c, errors.Join(append([]error{fileErr}, problems...)...)
}

// config checks everything and collects what is wrong.
func (f flags) config(words []string, src Source) (c Config, problems []error) {
	command := Command(words[0])
	if command == "ledger" {
		command += Command(" " + words[1])
	}
	report := func(setting string, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", setting, err))
		}
	}
	flag := func(setting, value string) bool {
		on, err := parseSwitch(value)
		report(setting, err)
		return on
	}
	c = Config{
		Command:       command,
		BaseURL:       f.BaseURL,
		Team:          f.Team,
		Sandbox:       flag("--sandbox", f.Sandbox),
		ReadOnly:      flag("--read-only", f.ReadOnly),
		AllowCritical: flag("--allow-critical", f.AllowCritical),
		AllowLive:     flag("--allow-live", f.AllowLive),
		ExpectMode:    f.ExpectMode,
		Policy:        f.Policy,
		Surface:       f.Surface,
		Output:        f.Output,
		Lists:         f.Lists,
		Toolsets:      split(f.Toolsets),
		LogLevel:      f.LogLevel,
		StateDir:      f.StateDir,
		OwnStateDir:   f.StateDir != "",
		HandOffDir:    f.HandOffDir,
		FilesDir:      f.FilesDir,
		ToolChanges:   split(f.ToolChanges),
		Tool:          f.Call.Tool,
		Args:          f.Call.Args,
		JSON:          flag("--json", f.json(command)),
		Attempt:       f.Ledger.Resolve.Attempt,
	}
	f.Doctor.settle(&c, words, src.Getenv)
	f.http(c).settle(&c, src.Getenv, flag, report)
	if command == Sandbox {
		c.Addr = f.Serve.Addr
	}
	f.checkValues(&c, report)
	var err error
	c.Secrets, err = parseSecrets(f.Secrets, src.Getenv)
	report("--secrets", err)
	c.findPlaces(src.Getenv)
	if !slices.Contains([]Command{Sandbox, Version, Tools, Token, Catalogs}, command) && !c.Sandbox {
		f.readKeys(&c, src.Getenv, report)
	}
	c.AuditKey, err = readSecretKey(f.AuditKeyFile)
	report("--audit-key-file", err)
	c.Audit = f.Audit.task(words, report)
	c.Approval = f.Approve.task(words, flag, report)
	c.Catalogs = f.SATLists.task(words, report)
	return c, problems
}

// json is the flag of that name, of the command that runs.
func (f flags) json(command Command) string {
	switch command {
	case LedgerPending:
		return f.Ledger.Pending.JSON
	case Approvals:
		return f.Approve.List.JSON
	case Doctor:
		return f.Doctor.JSON
	default:
		return f.Tools.JSON
	}
}

// checkValues reports values that a flag does not take.
func (f flags) checkValues(c *Config, report func(string, error)) {
	if !slices.Contains([]string{"concise", "full"}, c.Lists) {
		report("--lists", fmt.Errorf("%q is neither concise nor full", c.Lists))
	}
	if !slices.Contains([]string{"", "live", "test"}, c.ExpectMode) {
		report("--expect-mode", fmt.Errorf("%q is neither live nor test", c.ExpectMode))
	}
	if len(c.Toolsets) == 0 {
		report("--toolsets", errors.New("it names none; leave it out for all"))
	}
	var err error
	if c.Timeout, err = time.ParseDuration(f.Timeout); err != nil || c.Timeout < time.Second || c.Timeout > 5*time.Minute {
		report("--timeout", fmt.Errorf("%q is not a duration between 1s and 5m", f.Timeout))
	}
	if c.Cache, err = time.ParseDuration(f.Cache); err != nil || c.Cache < 0 || c.Cache > 5*time.Minute {
		report("--cache", fmt.Errorf("%q is not a duration up to 5m", f.Cache))
	}
}

// findPlaces chooses directories that nobody named.
func (c *Config) findPlaces(getenv func(string) string) {
	if c.StateDir == "" {
		c.StateDir = defaultStateDir(getenv)
	}
	if c.HandOffDir == "" && c.StateDir != "" {
		c.HandOffDir = filepath.Join(c.StateDir, "handoff")
	}
}

// readKeys finds what opens the real thing.
func (f flags) readKeys(c *Config, getenv func(string) string, report func(string, error)) {
	var err error
	c.Ledger, err = readKey("--ledger-file", f.LedgerFile, getenv(ledgerVariable))
	report("ledger", err)
	if c.Command == Audit || c.Command == Approvals || c.Command == LedgerPending { // they ask nobody
		return
	}
	c.APIKey, err = readKey("--api-key-file", f.APIKeyFile, getenv(keyVariable))
	if c.APIKey == "" && err == nil && c.AuthFile == "" && !c.BYOKey {
		err = errors.New("there is none. Either put it into GIGSTACK_API_KEY or a file named by --api-key-file, or try everything without an account with --sandbox")
	}
	report("API key", err)
	c.PartnerKey, err = readKey("--partner-key-file", f.PartnerFile, getenv(partnerVariable))
	report("partner key", err)
}

// readKey takes a key, or another secret, from the file that flag names, else from the content of its
// variable; never from an argument, which every user of the machine can see. It is
// "" when there is neither.
func readKey(flag, file, variable string) (string, error) {
	if file != "" {
		raw, err := readUnnamed(file)
		if err != nil {
			return "", fmt.Errorf("%s: %w", flag, err)
		}
		if key := strings.TrimSpace(string(raw)); key != "" {
			return key, nil
		}
		return "", fmt.Errorf("%s: the file is empty", flag)
	}
	return strings.TrimSpace(variable), nil
}

// defaultStateDir follows the XDG convention; "" when there is no home.
func defaultStateDir(getenv func(string) string) string {
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "gigstack-mcp")
	}
	for _, variable := range []string{"HOME", "LOCALAPPDATA"} {
		if home := getenv(variable); home != "" {
			if variable == "HOME" {
				home = filepath.Join(home, ".local", "state")
			}
			return filepath.Join(home, "gigstack-mcp")
		}
	}
	return ""
}

func split(list string) []string {
	return slices.DeleteFunc(strings.Split(strings.ReplaceAll(list, " ", ""), ","), func(s string) bool { return s == "" })
}

func parseSwitch(value string) (bool, error) {
	switch strings.ToLower(value) {
	case "true", "1", "yes", "on":
		return true, nil
	case "false", "0", "no", "off":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", value)
}

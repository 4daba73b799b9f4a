package tools_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tiktoken-go/tokenizer"

	"github.com/gigstack/gigstack-mcp/internal/sandbox"
	"github.com/gigstack/gigstack-mcp/tools"
)

// conversation is a file of testdata/sessions: what somebody asks for and how an agent
// gets there, in the form of a txtar archive. Its comment begins with who asks (P: back
// office, A: accountant, D: developer, S: scripted agent, X: what must not happen) and
// what. Its sections are:
//
//	-- server --  settings as JSON; the default server when it is missing
//	-- policy --  the operator's policy
//	-- script --  steps, see [playing.step]
//	-- writes --  every request that was no read, in order: METHOD path [@team]
//	-- state --   api, want and keep steps, past the server
//
// The archives are read here: golang.org/x/tools is no dependency of this module.
type conversation struct {
	name, who, request string
	server             serverWants
	policy             string
	script, state      []line
	writes             []string
}

// serverWants is how a conversation's server differs from a default one.
type serverWants struct {
	Surface                                  tools.Surface // core when ""
	Live, AllowLive, ReadOnly, AllowCritical bool
	Role                                     string // of the key; owner when ""
	KeyTeam                                  string // of the key; the master team when ""
	Team                                     string // the operator's
	Only                                     []string
	Person                                   string // agrees, declines; "" is a client that cannot ask
	Files                                    bool   // there is a folder with files
}

// line is a step and where it stands.
type line struct {
	number int
	text   string
}

// readConversation reads a file. An indented line continues the one before; # begins a
// comment.
func readConversation(name, content string) (c conversation, err error) {
	c.name = name
	section, sections := "", map[string][]line{}
	for i, text := range strings.Split(content, "\n") {
		if title, ok := strings.CutPrefix(text, "-- "); ok {
			section = strings.TrimSuffix(title, " --")
			if !slices.Contains([]string{"server", "policy", "script", "writes", "state"}, section) {
				return c, fmt.Errorf("%s:%d: no section is named %q", name, i+1, section)
			}
			continue
		}
		lines := sections[section]
		switch trimmed := strings.TrimSpace(text); {
		case section == "policy":
			c.policy += text + "\n"
		case trimmed == "" || strings.HasPrefix(trimmed, "#"):
		case text != trimmed && len(lines) > 0:
			lines[len(lines)-1].text += " " + trimmed
		default:
			sections[section] = append(lines, line{i + 1, trimmed})
		}
	}
	for _, l := range sections["server"] {
		if err := strictly(l.text, &c.server); err != nil {
			return c, fmt.Errorf("%s:%d: %w", name, l.number, err)
		}
	}
	if head := sections[""]; len(head) > 0 {
		c.who, c.request, _ = strings.Cut(head[0].text, " ")
	}
	for _, l := range sections["writes"] {
		c.writes = append(c.writes, l.text)
	}
	c.script, c.state = sections["script"], sections["state"]
	if c.request == "" || len(c.script) == 0 || len(c.state) == 0 {
		return c, fmt.Errorf("%s: it needs who asks for what, a script, and the state at the end", name)
	}
	return c, nil
}

// strictly reads JSON that may have no member that v has not.
func strictly(text string, v any) error {
	in := json.NewDecoder(strings.NewReader(text))
	in.DisallowUnknownFields()
	return in.Decode(v)
}

// stand is the server of a conversation: what an agent meets that nobody configured
// for, in front of a sandbox.
func (c conversation) stand(t *testing.T) *stand {
	wants := c.server
	with := setting{surface: cmp.Or(wants.Surface, tools.SurfaceCore), concise: true, careful: !wants.AllowLive, team: wants.Team, teams: wants.Only}
	with.policy.ReadOnly, with.policy.AllowCritical = wants.ReadOnly, wants.AllowCritical
	with.key = func(s *sandbox.Sandbox) string {
		return s.NewKey(cmp.Or(wants.KeyTeam, sandbox.TeamKemper), wants.Live, cmp.Or(wants.Role, "owner"))
	}
	if wants.Files {
		with.files, with.passwords = filesFor(t), demoPasswords
	}
	if c.policy != "" {
		with.rules, _ = rulesOf(t, c.policy)
	}
	return newStand(t, with)
}

// TestSessions plays every conversation, in one era and the next in the other, and
// prints what each took.
func TestSessions(t *testing.T) {
	paths, err := filepath.Glob("../testdata/sessions/*.txtar")
	require.NoError(t, err)
	require.Len(t, slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return strings.Contains(path, "/x") }), 30, "the jobs")
	var mu sync.Mutex
	rows := make([]string, len(paths))
	t.Run("all", func(t *testing.T) {
		for i, path := range paths {
			name := strings.TrimSuffix(filepath.Base(path), ".txtar")
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				content, err := os.ReadFile(path)
				require.NoError(t, err)
				c, err := readConversation(name, string(content))
				require.NoError(t, err)
				p, err := play(t, c, eras[i%2])
				require.NoError(t, err)
				mu.Lock()
				defer mu.Unlock()
				rows[i] = fmt.Sprintf("%s\t%s\t%s\t%d\t%d\t%d\t%s", name, c.who, p.era, p.calls, p.text, p.structured, p.outcome())
			})
		}
	})
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 1, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "session\twho\tera\tcalls\ttext\tstructured\toutcome\n"+strings.Join(rows, "\n"))
	require.NoError(t, w.Flush())
	t.Logf("tokens (o200k) of all results, as text and as structured content\n%s", &table)
}

// TestSessionsCanFail has the runner find each kind of mistake: else no conversation
// would say anything.
func TestSessionsCanFail(t *testing.T) {
	const good = "P Who am I?\n-- script --\nfind read one of my products -> get_service\ncall get_context\nwant team = team_kemper\nkeep $team team\n" +
		"call create_client {\"name\": \"Nueva\", \"email\": \"n@example.mx\"}\nkeep $client data.id\n-- writes --\nPOST /clients\n-- state --\napi get_client {\"id\": \"$client\"}\nwant data.name = Nueva\n"
	run := func(content string) error {
		c, err := readConversation("it", content)
		if err == nil {
			_, err = play(t, c, "modern")
		}
		return err
	}
	require.NoError(t, run(good))
	for wrong, change := range map[string][2]string{
		"is \"team_kemper\"":                   {"= team_kemper", "= team_xenon"},
		"is not there":                         {"want team =", "want teem ="},
		"it did not fail":                      {"keep $team team", "fails other_runner"},
		"not_found":                            {"keep $client data.id", "call get_client {\"id\": \"client_none\"}"},
		"is not among":                         {"-> get_service", "-> cancel_invoice"},
		"nobody found it":                      {"call get_context", "call list_webhooks"},
		"requests are [POST /clients], not":    {"POST /clients", "POST /client"},
		"requests are [POST /clients], not []": {"-- writes --\nPOST /clients\n", ""},
		"is \"Nueva\", not \"Vieja\"":          {"= Nueva", "= Vieja"},
		"nothing is kept as $other":            {"\"$client\"", "\"$other\""},
		"no step begins with":                  {"want team", "wish team"},
		"nothing is planned":                   {"keep $team team", "confirm"},
		"the person was not asked so":          {"keep $team team", "asked whether"},
		"it is in a":                           {"keep $team team", "nowhere team_kemper"},
		"filters no list":                      {"want team =", "want team[name=x] ="},
		"unknown field":                        {"-- script --", "-- server --\n{\"Sufrace\": \"all\"}\n-- script --"},
		"no section is named":                  {"-- state --", "-- stat --"},
		"and the state at the end":             {"api get_client {\"id\": \"$client\"}\nwant data.name = Nueva\n", ""},
	} {
		require.Contains(t, good, change[0])
		assert.ErrorContains(t, run(strings.Replace(good, change[0], change[1], 1)), wrong)
	}
}

// counter counts tokens as o200k has them.
var counter = sync.OnceValues(func() (tokenizer.Codec, error) { return tokenizer.Get(tokenizer.O200kBase) })

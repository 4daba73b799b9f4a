package ledger_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
	"github.com/gigstack/gigstack-mcp/internal/postgrestest"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// postgres serves all tests of the package.
var postgres postgrestest.Cluster

// asProcess makes the test binary do one of the jobs of another process.
const asProcess = "LEDGER_TEST_PROCESS"

func TestMain(m *testing.M) {
	if job := os.Getenv(asProcess); job != "" {
		if err := jobs[job](ledger.Options{URL: os.Getenv("LEDGER_TEST_URL"), Dir: os.Getenv("LEDGER_TEST_DIR"), Lease: lease, Now: time.Now, Random: rand.Reader}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if err := postgres.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "PostgreSQL:", err)
	}
	os.Exit(code)
}

// lease is short, so that a test can wait for its end; a loaded machine keeps it.
const lease = 2 * time.Second

// where is the kinds of place a ledger can be, a new one for each test.
func where(t *testing.T, test func(t *testing.T, at ledger.Options)) {
	t.Run("SQLite in memory", func(t *testing.T) { test(t, ledger.Options{}) })
	shared(t, test)
}

// shared is the places that processes and replicas can share.
func shared(t *testing.T, test func(t *testing.T, at ledger.Options)) {
	t.Run("SQLite", func(t *testing.T) { test(t, ledger.Options{Dir: t.TempDir()}) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, ledger.Options{URL: postgres.Database(t)}) })
}

// at is a ledger as another process or replica would have it.
func at(t testing.TB, o ledger.Options) *ledger.Ledger {
	t.Helper()
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Lease, o.Random = lease, rand.Reader
	l, err := ledger.New(o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, l.Disconnect()) })
	return l
}

// The jobs that another process is started for.
var jobs = map[string]func(ledger.Options) error{
	"hold":    hold,
	"confirm": confirm,
}

// hold opens an attempt and never ends.
func hold(o ledger.Options) error {
	l, err := ledger.New(o)
	if err != nil {
		return err
	}
	if _, err := l.Open(context.Background(), attempt("p1", time.Now()), nil); err != nil {
		return err
	}
	fmt.Println("opened")
	select {}
}

// confirm confirms the plan that comes in 32 times at once, and prints how often
// it could.
func confirm(o ledger.Options) error {
	l, err := ledger.New(o)
	if err != nil {
		return err
	}
	defer l.Disconnect()
	if err := l.Connect(context.Background()); err != nil {
		return err
	}
	fmt.Println("ready")
	plan, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil {
		return err
	}
	won, err := confirmAll(l, strings.TrimSpace(plan))
	fmt.Println(won)
	return err
}

const confirmations = 32

// confirmAll counts the winners among concurrent confirmations of one plan.
func confirmAll(l *ledger.Ledger, plan string) (won int, err error) {
	g, err := guarded(l)
	if err != nil {
		return 0, err
	}
	var winners atomic.Int32
	var wait sync.WaitGroup
	strange := make(chan error, confirmations)
	for range confirmations {
		wait.Go(func() {
			switch _, err := g.Confirm(context.Background(), stamp, plan, false, nil); code(err) {
			case "":
				if err != nil {
					strange <- err
					return
				}
				winners.Add(1)
			case guard.CodePlanUsed, guard.CodeOutcomeUnknown:
			default:
				strange <- err
			}
		})
	}
	wait.Wait()
	close(strange)
	return int(winners.Load()), <-strange
}

var stamp = guard.Call{Tool: "stamp_draft_invoice", Risk: risk.Fiscal, Team: "team_a", Mode: "live", Principal: "ana", Args: []byte(`{"id":"d1"}`)}

// guarded is a guard over a ledger; all of them can open each other's plans.
func guarded(l guard.Journal) (*guard.Guard, error) {
	return guard.New(guard.Options{Policy: guard.Policy{AllowLive: true}, Journal: l, SealKey: make([]byte, 32), Now: time.Now, Random: rand.Reader})
}

// process is another process with the same ledger.
type process struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func start(t *testing.T, job string, o ledger.Options) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asProcess+"="+job, "LEDGER_TEST_URL="+o.URL, "LEDGER_TEST_DIR="+o.Dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return &process{cmd, in, bufio.NewReader(out)}
}

// line is what the process says next.
func (p *process) line(t *testing.T) string {
	t.Helper()
	line, err := p.out.ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(line)
}

func code(err error) string {
	var r *guard.Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// attempt is one with the digest d1.
func attempt(id string, at time.Time) guard.Attempt {
	return guard.Attempt{
		ID: id, Digest: "d1", At: at, Planned: at, Outcome: guard.Running, Key: "k-" + id,
		Tool: "stamp_draft_invoice", Team: "team_a", Mode: "live", Principal: "ana", Risk: risk.Fiscal,
	}
}

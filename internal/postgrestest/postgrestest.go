// Package postgrestest runs a real PostgreSQL for the tests of a package.
package postgrestest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Cluster is a PostgreSQL of its own in a temporary directory. It starts when the
// first test asks for a database, and ends with Stop or with the process.
type Cluster struct {
	once      sync.Once
	err       error
	port      string
	databases atomic.Int32

	life  io.Closer // the server's keeper ends it when this closes
	ended func() error
}

// errAbsent says that this machine has no PostgreSQL.
var errAbsent = errors.New("there is no PostgreSQL here")

// Database creates an empty database and returns its URL. Without PostgreSQL the
// test is skipped, or fails where CI is set.
func (c *Cluster) Database(t testing.TB) (url string) {
	t.Helper()
	c.once.Do(func() { c.err = c.start() })
	if errors.Is(c.err, errAbsent) && os.Getenv("CI") == "" {
		fmt.Fprintf(os.Stderr, "\n*** NOT TESTED: %s, because %v\n\n", t.Name(), c.err)
		t.Skip(c.err)
	}
	if c.err != nil {
		t.Fatal(c.err)
	}
	name := "test" + strconv.Itoa(int(c.databases.Add(1)))
	if err := c.exec(context.Background(), "create database "+name); err != nil {
		t.Fatal(err)
	}
	return c.url(name)
}

// Stop ends the server and removes its directory.
func (c *Cluster) Stop() error {
	if c.life == nil {
		return nil
	}
	return errors.Join(c.life.Close(), c.ended())
}

func (c *Cluster) url(database string) string {
	return "postgres://postgres@127.0.0.1:" + c.port + "/" + database + "?sslmode=disable"
}

func (c *Cluster) exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, c.url("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// keeper makes a cluster and serves it on port $1 until standard input ends,
// which it does when the tests end, however they do. $0 is where the programs are.
const keeper = `
trap '' INT
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
"$0/initdb" --pgdata="$dir/data" --auth=trust --username=postgres --no-sync >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
"$0/postgres" -D "$dir/data" -p "$1" -h 127.0.0.1 -k "" >"$dir/log" 2>&1 </dev/null &
read -r _
kill -QUIT $!
wait
`

func (c *Cluster) start() error {
	programs, err := bindir()
	if err != nil {
		return err
	}
	if c.port, err = freePort(); err != nil {
		return err
	}
	command := []string{"sh", "-c", keeper, programs, c.port}
	if os.Getuid() == 0 { // it refuses to run as root
		command = append([]string{"runuser", "-u", "postgres", "--"}, command...)
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = os.TempDir()
	var said bytes.Buffer
	cmd.Stderr = &said
	if c.life, err = cmd.StdinPipe(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.ended = sync.OnceValue(cmd.Wait)
	for range 300 {
		if err = c.exec(context.Background(), "select 1"); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return errors.Join(fmt.Errorf("PostgreSQL does not start: %w", err), c.Stop(), errors.New(said.String()))
}

// bindir is where the server's programs are.
func bindir() (string, error) {
	candidates, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		candidates = append(candidates, strings.TrimSpace(string(out)))
	}
	for _, dir := range candidates {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, nil
		}
	}
	return "", errAbsent
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

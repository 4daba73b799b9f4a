package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/internal/guard"
)

// killedAt makes the test binary run the program and end it, as SIGKILL does, at a
// point: its name, and how long after it, such as "after send+3ms".
const killedAt = "GIGSTACK_TEST_KILLED_AT"

// The points at which a process is killed.
const (
	beforeIntent = "before the intent"
	afterIntent  = "after the intent"
	afterSend    = "after send"
	afterAnswer  = "after the answer"
	beforeRecord = "before the outcome is recorded"
	afterRecord  = "after the outcome is recorded"
	atRandom     = "at random"
	lostAnswer   = "answer lost, not killed"
)

// killer ends this process at its point.
type killer struct {
	point string
	after time.Duration
}

// runUntilKilled is main with the killer's hooks, which the product has not.
func runUntilKilled() {
	point, after, _ := strings.Cut(os.Getenv(killedAt), "+")
	delay, err := time.ParseDuration(after)
	if err != nil {
		panic(err)
	}
	k := killer{point, delay}
	if k.point == atRandom {
		time.AfterFunc(k.after, die)
	}
	p := program{args: os.Args[1:], getenv: os.Getenv, in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now, random: rand.Reader,
		transport: killingTransport{k, &http.Transport{}},
		journal:   func(j guard.Journal) guard.Journal { return killingJournal{j, k} },
	}
	if err := p.run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func die() {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		panic(err)
	}
	select {}
}

func (k killer) reach(point string) {
	if k.point == point {
		die()
	}
}

// killingJournal kills around what the guard records.
type killingJournal struct {
	guard.Journal
	killer killer
}

func (j killingJournal) Open(ctx context.Context, a guard.Attempt, admit func(context.Context, guard.Book) error) (guard.Attempt, error) {
	j.killer.reach(beforeIntent)
	earlier, err := j.Journal.Open(ctx, a, admit)
	j.killer.reach(afterIntent)
	return earlier, err
}

func (j killingJournal) Close(ctx context.Context, id, outcome, resource string) error {
	j.killer.reach(beforeRecord)
	err := j.Journal.Close(ctx, id, outcome, resource)
	j.killer.reach(afterRecord)
	return err
}

// killingTransport kills around a write.
type killingTransport struct {
	killer killer
	next   http.RoundTripper
}

func (t killingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet {
		return t.next.RoundTrip(r)
	}
	if t.killer.point == afterSend {
		r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
			WroteRequest: func(httptrace.WroteRequestInfo) { time.AfterFunc(t.killer.after, die) },
		}))
	}
	answer, err := t.next.RoundTrip(r)
	t.killer.reach(afterAnswer)
	return answer, err
}

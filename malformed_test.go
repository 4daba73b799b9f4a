package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/capture"
)

// How much is asked of the server, and how much memory may stay: for each frame far
// less than it carries, and room for the log that the test keeps.
const (
	malformedFrames = 10_000
	mayStay         = malformedFrames * 400
)

// traces is what malformed frames could leave in a program.
type traces struct {
	goroutines int
	heap       uint64
}

func tracesNow() traces {
	runtime.GC()
	runtime.GC() // what has a finalizer takes two
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return traces{runtime.NumGoroutine(), m.HeapAlloc}
}

// noMoreThan waits until what came since is gone, but for goroutines that rest.
func noMoreThan(t *testing.T, before traces, resting int) {
	t.Helper()
	const asking = 1 // Eventually's own
	assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before.goroutines+resting+asking }, 10*time.Second, 50*time.Millisecond, "goroutines")
	after := tracesNow()
	t.Logf("%d frames: goroutines %d → %d, heap %d → %d kB", malformedFrames, before.goroutines, after.goroutines, before.heap>>10, after.heap>>10)
	assert.Less(t, int64(after.heap)-int64(before.heap), int64(mayStay), "heap")
}

// loud is surroundings in which everything is logged, and in which no idle connection
// to gigstack is counted as what stays.
func loud(t *testing.T) surroundings {
	_, s := upstream(t)
	s.env["GIGSTACK_LOG_LEVEL"] = "debug"
	s.transport = &http.Transport{DisableKeepAlives: true}
	return s
}

// noCanary shows the first lines that a log must not have.
func noCanary(t *testing.T, log string) {
	t.Helper()
	found := map[string]bool{}
	for line := range strings.Lines(log) {
		if strings.Contains(line, canary) && len(found) < 5 {
			found[line[:min(len(line), 400)]] = true
		}
	}
	assert.Empty(t, found)
}

// TestMalformedHTTP has clients send rubbish in every form there is. Each gets an
// answer, and nothing of theirs stays: no goroutine, no memory, no word in the log.
func TestMalformedHTTP(t *testing.T) {
	s := loud(t)
	var past capture.Buffer // net/http's own log, which does not go through ours
	log.SetOutput(&past)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	served := serveHTTP(t, s)
	served.initialize(`{}`)
	good := goodFrames()
	send := func(seed uint64, count int) {
		var workers sync.WaitGroup
		for worker := range uint64(4) {
			workers.Go(func() {
				r := mathrand.New(mathrand.NewPCG(seed, worker))
				for range count / 4 {
					served.endure(r, malformed(r, good))
				}
			})
		}
		workers.Wait()
	}
	send(1, 400) // connections to gigstack are opened, lists are made
	http.DefaultClient.CloseIdleConnections()
	before := tracesNow()
	send(2, malformedFrames)
	noMoreThan(t, before, 0)
	assert.Contains(t, served.call("list_clients", `{"limit":1}`), `"has_more":true`, "the session goes on")
	require.NoError(t, served.end())
	noCanary(t, served.log.String())
	assert.Empty(t, past.String())
}

// endure sends a frame on a connection of its own. It is answered, and never with a
// failure of the server's.
func (v *served) endure(r *mathrand.Rand, f frame) {
	host := strings.TrimSuffix(strings.TrimPrefix(v.url, "http://"), "/mcp")
	request := f.request(host, v.session)
	if f.kind == "request" {
		request = spoil(r, request)
	}
	resp, answer, err := exchange(host, f.method, request)
	shown := strings.ReplaceAll(request, padded, canary)
	shown = f.kind + ": " + strconv.Quote(shown[:min(len(shown), 2000)])
	if f.kind == "request" { // whatever method it is now, and however long its body
		var late net.Error
		assert.False(v.t, errors.As(err, &late) && late.Timeout(), "no answer to %s", shown)
		return
	}
	if errors.Is(err, syscall.ECONNRESET) || !assert.NoError(v.t, err, shown) {
		return // its head was enough to refuse it
	}
	assert.Less(v.t, resp.StatusCode, 500, "%s: %s", shown, answer)
	if resp.Header.Get("Content-Type") == "application/json" && f.method != http.MethodHead {
		assert.True(v.t, json.Valid(answer), "%s: %s", shown, answer)
	}
	if id := resp.Header.Get("Mcp-Session-Id"); resp.StatusCode == http.StatusOK && id != v.session && id != "" {
		end := frame{method: http.MethodDelete, path: "/mcp", header: map[string]string{"Mcp-Session-Id": id}}
		resp, _, err := exchange(host, end.method, end.request(host, ""))
		if assert.NoError(v.t, err) {
			assert.Equal(v.t, http.StatusOK, resp.StatusCode, "an initialize it was, all the same")
		}
	}
}

// exchange writes a request as it is and reads the answer whole.
func exchange(host, method, request string) (*http.Response, []byte, error) {
	conn, err := net.Dial("tcp", host)
	if err != nil {
		return nil, nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return nil, nil, err
	}
	_, _ = io.WriteString(conn, request) // what is refused early is not read to its end
	_ = conn.(*net.TCPConn).CloseWrite()
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp, answer, err
}

// TestMalformedStdio writes rubbish in every form there is to the program's input. What
// it writes is one JSON message a line all the while, and nothing of the rubbish stays.
func TestMalformedStdio(t *testing.T) {
	s := loud(t)
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	var logged capture.Buffer
	s.in = inR
	ended := make(chan error, 1)
	go func() {
		err := s.program(outW, &logged, "stdio").run(t.Context())
		_ = outW.Close()
		ended <- err
	}()
	answers, read := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewReader(outR)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			assert.True(t, json.Valid([]byte(line)), "%.2000q", line)
			if strings.Contains(line, `"id":"good`) {
				answers <- line
			}
		}
	}()
	good := goodFrames()
	write := func(seed uint64, count int) {
		r := mathrand.New(mathrand.NewPCG(seed, 0))
		for i := range count {
			_, err := io.WriteString(inW, malformed(r, good).body+"\n")
			require.NoError(t, err)
			if i%200 == 199 { // no more at once than a client could have under way
				_, err := fmt.Fprintf(inW, `{"jsonrpc":"2.0","id":"good %d","method":"tools/call","params":{"name":"list_clients","arguments":{"limit":1}}}`+"\n", i)
				require.NoError(t, err)
				assert.Contains(t, <-answers, `"has_more":true`)
			}
		}
	}
	write(1, 400)
	before := tracesNow()
	write(2, malformedFrames)
	noMoreThan(t, before, 64) // on stdio as many goroutines rest between calls
	require.NoError(t, inW.Close())
	require.NoError(t, <-ended)
	<-read
	noCanary(t, logged.String())
}

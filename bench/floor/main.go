// Command floor is the least that an MCP server of these tools can cost: net/http,
// encoding/json and a loop, no protocol library, no checks. tools/list is spliced
// from a file; get_client and list_clients make one request to the API and pass its
// JSON on as it is, as structured content and as text, as gigstack-mcp answers.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"log"
	"net/http"
	"os"
	"sync"
)

func main() {
	addr := flag.String("http", "", "address to serve HTTP at; stdio when empty")
	tools := flag.String("tools", "", "file with the result of tools/list")
	api := flag.String("api", "", "the API's base URL")
	flag.Parse()
	list, err := os.ReadFile(*tools)
	if err != nil {
		log.Fatal(err)
	}
	f := floor{api: *api, list: bytes.TrimSpace(list), http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	if *addr == "" {
		f.serveStdio()
		return
	}
	log.Fatal(http.ListenAndServe(*addr, f))
}

type floor struct {
	api  string
	list []byte
	http *http.Client
}

func (f floor) serveStdio() {
	in := bufio.NewReaderSize(os.Stdin, 64<<10)
	var out sync.Mutex
	var calls sync.WaitGroup
	defer calls.Wait()
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		calls.Go(func() {
			if answer := f.answer(line); answer != nil {
				out.Lock()
				defer out.Unlock()
				_, _ = os.Stdout.Write(append(answer, '\n'))
			}
		})
	}
}

// ServeHTTP answers a message of either era.
func (f floor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	answer := f.answer(body)
	if answer == nil {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer)
}

// answer is nil for a notification.
func (f floor) answer(message []byte) []byte {
	var m struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Params struct {
			Name      string `json:"name"`
			Arguments struct {
				ID string `json:"id"`
			} `json:"arguments"`
		} `json:"params"`
	}
	if json.Unmarshal(message, &m) != nil || m.ID == nil {
		return nil
	}
	result := []byte(`{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"floor","version":"1"}}`)
	switch {
	case m.Method == "tools/list":
		result = f.list
	case m.Method == "tools/call" && m.Params.Name == "get_client":
		result = f.call("/clients/" + m.Params.Arguments.ID)
	case m.Method == "tools/call":
		result = f.call("/clients?limit=20")
	}
	return bytes.Join([][]byte{[]byte(`{"jsonrpc":"2.0","id":`), m.ID, []byte(`,"result":`), result, []byte(`}`)}, nil)
}

func (f floor) call(path string) []byte {
	resp, err := f.http.Get(f.api + path)
	if err != nil {
		return []byte(`{"content":[],"isError":true}`)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return []byte(`{"content":[],"isError":true}`)
	}
	text, err := json.Marshal(string(body))
	if err != nil {
		return []byte(`{"content":[],"isError":true}`)
	}
	return bytes.Join([][]byte{[]byte(`{"content":[{"type":"text","text":`), text, []byte(`}],"structuredContent":`), body, []byte(`}`)}, nil)
}

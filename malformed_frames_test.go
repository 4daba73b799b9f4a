package main

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	mathrand "math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// canary is what must never be read in a log: every malformed frame carries it. It
// is long, so that what is kept of a frame can be measured.
const canary = "canary"

var padded = canary + strings.Repeat("-canary", 300)

// frame is one message and the HTTP request that carries it.
type frame struct {
	kind, method, path, body string
	header                   map[string]string
}

// goodFrames are requests of both eras, each of which would be answered. Only the
// older era's session is missing.
func goodFrames() (frames []frame) {
	for method, params := range map[string]map[string]any{
		"ping":                    {},
		"initialize":              {"protocolVersion": "2025-11-25", "capabilities": map[string]any{}, "clientInfo": map[string]any{"name": padded, "version": "1"}},
		"server/discover":         {},
		"tools/list":              {"cursor": padded},
		"tools/call":              {"name": "list_clients", "arguments": map[string]any{"limit": 2, "next": padded, "team": "team_kemper"}},
		"prompts/list":            {},
		"prompts/get":             {"name": "month_end_close", "arguments": map[string]any{"month": "2026-06", "team": padded}},
		"resources/list":          {"cursor": ""},
		"resources/read":          {"uri": "gigstack://catalog-codes/cfdi-uses/" + padded},
		"completion/complete":     {"ref": map[string]any{"type": "ref/prompt", "name": "month_end_close"}, "argument": map[string]any{"name": "month", "value": padded}},
		"notifications/cancelled": {"requestId": padded, "reason": padded},
	} {
		for _, era := range []string{"2025-11-25", "2026-07-28"} {
			f := frame{method: http.MethodPost, path: "/mcp", header: map[string]string{"MCP-Protocol-Version": era, "Authorization": "Basic " + padded}}
			params := maps.Clone(params)
			params["_meta"] = map[string]any{"progressToken": padded}
			if era == "2026-07-28" {
				params["_meta"] = map[string]any{"io.modelcontextprotocol/protocolVersion": era, "io.modelcontextprotocol/clientCapabilities": map[string]any{}, "io.modelcontextprotocol/clientInfo": map[string]any{"name": padded, "version": "1"}}
				f.header["Mcp-Method"] = method
				if name, ok := params["name"].(string); ok {
					f.header["Mcp-Name"] = name
				} else if uri, ok := params["uri"].(string); ok {
					f.header["Mcp-Name"] = uri
				}
			}
			f.body = encode(map[string]any{"jsonrpc": "2.0", "id": padded, "method": method, "params": params})
			frames = append(frames, f)
		}
	}
	slices.SortFunc(frames, func(a, b frame) int { return strings.Compare(a.body, b.body) }) // maps have no order
	return frames
}

func encode(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// rubbish stands where something else belongs.
var rubbish = []json.RawMessage{
	[]byte(`null`), []byte(`true`), []byte(`-1`), []byte(`0.5`), []byte(`1e999`), []byte("-" + strings.Repeat("9", 400)),
	[]byte(`""`), []byte(`"` + padded + `"`), []byte(`[]`), []byte(`["` + padded + `"]`), []byte(`{}`), []byte(`{"` + padded + `":"` + padded + `"}`),
}

// mutations make a good frame malformed, or at least odd.
var mutations = map[string]func(r *mathrand.Rand, f *frame){
	"truncated":  func(r *mathrand.Rand, f *frame) { f.body = f.body[:r.IntN(len(f.body))] },
	"wrong type": func(r *mathrand.Rand, f *frame) { f.body = encode(swap(r, decode(f.body), pick(r, rubbish))) },
	"wrong types": func(r *mathrand.Rand, f *frame) {
		message := decode(f.body)
		for range 3 {
			message = swap(r, message, pick(r, rubbish))
		}
		f.body = encode(message)
	},
	"id": func(r *mathrand.Rand, f *frame) {
		message := decode(f.body).(map[string]any)
		message["id"] = pick(r, rubbish)
		f.body = encode(message)
	},
	"nested": func(r *mathrand.Rand, f *frame) {
		depth := pick(r, []int{100, 9_000, 11_000, 30_000})
		open, end := pick(r, [][2]string{{"[", "]"}, {`{"` + canary + `":`, "}"}}), ""
		if r.IntN(2) == 0 {
			end = "1" + strings.Repeat(open[1], depth)
		}
		f.body = strings.Replace(f.body, `"params":{`, `"params":{"deep":`+strings.Repeat(open[0], depth)+end+",", 1)
	},
	"encoding": func(r *mathrand.Rand, f *frame) {
		f.body = strings.ReplaceAll(f.body, canary+"-", pick(r, []string{"\xff\xfe", "\xc0\x80", `\ud800`, "\x00", "\u2028", "\ufeff", `\u00`, "\r\n"})+canary)
	},
	"duplicate keys": func(r *mathrand.Rand, f *frame) {
		again := `"id":1,"method":"` + padded + `","params":` + string(pick(r, rubbish))
		if r.IntN(2) == 0 {
			f.body = "{" + again + "," + f.body[1:]
		} else {
			f.body = f.body[:len(f.body)-1] + "," + again + "}"
		}
	},
	"batch": func(r *mathrand.Rand, f *frame) {
		f.body = pick(r, []string{"[]", "[" + f.body + "]", "[" + f.body + "," + f.body + "]", `["` + padded + `"]`, "[" + strings.Repeat("1,", 5000) + "1]"})
	},
	"unknown method": func(r *mathrand.Rand, f *frame) {
		f.header["Mcp-Method"] = pick(r, []string{padded, "tools/" + canary, "subscriptions/listen", "logging/setLevel", "resources/subscribe", "tasks/get", "sampling/createMessage", "rpc.discover"})
		message := decode(f.body).(map[string]any)
		message["method"] = f.header["Mcp-Method"]
		f.body = encode(message)
	},
	"answer": func(r *mathrand.Rand, f *frame) {
		f.body = encode(map[string]any{"jsonrpc": "2.0", "id": pick(r, []any{1, padded}), pick(r, []string{"result", "error"}): pick(r, rubbish)})
	},
	"flipped": func(r *mathrand.Rand, f *frame) {
		raw := []byte(f.body)
		for range 1 + r.IntN(8) {
			raw[r.IntN(len(raw))] = byte(r.Uint32())
		}
		f.body = string(raw)
	},
	"noise": func(r *mathrand.Rand, f *frame) {
		raw := make([]byte, r.IntN(4096))
		for i := range raw {
			raw[i] = byte(r.Uint32())
		}
		f.body = canary + string(raw)
	},
	"other JSON": func(r *mathrand.Rand, f *frame) { f.body = string(pick(r, rubbish)) },
	"twice":      func(r *mathrand.Rand, f *frame) { f.body += pick(r, []string{"", " ", ","}) + f.body },
	"cursor": func(r *mathrand.Rand, f *frame) {
		cursor := pick(r, []any{padded, base64.StdEncoding.EncodeToString([]byte(padded)), base64.RawURLEncoding.EncodeToString([]byte(`{"v":1,"next":"` + padded + `"}`)), -1, []any{padded}, "\x00" + canary, strings.Repeat("=", 5000)})
		list := pick(r, []string{"list_clients", "list_income_invoices", "list_webhooks", "list_teams", "list_services"})
		f.body = encode(map[string]any{"jsonrpc": "2.0", "id": padded, "method": "tools/call", "params": map[string]any{"name": list, "arguments": map[string]any{"next": cursor}, "_meta": decode(f.body).(map[string]any)["params"].(map[string]any)["_meta"]}})
		if f.header["Mcp-Method"] != "" {
			f.header["Mcp-Method"], f.header["Mcp-Name"] = "tools/call", list
		}
	},
	"header": func(r *mathrand.Rand, f *frame) {
		name := pick(r, []string{"MCP-Protocol-Version", "Mcp-Method", "Mcp-Name", "Content-Type", "Accept", "Origin", "Host", "X-Gigstack-Team", "Last-Event-ID", "Mcp-Session-Id"})
		f.header[name] = pick(r, []string{"", padded, canary + "\xff\tñ", "=?base64?" + base64.StdEncoding.EncodeToString([]byte(canary+"\xff")) + "?=", "=?base64?" + canary + "?=", strings.Repeat(canary, 3000), "2099-01-01", "*/*;q=" + canary, "http://[" + canary})
	},
	"session": func(r *mathrand.Rand, f *frame) {
		f.header["Mcp-Session-Id"] = pick(r, []string{padded, canary, "mcp-session-00000000-0000-4000-8000-000000000000", "../" + canary})
	},
	"method": func(r *mathrand.Rand, f *frame) {
		f.header["Mcp-Session-Id"] = canary // the good one would be ended, or listened to
		f.method = pick(r, []string{"GET", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD", "TRACE", canary})
	},
	"path": func(r *mathrand.Rand, f *frame) {
		f.path = pick(r, []string{"/" + canary, "/mcp/" + canary, "/mcp?token=" + canary, "/t/" + canary + "/mcp", "/t/%00" + canary + "%2f/mcp", "/t/" + padded + "/mcp", "//" + canary, "/readyz?" + canary, "/../" + canary})
	},
	"request": func(*mathrand.Rand, *frame) {}, // is spoilt as a whole: spoil
}

// request is the frame as HTTP/1.1 has it, in a session of the older era.
func (f frame) request(host, session string) string {
	lines := []string{f.method + " " + f.path + " HTTP/1.1"}
	header := map[string]string{"Host": host, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"Content-Length": strconv.Itoa(len(f.body)), "Connection": "close"}
	if f.header["MCP-Protocol-Version"] != "2026-07-28" && session != "" {
		header["Mcp-Session-Id"] = session
	}
	maps.Copy(header, f.header)
	for _, name := range slices.Sorted(maps.Keys(header)) {
		lines = append(lines, name+": "+header[name])
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + f.body
}

// spoil damages the head of a request.
func spoil(r *mathrand.Rand, request string) string {
	head := []byte(request[:strings.Index(request, "\r\n\r\n")])
	for range 1 + r.IntN(4) {
		head[r.IntN(len(head))] = byte(r.Uint32())
	}
	switch r.IntN(4) {
	case 0:
		return string(head[:r.IntN(len(head))])
	case 1:
		return string(head) + "\r\n" + canary + "\r\n" + strings.Repeat("X-"+padded+": "+padded+"\r\n", r.IntN(20)) + "\r\n" + request[len(head):]
	}
	return string(head) + request[len(head):]
}

func pick[T any](r *mathrand.Rand, list []T) T { return list[r.IntN(len(list))] }

// decode keeps numbers as they are written.
func decode(body string) (v any) {
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		panic(err)
	}
	return v
}

// swap puts something else somewhere into v.
func swap(r *mathrand.Rand, v any, other json.RawMessage) any {
	members, ok := v.(map[string]any)
	if !ok || len(members) == 0 || r.IntN(8) == 0 {
		return other
	}
	key := pick(r, slices.Sorted(maps.Keys(members)))
	members[key] = swap(r, members[key], other)
	return members
}

// malformed is a random frame made malformed, from a seed.
func malformed(r *mathrand.Rand, good []frame) frame {
	f := pick(r, good)
	f.header = maps.Clone(f.header)
	f.kind = pick(r, slices.Sorted(maps.Keys(mutations)))
	mutations[f.kind](r, &f)
	return f
}

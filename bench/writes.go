package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// measureWrites makes writes, directly and over stdio with a ledger: a plain one, which
// the ledger remembers and the audit records twice, and one that is planned and then
// confirmed.
func (r *rig) measureWrites(engine, url string, writes int) error {
	s, err := r.startStdio("GIGSTACK_LEDGER=" + url)
	if err != nil {
		return err
	}
	defer s.stop()
	if _, err := s.ask(initialize); err != nil {
		return err
	}
	n, plan := 0, ""
	hook := func() string {
		return fmt.Sprintf(`{"url":"https://example.com/%s/%d","events":["invoice.created"]`, engine, n)
	}
	ways := []*way{
		{name: "create_service, directly", call: func() error {
			return r.create("/services", fmt.Sprintf(`{"description":"%d","unit_price":1}`, n))
		}},
		{name: "create_service", call: func() error {
			_, err := s.call("create_service", fmt.Sprintf(`{"description":"%s %d","unit_price":1}`, engine, n))
			return err
		}},
		{name: "create_webhook, directly", call: func() error {
			return r.create("/webhooks", strings.Replace(hook(), "example.com", "example.org", 1)+"}")
		}},
		{name: "create_webhook, its plan", call: func() (err error) {
			plan, err = s.call("create_webhook", hook()+"}")
			return err
		}},
		{name: "create_webhook, confirmed", call: func() error {
			_, err := s.call("create_webhook", hook()+`,"plan":"`+plan+`"}`)
			return err
		}},
	}
	for n = range writes + writes/10 {
		for _, w := range ways {
			begin := time.Now()
			if err := w.call(); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			if n >= writes/10 { // the first tenth warms up
				w.took = append(w.took, time.Since(begin))
			}
		}
	}
	fmt.Printf("\n%-28s p50 ms   p99 ms\n", fmt.Sprintf("%d writes each, %s", writes, engine))
	for _, w := range ways {
		slices.Sort(w.took)
		fmt.Printf("%-28s %6.3f   %6.3f\n", w.name, ms(w.took[len(w.took)/2]), ms(w.took[len(w.took)*99/100]))
	}
	return nil
}

// call calls a tool and returns the plan of its result, "" when it has none.
func (s *stdio) call(tool, arguments string) (plan string, err error) {
	answer, err := s.ask(`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"` + tool + `","arguments":` + arguments + `}}`)
	if err != nil {
		return "", err
	}
	var message struct {
		Result struct {
			StructuredContent struct{ Plan string }
		}
	}
	err = json.Unmarshal(answer, &message)
	return message.Result.StructuredContent.Plan, err
}

// create posts to the API itself.
func (r *rig) create(path, body string) error {
	req, err := http.NewRequest(http.MethodPost, r.api+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+r.key)
	req.Header.Set("Content-Type", "application/json")
	_, err = fetch(req)
	return err
}

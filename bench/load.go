package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// cell is one condition under which the peers are compared.
type cell struct {
	way string // stdio, HTTP
	question
	callers int
	delay   time.Duration // of the API
}

func (c cell) String() string {
	era := "2025-11-25"
	if c.modern {
		era = modernVersion
	}
	return fmt.Sprintf("%-5s %s %-12s %2d callers %2d ms", c.way, era, c.name, c.callers, c.delay.Milliseconds())
}

// sample is what one peer did in a cell, in one round.
type sample struct {
	rate     float64 // calls a second
	p50, p99 float64 // ms
	cpu      float64 // µs a call
}

// results are samples by cell and peer, one a round.
type results map[cell]map[string][]sample

// compare drives every peer through the cells, one after the other in each round,
// so that a noisy machine is noisy to all of them.
func (r rig) compare(cells []cell, rounds int, long time.Duration) (results, error) {
	found := results{}
	defer func() { _ = r.delay(0) }() // for the other parts
	for way := range strings.FieldsSeq("stdio HTTP") {
		callers := map[string][]lane{}
		running := map[string]*process{}
		for _, peer := range append(peers, direct) {
			lanes, p, err := r.lanes(peer, way, 32)
			if p != nil {
				defer p.stop()
			}
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", peer, way, err)
			}
			callers[peer], running[peer] = lanes, p
		}
		for round := range rounds + 1 { // the first one warms up
			for _, c := range cells {
				if c.way != way {
					continue
				}
				if err := r.delay(c.delay); err != nil {
					return nil, err
				}
				order := append(slices.Clone(peers[round%len(peers):]), peers[:round%len(peers)]...)
				if c.method == "tools/call" {
					order = append(order, direct)
				}
				for _, peer := range order {
					s, err := load(callers[peer][:c.callers], running[peer], c.question, long, 1<<30)
					if err != nil {
						return nil, fmt.Errorf("%s, %v: %w", peer, c, err)
					}
					if round > 0 {
						found.add(c, peer, s)
					}
				}
			}
			fmt.Fprintf(os.Stderr, "%s: round %d of %d\n", way, round, rounds)
		}
	}
	return found, nil
}

func (r results) add(c cell, peer string, s sample) {
	if r[c] == nil {
		r[c] = map[string][]sample{}
	}
	r[c][peer] = append(r[c][peer], s)
}

// load has every lane ask the question until the time is over, or until there were
// enough calls.
func load(lanes []lane, p *process, q question, long time.Duration, enough int64) (s sample, err error) {
	var asking sync.WaitGroup
	var asked atomic.Int64
	took := make([][]time.Duration, len(lanes))
	errs := make([]error, len(lanes))
	for _, l := range lanes {
		l.prepare(q)
	}
	var before time.Duration
	if p != nil {
		before = p.cpu()
	}
	begin := time.Now()
	for i, l := range lanes {
		asking.Go(func() {
			for now := time.Now(); now.Sub(begin) < long && asked.Add(1) <= enough; {
				if errs[i] = l.ask(); errs[i] != nil {
					return
				}
				then := now
				now = time.Now()
				took[i] = append(took[i], now.Sub(then))
			}
		})
	}
	asking.Wait()
	elapsed := time.Since(begin)
	all := slices.Concat(took...)
	if err := errors.Join(errs...); err != nil {
		return s, err
	}
	slices.Sort(all)
	s = sample{rate: float64(len(all)) / elapsed.Seconds(), p50: ms(all[len(all)/2]), p99: ms(all[len(all)*99/100])}
	if p != nil {
		s.cpu = float64((p.cpu() - before).Nanoseconds()) / 1000 / float64(len(all))
	}
	return s, nil
}

func ms(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// median is 0 of nothing.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

package main

import (
	"fmt"
	"time"
)

// measureStart times exec to the answer of initialize, and the memory after it and
// after the first list of tools. It returns how our time compares with mcp-go's.
func (r rig) measureStart(starts int) (ratio float64, err error) {
	took, idle, listed := map[string][]float64{}, map[string][]float64{}, map[string][]float64{}
	var ratios []float64
	for i := range starts + 1 {
		for _, peer := range peers {
			begin := time.Now()
			p, err := r.startStdio(peer)
			if err != nil {
				return 0, err
			}
			if _, err := p.ask(initialize); err != nil {
				return 0, fmt.Errorf("%s: %w", peer, err)
			}
			answered := ms(time.Since(begin))
			time.Sleep(50 * time.Millisecond)
			after := p.rss()
			if _, err := p.ask(`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`); err != nil {
				return 0, err
			}
			if i > 0 { // the first warms the disk cache
				took[peer], idle[peer], listed[peer] = append(took[peer], answered), append(idle[peer], after), append(listed[peer], p.rss())
			}
			p.stop()
		}
		if i > 0 {
			ratios = append(ratios, took[ours][i-1]/took[mcpgo][i-1])
		}
	}
	fmt.Printf("\n%-34s    floor    ours  mcp-go\n", fmt.Sprintf("Medians of %d starts", starts))
	for _, row := range []struct {
		what   string
		values map[string][]float64
	}{{"exec → initialize, ms", took}, {"memory then, MB", idle}, {"memory after tools/list, MB", listed}} {
		fmt.Printf("%-34s  %7.1f %7.1f %7.1f\n", row.what, median(row.values[floor]), median(row.values[ours]), median(row.values[mcpgo]))
	}
	return median(ratios), nil
}

// measureSoak makes many calls and looks at the memory on the way.
func (r rig) measureSoak(calls int64) error {
	fmt.Printf("\n%-34s  started   after a tenth   after all   MB\n", fmt.Sprintf("%d calls of get_client", calls))
	for _, way := range []string{"stdio", "HTTP"} {
		for _, peer := range peers {
			lanes, p, err := r.lanes(peer, way, 8)
			if err != nil {
				return err
			}
			memory := []float64{p.rss()}
			for _, n := range []int64{calls / 10, calls - calls/10} {
				if _, err := load(lanes, p, getClient(false), time.Hour, n); err != nil {
					return err
				}
				memory = append(memory, p.rss())
			}
			fmt.Printf("%-34s  %7.1f   %13.1f   %9.1f\n", way+", "+peer, memory[0], memory[1], memory[2])
			p.stop()
		}
	}
	return nil
}

// measureSessions opens sessions over HTTP that nobody uses afterwards: handshakes
// of the older era, and clients of the newer one, who have none.
func (r rig) measureSessions(sessions int) error {
	fmt.Printf("\n%-34s    floor    ours  mcp-go   KiB each\n", fmt.Sprintf("%d idle sessions over HTTP", sessions))
	for _, modern := range []bool{false, true} {
		fmt.Printf("%-34s", map[bool]string{false: "2025-11-25, initialized", true: modernVersion + ", one call"}[modern])
		for _, peer := range peers {
			each, err := r.session(peer, modern, sessions)
			if err != nil {
				return fmt.Errorf("%s: %w", peer, err)
			}
			fmt.Printf("  %6.1f", each)
		}
		fmt.Println()
	}
	return nil
}

// session is what one of many sessions costs in memory, in KiB.
func (r rig) session(peer string, modern bool, sessions int) (float64, error) {
	p, err := r.startHTTP(peer)
	if err != nil {
		return 0, err
	}
	defer p.stop()
	l, err := dial(p.addr)
	if err != nil {
		return 0, err
	}
	open := func(n int) error {
		for range n {
			if !modern {
				if err := l.shake(); err != nil {
					return err
				}
				continue
			}
			l.prepare(getClient(true))
			if err := l.ask(); err != nil {
				return err
			}
		}
		return nil
	}
	if err := open(sessions / 2); err != nil { // what the first ones cost is not theirs alone
		return 0, err
	}
	before := p.rss()
	if err := open(sessions); err != nil {
		return 0, err
	}
	return (p.rss() - before) * 1024 / float64(sessions), nil
}

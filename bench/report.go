package main

import (
	"fmt"
	"slices"
)

// of is a figure of a peer in a cell: the median of its rounds.
func (r results) of(c cell, peer string, figure func(sample) float64) float64 {
	var values []float64
	for _, s := range r[c][peer] {
		values = append(values, figure(s))
	}
	return median(values)
}

// ratio is how our figure compares with another peer's. It is taken in each round
// and its median is shown: the two were measured a moment apart then.
func (r results) ratio(c cell, peer string, figure func(mine, theirs, direct sample) float64) float64 {
	var values []float64
	for i := range min(len(r[c][ours]), len(r[c][peer])) {
		var plain sample
		if i < len(r[c][direct]) {
			plain = r[c][direct][i]
		}
		values = append(values, figure(r[c][ours][i], r[c][peer][i], plain))
	}
	return median(values)
}

func rate(s sample) float64 { return s.rate }
func p50(s sample) float64  { return s.p50 }
func p99(s sample) float64  { return s.p99 }
func used(s sample) float64 { return s.cpu }

// Ratios of ours to another.
func throughput(mine, theirs, _ sample) float64 { return mine.rate / theirs.rate }
func cpuRatio(mine, theirs, _ sample) float64   { return mine.cpu / theirs.cpu }

// added is the ratio of what each adds to a direct call of the API.
func added(mine, theirs, plain sample) float64 {
	return (mine.p50 - plain.p50) / (theirs.p50 - plain.p50)
}

func (r results) print(cells []cell) {
	fmt.Printf("\n%-47s  calls/s                    ÷ floor ÷ mcp-go   p50 ms                p99 ms   added × floor\n", "Throughput and latency")
	fmt.Printf("%-47s  %7s %7s %7s                      %6s %6s %6s  %7s\n", "", "floor", "ours", "mcp-go", "floor", "ours", "mcp-go", "ours")
	for _, c := range cells {
		fmt.Printf("%-47v  %7.0f %7.0f %7.0f    %5.2f %7.2f     %6.3f %6.3f %6.3f   %6.2f", c,
			r.of(c, floor, rate), r.of(c, ours, rate), r.of(c, mcpgo, rate), r.ratio(c, floor, throughput), r.ratio(c, mcpgo, throughput),
			r.of(c, floor, p50), r.of(c, ours, p50), r.of(c, mcpgo, p50), r.of(c, ours, p99))
		if c.callers == 1 && c.method == "tools/call" && c.delay == 0 {
			fmt.Printf("   %6.2f", r.ratio(c, floor, added))
		}
		fmt.Println()
	}
	fmt.Printf("\n%-47s    floor    ours  mcp-go     × floor  × mcp-go\n", "CPU of the server, µs a call")
	for _, c := range slices.DeleteFunc(slices.Clone(cells), func(c cell) bool { return c.delay > 0 }) {
		fmt.Printf("%-47v  %7.0f %7.0f %7.0f     %7.2f   %7.2f\n", c,
			r.of(c, floor, used), r.of(c, ours, used), r.of(c, mcpgo, used), r.ratio(c, floor, cpuRatio), r.ratio(c, mcpgo, cpuRatio))
	}
}

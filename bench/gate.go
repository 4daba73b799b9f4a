package main

import (
	"errors"
	"fmt"
)

// Bounds of the gate, all of them ratios. They leave about half as much again to what
// two CPUs gave that were doing other things beside; they are no aims.
const (
	startBound  = 2.0  // time of exec → initialize × mcp-go's
	listBound   = 0.6  // lists of tools a second on stdio ÷ the floor's
	cpuBound    = 7.0  // CPU of a call × the floor's, at 8 and 32 callers
	mcpgoBound  = 4.0  // CPU of a call × mcp-go's, there
	callsBound  = 0.20 // calls a second ÷ the floor's, there
	steadyBound = 0.65 // calls a second ÷ the floor's, at an API that takes 20 ms
)

// check is everything that is out of its bounds.
func (r results) check(cells []cell) error {
	var crossed []error
	for _, c := range cells {
		rate := r.ratio(c, floor, throughput)
		calls := fmt.Sprintf("%v: calls/s ÷ floor", c)
		switch {
		case c.method == "tools/list" && c.way == "stdio": // over HTTP mcp-go encodes it
			crossed = append(crossed, atLeast(calls, rate, listBound))
		case c.name != "get_client" || c.callers == 1: // a single caller waits, mostly
		case c.delay > 0:
			crossed = append(crossed, atLeast(calls, rate, steadyBound))
		default:
			crossed = append(crossed, atLeast(calls, rate, callsBound),
				atMost(fmt.Sprintf("%v: CPU × floor", c), r.ratio(c, floor, cpuRatio), cpuBound),
				atMost(fmt.Sprintf("%v: CPU × mcp-go", c), r.ratio(c, mcpgo, cpuRatio), mcpgoBound))
		}
	}
	return errors.Join(crossed...)
}

func atMost(what string, ratio, bound float64) error {
	if ratio > bound {
		return fmt.Errorf("%s is %.2f, more than %.2f", what, ratio, bound)
	}
	return nil
}

func atLeast(what string, ratio, bound float64) error {
	if ratio < bound {
		return fmt.Errorf("%s is %.2f, less than %.2f", what, ratio, bound)
	}
	return nil
}

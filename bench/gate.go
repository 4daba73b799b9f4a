package main

import (
	"fmt"
)

// Bounds of the gate, all of them ratios. They leave room for a machine of two CPUs
// that does something else beside; what is aimed at is in docs/decisions.md.
const (
	startBound = 3.0 // × mcp-go
)

// check is what is out of its bounds.
func (r results) check(cells []cell) error {
	return nil
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

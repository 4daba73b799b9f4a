package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// profile says where the server's time goes while eight callers ask: a perf.data
// for each transport and era in dir, and what is at the top of it. Linux's perf
// looks from outside, so the program needs no door for it.
func (r rig) profile(dir string, long time.Duration) error {
	build := exec.Command("go", "build", "-trimpath", "-o", r.binary(ours), ".") // with its symbols
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build: %w", err)
	}
	for _, way := range []string{"stdio", "HTTP"} {
		for _, modern := range []bool{false, true} {
			file := filepath.Join(dir, fmt.Sprintf("%s-%v.data", way, map[bool]string{false: "2025-11-25", true: modernVersion}[modern]))
			if err := r.record(file, way, getClient(modern), long); err != nil {
				return err
			}
			for _, by := range []string{"--no-children", "--children"} {
				report := exec.Command("perf", "report", "-i", file, by, "-g", "none", "--percent-limit", "1", "--stdio", "-s", "symbol")
				report.Stdout = os.Stdout
				if err := report.Run(); err != nil {
					return fmt.Errorf("perf report: %w", err)
				}
			}
		}
	}
	return nil
}

// record asks the question for a while and has perf watch the server meanwhile.
func (r rig) record(file, way string, q question, long time.Duration) error {
	lanes, p, err := r.lanes(ours, way, 8)
	if err != nil {
		return err
	}
	defer p.stop()
	if _, err := load(lanes, p, q, time.Second, 1<<30); err != nil {
		return err
	}
	perf := exec.Command("perf", "record", "-q", "-F", "999", "-g", "-o", file, "-p", fmt.Sprint(p.cmd.Process.Pid), "--", "sleep", fmt.Sprint(long.Seconds()))
	if err := perf.Start(); err != nil {
		return err
	}
	if _, err := load(lanes, p, q, long, 1<<30); err != nil {
		return err
	}
	return perf.Wait()
}

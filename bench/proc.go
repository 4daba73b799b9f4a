package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// cpu is the time a process has been running on a CPU, to the nanosecond: the
// kernel's own count for each of its threads, of which Go ends none.
func (p *process) cpu() (total time.Duration) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.cmd.Process.Pid))
	for _, file := range files {
		raw, _ := os.ReadFile(file)
		var ran time.Duration
		_, _ = fmt.Sscan(string(raw), &ran)
		total += ran
	}
	return total
}

// rss is the process's resident memory in MB.
func (p *process) rss() float64 {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	var size, resident int
	_, _ = fmt.Sscan(string(raw), &size, &resident)
	return float64(resident*os.Getpagesize()) / (1 << 20)
}

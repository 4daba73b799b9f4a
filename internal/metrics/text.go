package metrics

import (
	"fmt"
	"io"
	"maps"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// bounds of durations, in seconds: from what this machine answers to the longest write.
var bounds = [...]float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

// durations is how long things of one kind took.
type durations struct {
	within [len(bounds)]uint64 // by the smallest bound that it was within
	count  uint64
	sum    float64
}

func (d *durations) add(took time.Duration) {
	seconds := took.Seconds()
	if i, _ := slices.BinarySearch(bounds[:], seconds); i < len(bounds) {
		d.within[i]++
	}
	d.count++
	d.sum += seconds
}

// family is the series of one name, by their labels: all counters, or all histograms.
type family[S any] struct {
	name, help string

	mu     sync.Mutex
	series map[string]*S
}

func newFamily[S any](name, help string) *family[S] {
	return &family[S]{name: prefix + name, help: help, series: map[string]*S{}}
}

// with hands over the series with some labels, which it makes.
func (f *family[S]) with(labels string, do func(*S)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	found := f.series[labels]
	if found == nil {
		found = new(S)
		f.series[labels] = found
	}
	do(found)
}

// write writes the family, each series as one says.
func (f *family[S]) write(w io.Writer, kind string, one func(labels string, s S)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	declare(w, f.name, kind, f.help)
	for _, labels := range slices.Sorted(maps.Keys(f.series)) {
		one(labels, *f.series[labels])
	}
}

func writeCounters(w io.Writer, f *family[uint64]) {
	f.write(w, "counter", func(labels string, n uint64) { sample(w, f.name, labels, float64(n)) })
}

func writeHistograms(w io.Writer, f *family[durations]) {
	f.write(w, "histogram", func(labels string, d durations) {
		within := uint64(0)
		for i, bound := range bounds {
			within += d.within[i]
			sample(w, f.name+"_bucket", labels+`,le="`+number(bound)+`"`, float64(within))
		}
		sample(w, f.name+"_bucket", labels+`,le="+Inf"`, float64(d.count))
		sample(w, f.name+"_sum", labels, d.sum)
		sample(w, f.name+"_count", labels, float64(d.count))
	})
}

// gauge writes a value that is as it is now.
func gauge(w io.Writer, name, help, labels string, value float64) {
	declare(w, name, "gauge", help)
	sample(w, name, labels, value)
}

func declare(w io.Writer, name, kind, help string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

func sample(w io.Writer, name, labels string, value float64) {
	if labels != "" {
		name += "{" + labels + "}"
	}
	fmt.Fprintf(w, "%s %s\n", name, number(value))
}

func number(value float64) string { return strconv.FormatFloat(value, 'g', -1, 64) }

// escaped is the characters that a label's value cannot have as they are.
var escaped = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// label is a name and its value.
func label(name, value string) string { return name + `="` + escaped.Replace(value) + `"` }

// ofRuntime is what Go's runtime is asked, and what its own client of Prometheus calls it.
var ofRuntime = []struct{ asked, kind, name, help string }{
	{"/sched/goroutines:goroutines", "gauge", "go_goroutines", "Goroutines there are."},
	{"/sched/gomaxprocs:threads", "gauge", "go_sched_gomaxprocs_threads", "Threads that run Go at once."},
	{"/memory/classes/total:bytes", "gauge", "go_memstats_sys_bytes", "Memory taken from the system."},
	{"/memory/classes/heap/objects:bytes", "gauge", "go_memstats_heap_alloc_bytes", "Memory in objects, also in those not collected yet."},
	{"/gc/cycles/total:gc-cycles", "counter", "go_gc_cycles_total_gc_cycles_total", "Garbage collections."},
	{"/cpu/classes/gc/total:cpu-seconds", "counter", "go_cpu_classes_gc_total_cpu_seconds_total", "Processor time of garbage collections, estimated."},
	{"/cpu/classes/user:cpu-seconds", "counter", "go_cpu_classes_user_cpu_seconds_total", "Processor time of the program itself, estimated."},
}

func writeRuntime(w io.Writer) {
	samples := make([]metrics.Sample, len(ofRuntime))
	for i, each := range ofRuntime {
		samples[i].Name = each.asked
	}
	metrics.Read(samples)
	for i, each := range ofRuntime {
		declare(w, each.name, each.kind, each.help)
		switch value := samples[i].Value; value.Kind() {
		case metrics.KindUint64:
			sample(w, each.name, "", float64(value.Uint64()))
		case metrics.KindFloat64:
			sample(w, each.name, "", value.Float64())
		}
	}
}

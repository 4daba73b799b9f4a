// Command bench measures the built program as its users meet it, next to two
// others that offer the same tools of the same API: the floor, which is the least
// such a server can cost, and mcp-go as it comes. All of them run at once and are
// asked in turn, so that a figure's ratio holds on a noisy machine where the figure
// itself does not. The API is a stub with a fixed answer and a delay.
//
//	go run ./bench                      # everything, some minutes
//	go run ./bench -quick -gate         # a minute; fails when a ratio is out of bounds
//	go run ./bench -parts soak,sessions
//
// Guard, schemas, teams, ledger and log are as a user has them.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// settings are what the flags say.
type settings struct {
	parts    string
	rounds   int
	long     time.Duration // of one cell
	starts   int
	soak     int64
	sessions int
	writes   int
	ledger   string
	profile  string
	rows     string
	gate     bool
}

func main() {
	var s settings
	quick := flag.Bool("quick", false, "only the cells that the gate looks at, and shorter ones")
	flag.StringVar(&s.parts, "parts", "start,calls,soak,sessions,writes", "what to measure")
	flag.IntVar(&s.rounds, "rounds", 5, "rounds of calls")
	flag.DurationVar(&s.long, "long", 700*time.Millisecond, "how long a peer is asked in a round, for each row")
	flag.IntVar(&s.starts, "starts", 15, "starts of each program")
	flag.Int64Var(&s.soak, "soak", 50_000, "calls of the soak")
	flag.IntVar(&s.sessions, "sessions", 2000, "idle sessions")
	flag.IntVar(&s.writes, "writes", 500, "writes of each kind")
	flag.StringVar(&s.ledger, "ledger", "", "URL of an empty PostgreSQL database, to measure writes with a ledger there too")
	flag.StringVar(&s.rows, "rows", "", "of the calls, only the rows that match this expression")
	flag.StringVar(&s.profile, "profile", "", "only profile the server, into this directory; needs perf")
	flag.BoolVar(&s.gate, "gate", false, "fail when a ratio is out of its bounds")
	flag.Parse()
	if *quick {
		s.parts, s.rounds, s.long, s.starts = "start,calls", 3, 180*time.Millisecond, 5
	}
	if err := s.run(*quick); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (s settings) run(quick bool) error {
	rows, err := regexp.Compile(s.rows)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "gigstack-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := rig{dir: dir}
	stop, err := r.prepare()
	if err != nil {
		return err
	}
	defer stop()
	if s.profile != "" {
		return r.profile(s.profile, 5*time.Second)
	}
	info, err := os.Stat(r.binary(ours))
	if err != nil {
		return err
	}
	fmt.Printf("binary %.1f MB\n", float64(info.Size())/1e6)
	var crossed []error
	for part := range strings.SplitSeq(s.parts, ",") {
		switch part {
		case "start":
			var ratio float64
			ratio, err = r.measureStart(s.starts)
			crossed = append(crossed, atMost("exec → initialize × mcp-go", ratio, startBound))
		case "calls":
			crossed = append(crossed, err)
			chosen := slices.DeleteFunc(cells(quick), func(c cell) bool { return !rows.MatchString(c.String()) })
			var found results
			if found, err = r.compare(chosen, s.rounds, s.long); err == nil {
				found.print(chosen)
				crossed = append(crossed, found.check(chosen))
			}
		case "soak":
			err = r.measureSoak(s.soak)
		case "sessions":
			err = r.measureSessions(s.sessions)
		case "writes":
			err = r.measureWrites(s.writes, s.ledger)
		default:
			err = fmt.Errorf("there is no part %q", part)
		}
		if err != nil {
			return err
		}
	}
	if err := errors.Join(crossed...); s.gate && err != nil {
		return err
	}
	return nil
}

func getClient(modern bool) question {
	return call("get_client", `{"id":"client_0000000001"}`, modern)
}

// cells are the conditions of the comparison; with quick those that are gated.
func cells(quick bool) (all []cell) {
	for way := range strings.FieldsSeq("stdio HTTP") {
		all = append(all, cell{way, question{"tools/list", "tools/list", "", false}, 1, 0})
		for _, modern := range []bool{false, true} {
			questions := []question{getClient(modern), call("list_clients", `{"limit":20}`, modern)}
			for _, q := range questions {
				for _, callers := range []int{1, 8, 32} {
					all = append(all, cell{way, q, callers, 0})
				}
				for _, callers := range []int{1, 8, 32} {
					if !quick || callers == 32 && q == questions[0] {
						all = append(all, cell{way, q, callers, 20 * time.Millisecond})
					}
				}
				if quick {
					break
				}
			}
		}
	}
	return all
}

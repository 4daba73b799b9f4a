package sandbox

import (
	"net/http"
	"strings"
	"time"
)

// Fault makes coming calls go wrong.
type Fault struct {
	Method string // "" for any
	Path   string // a prefix of the path; "" for any
	Times  int    // how many calls it spoils; 0 means one, negative all

	Delay       time.Duration // wait before anything else
	Status      int           // answer with this status instead
	Body        string        // and this body; a gateway's HTML page when empty
	RetryAfter  string        // and this header
	AfterEffect bool          // … after the call has taken effect
	Drop        bool          // let the call take effect, then break the connection
}

// Fail arranges a fault. Faults are tried in the order they were arranged.
func (s *Sandbox) Fail(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// takeFault finds the fault for a request, if there is one, and uses it up.
func (s *Sandbox) takeFault(r *http.Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Method != "" && f.Method != r.Method || !strings.HasPrefix(r.URL.Path, f.Path) {
			continue
		}
		if f.Times--; f.Times == 0 {
			s.faults = append(s.faults[:i], s.faults[i+1:]...)
		}
		taken := *f
		return &taken
	}
	return nil
}

func (f *Fault) answer(w http.ResponseWriter) {
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	body := f.Body
	if body == "" {
		body = "<html><body><h1>Bad gateway</h1></body></html>"
		w.Header().Set("Content-Type", "text/html")
	} else {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(f.Status)
	_, _ = w.Write([]byte(body))
}

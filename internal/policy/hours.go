package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// include reports whether a time lies in the hours. Past midnight it is still the
// day on which they began.
func (h Hours) include(at time.Time) bool {
	at = at.In(gigstack.MexicoCity)
	clock := time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute + time.Duration(at.Second())*time.Second
	day := at.Weekday()
	if h.From <= h.To {
		return h.on(day) && h.From <= clock && clock < h.To
	}
	yesterday := (day + 6) % 7
	return h.on(day) && clock >= h.From || h.on(yesterday) && clock < h.To
}

func (h Hours) on(day time.Weekday) bool { return len(h.Days) == 0 || slices.Contains(h.Days, day) }

// String is the hours in words.
func (h Hours) String() string {
	days := make([]string, len(h.Days))
	for i, day := range h.Days {
		days[i] = day.String()[:3]
	}
	words := fmt.Sprintf("from %s to %s in Mexico City", clockOf(h.From), clockOf(h.To))
	if len(days) > 0 {
		words += " on " + strings.Join(days, ", ")
	}
	return words
}

func clockOf(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

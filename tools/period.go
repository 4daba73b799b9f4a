package tools

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// span is whole days in Mexico City, from the first moment of one to that of the day
// after the last.
type span struct{ from, until time.Time }

// String is the first and the last day.
func (p span) String() string {
	return p.from.Format(time.DateOnly) + ".." + p.until.AddDate(0, 0, -1).Format(time.DateOnly)
}

// Contains reports whether a moment is in the period.
func (p span) Contains(at time.Time) bool { return !at.Before(p.from) && at.Before(p.until) }

// bound reads the ends of a period as people say them: created_gte "2026-10" begins with
// October, created_lte "yesterday" ends with that day. What gigstack's types read is left
// to them.
func (t *Tools) bound(r *endpoint, fields map[string]json.RawMessage) error {
	for name, end := range r.bounds {
		said := text(fields[name])
		if said == "" || told.MatchString(said) {
			continue
		}
		p, err := parsePeriod(said, t.Now())
		if err != nil {
			return invalidArguments([]schemas.Problem{{Path: name, Message: err.Error()}})
		}
		at := p.from
		if end == schemas.Until {
			at = p.until.Add(-time.Second)
		}
		fields[name] = marshal(at.Format(time.RFC3339))
	}
	return nil
}

// told is a day, a time or a count: no words.
var told = regexp.MustCompile(`^([0-9]{4}-[0-9]{2}-[0-9]{2}.*|-?[0-9]{5,})$`)

// monthNames in the order of the year; three letters are enough.
var monthNames = [12][]string{
	{"enero", "january"}, {"febrero", "february"}, {"marzo", "march"}, {"abril", "april"}, {"mayo", "may"}, {"junio", "june"}, {"julio", "july"},
	{"agosto", "august"}, {"septiembre", "setiembre", "september"}, {"octubre", "october"}, {"noviembre", "november"}, {"diciembre", "december"},
}

var (
	someDays  = regexp.MustCompile(`^([0-9]{1,3}) ?d(?:ays|[ií]as)?$`)
	namedDate = regexp.MustCompile(`^([a-z]{3,10})(?: (?:de |del )?([0-9]{4}))?$`)
)

// parsePeriod reads how people say a period: 2026, 2026-10, 2026-10-05, a range of two
// of these (2026-10-01..2026-10-15), 30d for the last thirty days up to today, today,
// yesterday, this month, last month, this year, or a month by its name; in Spanish too.
func parsePeriod(said string, now time.Time) (span, error) {
	said = strings.ToLower(strings.TrimSpace(said))
	if first, last, ok := strings.Cut(said, ".."); ok && !strings.Contains(last, "..") {
		a, err := parsePeriod(first, now)
		if err != nil {
			return a, err
		}
		b, err := parsePeriod(last, now)
		if err == nil && !a.from.Before(b.until) {
			err = fmt.Errorf("the period %q ends before it begins", said)
		}
		return span{a.from, b.until}, err
	}
	now = now.In(gigstack.MexicoCity)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, gigstack.MexicoCity)
	month := today.AddDate(0, 0, 1-today.Day())
	switch catalogs.Fold(said) {
	case "today", "hoy":
		return span{today, today.AddDate(0, 0, 1)}, nil
	case "yesterday", "ayer":
		return span{today.AddDate(0, 0, -1), today}, nil
	case "this month", "este mes", "month", "mes":
		return span{month, month.AddDate(0, 1, 0)}, nil
	case "last month", "mes pasado", "el mes pasado":
		return span{month.AddDate(0, -1, 0), month}, nil
	case "this year", "este ano", "year", "ano":
		return yearOf(now.Year()), nil
	}
	if p, ok := calendar(said); ok {
		return p, nil
	}
	if m := someDays.FindStringSubmatch(said); m != nil {
		days, _ := strconv.Atoi(m[1])
		return span{today.AddDate(0, 0, 1-max(days, 1)), today.AddDate(0, 0, 1)}, nil
	}
	if p, ok := monthOf(catalogs.Fold(said), now); ok {
		return p, nil
	}
	return span{}, fmt.Errorf("%.40q is no period; write 2026-10, 2026-10-05, 2026-10-01..2026-10-15, 30d, today, last_month", said)
}

// calendar is a year, a month or a day, written in numbers.
func calendar(said string) (span, bool) {
	for _, form := range []struct {
		layout              string
		years, months, days int
	}{{"2006", 1, 0, 0}, {"2006-01", 0, 1, 0}, {time.DateOnly, 0, 0, 1}} {
		if from, err := time.ParseInLocation(form.layout, said, gigstack.MexicoCity); err == nil {
			return span{from, from.AddDate(form.years, form.months, form.days)}, true
		}
	}
	return span{}, false
}

// monthOf is a month by its name: the latest one where no year is said.
func monthOf(said string, now time.Time) (span, bool) {
	m := namedDate.FindStringSubmatch(said)
	if m == nil {
		return span{}, false
	}
	i := slices.IndexFunc(monthNames[:], func(names []string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, m[1]) })
	})
	if i < 0 {
		return span{}, false
	}
	year, err := strconv.Atoi(m[2])
	if err != nil {
		if year = now.Year(); time.Month(i+1) > now.Month() {
			year--
		}
	}
	from := time.Date(year, time.Month(i+1), 1, 0, 0, 0, 0, gigstack.MexicoCity)
	return span{from, from.AddDate(0, 1, 0)}, true
}

func yearOf(year int) span {
	from := time.Date(year, 1, 1, 0, 0, 0, 0, gigstack.MexicoCity)
	return span{from, from.AddDate(1, 0, 0)}
}

// thisMonth is the period of a job that is told none.
const thisMonth = "this_month"

// during is the period that an argument names, or the usual one.
func (t *Tools) during(said *string, usual string) (span, error) {
	if said == nil {
		said = &usual
	}
	p, err := parsePeriod(*said, t.Now())
	if err != nil {
		return p, invalidArguments([]schemas.Problem{{Path: "period", Message: err.Error()}})
	}
	return p, nil
}

// instant is a time in Mexico City, whichever unit gigstack wrote it in; zero when there
// is none.
func instant[N ~int64](n N) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return gigstack.TimeOf(n).In(gigstack.MexicoCity)
}

package cfdi

import (
	"time"

	"github.com/shopspring/decimal"
)

// DaysToAnswer is how many business days a receiver has to reject a cancellation;
// silence is acceptance.
const DaysToAnswer = 3

// FreeCancellation is the largest total, in pesos, that is cancelled without the
// receiver's acceptance.
const FreeCancellation = 1000

// CancellationEnd is the first moment at which a document can no longer be
// cancelled: after the month in which the issuer's annual return for the year of
// issue is due, March for companies and April for individuals. Of an unknown
// issuer it is the earlier. Years and days are those of issued's zone.
func CancellationEnd(issuer Person, issued time.Time) time.Time {
	month := time.April
	if issuer == Individual {
		month = time.May
	}
	return time.Date(issued.Year()+1, month, 1, 0, 0, 0, 0, issued.Location())
}

// Cancellable is what decides whether the receiver has a say in a cancellation.
type Cancellable struct {
	Type     string // I, E, P or T
	Receiver RFC
	Pesos    decimal.Decimal // total
	Issued   time.Time       // in the zone of its days
}

// Free is why a document is cancelled without acceptance whenever it is, or "".
func (c Cancellable) Free() string {
	switch {
	case c.Type == "E" || c.Type == "T":
		return "type " + c.Type
	case c.Receiver.Generic():
		return "a generic receiver"
	case c.Type != "P" && !c.Pesos.GreaterThan(decimal.NewFromInt(FreeCancellation)):
		return "up to 1,000 MXN"
	}
	return ""
}

// FreeUntil is the end of the business day after issue, until which no document
// needs acceptance. Holidays count as business days.
func (c Cancellable) FreeUntil() time.Time {
	day := AddBusinessDays(c.Issued, 1)
	return time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, day.Location())
}

// AddBusinessDays goes n days on that are no weekend. Holidays count as days.
func AddBusinessDays(t time.Time, n int) time.Time {
	for n > 0 {
		t = t.AddDate(0, 0, 1)
		if day := t.Weekday(); day != time.Saturday && day != time.Sunday {
			n--
		}
	}
	return t
}

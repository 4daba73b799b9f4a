package cfdi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCancellationEnd(t *testing.T) {
	zone := time.FixedZone("Mexico City", -6*3600)
	for name, c := range map[string]struct {
		issuer Person
		issued time.Time
		end    string
	}{
		"a company":       {Company, time.Date(2026, 11, 21, 12, 0, 0, 0, zone), "2027-04-01"},
		"an individual":   {Individual, time.Date(2026, 1, 1, 0, 0, 0, 0, zone), "2027-05-01"},
		"nobody knows":    {"", time.Date(2026, 6, 1, 0, 0, 0, 0, zone), "2027-04-01"},
		"new year's eve":  {Company, time.Date(2026, 12, 31, 23, 59, 59, 0, zone), "2027-04-01"},
		"after new year":  {Company, time.Date(2027, 1, 1, 0, 0, 0, 0, zone), "2028-04-01"},
		"UTC is not late": {Company, time.Date(2027, 1, 1, 3, 0, 0, 0, time.UTC).In(zone), "2027-04-01"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.end, CancellationEnd(c.issuer, c.issued).Format(time.DateOnly))
		})
	}
}

func TestAcceptance(t *testing.T) {
	friday := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	require.Equal(t, time.Friday, friday.Weekday())
	for name, c := range map[string]struct {
		Cancellable
		free string
	}{
		"a sale":               {Cancellable{"I", "FUNK671228PH6", dec("1000.01"), friday}, ""},
		"a small sale":         {Cancellable{"I", "FUNK671228PH6", dec("1000"), friday}, "up to 1,000 MXN"},
		"a credit note":        {Cancellable{"E", "FUNK671228PH6", dec("9000"), friday}, "type E"},
		"a complement":         {Cancellable{"P", "FUNK671228PH6", dec("0"), friday}, ""},
		"the general public":   {Cancellable{"I", PublicRFC, dec("9000"), friday}, "a generic receiver"},
		"a foreign complement": {Cancellable{"P", ForeignRFC, dec("0"), friday}, "a generic receiver"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.free, c.Free())
			assert.Equal(t, "2026-11-24T00:00:00Z", c.FreeUntil().Format(time.RFC3339), "Monday is free")
		})
	}
}

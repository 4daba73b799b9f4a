package gigstack

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPeriods(t *testing.T) {
	at := func(s string) int64 {
		moment, err := time.Parse(time.RFC3339, s)
		require.NoError(t, err)
		return moment.Unix()
	}
	for in, want := range map[string][2]int64{
		`"2026-11-21"`:                {at("2026-11-21T00:00:00-06:00"), at("2026-11-21T23:59:59-06:00")},
		`"2021-06-30"`:                {at("2021-06-30T00:00:00-05:00"), at("2021-06-30T23:59:59-05:00")}, // Mexico still had summer time
		`"2021-10-31"`:                {at("2021-10-31T00:00:00-05:00"), at("2021-10-31T23:59:59-06:00")}, // a day of 25 hours
		`"2024-02-29"`:                {at("2024-02-29T00:00:00-06:00"), at("2024-02-29T23:59:59-06:00")},
		`"2026-11-21T10:00:00Z"`:      {at("2026-11-21T10:00:00Z"), at("2026-11-21T10:00:00Z")},
		`"2026-11-21T10:00:00-06:00"`: {at("2026-11-21T16:00:00Z"), at("2026-11-21T16:00:00Z")},
		`1730419200`:                  {1730419200, 1730419200},
		`"1730419200"`:                {1730419200, 1730419200},
		`0`:                           {0, 0},
	} {
		t.Run(in, func(t *testing.T) {
			var since Since
			var until Until
			require.NoError(t, json.Unmarshal([]byte(in), &since))
			require.NoError(t, json.Unmarshal([]byte(in), &until))
			assert.Equal(t, want, [2]int64{int64(since), int64(until)})
			sent, err := json.Marshal(since)
			require.NoError(t, err)
			assert.Equal(t, fmt.Sprint(want[0]), string(sent), "unix seconds on the wire")
		})
	}
	for _, in := range []string{`"yesterday"`, `"2026-02-30"`, `"2026-11"`, `1.5`, `true`, `[]`, `""`} {
		var since Since
		require.Error(t, json.Unmarshal([]byte(in), &since), in)
	}
}

// The list of retentions counts milliseconds: a day ends with its last.
func TestPeriodsInMilliseconds(t *testing.T) {
	midnight := time.Date(2026, 11, 21, 6, 0, 0, 0, time.UTC).UnixMilli()
	for in, want := range map[string][2]int64{
		`"2026-11-21"`:               {midnight, midnight + 86_400_000 - 1},
		`"2026-11-21T06:00:00.250Z"`: {midnight + 250, midnight + 250},
		`1718451000000`:              {1718451000000, 1718451000000},
	} {
		var since SinceMillis
		var until UntilMillis
		require.NoError(t, json.Unmarshal([]byte(in), &since))
		require.NoError(t, json.Unmarshal([]byte(in), &until))
		assert.Equal(t, want, [2]int64{int64(since), int64(until)}, in)
	}
	require.Error(t, json.Unmarshal([]byte(`"yesterday"`), new(SinceMillis)))
}

func TestMoments(t *testing.T) {
	for in, want := range map[string]Seconds{`1730419200`: 1730419200, `"1730419200"`: 1730419200, `1730419200.5`: 1730419200, `null`: 0} {
		var s Seconds
		require.NoError(t, json.Unmarshal([]byte(in), &s), in)
		assert.Equal(t, want, s, in)
	}
	var s Seconds
	for _, in := range []string{`"soon"`, `{}`, `true`} {
		require.Error(t, json.Unmarshal([]byte(in), &s), in)
	}
	now := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	assert.Equal(t, now, SecondsOf(now).Time())
	assert.Equal(t, now, MillisOf(now).Time())
}

func TestDecimal(t *testing.T) {
	for in, want := range map[string]string{`1000`: "1000", `1000.50`: "1000.5", `"0.160000"`: "0.16", `1e3`: "1000", `0.1`: "0.1", `-5`: "-5", `1234567890123.123456`: "1234567890123.123456"} {
		var d Decimal
		require.NoError(t, json.Unmarshal([]byte(in), &d), in)
		sent, err := json.Marshal(d)
		require.NoError(t, err)
		assert.Equal(t, want, string(sent), in)
	}
	var d Decimal
	for _, in := range []string{`"abc"`, `{}`, `true`} {
		require.Error(t, json.Unmarshal([]byte(in), &d), in)
	}
	assert.Equal(t, "0.3", Dec("0.1").Add(Dec("0.2").Decimal).String())
	assert.Panics(t, func() { Dec("x") })
}

func TestScalar(t *testing.T) {
	for in, want := range map[string]Scalar{`"01"`: "01", `1`: "1", `1.50`: "1.50", `true`: "true", `null`: "", `"a\"b"`: `a"b`} {
		var s Scalar
		require.NoError(t, json.Unmarshal([]byte(in), &s), in)
		assert.Equal(t, want, s, in)
	}
	var s Scalar
	for _, in := range []string{`{}`, `[]`} {
		require.Error(t, json.Unmarshal([]byte(in), &s), in)
	}
}

func TestNullable(t *testing.T) {
	type settings struct {
		Days Nullable[int] `json:"days,omitzero"`
	}
	for in, want := range map[string]Nullable[int]{`{}`: {}, `{"days":null}`: {Set: true}, `{"days":0}`: SetTo(0), `{"days":3}`: SetTo(3)} {
		var s settings
		require.NoError(t, json.Unmarshal([]byte(in), &s))
		assert.Equal(t, want, s.Days, in)
		out, err := json.Marshal(s)
		require.NoError(t, err)
		assert.Equal(t, in, string(out))
	}
	var s settings
	require.Error(t, json.Unmarshal([]byte(`{"days":"x"}`), &s))
}

func TestSecretLinkIsNotPrinted(t *testing.T) {
	link := PortalLink{URL: "https://portal.example.com/?token=abc"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		assert.NotContains(t, fmt.Sprintf(verb, link), "abc", verb)
		assert.Equal(t, redacted, fmt.Sprintf(verb, link.URL), verb)
	}
}

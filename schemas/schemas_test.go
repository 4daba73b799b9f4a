package schemas

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

type result struct {
	Team string `json:"team" jsonschema:"required" doc:"Team acted for."`
}

type sample struct {
	Kind   gigstack.TaxFactor        `json:"kind" doc:"How."`
	RFC    *gigstack.RFC             `json:"rfc,omitempty" doc:"Who."`
	Amount *gigstack.Decimal         `json:"amount,omitempty" jsonschema:"minimum=0"`
	Note   gigstack.Nullable[string] `json:"note,omitzero" doc:"Text; null clears it."`
	From   *gigstack.Since           `json:"created_gte,omitempty"`
	Nested *struct {
		On bool `json:"on" doc:"Whether."`
	} `json:"nested,omitempty"`
	Tags []string          `json:"tags,omitempty"`
	Free gigstack.Metadata `json:"free,omitempty"`
}

func TestInputSchema(t *testing.T) {
	s := Input(reflect.TypeFor[sample](), Field{Name: "team", Doc: "Team."})
	assert.JSONEq(t, `{"type":"object","additionalProperties":false,"required":["kind"],"properties":{
		"kind":{"type":"string","enum":["Tasa","Cuota","Exento"],"description":"How."},
		"rfc":{"type":"string","description":"Who."},
		"amount":{"type":"number"},
		"note":{"type":"string","description":"Text; null clears it."},
		"created_gte":{"type":"string"},
		"nested":{"type":"object","description":"{on*:bool(Whether)}"},
		"tags":{"type":"array","items":{"type":"string"}},
		"free":{"type":"object"},
		"team":{"type":"string","description":"Team."}}}`, string(s.JSON()))
	assert.Equal(t, []string{"kind", "rfc", "amount", "note", "created_gte", "nested", "tags", "free", "team"}, s.Names())
	assert.JSONEq(t, `{"type":"object","additionalProperties":false,"required":["kind"],"properties":{
		"kind":{"type":"string","enum":["Tasa","Cuota","Exento"],"description":"How. Tasa rate; Cuota amount a unit; Exento exempt."},
		"rfc":{"type":"string","pattern":"^[A-ZÑ&]{3,4}\\d{6}[A-Z0-9]{3}$","description":"Who."},
		"amount":{"type":"number","minimum":0},
		"note":{"type":"string","description":"Text; null clears it."},
		"created_gte":{"type":"string"},
		"nested":{"type":"object","additionalProperties":false,"required":["on"],"properties":{"on":{"type":"boolean","description":"Whether."}}},
		"tags":{"type":"array","items":{"type":"string"}},
		"free":{"type":"object"},
		"team":{"type":"string","description":"Team."}}}`, string(s.Full()))
}

func TestCheck(t *testing.T) {
	s := Input(reflect.TypeFor[sample]())
	for name, c := range map[string]struct{ args, canonical, problem string }{
		"sorted":            {`{"tags":["a"],"kind":"Tasa"}`, `{"kind":"Tasa","tags":["a"]}`, ""},
		"object as text":    {`{"kind":"Tasa","nested":"{\"on\":true}"}`, `{"kind":"Tasa","nested":{"on":true}}`, ""},
		"number as text":    {`{"kind":"Tasa","amount":"12.50"}`, `{"amount":12.5,"kind":"Tasa"}`, ""},
		"equal numbers":     {`{"kind":"Tasa","amount":1.250e1,"free":{"x":100.00}}`, `{"amount":12.5,"free":{"x":100},"kind":"Tasa"}`, ""},
		"huge exponent":     {`{"kind":"Tasa","amount":1e-9999999}`, "", ": a number is too long, or its exponent too large"},
		"huge, as text":     {`{"kind":"Tasa","amount":"1e999999"}`, "", "amount: must be number, not string"},
		"huge, deep inside": {`{"kind":"Tasa","free":{"x":[1e999]}}`, "", ": a number is too long, or its exponent too large"},
		"text after it":     {`{"kind":"Tasa"}]`, "", ": the arguments are not valid JSON"},
		"text as number":    {`{"kind":"Tasa","created_gte":1730419200}`, `{"created_gte":"1730419200","kind":"Tasa"}`, ""},
		"null clears":       {`{"kind":"Tasa","note":null}`, `{"kind":"Tasa","note":null}`, ""},
		"null elsewhere":    {`{"kind":null}`, "", "kind: must be string, not null"},
		"missing":           {`{}`, "", "kind: is required"},
		"nothing at all":    {``, "", "kind: is required"},
		"unknown":           {`{"kind":"Tasa","knid":1}`, "", `: unknown argument "knid"; valid are: kind, rfc, amount, note, created_gte, nested, tags, free`},
		"unknown inside":    {`{"kind":"Tasa","nested":{"on":true,"off":1}}`, "", `nested: unknown argument "off"; valid are: on`},
		"not in the list":   {`{"kind":"secret-value"}`, "", "kind: must be one of: Tasa, Cuota, Exento"},
		"wrong shape":       {`{"kind":"Tasa","rfc":"secret-value"}`, "", `rfc: must look like ^[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}$ (Who)`},
		"too small":         {`{"kind":"Tasa","amount":-1}`, "", "amount: must be at least 0"},
		"not an object":     {`[1]`, "", ": must be object, not array"},
		"not JSON":          {`{"kind"`, "", ": the arguments are not valid JSON"},
		"two values":        {`{"kind":"Tasa"} {}`, "", ": the arguments are not valid JSON"},
		"item of the wrong": {`{"kind":"Tasa","tags":[{}]}`, "", "tags[0]: must be string, not object"},
	} {
		t.Run(name, func(t *testing.T) {
			canonical, problems, err := s.Check(json.RawMessage(c.args))
			require.NoError(t, err)
			if c.problem == "" {
				assert.Empty(t, problems)
				assert.Equal(t, c.canonical, string(canonical))
				return
			}
			require.NotEmpty(t, problems)
			assert.Equal(t, c.problem, problems[0].Path+": "+problems[0].Message)
			assert.NotContains(t, problems[0].Message, "secret-value")
		})
	}
}

// Whatever gigstack answers, the fitted answer is valid.
func TestFit(t *testing.T) {
	type out struct {
		ID    string              `json:"id"`
		Total gigstack.Decimal    `json:"total"`
		At    gigstack.Seconds    `json:"at"`
		Valid bool                `json:"valid"`
		Link  gigstack.SecretLink `json:"link"`
		Tax   []gigstack.Tax      `json:"taxes"`
	}
	s := Output(reflect.TypeFor[out](), reflect.TypeFor[result](), "files")
	for name, c := range map[string]struct {
		data, fitted string
		odd          []string
	}{
		"as documented":    {`{"id":"a","total":1160.00,"at":1795370400,"valid":true}`, `{"id":"a","total":1160.00,"at":"2026-11-22T12:00:00-06:00","valid":true}`, nil},
		"milliseconds":     {`{"at":"1795370400123"}`, `{"at":"2026-11-22T12:00:00-06:00"}`, nil},
		"time in text":     {`{"at":"2026-11-22T12:00:00Z"}`, `{"at":"2026-11-22T12:00:00Z"}`, nil},
		"no time":          {`{"at":0}`, `{}`, nil},
		"out of order":     {`{"at":1795370400,"né":1,"id":"a"}`, `{"at":"2026-11-22T12:00:00-06:00","id":"a","né":1}`, nil},
		"nulls go":         {`{"id":"a","total":null,"at":null}`, `{"id":"a"}`, nil},
		"unknown stays":    {`{"id":"a","new":{"x":null}}`, `{"id":"a","new":{"x":null}}`, nil},
		"text for numbers": {`{"id":7,"total":"12.10","at":"5","valid":"true"}`, `{"id":"7","total":12.10,"at":"1969-12-31T18:00:05-06:00","valid":true}`, nil},
		"fits in no way":   {`{"id":{"x":1},"at":"soon","taxes":{"type":"IVA"}}`, `{}`, []string{"at", "id", "taxes"}},
		"secret":           {`{"link":"https://let-me-in"}`, `{"link":"handed off"}`, nil},
		"hidden text":      {`{"id":"A\u202eB\u200b\udb40\udc41C\nD","new":"x\u2066y"}`, `{"id":"ABC\nD","new":"xy"}`, nil},
		"null rows":        {`{"id":"a","taxes":[null]}`, `{"id":"a","taxes":[]}`, []string{"taxes[0]"}},
		"hidden name":      {`{"id":"a","m\u200bn":1}`, `{"id":"a","mn":1}`, nil},
		"other case":       {`{"LINK":"https://let-me-in"}`, `{"LINK":"handed off"}`, nil},
		"loose base":       {`{"taxes":[{"type":"IVA","base":100,"rate":0.16},null]}`, `{"taxes":[{"type":"IVA","base":"100","rate":0.16}]}`, []string{"taxes[1]"}},
	} {
		t.Run(name, func(t *testing.T) {
			fitted, err := s.FitData(json.RawMessage(c.data), StandIns{Secret: func(string, string) string { return "handed off" }}, nil)
			require.NoError(t, err)
			assert.Equal(t, c.fitted, string(fitted.Data))
			assert.ElementsMatch(t, c.odd, fitted.Odd)
			valid(t, s, `{"team":"t","data":`+string(fitted.Data)+`}`)
		})
	}
}

func valid(t *testing.T, s *Schema, value string) {
	t.Helper()
	compiled, err := compile(s.JSON(), nil)
	require.NoError(t, err)
	decoded, err := decode(json.RawMessage(value))
	require.NoError(t, err)
	require.NoError(t, compiled.Validate(decoded))
}

func FuzzFit(f *testing.F) {
	f.Add(`{"id":1,"taxes":[{"rate":"x"}]}`)
	s := Output(reflect.TypeFor[gigstack.Page[gigstack.Service]](), reflect.TypeFor[result](), "files")
	f.Fuzz(func(t *testing.T, data string) {
		fitted, err := s.FitData(json.RawMessage(data), StandIns{}, nil)
		if err != nil || fitted.Data == nil {
			return
		}
		valid(t, s, `{"team":"t","data":`+string(fitted.Data)+`}`)
	})
}

func TestArgumentsAreCheckedWithoutAWorkingDirectory(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	require.NoError(t, os.RemoveAll(dir))
	_, problems, err := Input(reflect.TypeFor[result]()).Check(json.RawMessage(`{"team":"team_a"}`))
	require.NoError(t, err)
	assert.Empty(t, problems)
}

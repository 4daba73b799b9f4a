package schemas

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// The notation, case by case.
func TestNotation(t *testing.T) {
	type line struct {
		Text     string               `json:"text"`
		Quantity *gigstack.Decimal    `json:"quantity,omitempty" doc:"Units."`
		Code     *gigstack.Taxability `json:"code,omitempty"`
		Use      *gigstack.CFDIUse    `json:"use,omitempty"`
	}
	type whole struct {
		Lines []line            `json:"lines" doc:"What is sold."`
		More  []line            `json:"more,omitempty"`
		Use   *gigstack.CFDIUse `json:"use,omitempty"`
		One   *struct {
			Key  gigstack.ItemSearchKey `json:"key"`
			On   *bool                  `json:"on,omitempty"`
			Off  *bool                  `json:"off,omitempty"`
			At   *gigstack.Seconds      `json:"at,omitempty"`
			Tags []string               `json:"tags,omitempty"`
			Free gigstack.Metadata      `json:"free,omitempty"`
			In   *line                  `json:"in,omitempty"`
		} `json:"one,omitempty"`
	}
	assert.JSONEq(t, `{"type":"object","additionalProperties":false,"required":["lines"],"properties":{
		"lines":{"type":"array","items":{"type":"object"},"description":"What is sold. [{text* quantity(Units) code:01-08(c_ObjetoImp) use(c_UsoCFDI)}]"},
		"more":{"type":"array","items":{"type":"object"},"description":"As lines."},
		"use":{"type":"string"},
		"one":{"type":"object","description":"{key*:sku|description on/off:bool at(RFC 3339) tags[] free{} in{text* quantity code:01-08 use}}"}}}`,
		string(Input(reflect.TypeFor[whole]()).JSON()))
}

// TestBriefIsComplete finds every member and every value of every endpoint's arguments
// in what an agent is shown.
func TestBriefIsComplete(t *testing.T) {
	for _, op := range gigstack.Operations() {
		s := Input(op.Input())
		var full, shown object
		require.NoError(t, json.Unmarshal(s.Full(), &full))
		require.NoError(t, json.Unmarshal(s.JSON(), &shown))
		assert.Equal(t, full.Required, shown.Required)
		for name, argument := range full.Properties {
			says := shown.Properties[name]
			words := says.Description
			if _, first, again := strings.Cut(words, "As "); again && shown.Properties[strings.TrimSuffix(first, ".")] != nil {
				words = shown.Properties[strings.TrimSuffix(first, ".")].Description
			}
			require.NotNil(t, says, "%s lost %s", op.Spec().Name, name)
			assert.Equal(t, argument.Type, says.Type)
			if len(argument.Enum) > 3 && argument.Enum[0] == "01" {
				assert.Contains(t, says.Description, argument.Enum[0]+"-"+argument.Enum[len(argument.Enum)-1], "%s: %s", op.Spec().Name, name)
			} else {
				assert.Equal(t, argument.Enum, says.Enum, "%s: %s", op.Spec().Name, name)
			}
			argument.inside(func(member string, values []string) {
				assert.Regexp(t, `[{ /]`+member+`\b`, words, "%s: %s lost a member", op.Spec().Name, name)
				if span := len(values) > 2 && values[0] == "01"; span {
					values = []string{values[0] + "-" + values[len(values)-1]}
				}
				assert.Contains(t, words, strings.Join(values, "|"), "%s: %s lost a value", op.Spec().Name, name)
			})
		}
	}
}

// object is as much of a schema as the test reads.
type object struct {
	Type, Description string
	Properties        map[string]*object
	Required, Enum    []string
	Items             *object
}

// inside visits every member inside an argument.
func (o *object) inside(visit func(member string, values []string)) {
	for o.Items != nil {
		o = o.Items
	}
	for name, member := range o.Properties {
		visit(name, member.Enum)
		member.inside(visit)
	}
}

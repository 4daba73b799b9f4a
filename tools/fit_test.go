package tools_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// odd is what gigstack might answer and nobody has documented, as the data of an
// answer.
var odd = map[string]string{
	"null":           `null`,
	"nothing":        ``,
	"empty object":   `{}`,
	"empty list":     `[]`,
	"text":           `"ok"`,
	"number":         `7`,
	"boolean":        `true`,
	"nulls":          `{"id":null,"name":null,"address":null,"items":null,"client":null,"taxes":null,"livemode":null,"created_at":null,"total":null,"members":null,"settings":null,"metadata":null}`,
	"texts":          `{"id":1,"name":2,"address":"here","items":"none","client":"client_1","livemode":"yes","created_at":"2026-01-02","total":"a lot","members":"all","events":"*","brand":"blue","global":"x","series":true,"metadata":"m"}`,
	"objects":        `{"id":{"a":1},"name":{"b":2},"uuid":["u"],"total":{"c":3},"livemode":{},"created_at":[],"url":{"x":"y"},"status":{"s":1},"team":{"id":"t"},"email":["a"]}`,
	"other choices":  `{"id":"x","status":"unheard_of","payment_method":"ZZZ","invoice_config":{"global":{"periodicity":"99","months":"77","year":"1"}},"global":{"periodicity":"99","months":"44","year":-1},"brand":{"primary_color":"red","secondary_color":7},"tax_id":"not an RFC","address":{"zip":1,"country":null},"items":[{"id":1,"quantity":"x","taxes":[{"rate":"z","type":3}]},null,"line"],"client":{"id":1,"tax_id":"?","use":"??","address":[]}}`,
	"deep and extra": `{"id":"x","zz":{"a":[1,{"b":null}]},"client":{"zz":1},"items":[{"zz":{"y":1},"taxes":[null,{"zz":2}]}],"created_at":12345678901234567890,"date":1.5}`,
	"list of odd":    `[null,1,"a",{},{"id":1,"team":null,"livemode":"x","items":{"a":1}},[{"id":"x"}]]`,
}

// TestOddAnswers has no answer whatsoever break the contract of a tool, be it a
// read or a write that took effect.
func TestOddAnswers(t *testing.T) {
	promised := contractOf(t, newStand(t, setting{}).agent(t, "modern", nil))
	for name, data := range odd {
		t.Run(name, func(t *testing.T) {
			envelope := fmt.Sprintf(`{"message":null,"data":%s,"next":null,"has_more":null,"total_results":null,"extra":1}`, data)
			if data == "" {
				envelope = `{"message":"ok"}`
			}
			s := newStand(t, setting{upstream: func(http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(envelope)) })
			}})
			a := s.agent(t, "modern", nil)
			for _, op := range operations() {
				tool := op.Spec().Name
				r := a.confirmed(t, tool, sample(t, tool))
				promised.holds(t, tool, r)
				if r.isError {
					assert.Contains(t, []string{"critical_not_allowed", gigstack.CodeUnreadable, "team_conflict", "would_be_refused", "no_files_dir", "unknown_secret"}, r.code(), "%s: %s", tool, r.text)
				}
			}
		})
	}
}

// TestUnknownFieldsAreKept shows an agent also what nobody has documented.
func TestUnknownFieldsAreKept(t *testing.T) {
	s := newStand(t, setting{upstream: func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"data":{"id":"client_1","loyalty":{"points":12345678901234567890,"tier":null},"legal_name":77,"created_at":"soon"}}`))
		})
	}})
	r := s.agent(t, "modern", nil).call(t, "get_client", args{"id": "client_1"})
	require.False(t, r.isError, r.text)
	assert.Contains(t, r.text, `"loyalty":{"points":12345678901234567890`, "to the last digit")
	assert.Equal(t, "77", r.get("data", "legal_name"), "what fits after all is kept")
	assert.Nil(t, r.get("data", "created_at"))
	assert.Contains(t, jsonOf(t, r.get("notes")), "created_at", "what is left out is named")
}

package gigstack

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What each kind of answer means, for a read and for a write.
func TestErrors(t *testing.T) {
	const html = "<html><body>Bad gateway</body></html>"
	for name, test := range map[string]struct {
		status      int
		body        string
		code        string
		message     string
		read, write Outcome
	}{
		"old form, code":       {404, `{"message":"Client not found","error":"resource_not_found"}`, "resource_not_found", "Client not found", Refused, Refused},
		"old form, text":       {400, `{"message":"Invalid","error":"Zip is wrong"}`, "", "Invalid: Zip is wrong", Refused, Refused},
		"new form":             {422, `{"success":false,"error":{"code":"cfdi_service_error","message":"No","details":[{"field":"CFDI40143","message":"RFC"}]}}`, "cfdi_service_error", "No", Refused, Refused},
		"numeric code":         {400, `{"error":{"code":40143,"message":"No"}}`, "40143", "No", Refused, Refused},
		"failure with 200":     {200, `{"success":false,"message":"No luck"}`, "", "No luck", Refused, Refused},
		"in part with 200":     {200, `{"success":false,"message":"Some failed","data":{"stamped":1}}`, "", "Some failed", Refused, Unknown},
		"no master team":       {401, `{"message":"Unauthorized","error":"Unauthorized, not a master team"}`, CodeNotMasterTeam, "not a master team", Refused, Refused},
		"no such team":         {404, `{"message":"Team not found","error":"The specified team does not exist"}`, CodeTeamNotFound, "does not exist", Refused, Refused},
		"no matched teams":     {401, `{"message":"Unauthorized","error":"Unauthorized, no matched teams"}`, CodeNoMatchedTeams, "no matched teams", Refused, Refused},
		"role on target":       {403, `{"success":false,"error":{"code":"forbidden","message":"Your role does not allow this action on the target team"}}`, CodeRoleTooLow, "Your role", Refused, Refused},
		"HTML from a gateway":  {502, html, CodeUnreadable, "no JSON", Refused, Unknown},
		"text from a gateway":  {503, "upstream down", CodeUnreadable, "upstream down", Refused, Unknown},
		"HTML with 200":        {200, html, CodeUnreadable, "no JSON", Refused, Unknown},
		"a list with 200":      {200, `[]`, CodeUnreadable, "no JSON", Refused, Unknown},
		"nothing with 500":     {500, ``, "", "Internal Server Error", Refused, Unknown},
		"error with 500":       {500, `{"success":false,"error":{"code":"internal_server_error","message":"Oops"}}`, "internal_server_error", "Oops", Refused, Unknown},
		"too many":             {429, `{"error":{"code":"rate_limit_exceeded","message":"Slow down"}}`, "rate_limit_exceeded", "Slow down", Refused, Refused},
		"a code and no words":  {400, `{"error":"validation_failed"}`, "validation_failed", "validation_failed", Refused, Refused},
		"control characters":   {400, `{"message":"a\u001b[31mb\nc"}`, "", "a [31mb c", Refused, Refused},
		"more than fits":       {200, `{"data":{"id":"` + strings.Repeat("x", 4096) + `"}}`, CodeUnreadable, "larger than 4096 bytes", Refused, Done},
		"more than fits, 500s": {500, strings.Repeat("x", 5000), CodeUnreadable, "larger than 4096 bytes", Refused, Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			base, _ := server(t, says(test.status, test.body))
			c := callerFor(t, base)
			c.options.Attempts, c.options.MaxBytes = 1, 4096
			_, err := getThing.Call(t.Context(), c.As("team_2"), thingRef{ID: "a"})
			e := failure(t, err)
			assert.Equal(t, test.read, e.Outcome)
			_, err = createThing.Call(t.Context(), c.As("team_2"), thing{Name: "a"})
			e = failure(t, err)
			assert.Equal(t, test.write, e.Outcome)
			assert.Equal(t, test.status, e.Status)
			assert.Equal(t, test.code, e.Code)
			assert.Contains(t, e.Message, test.message)
			assert.NotContains(t, e.Message, "<")
			assert.Equal(t, "create_thing", e.Op)
			assert.Equal(t, "team_2", e.Team)
			assert.Equal(t, test.write == Unknown, strings.Contains(e.Error(), "may have taken effect"))
			assert.False(t, e.Retryable() && e.Outcome != Refused, "never repeat what may have happened")
		})
	}
}

func TestErrorDetails(t *testing.T) {
	for name, test := range map[string]struct {
		details string
		want    []Detail
	}{
		"fields":  {`[{"field":"tax_id","message":"bad"},{"message":"worse"}]`, []Detail{{"", "tax_id", "bad"}, {"", "", "worse"}}},
		"texts":   {`["bad","worse"]`, []Detail{{"", "", "bad"}, {"", "", "worse"}}},
		"one":     {`{"field":"zip","message":"bad"}`, []Detail{{"", "zip", "bad"}}},
		"a text":  {`"bad"`, []Detail{{"", "", "bad"}}},
		"strange": {`[{"path":["a"]}]`, []Detail{{"", "", `{"path":["a"]}`}}},
		"by name": {`{"tax_id":["bad"],"zip":"worse"}`, []Detail{{"", "tax_id", "bad"}, {"", "zip", "worse"}}},
		"a path":  {`[{"code":"invalid_type","path":["items",0,"rate"],"message":"Required"}]`, []Detail{{"invalid_type", "items.0.rate", "Required"}}},
		"nested":  {`{"provider":{"status":422,"errors":[{"Code":"CFDI40145","Message":"name"}]}}`, []Detail{{"CFDI40145", "", "name"}}},
		"quoted":  {`["{\"Message\":\"CFDI40147 - zip\",\"MessageDetail\":\"\"}"]`, []Detail{{"", "", "CFDI40147 - zip"}}},
		"twice":   {`["bad",{"message":"bad"}]`, []Detail{{"", "", "bad"}}},
		"none":    {`[]`, nil},
		"null":    {`null`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			base, _ := server(t, says(400, `{"success":false,"error":{"code":"validation_failed","message":"No","details":`+test.details+`}}`))
			_, err := getThing.Call(t.Context(), callerFor(t, base), thingRef{ID: "a"})
			assert.Equal(t, test.want, failure(t, err).Details)
		})
	}
	base, _ := server(t, says(400, `{"error":{"details":[`+numbered(100)+`]}}`))
	_, err := getThing.Call(t.Context(), callerFor(t, base), thingRef{ID: "a"})
	assert.Len(t, failure(t, err).Details, 20)
}

// A gateway that echoes the request must not make us show the key.
func TestKeyInAnAnswerIsHidden(t *testing.T) {
	for _, body := range []string{
		`{"message":"Bearer sk_test_of_nobody","error":"sk_test_of_nobody"}`,
		`{"success":false,"error":{"code":"sk_test_of_nobody","message":"sk_test_of_nobody","details":["` + strings.Repeat("x", maxErrorText-8) + `sk_test_of_nobody"]},"data":["sk_test_of_nobody"]}`,
		`sk_test_of_nobody`,
	} {
		base, _ := server(t, says(400, body))
		_, err := createThing.Call(t.Context(), callerFor(t, base), thing{})
		e := failure(t, err)
		assert.NotContains(t, fmt.Sprintf("%v %+v %s", err, e, e.Data), "sk_test")
	}
}

// numbered is a list of so many different texts, without its brackets.
func numbered(many int) string {
	texts := make([]string, many)
	for i := range texts {
		texts[i] = fmt.Sprintf(`"bad %d"`, i)
	}
	return strings.Join(texts, ",")
}

// TestDetailsWhereverTheyStand finds them beside the error as well as in it.
func TestDetailsWhereverTheyStand(t *testing.T) {
	for name, body := range map[string]string{
		"in the error":         `{"error":{"code":"cfdi_service_error","message":"No","details":["CFDI40161"]}}`,
		"beside it":            `{"message":"No","error":"cfdi_service_error","details":["CFDI40161"]}`,
		"as errors":            `{"message":"No","errors":[{"message":"CFDI40161"}]}`,
		"of the provider":      `{"error":{"message":"No","provider":{"body":"{\"message\":\"CFDI40161\"}"}}}`,
		"as the inner message": `{"error":{"message":"No","inner":{"error":{"code":"CFDI40161"}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			base, _ := server(t, says(422, body))
			_, err := getThing.Call(t.Context(), callerFor(t, base), thingRef{ID: "a"})
			e := failure(t, err)
			assert.Equal(t, "No", e.Message)
			if assert.Len(t, e.Details, 1) {
				assert.Equal(t, "CFDI40161", e.Details[0].Message)
			}
		})
	}
}

package catalogs

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRejections(t *testing.T) {
	all := Rejections()
	assert.Len(t, all, 122+3)
	seen := map[string]bool{}
	for _, r := range all {
		assert.False(t, seen[r.Code], "%s stands twice", r.Code)
		seen[r.Code] = true
		bilingual(t, r.Code, r.Text)
		assert.NotEmpty(t, r.Fix, r.Code)
		assert.True(t, slices.Contains([]string{"invoice", "receiver", "sender", "unknown"}, r.Type), "%s is about %q", r.Code, r.Type)
	}
	at := slices.IndexFunc(all, func(r Rejection) bool { return r.Code == "CFDI40145" })
	assert.Equal(t, "receiver", all[at].Type)
	assert.Equal(t, "Receptor.Nombre", all[at].Field)
}

func TestRejectionsHaveNoUnknownField(t *testing.T) {
	raw, err := os.ReadFile("data/rejections.json")
	require.NoError(t, err)
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	assert.NoError(t, dec.Decode(&struct {
		Source  Source      `json:"source"`
		Entries []Rejection `json:"entries"`
	}{}))
}

func TestRejectionCodes(t *testing.T) {
	for text, want := range map[string][]string{
		"CFDI40147 - the postal code":                {"CFDI40147"},
		"error: cfdi40161, CFDI-40145 and CFDI40161": {"CFDI40161", "CFDI40145"},
		"CFDI140223 is not of the matrix":            {"CFDI140223"},
		"(CRP20244)":                                 {"CRP20244"},
		"40143":                                      {"CFDI40143"},
		"folio 40143":                                nil,
		"XCFDI40147":                                 nil,
		"":                                           nil,
	} {
		assert.Equal(t, want, RejectionCodes(text), text)
	}
	r, ok := RejectionOf("CFDI40161")
	assert.True(t, ok)
	assert.Equal(t, "use", r.Argument)
	_, ok = RejectionOf("CFDI140223")
	assert.False(t, ok, "the matrix ends before 40223, whatever the first digit")
}

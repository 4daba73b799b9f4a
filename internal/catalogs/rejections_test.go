package catalogs

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
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

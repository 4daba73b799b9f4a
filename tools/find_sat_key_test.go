package tools_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFindSATKey(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	s.reached()

	r := a.call(t, "find_sat_key", args{"query": "licencias de software"})
	require.Nil(t, r.get("error"), r.text)
	best := r.get("hits").([]any)[0].(map[string]any)
	assert.Equal(t, "81112501", best["key"])
	assert.NotEmpty(t, best["name_en"])
	assert.Contains(t, best["why"], "licencias")
	assert.Equal(t, `[{"key":"E48","kind":"unit","name_es":"Unidad de servicio"}]`, jsonOf(t, best["companions"]))
	assert.Equal(t, "c_ClaveProdServ", r.get("source", "list"))
	assert.Equal(t, false, r.get("source", "complete"))

	r = a.call(t, "find_sat_key", args{"query": "hours", "kind": "unit", "limit": 1})
	require.Len(t, r.get("hits"), 1, r.text)
	assert.Equal(t, "HUR", r.get("hits").([]any)[0].(map[string]any)["key"])
	assert.Equal(t, "c_ClaveUnidad", r.get("source", "list"))

	r = a.call(t, "find_sat_key", args{"query": "xyzzy"})
	assert.Equal(t, "[]", jsonOf(t, r.get("hits")))
	assert.Equal(t, "invalid_arguments", a.call(t, "find_sat_key", args{"query": ""}).code())
	assert.Empty(t, s.reached(), "nothing is sent")
}

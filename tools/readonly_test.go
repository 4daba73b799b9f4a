package tools_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// looking is every call that changes nothing although it is no GET.
var looking = []string{"POST /ping", "PUT /ping", "DELETE /ping"}

// effects is every GET that changes something, or costs.
var effects = []string{"GET /teams/{id}/onboarding-url", "GET /invoices/download/invoice/{uuid}", "GET /connect/teams/{id}/onboarding"}

// TestReadOnlyToolsOnlyLook watches what each tool that calls itself read-only
// sends: nothing but looking calls, whatever the documentation's verb.
func TestReadOnlyToolsOnlyLook(t *testing.T) {
	uploads := filesFor(t)
	for _, op := range operations() {
		t.Run(op.Spec().Name, func(t *testing.T) {
			s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}, files: uploads, passwords: demoPasswords})
			tool, ok := s.tools.Find(op.Spec().Name)
			require.True(t, ok)
			if !*tool.Tool.Annotations.ReadOnlyHint {
				assert.Greater(t, op.Spec().Risk, risk.Read)
				return
			}
			a := s.agent(t, "modern", nil)
			s.reached()
			r := a.call(t, op.Spec().Name, sample(t, op.Spec().Name))
			require.False(t, r.isError, r.text)
			sent := s.reached()
			require.NotEmpty(t, sent)
			for _, request := range sent {
				assert.True(t, looks(request), "%s %s", request.method, request.path)
			}
		})
	}
}

// looks reports whether a request changes nothing.
func looks(r sent) bool {
	if r.method != "GET" {
		return slices.Contains(looking, r.method+" "+r.path)
	}
	return !slices.ContainsFunc(effects, func(route string) bool { return fits(route, r) })
}

func fits(route string, r sent) bool {
	want, got := strings.Split(route, "/"), strings.Split(r.method+" "+r.path, "/")
	return len(want) == len(got) && !slices.ContainsFunc(want, func(segment string) bool {
		i := slices.Index(want, segment)
		return !strings.HasPrefix(segment, "{") && got[i] != segment
	})
}

// The lists above are complete: what is not on them is as its verb says.
func TestVerbsAndRisks(t *testing.T) {
	for _, op := range operations() {
		spec := op.Spec()
		method, _, _ := strings.Cut(spec.Route, " ")
		assert.NotEqual(t, risk.Unrated, spec.Risk, spec.Name)
		if spec.Risk == risk.Read {
			assert.True(t, method == "GET" || slices.Contains(looking, spec.Route), spec.Name)
		} else {
			assert.True(t, method != "GET" || slices.Contains(effects, spec.Route), spec.Name)
		}
	}
}

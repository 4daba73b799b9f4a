package tools_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/tools"
)

// of is the names of the endpoints of some pages, in order.
func of(pages ...string) (names []string) {
	for _, resource := range gigstack.API {
		if slices.Contains(pages, resource.Name) {
			for _, op := range resource.Endpoints {
				names = append(names, op.Spec().Name)
			}
		}
	}
	return names
}

func without(names []string, left ...string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(left, name) })
}

// TestChosen offers the chosen pages with the single changes, leaving out over
// adding, and read-only over both.
func TestChosen(t *testing.T) {
	var all []string
	for _, op := range operations() {
		all = append(all, op.Spec().Name)
	}
	for name, c := range map[string]struct {
		toolsets, changes []string
		want              []string
	}{
		"all":          {nil, nil, all},
		"two":          {[]string{"clients", "invoices"}, nil, of("clients", "invoices")},
		"in any order": {[]string{"invoices", " clients ", "clients"}, nil, of("clients", "invoices")},
		"all but one":  {[]string{"all", "-webhooks"}, nil, without(all, of("webhooks")...)},
		"but one":      {[]string{"-users"}, nil, without(all, of("users")...)},
		"-page wins":   {[]string{"-users", "users", "clients"}, nil, of("clients")},
		"one more":     {[]string{"webhooks"}, []string{"+get_client"}, append(of("clients")[1:2], of("webhooks")...)},
		"one less":     {[]string{"webhooks"}, []string{"-delete_webhook"}, without(of("webhooks"), "delete_webhook")},
		"less wins":    {[]string{"webhooks"}, []string{"-get_client", "+get_client"}, of("webhooks")},
		"it is there":  {[]string{"webhooks"}, []string{"+get_webhook"}, of("webhooks")},
	} {
		t.Run(name, func(t *testing.T) {
			for _, readOnly := range []bool{false, true} {
				s := newStand(t, setting{toolsets: c.toolsets, changes: c.changes, policy: guard.Policy{ReadOnly: readOnly}})
				want := ownTools(s)
				for _, op := range operations() {
					if slices.Contains(c.want, op.Spec().Name) && (!readOnly || op.Spec().Risk == risk.Read) {
						want = append(want, op.Spec().Name)
					}
				}
				var have []string
				for _, tool := range s.tools.List() {
					have = append(have, tool.Name)
				}
				assert.Equal(t, want, have)
			}
		})
	}
}

// Names that are none are refused with those that are.
func TestChosenUnknown(t *testing.T) {
	for name, c := range map[string]struct {
		toolsets, changes []string
		says              []string
	}{
		"page":      {[]string{"clients", "customers"}, nil, []string{"unknown toolset customers", "all, clients, services"}},
		"minus all": {[]string{"-all"}, nil, []string{"unknown toolset all"}},
		"tool":      {nil, []string{"+get_customer", "-x"}, []string{"unknown tool get_customer, x", "list_clients, get_client"}},
		"no sign":   {nil, []string{"get_client"}, []string{"get_client: write +name to add a tool"}},
		"two signs": {nil, []string{"+-get_client"}, []string{"write +name"}},
		"own tool":  {nil, []string{"-get_context"}, []string{"unknown tool get_context"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tools.Chosen(c.toolsets, c.changes)
			require.Error(t, err)
			for _, part := range c.says {
				assert.Contains(t, err.Error(), part)
			}
			assert.False(t, strings.Contains(err.Error(), "\n"))
		})
	}
}

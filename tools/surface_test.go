package tools_test

import (
	"slices"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/tools"
)

// Each surface lists what it should, and reaches the same tools.
func TestSurfaces(t *testing.T) {
	all := newStand(t, setting{surface: tools.SurfaceAll})
	core := newStand(t, setting{surface: tools.SurfaceCore})
	search := newStand(t, setting{surface: tools.SurfaceSearch})
	names := func(s *stand) (list []string) {
		for _, tool := range s.tools.List() {
			list = append(list, tool.Name)
		}
		return list
	}
	discovery := tools.Discovery.Names()
	require.LessOrEqual(t, len(names(core))-len(discovery), 25)
	assert.Equal(t, discovery, names(search))
	assert.Equal(t, discovery, names(core)[len(names(core))-len(discovery):])
	assert.Subset(t, names(all), names(core)[:len(names(core))-len(discovery)], "every core tool is one")
	for _, name := range discovery {
		assert.NotContains(t, names(all), name, "where all are listed nothing has to be found")
	}
	for _, name := range names(all) {
		for _, s := range []*stand{core, search} {
			_, ok := s.tools.Find(name)
			assert.True(t, ok, name)
		}
	}
	for name, s := range map[string]*stand{"all": all, "core": core, "search": search} {
		list, err := s.agent(t, "modern", nil).ListTools(t.Context(), mcp.ListToolsRequest{})
		require.NoError(t, err)
		var listed []string
		for _, tool := range list.Tools {
			listed = append(listed, tool.Name)
		}
		assert.Equal(t, names(s), listed, name)
	}
}

// TestRunTools has the two runners keep to their kind, under the inner tool's guard.
func TestRunTools(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{surface: tools.SurfaceSearch})
		a := s.agent(t, era, nil)
		read := a.call(t, "run_read_tool", args{"tool": "list_services", "arguments": args{"limit": 1}})
		require.False(t, read.isError, read.text)
		require.Len(t, read.get("data"), 1)

		before := len(s.writes())
		for tool, arguments := range map[string]args{
			"create_service": {"description": "x"}, "delete_client": {"id": "client_x"}, "cancel_invoice": {"id": "x", "motive": "02"}, "fetch_sat_invoice_xml": {"id": "x"},
		} {
			r := a.call(t, "run_read_tool", args{"tool": tool, "arguments": arguments})
			assert.Equal(t, "other_runner", r.code(), tool)
		}
		assert.Equal(t, "other_runner", a.call(t, "run_write_tool", args{"tool": "list_services"}).code())
		for _, tool := range []string{"nothing", "run_write_tool", "run_read_tool", "find_tools", ""} {
			assert.Equal(t, "tool_not_found", a.call(t, "run_write_tool", args{"tool": tool}).code(), tool)
		}
		assert.Equal(t, "invalid_arguments", a.call(t, "run_read_tool", args{"tool": "get_client"}).code(), "the inner tool's schema holds")
		assert.Len(t, s.writes(), before)
	})
	t.Run("plan and confirm", func(t *testing.T) {
		s := newStand(t, setting{surface: tools.SurfaceCore})
		a := s.agent(t, "modern", nil)
		id := a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]
		planned := a.call(t, "run_write_tool", args{"tool": "create_client_portal_link", "arguments": args{"id": id}})
		require.Equal(t, "confirmation_required", planned.get("status"), planned.text)
		assert.Equal(t, "plan_for_another_tool", a.call(t, "run_write_tool", args{"tool": "delete_client", "arguments": args{"id": id, "plan": planned.get("plan")}}).code())
		ran := a.call(t, "run_write_tool", args{"tool": "create_client_portal_link", "arguments": args{"id": id, "plan": planned.get("plan")}})
		assert.Equal(t, "done", ran.get("status"), ran.text)
	})
	t.Run("read-only", func(t *testing.T) {
		s := newStand(t, setting{surface: tools.SurfaceSearch, policy: guard.Policy{ReadOnly: true}})
		r := s.agent(t, "modern", nil).call(t, "run_write_tool", args{"tool": "create_client", "arguments": args{}})
		assert.Equal(t, "tool_not_found", r.code())
	})
	t.Run("toolsets hold", func(t *testing.T) {
		s := newStand(t, setting{surface: tools.SurfaceCore, toolsets: []string{"clients"}})
		r := s.agent(t, "modern", nil).call(t, "run_read_tool", args{"tool": "list_services"})
		assert.Equal(t, "tool_not_found", r.code())
	})
}

// TestRunReadNeverWrites calls every tool that is no read through the runner for reads.
func TestRunReadNeverWrites(t *testing.T) {
	s := newStand(t, setting{surface: tools.SurfaceSearch})
	a := s.agent(t, "modern", nil)
	tried := 0
	for _, op := range operations() {
		if op.Spec().Risk == risk.Read {
			continue
		}
		tried++
		assert.Equal(t, "other_runner", a.call(t, "run_read_tool", args{"tool": op.Spec().Name, "arguments": args{}}).code(), op.Spec().Name)
	}
	assert.Greater(t, tried, 50)
	assert.Empty(t, slices.DeleteFunc(s.writes(), func(r sent) bool { return r.method == "GET" }))
}

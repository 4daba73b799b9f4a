package sandbox_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

func TestServices(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	created, err := gigstack.CreateService.Call(t.Context(), c, gigstack.CreateServiceInput{
		Description: "Consultoría", UnitPrice: gigstack.Dec("1000.50"),
		Taxes: []gigstack.TaxInput{{Type: "IVA", Rate: gigstack.Dec("0.16")}},
	})
	require.NoError(t, err)
	require.Equal(t, "Tasa", created.Taxes[0].Factor)

	read, err := gigstack.GetService.Call(t.Context(), c, gigstack.ServiceRef{ID: created.ID})
	require.NoError(t, err)
	require.Equal(t, created, read)

	updated, err := gigstack.UpdateService.Call(t.Context(), c, gigstack.UpdateServiceInput{ID: created.ID, SKU: new("")})
	require.NoError(t, err)
	require.Equal(t, "1000.5", updated.UnitPrice.String())

	_, err = gigstack.DeleteService.Call(t.Context(), c, gigstack.ServiceRef{ID: created.ID})
	require.NoError(t, err)
	_, err = gigstack.GetService.Call(t.Context(), c, gigstack.ServiceRef{ID: created.ID})
	requireRefusal(t, err, 404, "resource_not_found")
}

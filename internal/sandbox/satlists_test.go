package sandbox_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// A client says of itself what the lists say of its RFC.
func TestClientsAgreeWithTheLists(t *testing.T) {
	c := start(t, sandbox.Options{}).client(t, sandbox.TeamStranger, false, "editor")
	for rfc, test := range map[gigstack.RFC]struct {
		lists       []string
		efos, risky bool
	}{
		sandbox.ListedRFC:    {[]string{"69-b-definitivos"}, true, true},
		sandbox.PresumedRFC:  {[]string{"69-b-presuntos"}, true, true},
		sandbox.ClearedRFC:   {[]string{"69-b-desvirtuados"}, false, false},
		sandbox.UnlocatedRFC: {[]string{"69-no-localizados", "69-creditos-firmes"}, false, true},
		"H&E951128469":       {nil, false, false},
		"OÑO120726RX3":       {nil, false, false},
	} {
		t.Run(string(rfc), func(t *testing.T) {
			check, err := gigstack.CheckRFC.Call(t.Context(), c, gigstack.CheckRFCInput{RFC: rfc})
			require.NoError(t, err)
			assert.Equal(t, string(rfc), check.RFC)
			assert.Equal(t, len(test.lists) > 0, check.Listed)
			var lists []string
			for _, match := range check.Matches {
				lists = append(lists, match.List)
				assert.NotEmpty(t, match.Status)
				assert.NotEmpty(t, match.PublishedAt)
			}
			assert.Equal(t, test.lists, lists)
			fields := herreria()
			fields.TaxID = &rfc
			client, err := gigstack.CreateClient.Call(t.Context(), c, gigstack.CreateClientInput{ClientFields: fields})
			require.NoError(t, err)
			assert.Equal(t, !test.efos, client.EFOS.IsValid)
			assert.Equal(t, test.risky, client.SATStatus.IsRisky)
			assert.Len(t, client.SATStatus.Hits, len(test.lists))
		})
	}
	_, err := gigstack.CheckRFC.Call(t.Context(), c, gigstack.CheckRFCInput{RFC: "FUNK"})
	assert.Equal(t, "invalid_field_value", failure(t, err, 400).Code)
}

func TestListSATLists(t *testing.T) {
	c := start(t, sandbox.Options{}).client(t, sandbox.TeamStranger, true, "viewer")
	page, err := gigstack.ListSATLists.Call(t.Context(), c, struct{}{})
	require.NoError(t, err)
	records, failed := map[string]int{}, 0
	for _, list := range page.Data {
		records[list.ID] = list.LastSync.Records
		assert.NotEmpty(t, list.Name)
		assert.Positive(t, list.LastSync.SyncedAt)
		if list.LastSync.Status == "failed" {
			failed++
		}
	}
	assert.Equal(t, 1, records["69-b-definitivos"])
	assert.Equal(t, 1, failed, "one list is stale")
	assert.False(t, page.HasMore)
}

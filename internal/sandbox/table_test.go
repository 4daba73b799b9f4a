package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// A cursor stands behind a record: what comes and goes between two pages neither
// repeats nor hides another.
func TestCursorsHold(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamStranger, false, "owner")
	var ids []string // newest first
	create := func(i int) {
		s, err := gigstack.CreateService.Call(t.Context(), c, gigstack.CreateServiceInput{Description: fmt.Sprint("Clase ", i)})
		require.NoError(t, err)
		ids = slices.Insert(ids, 0, s.ID)
	}
	list := func(next string) gigstack.Page[gigstack.Service] {
		in := gigstack.ListServicesInput{Paging: gigstack.Paging{Limit: new(4)}}
		if next != "" {
			in.From(next)
		}
		p, err := gigstack.ListServices.Call(t.Context(), c, in)
		require.NoError(t, err)
		return p
	}
	remove := func(id string) {
		_, err := gigstack.DeleteService.Call(t.Context(), c, gigstack.ServiceRef{ID: id})
		require.NoError(t, err)
	}
	for i := range 9 { // in one and the same second
		create(i)
	}
	first := list("")
	remove(first.Data[0].ID)
	create(9)
	create(10)
	second := list(first.Next)
	third := list(second.Next)
	var seen []string
	for _, s := range slices.Concat(first.Data, second.Data, third.Data) {
		seen = append(seen, s.ID)
	}
	assert.Equal(t, ids[2:], seen, "all there were in the beginning")
	assert.False(t, third.HasMore)
	assert.Empty(t, third.Next)
	assert.Equal(t, 10, *third.TotalResults)

	remove(first.Data[3].ID)
	_, err := gigstack.ListServices.Call(t.Context(), c, gigstack.ListServicesInput{Paging: gigstack.Paging{Next: &first.Next}})
	requireStatus(t, err, http.StatusBadRequest, "gone")
}

func TestListQueries(t *testing.T) {
	b := start(t, sandbox.Options{})
	secret := b.NewKey(sandbox.TeamKemper, false, "viewer")
	for query, want := range map[string]int{
		"": 200, "next=": 200, "page=2": 200, "page=999": 200, "metadata.origin=demo&page=2": 200, "order_by=created_at&sort=asc": 200,
		"page=0": 400, "page=9223372036854775807": 400, "page=x": 400, "limit=x": 400, "limit=101": 400, "next=YWZ0ZXI6": 400,
		"order_by=total": 400, "sort=up": 400, "created_gte=soon": 400, "metadata.origin=demo&next=YWZ0ZXI6eA": 400,
	} {
		t.Run(query, func(t *testing.T) {
			status, answer := b.raw(t, secret, "GET", "/invoices/income?"+query, "")
			assert.Equal(t, want, status, answer)
		})
	}
}

// With a metadata filter there is no cursor: has_more says that another page
// number is worth asking for, in either spelling of the filter.
func TestPagesByNumber(t *testing.T) {
	b := start(t, sandbox.Options{})
	secret := b.NewKey(sandbox.TeamKemper, false, "viewer")
	for _, spelling := range []string{"metadata.origin", "metadata_origin"} {
		t.Run(spelling, func(t *testing.T) {
			seen := map[string]bool{}
			for page := 1; ; page++ {
				var answer struct {
					Data  []gigstack.Invoice
					Next  *string
					More  bool `json:"has_more"`
					Total int  `json:"total_results"`
				}
				status, body := b.raw(t, secret, "GET", "/invoices/income?"+url.Values{spelling: {"demo"}, "limit": {"5"}, "page": {fmt.Sprint(page)}}.Encode(), "")
				require.Equal(t, http.StatusOK, status)
				require.NoError(t, json.Unmarshal([]byte(body), &answer))
				require.Nil(t, answer.Next)
				for _, v := range answer.Data {
					require.False(t, seen[v.UUID])
					seen[v.UUID] = true
				}
				if !answer.More {
					assert.Len(t, seen, answer.Total)
					return
				}
			}
		})
	}
}

// Whatever made the first one, a repeated key makes nothing and says so with 200.
func TestRepeatedKeysAnswer200(t *testing.T) {
	const body = `{"idempotency_key":"k-1","client":{"search":{"on_key":"tax_id","on_value":"ICV060329BY0"}},"payment_form":"03","automation_type":"none",
		"items":[{"description":"Curso","unit_price":%d,"taxes":[{"type":"IVA","rate":0.16}]}]}`
	b := start(t, sandbox.Options{})
	secret := b.NewKey(sandbox.TeamKemper, false, "editor")
	for _, path := range []string{"/payments/register", "/invoices/income", "/invoices/egress", "/receipts"} {
		t.Run(path, func(t *testing.T) {
			var made, again struct{ Data map[string]any }
			body := body
			if path == "/receipts" {
				body = `{"idempotency_key":"k-1","client":{"search":{"on_key":"tax_id","on_value":"ICV060329BY0"}},"items":[{"description":"Curso","unit_price":%d,"taxes":[{"type":"IVA","rate":0.16}]}]}`
			}
			status, answer := b.raw(t, secret, "POST", path, fmt.Sprintf(body, 100))
			require.Equal(t, http.StatusCreated, status, answer)
			require.NoError(t, json.Unmarshal([]byte(answer), &made))
			status, answer = b.raw(t, secret, "POST", path, fmt.Sprintf(body, 999))
			require.Equal(t, http.StatusOK, status, answer)
			require.NoError(t, json.Unmarshal([]byte(answer), &again))
			assert.Equal(t, made, again)
			assert.EqualValues(t, 116, again.Data["total"])
		})
	}
}

func TestMalformedBodies(t *testing.T) {
	b := start(t, sandbox.Options{})
	secret := b.NewKey(sandbox.TeamKemper, false, "editor")
	for body, code := range map[string]string{`{"description":`: "invalid_request_body", `{"description":5}`: "validation_failed", `{"price":5}`: "validation_failed", `{"unit_price":1e999999}`: "validation_failed"} {
		t.Run(body, func(t *testing.T) {
			status, answer := b.raw(t, secret, "POST", "/services", body)
			assert.Equal(t, http.StatusBadRequest, status)
			assert.Contains(t, answer, code)
		})
	}
}

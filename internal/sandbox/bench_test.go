package sandbox_test

import (
	"context"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// bench is a sandbox served over real HTTP, with a clock the test turns.
type bench struct {
	*sandbox.Sandbox
	url   string
	clock atomic.Int64 // unix nanoseconds
}

// advance turns the clock.
func (b *bench) advance(d time.Duration) { b.clock.Add(int64(d)) }

func start(t *testing.T, options sandbox.Options) *bench {
	t.Helper()
	b := &bench{}
	b.clock.Store(time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC).UnixNano())
	options.Now = func() time.Time { return time.Unix(0, b.clock.Load()).UTC() }
	b.Sandbox = sandbox.New(options)
	server := httptest.NewServer(b.Sandbox)
	t.Cleanup(server.Close)
	t.Cleanup(b.Close)
	b.url = server.URL + "/v2"
	return b
}

// client is one that may write, for a new key.
func (b *bench) client(t *testing.T, team string, live bool, role string) *gigstack.Caller {
	t.Helper()
	key, err := gigstack.NewKey(b.NewKey(team, live, role))
	require.NoError(t, err)
	c, err := gigstack.New(gigstack.Options{BaseURL: b.url, Key: key, Allow: func(context.Context, gigstack.Spec, string) error { return nil }})
	require.NoError(t, err)
	return c
}

// deleteTeam has the demonstration's master delete a team.
func (b *bench) deleteTeam(t *testing.T, id string) {
	t.Helper()
	_, err := gigstack.DeleteTeam.Call(t.Context(), b.client(t, sandbox.TeamKemper, false, "owner"), gigstack.TeamRef{ID: id})
	require.NoError(t, err)
}

// failure is the error of a call that gigstack answered with that status.
func failure(t *testing.T, err error, status int) *gigstack.Error {
	t.Helper()
	var e *gigstack.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, status, e.Status, e.Message)
	return e
}

package httpserve

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"github.com/gigstack/gigstack-mcp/internal/wire"
)

// Tenant serves MCP to one principal, in both eras. Nothing of it is another's: no
// session, no stream, no tool.
type Tenant struct {
	modern
	legacyServer *server.StreamableHTTPServer
}

// TenantOptions is what a tenant is made of. All but Ends and Log are required.
type TenantOptions struct {
	MCP        *server.MCPServer
	Encoder    *wire.Encoder // the same for all whose tools are the same
	Principal  string
	SessionKey []byte // secret, the same for all replicas
	Ends       Ends   // nil keeps them in the process
	Now        func() time.Time
	Random     io.Reader
	Log        zerolog.Logger
}

// NewTenant returns a tenant, which has to be closed.
func NewTenant(o TenantOptions) *Tenant {
	quiet := slog.New(zerolog.NewSlogHandler(o.Log.Level(max(o.Log.GetLevel(), zerolog.WarnLevel))))
	ids := &sessionIDs{key: o.SessionKey, principal: o.Principal, now: o.Now, random: o.Random, ends: &knownEnds{store: o.Ends}}
	legacy := server.NewStreamableHTTPServer(o.MCP,
		server.WithSessionIdManagerResolver(ids), // an id that was never issued, or was ended, is refused
		server.WithSessionIdleTTL(sessionIdle),
		server.WithHeartbeatInterval(heartbeat),
		server.WithStreamableHTTPLogger(quiet),
	)
	return &Tenant{modern: modern{mcp: o.MCP, encoder: o.Encoder, sessions: ids, legacy: legacy}, legacyServer: legacy}
}

var _ http.Handler = (*Tenant)(nil)

// EndStreams closes what would stay open for ever.
func (t *Tenant) EndStreams() { t.legacyServer.CloseSessions(context.Background()) }

// Close ends the tenant. Its calls should have ended before.
func (t *Tenant) Close() { _ = t.legacyServer.Shutdown(context.Background()) }

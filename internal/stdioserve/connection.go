package stdioserve

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gigstack/gigstack-mcp/internal/wire"
)

// connection is the one client of a process, as mcp-go sees it: a session that
// can be asked and told things.
type connection struct {
	outMu         sync.Mutex // also keeps notifications before the response they belong to
	out           io.Writer
	notifications chan mcp.JSONRPCNotification
	encoder       wire.Encoder

	mu           sync.Mutex
	initialized  bool
	info         mcp.Implementation
	capabilities mcp.ClientCapabilities
	protocol     string
	serial       int64
	waiting      map[string]chan envelope // by the id of our request
	gone         chan struct{}            // closed when the client can no longer answer
	once         sync.Once
}

func newConnection(out io.Writer) *connection {
	return &connection{
		out:           out,
		notifications: make(chan mcp.JSONRPCNotification, 256),
		waiting:       map[string]chan envelope{},
		gone:          make(chan struct{}),
	}
}

// SessionID is the same for every process: there is one client.
func (c *connection) SessionID() string { return "stdio" }

// NotificationChannel takes notifications, which are written before the next
// message that follows them.
func (c *connection) NotificationChannel() chan<- mcp.JSONRPCNotification { return c.notifications }

// Initialize marks the handshake as done.
func (c *connection) Initialize() { c.locked(func() { c.initialized = true }) }

// Initialized reports whether the handshake is done.
func (c *connection) Initialized() (done bool) {
	c.locked(func() { done = c.initialized })
	return done
}

// GetClientInfo is what the client calls itself.
func (c *connection) GetClientInfo() (info mcp.Implementation) {
	c.locked(func() { info = c.info })
	return info
}

// SetClientInfo remembers what the client calls itself.
func (c *connection) SetClientInfo(info mcp.Implementation) { c.locked(func() { c.info = info }) }

// GetClientCapabilities is what the client said it can do.
func (c *connection) GetClientCapabilities() (can mcp.ClientCapabilities) {
	c.locked(func() { can = c.capabilities })
	return can
}

// SetClientCapabilities remembers what the client said it can do.
func (c *connection) SetClientCapabilities(can mcp.ClientCapabilities) {
	c.locked(func() { c.capabilities = can })
}

// ProtocolVersion is the version agreed upon, "" before the handshake.
func (c *connection) ProtocolVersion() (version string) {
	c.locked(func() { version = c.protocol })
	return version
}

// SetProtocolVersion remembers the version agreed upon.
func (c *connection) SetProtocolVersion(version string) { c.locked(func() { c.protocol = version }) }

func (c *connection) locked(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
}

// write sends one message on a line of its own, after the notifications that
// came before it.
func (c *connection) write(message any) {
	raw, err := c.encoder.Encode(message)
	if err != nil {
		raw, _ = json.Marshal(rpcError(nil, mcp.INTERNAL_ERROR, "the answer could not be encoded"))
	}
	c.outMu.Lock()
	defer c.outMu.Unlock()
	for {
		select {
		case n := <-c.notifications:
			if line, err := json.Marshal(n); err == nil {
				_, _ = c.out.Write(append(line, '\n'))
			}
			continue
		default:
		}
		break
	}
	_, _ = c.out.Write(append(raw, '\n'))
}

var errGone = errors.New("the client is gone")

// RequestElicitation asks the person through a client of the older protocol. A
// client that fails to ask, or goes away, counts as one whose user closed the
// question: the call is then answered as not confirmed, never as a protocol
// error.
func (c *connection) RequestElicitation(ctx context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	answer, err := c.ask(ctx, mcp.MethodElicitationCreate, request.Params)
	result := &mcp.ElicitationResult{}
	if err != nil || answer.Error != nil || json.Unmarshal(answer.Result, result) != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionCancel}}, nil
	}
	return result, nil
}

// ask sends a request to the client and waits for its answer.
func (c *connection) ask(ctx context.Context, method mcp.MCPMethod, params any) (envelope, error) {
	answered := make(chan envelope, 1)
	var id string
	c.locked(func() {
		c.serial++
		id = strconv.FormatInt(c.serial, 10)
		c.waiting[id] = answered
	})
	defer c.locked(func() { delete(c.waiting, id) })
	c.write(map[string]any{"jsonrpc": mcp.JSONRPC_VERSION, "id": json.RawMessage(id), "method": method, "params": params})
	select {
	case answer := <-answered:
		return answer, nil
	case <-c.gone:
		return envelope{}, errGone
	case <-ctx.Done():
		return envelope{}, ctx.Err()
	}
}

// deliver hands the client's answer to whoever asked; one nobody waits for is
// dropped.
func (c *connection) deliver(answer envelope) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if answered, ok := c.waiting[string(answer.ID)]; ok {
		delete(c.waiting, string(answer.ID))
		answered <- answer
	}
}

// hangUp tells everyone who waits for the client that it will not answer.
func (c *connection) hangUp() { c.once.Do(func() { close(c.gone) }) }

package sandbox_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// ear is a receiver of webhooks on this machine.
type ear struct {
	url string

	mu    sync.Mutex
	heard []notice
}

// notice is a delivery as it arrives.
type notice struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Created  int64  `json:"created"`
	Livemode bool   `json:"livemode"`
	Data     struct {
		Object map[string]any `json:"object"`
	} `json:"data"`

	header http.Header
	raw    string
}

// listen starts a receiver. answer says what the nth delivery, from 1, is answered
// with; nil for 204.
func listen(t *testing.T, answer func(n int, w http.ResponseWriter)) *ear {
	t.Helper()
	e := &ear{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		n := notice{header: r.Header, raw: string(raw)}
		assert.NoError(t, json.Unmarshal(raw, &n))
		e.mu.Lock()
		e.heard = append(e.heard, n)
		count := len(e.heard)
		e.mu.Unlock()
		if answer == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		answer(count, w)
	}))
	t.Cleanup(server.Close)
	e.url = server.URL + "/hook"
	return e
}

// types waits until so many deliveries have come, and returns what they tell of.
func (e *ear) types(t *testing.T, count int) (types []string) {
	t.Helper()
	for _, n := range e.wait(t, count) {
		types = append(types, n.Type)
	}
	return types
}

func (e *ear) wait(t *testing.T, count int) (heard []notice) {
	t.Helper()
	require.Eventually(t, func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		heard = e.heard
		return len(heard) >= count
	}, 10*time.Second, 5*time.Millisecond, "deliveries")
	return heard
}

// everyEvent is all public events.
func everyEvent() (events []gigstack.WebhookEvent) {
	for _, c := range gigstack.WebhookEvent("").Choices() {
		events = append(events, gigstack.WebhookEvent(c.Value))
	}
	return events
}

// hook registers a receiver for events; all when there are none.
func hook(t *testing.T, c *gigstack.Caller, url string, fields gigstack.WebhookFields, events ...gigstack.WebhookEvent) gigstack.Webhook {
	t.Helper()
	if events == nil {
		events = everyEvent()
	}
	w, err := gigstack.CreateWebhook.Call(t.Context(), c, gigstack.CreateWebhookInput{URL: gigstack.WebhookURL(url), Events: events, WebhookFields: fields})
	require.NoError(t, err)
	return w
}

// ok makes a call that must succeed.
func ok[In, Out any](t *testing.T, c *gigstack.Caller, e gigstack.Endpoint[In, Out], in In) Out {
	t.Helper()
	out, err := e.Call(t.Context(), c, in)
	require.NoError(t, err, e.Name)
	return out
}

// Whatever changes is told of, in order, once.
func TestEveryEventIsDelivered(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	e := listen(t, nil)
	hook(t, c, e.url, gigstack.WebhookFields{})
	told := 0
	tells := func(what string, want ...string) {
		t.Helper()
		told += len(want)
		assert.Equal(t, want, e.types(t, told)[told-len(want):], what)
	}

	client := ok(t, c, gigstack.CreateClient, gigstack.CreateClientInput{ClientFields: herreria()})
	ok(t, c, gigstack.UpdateClient, gigstack.UpdateClientInput{ID: client.ID, ClientFields: gigstack.ClientFields{Phone: new("1")}})
	ok(t, c, gigstack.DeleteClient, gigstack.ClientRef{ID: client.ID})
	tells("a client", "customer.created", "customer.updated", "customer.deleted")

	service := ok(t, c, gigstack.CreateService, gigstack.CreateServiceInput{Description: "Clase", UnitPrice: gigstack.Dec("1")})
	ok(t, c, gigstack.UpdateService, gigstack.UpdateServiceInput{ID: service.ID, SKU: new("X")})
	ok(t, c, gigstack.DeleteService, gigstack.ServiceRef{ID: service.ID})
	tells("a service", "service.created", "service.updated", "service.deleted")

	in := received("100", "ppd_invoice_and_complement")
	payment := register(t, c, in)
	tells("a payment with a new client", "customer.created", "payment.created", "payment.succeeded")
	b.advance(time.Second)
	tells("its automation, without another call", "invoice.created", "invoice.created")
	ok(t, c, gigstack.RefundPayment, gigstack.RefundPaymentInput{ID: payment.ID, Amount: gigstack.Dec("1"), Reason: "x"})
	tells("a refund", "payment.updated")

	link := ok(t, c, gigstack.RequestPayment, gigstack.RequestPaymentInput{PaymentFields: gigstack.PaymentFields{Client: gigstack.ClientInput{ID: &payment.Client.ID}, Items: in.Items}})
	ok(t, c, gigstack.CancelPayment, gigstack.PaymentRef{ID: link.ID})
	tells("a link", "payment.created", "payment.canceled")

	sale := gigstack.CreateReceiptInput{Client: gigstack.ClientInput{ID: &payment.Client.ID}, Items: in.Items}
	ok(t, c, gigstack.StampReceipt, gigstack.StampReceiptInput{ID: newReceipt(t, c, sale).ID, StampTo: "client"})
	tells("a stamped receipt", "receipt.created", "invoice.created", "receipt.completed")
	ok(t, c, gigstack.CancelReceipt, gigstack.ReceiptRef{ID: newReceipt(t, c, sale).ID})
	tells("a canceled receipt", "receipt.created", "receipt.deleted")

	invoice := issue(t, c, incomeOf("10", func(in *gigstack.CreateIncomeInvoiceInput) { in.Client = gigstack.ClientInput{ID: &payment.Client.ID} }))
	_, err := cancel(t, c, invoice.UUID, "02", nil)
	require.NoError(t, err)
	tells("an invoice", "invoice.created", "invoice.canceled")

	in = received("100", "pue_invoice")
	in.Client = misnamed()
	register(t, c, in)
	tells("a payment of somebody the SAT does not know", "customer.created", "payment.created", "payment.succeeded")
	b.advance(time.Second)
	tells("its automation", "invoice.failed", "receipt.created")

	ids := map[string]bool{}
	for _, n := range e.wait(t, told) {
		ids[n.ID] = true
	}
	assert.Len(t, ids, told, "each has an id of its own")
	for _, d := range b.Deliveries(sandbox.TeamKemper) {
		if d.URL == e.url {
			assert.Equal(t, [2]int{1, 204}, [2]int{d.Attempt, d.Status}, d.Error)
			assert.True(t, ids[d.Event])
		}
	}
}

// The envelope is the documented one, around the resource as a GET shows it.
func TestNotice(t *testing.T) {
	b := start(t, sandbox.Options{})
	test, live := b.client(t, sandbox.TeamXenon, false, "owner"), b.client(t, sandbox.TeamXenon, true, "owner")
	e := listen(t, nil)
	hook(t, test, e.url, gigstack.WebhookFields{}, "invoice.created")
	notes := "Gracias"
	issued := issue(t, live, incomeOf("10", func(in *gigstack.CreateIncomeInvoiceInput) { in.PaymentConditions = &notes }))
	n := e.wait(t, 1)[0]
	assert.Regexp(t, "^evt_", n.ID)
	assert.Equal(t, "invoice.created", n.Type)
	assert.Equal(t, b.clock.Load()/1e6, n.Created, "milliseconds")
	assert.True(t, n.Livemode, "live and test share webhooks")
	assert.Equal(t, issued.UUID, n.Data.Object["uuid"])
	assert.Equal(t, notes, n.Data.Object["payment_conditions"], "the whole of it, also what is added after the stamp")
	assert.Equal(t, "application/json", n.header.Get("Content-Type"))
	assert.Empty(t, n.header.Get("Webhook-Signature"), "nobody asked for one")
	var members map[string]any
	require.NoError(t, json.Unmarshal([]byte(n.raw), &members))
	assert.Len(t, members, 5)
}

// A webhook hears what it asked for, of its own team, while it is active.
func TestWhoIsTold(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	e, off, others, connect, strange := listen(t, nil), listen(t, nil), listen(t, nil), listen(t, nil), listen(t, nil)
	hook(t, c, off.url, gigstack.WebhookFields{Status: new(gigstack.WebhookStatus("inactive"))})
	hook(t, c, others.url, gigstack.WebhookFields{}, "service.updated", "customer.created")
	hook(t, c, connect.url, gigstack.WebhookFields{Type: new(gigstack.WebhookType("gigstack_connect"))})
	hook(t, c.As(sandbox.TeamXenon), strange.url, gigstack.WebhookFields{})
	far := hook(t, c, "https://127.0.0.1.example.mx/hook", gigstack.WebhookFields{}, "service.created")
	switched := hook(t, c, e.url, gigstack.WebhookFields{}, "service.created")
	create := func() { ok(t, c, gigstack.CreateService, gigstack.CreateServiceInput{Description: "Clase"}) }

	create()
	e.wait(t, 1)
	ok(t, c, gigstack.UpdateWebhook, gigstack.UpdateWebhookInput{ID: switched.ID, WebhookFields: gigstack.WebhookFields{Status: new(gigstack.WebhookStatus("inactive"))}})
	create()
	ok(t, c, gigstack.UpdateWebhook, gigstack.UpdateWebhookInput{ID: switched.ID, WebhookFields: gigstack.WebhookFields{Status: new(gigstack.WebhookStatus("active"))}})
	create()
	assert.Len(t, e.wait(t, 2), 2)
	for _, silent := range []*ear{off, others, connect, strange} {
		assert.Empty(t, silent.wait(t, 0))
	}
	var refused []sandbox.Delivery
	for _, d := range b.Deliveries(sandbox.TeamKemper) {
		if d.Webhook == far.ID {
			refused = append(refused, d)
		}
	}
	require.Len(t, refused, 3)
	assert.Equal(t, "not delivered: the sandbox talks to loopback only", refused[0].Error)
	assert.Zero(t, refused[0].Attempt)
	assert.Empty(t, b.Deliveries(sandbox.TeamXenon))
	assert.Empty(t, b.Deliveries("team_none"))
}

// What is not taken is sent again, and those behind it wait for it.
func TestRetries(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamXenon, false, "owner")
	elsewhere := listen(t, nil)
	e := listen(t, func(n int, w http.ResponseWriter) {
		if n <= 4 {
			w.Header().Set("Location", elsewhere.url)
			w.WriteHeader([]int{500, 302, 404, 500}[n-1])
		}
	})
	hook(t, c, e.url, gigstack.WebhookFields{})
	service := ok(t, c, gigstack.CreateService, gigstack.CreateServiceInput{Description: "Clase"})
	ok(t, c, gigstack.DeleteService, gigstack.ServiceRef{ID: service.ID})
	assert.Equal(t, []string{"service.created", "service.created", "service.created", "service.deleted", "service.deleted"}, e.types(t, 5))
	require.Eventually(t, func() bool { return len(b.Deliveries(sandbox.TeamXenon)) == 5 }, time.Second, time.Millisecond)
	var attempts []string
	for _, d := range b.Deliveries(sandbox.TeamXenon) {
		attempts = append(attempts, fmt.Sprint(d.Attempt, " ", d.Status))
	}
	assert.Equal(t, []string{"1 500", "2 302", "3 404", "1 500", "2 200"}, attempts)
	assert.Empty(t, elsewhere.wait(t, 0), "no redirect is followed")
}

// A receiver that is not there, or never answers, holds up no call.
func TestReceiversHoldNothingUp(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamXenon, false, "owner")
	release := make(chan struct{})
	e := listen(t, func(int, http.ResponseWriter) { <-release })
	defer close(release)
	hook(t, c, e.url, gigstack.WebhookFields{}, "service.created")
	begun := time.Now()
	for range 300 {
		ok(t, c, gigstack.CreateService, gigstack.CreateServiceInput{Description: "Clase"})
	}
	assert.Less(t, time.Since(begun), 4*time.Second)
	e.wait(t, 1)
	var dropped int
	for _, d := range b.Deliveries(sandbox.TeamXenon) {
		if strings.Contains(d.Error, "too many deliveries wait") {
			dropped++
		}
	}
	assert.InDelta(t, 300-257, dropped, 1)

	begun = time.Now()
	b.Close()
	b.Close()
	assert.Less(t, time.Since(begun), 4*time.Second, "what is under way is given up")
	ok(t, c, gigstack.CreateService, gigstack.CreateServiceInput{Description: "Clase"})
	log := b.Deliveries(sandbox.TeamXenon)
	assert.Equal(t, "not delivered: the sandbox was closed", log[len(log)-1].Error)
}

func TestNobodyListens(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamXenon, false, "owner")
	hook(t, c, "http://127.0.0.1:1/hook", gigstack.WebhookFields{}, "service.created")
	ok(t, c, gigstack.CreateService, gigstack.CreateServiceInput{Description: "Clase"})
	require.Eventually(t, func() bool { return len(b.Deliveries(sandbox.TeamXenon)) == 3 }, 10*time.Second, 5*time.Millisecond)
	assert.Contains(t, b.Deliveries(sandbox.TeamXenon)[0].Error, "refused")
}

// Deliveries are signed as Standard Webhooks says, with a secret that can be
// changed and that only writers read.
func TestSigning(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamXenon, false, "owner")
	e := listen(t, nil)
	w := hook(t, c, e.url, gigstack.WebhookFields{Signing: &gigstack.SigningSwitch{Enabled: true}}, "service.created")
	secret := func() string {
		status, answer := b.raw(t, b.NewKey(sandbox.TeamXenon, false, "editor"), http.MethodGet, "/_sandbox/signing-secrets", "")
		require.Equal(t, http.StatusOK, status, answer)
		var secrets struct{ Data map[string]string }
		require.NoError(t, json.Unmarshal([]byte(answer), &secrets))
		return secrets.Data[w.ID]
	}
	update := func(signing gigstack.SigningSwitch) {
		w = ok(t, c, gigstack.UpdateWebhook, gigstack.UpdateWebhookInput{ID: w.ID, WebhookFields: gigstack.WebhookFields{Signing: &signing}})
	}
	signed := func(n int) {
		t.Helper()
		ok(t, c, gigstack.CreateService, gigstack.CreateServiceInput{Description: "Clase"})
		got := e.wait(t, n)[n-1]
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret(), "whsec_"))
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(key), 24)
		mac := hmac.New(sha256.New, key)
		_, _ = io.WriteString(mac, got.header.Get("Webhook-Id")+"."+got.header.Get("Webhook-Timestamp")+"."+got.raw)
		assert.Equal(t, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)), got.header.Get("Webhook-Signature"))
		assert.Equal(t, got.ID, got.header.Get("Webhook-Id"))
		assert.Equal(t, fmt.Sprint(b.clock.Load()/1e9), got.header.Get("Webhook-Timestamp"))
	}
	signed(1)
	first := secret()
	update(gigstack.SigningSwitch{Enabled: true})
	assert.Equal(t, first, secret(), "it stays")
	update(gigstack.SigningSwitch{Enabled: true, Rotate: new(true)})
	assert.NotEqual(t, first, secret())
	signed(2)
	update(gigstack.SigningSwitch{})
	assert.Equal(t, "disabled", w.Signing.Status)
	ok(t, c, gigstack.CreateService, gigstack.CreateServiceInput{Description: "Clase"})
	assert.Empty(t, e.wait(t, 3)[2].header.Get("Webhook-Signature"))
	status, _ := b.raw(t, b.NewKey(sandbox.TeamXenon, false, "viewer"), http.MethodGet, "/_sandbox/signing-secrets", "")
	assert.Equal(t, http.StatusForbidden, status)
}

// The log is there over HTTP for the team's own keys.
func TestDeliveryLog(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, true, "owner")
	issue(t, c, incomeOf("10"))
	status, answer := b.raw(t, b.NewKey(sandbox.TeamKemper, false, "viewer"), http.MethodGet, "/_sandbox/deliveries", "")
	require.Equal(t, http.StatusOK, status, answer)
	var log struct {
		Data []sandbox.Delivery
		More bool `json:"has_more"`
	}
	require.NoError(t, json.Unmarshal([]byte(answer), &log))
	require.Len(t, log.Data, 1, "the past of the demonstration is nobody's news")
	assert.Equal(t, b.Deliveries(sandbox.TeamKemper), log.Data)
	assert.Equal(t, gigstack.WebhookEvent("invoice.created"), log.Data[0].Type)
	assert.Equal(t, "wh_erp", log.Data[0].Webhook)
	assert.True(t, log.Data[0].Livemode)
	assert.Contains(t, log.Data[0].Error, "loopback only")

	_, answer = b.raw(t, b.NewKey(sandbox.TeamXenon, false, "owner"), http.MethodGet, "/_sandbox/deliveries", "")
	assert.Contains(t, answer, `"data":[]`)
	status, _ = b.raw(t, "", http.MethodGet, "/_sandbox/deliveries", "")
	assert.Equal(t, http.StatusUnauthorized, status)
}

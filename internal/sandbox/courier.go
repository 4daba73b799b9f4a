package sandbox

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// courier posts parcels one after the other, while calls go on. It works from the
// first webhook that can be reached until Close.
type courier struct {
	parcels chan parcel
	stop    context.CancelFunc
	ended   chan struct{} // closed when it has stopped
}

// parcel is a delivery to be made.
type parcel struct {
	Delivery
	team   string
	secret string // to sign with; "" for unsigned
	body   []byte
}

const (
	maxParcels      = 256 // that wait; what comes on top is not delivered
	deliveryTimeout = 5 * time.Second
	tick            = 100 * time.Millisecond
)

// pauses lie before each attempt. Only a 2xx is delivered; after the last attempt
// an event is lost. Those behind it wait, so that each webhook hears of events in
// the order they happened.
var pauses = [...]time.Duration{0, 200 * time.Millisecond, time.Second}

var errNotLoopback = errors.New("not delivered: the sandbox talks to loopback only")

// hire has a courier work as soon as a webhook can be reached.
func (s *Sandbox) hire(address string) {
	if s.courier != nil || s.closed || !isLoopback(address) {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	s.courier = &courier{make(chan parcel, maxParcels), stop, make(chan struct{})}
	go s.courier.work(ctx, s)
}

// Close ends deliveries to webhooks, and waits for the one under way. The sandbox
// goes on without. One in which no webhook was made needs no Close.
func (s *Sandbox) Close() {
	s.mu.Lock()
	s.closed = true
	c := s.courier
	s.mu.Unlock()
	if c != nil {
		c.stop()
		<-c.ended
	}
}

// send gives a parcel to the courier, or says why not. It never waits.
func (s *Sandbox) send(p parcel) {
	switch {
	case !isLoopback(p.URL):
		p.Error = errNotLoopback.Error()
	case s.closed:
		p.Error = "not delivered: the sandbox was closed"
	default:
		select {
		case s.courier.parcels <- p:
			return
		default:
			p.Error = "not delivered: too many deliveries wait"
		}
	}
	s.log(p.team, p.Delivery)
}

// work delivers until ctx ends. While somebody listens it also runs what is due,
// so that an automation is heard of without another call.
func (c *courier) work(ctx context.Context, s *Sandbox) {
	defer close(c.ended)
	client := newClient()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-c.parcels:
			s.deliver(ctx, client, p)
		case <-ticker.C:
			s.mu.Lock()
			s.runDue()
			s.mu.Unlock()
		}
	}
}

// deliver makes the attempts to deliver a parcel and logs each.
func (s *Sandbox) deliver(ctx context.Context, client *http.Client, p parcel) {
	for i, pause := range pauses {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		p.Attempt, p.Error = i+1, ""
		var err error
		if p.Status, err = p.post(ctx, client, s.options.Now()); err != nil {
			p.Error = err.Error()
		}
		s.mu.Lock()
		s.log(p.team, p.Delivery)
		s.mu.Unlock()
		if p.Status/100 == 2 {
			return
		}
	}
}

// post makes one attempt and returns the status of the answer.
func (p parcel) post(ctx context.Context, client *http.Client, now time.Time) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL, bytes.NewReader(p.body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "gigstack-sandbox")
	if p.secret != "" {
		p.sign(req.Header, now)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, errors.Unwrap(err) // without the address, which the log has
	}
	return resp.StatusCode, resp.Body.Close()
}

// sign adds the headers of the Standard Webhooks specification. No page of
// gigstack's documents a signature; its newest command line speaks of Webhook-*
// headers.
func (p parcel) sign(header http.Header, now time.Time) {
	stamp := strconv.FormatInt(now.Unix(), 10)
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(p.secret, secretPrefix))
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", p.Event, stamp, p.body)
	header.Set("Webhook-Id", p.Event)
	header.Set("Webhook-Timestamp", stamp)
	header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

const secretPrefix = "whsec_"

// newSigningSecret is a secret in the form of the same specification.
func (s *Sandbox) newSigningSecret() string {
	return secretPrefix + base64.StdEncoding.EncodeToString([]byte(s.digest("signing")[:24]))
}

// newClient is a client that reaches this machine only: through no proxy, along
// no redirect, and whatever a name resolves to.
func newClient() *http.Client {
	dialer := &net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		if host, _, err := net.SplitHostPort(address); err != nil || !net.ParseIP(host).IsLoopback() {
			return errNotLoopback
		}
		return nil
	}}
	return &http.Client{
		Timeout:       deliveryTimeout,
		Transport:     &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// isLoopback reports whether an address is of this machine.
func isLoopback(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback())
}

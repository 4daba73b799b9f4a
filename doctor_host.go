package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// maxSkew is how far the clock may be off: plans, caps and bearer tokens expire by it,
// and documents may not come from the future.
const maxSkew = time.Minute

// examineHost asks gigstack's address for anything at all, without a key, and reports
// whether it answered.
func (d *doctor) examineHost(ctx context.Context) (reached bool) {
	base, err := gigstack.ParseBaseURL(d.config.BaseURL)
	if err != nil { // the settings said so
		d.skip("see --base-url above", "host", "clock")
		return false
	}
	began := d.program.now()
	way, response, err := d.visit(ctx, base.String())
	if err != nil {
		d.problem("host", unreached(err), "%s: %v", base.Host, cause(err))
		d.skip("the host did not answer", "clock")
		return false
	}
	took := d.program.now().Sub(began)
	found := fmt.Sprintf("%s answered in %d ms%s", base.Host, took.Milliseconds(), way)
	standard, _ := gigstack.ParseBaseURL(gigstack.DefaultBaseURL)
	switch {
	case d.config.Sandbox:
		d.ok("host", "the sandbox, in this program: %s", found)
	case response.StatusCode >= http.StatusInternalServerError:
		d.warn("host", "wait a few minutes; if it stays, ask gigstack's support", "%s with HTTP %d", found, response.StatusCode)
	case base.Host != standard.Host && !gigstack.IsLoopback(base.Hostname()):
		d.warn("host", "leave --base-url out, unless this host is meant: it is given the key", "%s; it is not gigstack's own, %s", found, standard.Host)
	default:
		d.ok("host", "%s", found)
	}
	d.examineClock(response.Header, began.Add(took/2))
	return true
}

// visit makes one request and tells how it went there.
func (d *doctor) visit(ctx context.Context, address string) (way string, response *http.Response, err error) {
	ctx, cancel := context.WithTimeout(ctx, d.config.Timeout)
	defer cancel()
	var addresses, protocol atomic.Int32 // a connection that came too late may still be made
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSDone:          func(found httptrace.DNSDoneInfo) { addresses.Store(int32(len(found.Addrs))) },
		TLSHandshakeDone: func(made tls.ConnectionState, _ error) { protocol.Store(int32(made.Version)) },
	})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", nil, err
	}
	request.Header.Set("Cache-Control", "no-cache")
	request.Header.Set("User-Agent", "gigstack-mcp/"+version())
	client := http.Client{Transport: d.program.transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if response, err = client.Do(request); err != nil {
		return "", nil, err
	}
	if n := addresses.Load(); n > 0 {
		way += fmt.Sprintf(", at one of %d addresses", n)
	}
	if v := protocol.Load(); v != 0 {
		way += ", over " + tls.VersionName(uint16(v))
	}
	return way, response, response.Body.Close()
}

// cause is an error without the address that every one of a client's repeats.
func cause(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// unreached is what to do about a host that did not answer.
func unreached(err error) string {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	switch {
	case errors.As(err, &name):
		return "check the name in --base-url, and this machine's DNS"
	case errors.As(err, &certificate), errors.As(err, &authority):
		return "something between here and gigstack may answer for it: add the certificate of your proxy to this machine's, or correct its clock"
	case errors.Is(err, context.DeadlineExceeded):
		return "check network, firewall and HTTPS_PROXY; --timeout says how long is waited"
	}
	return "check network, firewall and HTTPS_PROXY, and the address in --base-url"
}

// examineClock compares this machine's time with that of an answer, which is given in
// whole seconds.
func (d *doctor) examineClock(answer http.Header, at time.Time) {
	date, err := http.ParseTime(answer.Get("Date"))
	if err != nil || answer.Get("Age") != "" {
		d.skip("the answer does not say when it was made", "clock")
		return
	}
	skew := at.Sub(date.Add(time.Second / 2)).Round(time.Second)
	found := "as gigstack's, to the second"
	if skew != 0 {
		found = strings.TrimPrefix(skew.String(), "-") + map[bool]string{true: " ahead of gigstack's", false: " behind gigstack's"}[skew > 0]
	}
	if skew.Abs() > maxSkew {
		d.problem("clock", "set it, best by NTP: plans and bearer tokens expire by it, and days begin", "%s", found)
		return
	}
	d.ok("clock", "%s", found)
}

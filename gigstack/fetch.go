package gigstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"
)

// maxFile is the largest file that is fetched, or read from an answer.
const maxFile = 64 << 20

// Fetch brings a file that an answer of gigstack's links to. The link is opened
// without the key, over https (http to where the API itself is on loopback), on
// public addresses only, and no redirect is followed: an answer must not make this
// machine call its neighbours.
func (c *Caller) Fetch(ctx context.Context, link, name string) (f File, err error) {
	u, err := url.Parse(link)
	local := IsLoopback(c.base.Hostname())
	switch {
	case err != nil || u.Host == "" || u.User != nil:
		return f, errors.New("the link to the file is not one that can be opened")
	case u.Scheme == "http" && local && IsLoopback(u.Hostname()):
	case u.Scheme != "https":
		return f, errors.New("the link to the file is not https")
	}
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return f, errors.New("the link to the file is not one that can be opened")
	}
	req.Header.Set("User-Agent", c.options.UserAgent)
	transport := newTransport(true)
	if proxy, _ := http.ProxyFromEnvironment(req); proxy == nil { // a proxy decides for itself
		transport.DialContext = (&net.Dialer{Timeout: 10 * time.Second, Control: reachable(local)}).DialContext
	}
	resp, err := newHTTP(transport).Do(req)
	if err != nil {
		return f, errors.New("the file could not be fetched from where gigstack says it lies")
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return f, fmt.Errorf("the file could not be fetched: its link answers %d", resp.StatusCode)
	}
	content, err := io.ReadAll(io.LimitReader(resp.Body, maxFile+1))
	switch {
	case err != nil:
		return f, errors.New("the connection broke while the file was fetched")
	case len(content) > maxFile:
		return f, fmt.Errorf("the file is larger than %d MiB", maxFile>>20)
	case len(content) == 0:
		return f, errors.New("the file is empty")
	}
	f = File{MediaType: MediaType(content), Content: content}
	f.Name = withExtension(name, f.MediaType)
	return f, nil
}

// privateNets is what lies inside a network or a machine, beside what package netip
// knows by name; and the ways to write such an address as one of IPv6.
var privateNets = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"),
}

// public reports whether an address is on the internet.
func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !slices.ContainsFunc(privateNets, func(net netip.Prefix) bool { return net.Contains(ip) })
}

// reachable refuses to connect to an address that is not on the internet; with
// local, this machine is allowed too.
func reachable(local bool) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !public(to.Addr()) && !(local && to.Addr().Unmap().IsLoopback()) {
			return errors.New("not a public address")
		}
		return nil
	}
}

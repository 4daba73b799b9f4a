package gigstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"
)

// Fetch brings a file that an answer of gigstack's links to. The link is opened
// without the key, over https (http to where the API itself is on loopback), on
// public addresses only, and no redirect is followed: an answer must not make this
// machine call its neighbours.
func (c *Caller) Fetch(ctx context.Context, link, name string) (f File, err error) {
	u, err := url.Parse(link)
	local := isLoopback(c.base.Hostname())
	switch {
	case err != nil || u.Host == "" || u.User != nil:
		return f, errors.New("the link to the file is not one that can be opened")
	case u.Scheme == "http" && local && isLoopback(u.Hostname()):
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
	if proxy, _ := http.ProxyFromEnvironment(req); !local && proxy == nil { // a proxy decides for itself
		transport.DialContext = (&net.Dialer{Timeout: 10 * time.Second, Control: publicOnly}).DialContext
	}
	resp, err := newHTTP(transport).Do(req)
	if err != nil {
		return f, errors.New("the file could not be fetched from where gigstack says it lies")
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return f, fmt.Errorf("the file could not be fetched: its link answers %d", resp.StatusCode)
	}
	content, err := io.ReadAll(io.LimitReader(resp.Body, c.options.MaxBytes+1))
	switch {
	case err != nil:
		return f, errors.New("the connection broke while the file was fetched")
	case int64(len(content)) > c.options.MaxBytes:
		return f, fmt.Errorf("the file is larger than %d bytes", c.options.MaxBytes)
	case len(content) == 0:
		return f, errors.New("the file is empty")
	}
	f = File{MediaType: MediaType(content), Content: content}
	f.Name = withExtension(name, f.MediaType)
	return f, nil
}

// publicOnly refuses to connect to an address that is not on the internet.
func publicOnly(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	ip := net.ParseIP(host)
	if ip == nil || !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() {
		return errors.New("not a public address")
	}
	return nil
}

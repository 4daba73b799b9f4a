package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// certificate is one for this machine, in files, and the pool that trusts it.
func certificate(t *testing.T) (cert, key string, trusts *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600))
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	trusts = x509.NewCertPool()
	trusts.AddCert(parsed)
	return cert, key, trusts
}

// TestTLS serves with a certificate, and HTTP/2.
func TestTLS(t *testing.T) {
	_, s := upstream(t)
	cert, key, trusts := certificate(t)
	_, _, err := s.run(t.Context(), "http", "--addr", "127.0.0.1:0", "--tls-cert-file", cert)
	require.ErrorContains(t, err, "certificate and key go together")
	_, _, err = s.run(t.Context(), "http", "--addr", "127.0.0.1:0", "--tls-cert-file", cert, "--tls-key-file", cert)
	require.ErrorContains(t, err, "--tls-cert-file")
	s.env["GIGSTACK_TLS_CERT_FILE"], s.env["GIGSTACK_TLS_KEY_FILE"] = cert, key
	v := serveHTTP(t, s)
	require.True(t, strings.HasPrefix(v.url, "https://"), v.url)
	client := http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: trusts}}}
	defer client.CloseIdleConnections()
	resp, err := client.Get(strings.TrimSuffix(v.url, "/mcp") + "/healthz")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, "HTTP/2.0 200", resp.Proto+" "+strings.Fields(resp.Status)[0])
	require.NoError(t, v.end())
}

// TestTokenCommand makes a token that the auth file takes.
func TestTokenCommand(t *testing.T) {
	out, _, err := surroundings{}.run(t.Context(), "token")
	require.NoError(t, err, "no key is needed")
	found := regexp.MustCompile(`(?s)(gmcp_\S{43})\n.*sha256: ([0-9a-f]{64})\n`).FindStringSubmatch(out)
	require.NotNil(t, found, out)
	assert.Equal(t, hashed(found[1]), found[2])
}

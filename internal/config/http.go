package config

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

type httpFlags struct {
	Addr           string `name:"addr" placeholder:"HOST:PORT" default:"127.0.0.1:8080" help:"Address to listen on; without --auth-file loopback only."`
	AuthFile       string `name:"auth-file" placeholder:"FILE" help:"Who may call, in YAML: see docs/serving.md. Anybody on this machine when absent."`
	BYOKey         string `name:"byo-key" placeholder:"true" default:"false" type:"switch" help:"Let callers bring gigstack keys of their own, in the header X-Gigstack-Api-Key."`
	AllowedHosts   string `name:"allowed-hosts" placeholder:"NAME,NAME" help:"Host names that the server is reached by besides loopback ones."`
	TLSCertFile    string `name:"tls-cert-file" placeholder:"FILE" help:"Certificate to serve TLS with, in PEM, and those that vouch for it."`
	TLSKeyFile     string `name:"tls-key-file" placeholder:"FILE" help:"Its private key, in PEM."`
	MetricsAddr    string `name:"metrics-addr" placeholder:"HOST:PORT" help:"Address to serve /metrics on, for Prometheus, to whoever asks there. When absent it is on --addr, if that is loopback."`
	Traces         string `name:"traces" placeholder:"URL" help:"OpenTelemetry collector to send traces to, over HTTP; OTEL_EXPORTER_OTLP_ENDPOINT says the same. For builds with the tag otel. None when absent."`
	MaxCalls       string `name:"max-calls" placeholder:"N" default:"256" help:"Calls worked on at once, of everybody; more wait their turn."`
	MaxCallsEach   string `name:"max-calls-each" placeholder:"N" default:"32" help:"Calls worked on at once, of one principal."`
	MaxUpstream    string `name:"max-upstream" placeholder:"N" default:"32" help:"Requests to gigstack at once, with one key; more wait, principals in turns."`
	AllowedOrigins string `name:"allowed-origins" placeholder:"URL,URL" help:"Browser origins that may call besides loopback pages."`
	SealKeyFile    string `name:"seal-key-file" placeholder:"FILE" help:"File with 32 random bytes, raw or in base64, that plans are sealed with: the same for all replicas. New at each start when absent."`
}

// http is the flags of the http command, as that one was given them or doctor was.
func (f flags) http(c Config) httpFlags {
	if c.Examines == HTTP {
		return f.Doctor.HTTP
	}
	return f.HTTP
}

// settle checks the settings that only the http command has.
func (f httpFlags) settle(c *Config, getenv func(string) string, flag func(string, string) bool, report func(string, error)) {
	if c.Command != HTTP && c.Examines != HTTP {
		return
	}
	c.Addr = f.Addr
	c.AllowedOrigins, c.AllowedHosts = split(f.AllowedOrigins), split(strings.ToLower(f.AllowedHosts))
	c.AuthFile, c.TLSCertFile, c.TLSKeyFile = f.AuthFile, f.TLSCertFile, f.TLSKeyFile
	c.MetricsAddr, c.Traces = f.MetricsAddr, cmp.Or(f.Traces, getenv("OTEL_EXPORTER_OTLP_ENDPOINT"))
	c.BYOKey = flag("--byo-key", f.BYOKey)
	if (c.TLSCertFile == "") != (c.TLSKeyFile == "") {
		report("--tls-cert-file", errors.New("certificate and key go together: --tls-cert-file and --tls-key-file"))
	}
	count := func(setting, value string) int {
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > 100_000 {
			report(setting, fmt.Errorf("%q is no number of calls", value))
		}
		return n
	}
	c.MaxCalls, c.MaxCallsEach = count("--max-calls", f.MaxCalls), count("--max-calls-each", f.MaxCallsEach)
	c.MaxUpstream = count("--max-upstream", f.MaxUpstream)
	var err error
	c.SealKey, err = readSecretKey(f.SealKeyFile)
	report("--seal-key-file", err)
}

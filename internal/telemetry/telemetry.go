// Package telemetry writes the log: zerolog lines on stderr, with everything
// secret taken out whoever wrote it there.
package telemetry

import (
	"fmt"
	"io"
	"regexp"

	"github.com/rs/zerolog"
)

// New returns a logger that writes JSON lines to w. level is one of debug, info,
// warn, error and off.
func New(w io.Writer, level string) (zerolog.Logger, error) {
	if level == "off" {
		return zerolog.Nop(), nil
	}
	parsed, err := zerolog.ParseLevel(level)
	if err != nil || level == "" {
		return zerolog.Nop(), fmt.Errorf("log level %q is none of debug, info, warn, error, off", level)
	}
	return zerolog.New(redactor{w}).Level(parsed).With().Timestamp().Logger(), nil
}

// secrets is what never belongs in a log: JSON Web Tokens and gigstack's keys,
// bearer headers, the tokens that make a link a credential, and whom a database lets
// in.
var secrets = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]*` +
	`|sk_(?:test|live)_[\w-]+` +
	`|(?i:bearer\s+)[^\s"\\]+` +
	`|(?i:postgres(?:ql)?://)[^\s"\\/]*@` +
	`|(?i:[?&](?:c|token|key|sessionid|signature|password)=)[^\s"&\\]+`)

const hidden = "[redacted]"

// Redact replaces secrets in text.
func Redact(text []byte) []byte { return secrets.ReplaceAll(text, []byte(hidden)) }

// redactor takes secrets out of every line on its way to w.
type redactor struct{ w io.Writer }

// Write reports the length it was given, as io.Writer asks.
func (r redactor) Write(line []byte) (int, error) {
	if _, err := r.w.Write(Redact(line)); err != nil {
		return 0, err
	}
	return len(line), nil
}

package tools

import (
	"strings"

	"github.com/gigstack/gigstack-mcp/schemas"
)

// plain makes text from elsewhere safe to show in a line of a dialog: without
// line breaks that could pose as ours, and without what cannot be seen.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case schemas.Hidden(r):
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// clip is plain text of at most so many bytes.
func clip(s string, most int) string {
	s = plain(s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

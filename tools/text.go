package tools

import (
	"strings"
	"unicode"
)

// plain makes text from elsewhere safe to show in a line of a dialog: without
// line breaks that could pose as ours, and without what cannot be seen.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t':
			return ' '
		case invisible(r):
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// invisible reports whether a rune changes how text reads without showing:
// control, zero-width and directional characters, tags and the like.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp)
}

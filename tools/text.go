package tools

import (
	"fmt"
	"strings"

	"github.com/gigstack/gigstack-mcp/schemas"
)

// plain makes text from elsewhere safe to show in a line of a dialog: without line
// breaks and rows of blanks that could pose as ours. What cannot be seen is shown by
// its number, because it is sent.
func plain(s string) string {
	var shown strings.Builder
	for _, r := range strings.Join(strings.Fields(s), " ") {
		if schemas.Hidden(r) {
			fmt.Fprintf(&shown, `\u%04x`, r)
			continue
		}
		shown.WriteRune(r)
	}
	return shown.String()
}

// clip is plain text of at most so many bytes.
func clip(s string, most int) string {
	s = plain(s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

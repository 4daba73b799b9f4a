package prompts

import (
	"strings"
	"unicode"
)

// longest is how many characters of an argument reach the agent.
const longest = 500

// quotes are the characters that could be read as the end of quoted data.
const quotes = "\"`«»“”„‟″〝〞〟＂❝❞"

// clean reduces an argument to one line that can stand between double quotes
// without leaving them: no control, invisible or directional characters, no
// double quotes or backticks, at most [longest] characters.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		case strings.ContainsRune(quotes, r):
			return '\''
		default:
			return r
		}
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > longest {
		s = string(runes[:longest]) + "…"
	}
	return s
}

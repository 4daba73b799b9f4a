package catalogs

import (
	"strings"
	"unicode"
)

var unaccented = map[rune]rune{
	'á': 'a', 'é': 'e', 'í': 'i', 'ó': 'o', 'ú': 'u', 'ü': 'u', 'ñ': 'n',
	'å': 'a', 'ã': 'a', 'ç': 'c', 'ô': 'o', // names of countries
}

// Fold reduces Spanish or English text to what is compared: words in lower case
// without accents, composed or combining, with one space between them.
func Fold(s string) string {
	return strings.Join(strings.Fields(strings.Map(plain, s)), " ")
}

func plain(r rune) rune {
	switch r = unicode.ToLower(r); {
	case unicode.Is(unicode.Mn, r):
		return -1
	case unaccented[r] != 0:
		return unaccented[r]
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return r
	default:
		return ' '
	}
}

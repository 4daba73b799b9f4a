package schemas

import (
	"strings"
	"unicode"
)

// Hidden reports whether a character changes how text reads without showing:
// control, zero-width and directional characters, tags and variation selectors, and
// all else that Unicode has displays ignore, assigned or not: instructions have been
// hidden from people in each of these. Blank symbols that are no spaces are hidden too,
// and so are line breaks and tabs.
func Hidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		strings.ContainsRune(blank, r)
}

// blank are symbols that look like nothing: the empty Braille pattern and the musical
// null notehead.
const blank = "\u2800\U0001d159"

// Visible is text without hidden characters, but with line breaks and tabs.
func Visible(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
		return s // nearly all of it
	}
	return strings.Map(func(r rune) rune {
		if Hidden(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}

// longestCode is how long a text may be that is taken for a code.
const longestCode = 64

// Says reports whether text says more than a code does: an id, a state, a number or a
// moment. Only such text could pass for an instruction.
func Says[T string | []byte](s T) bool {
	if len(s) > longestCode {
		return true
	}
	for i := 0; i < len(s); i++ {
		if b := s[i]; (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') && (b < '0' || b > '9') && strings.IndexByte("_.:+-", b) < 0 {
			return true
		}
	}
	return false
}

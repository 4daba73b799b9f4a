package finder

import (
	"strings"
	"unicode"
)

// Endings of both languages, longest first, and pronouns that Spanish writes onto a verb
// ("tímbrala", "mándaselo"). What matters is only that the forms of one word lose the
// same: a stem need not be a word.
var (
	endings = []string{"acione", "acion", "asion", "azion", "ation", "iendo", "ieron", "iamos", "ando", "aron", "amos", "emos", "imos", "aste", "iste",
		"ado", "ada", "ido", "ida", "aba", "ing", "ed", "ar", "er", "ir", "an", "en", "a", "e", "o"}
	pronouns = []string{"noslas", "noslos", "noslo", "nosla", "selos", "selas", "melos", "melas", "selo", "sela", "melo", "mela",
		"los", "las", "les", "nos", "le", "lo", "la", "me"}
)

// shortest is how much of a word remains at least.
const shortest = 3

// stem reduces a folded word to what its forms have in common.
func stem(word string) string {
	plural := strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") && !strings.HasSuffix(word, "us") && !strings.HasSuffix(word, "is")
	if plural && len(word) > shortest {
		word = word[:len(word)-1]
	}
	if singular, ok := strings.CutSuffix(word, "ie"); ok && plural && len(singular) > shortest {
		word = singular + "y"
	}
	for _, ending := range endings {
		if root, ok := strings.CutSuffix(word, ending); ok && len(root) >= shortest {
			word = root
			break
		}
	}
	if n := len(word); n > shortest && word[n-1] == word[n-2] {
		word = word[:n-1] // cancelled
	}
	return word
}

// bare is a verb without the pronouns written onto it, "" when it has none.
func bare(word string) string {
	for _, pronoun := range pronouns {
		if verb, ok := strings.CutSuffix(word, pronoun); ok && len(verb) >= shortest {
			return verb
		}
	}
	return ""
}

// sounds replaces letters by how they sound in Spanish.
var sounds = strings.NewReplacer("ce", "se", "ci", "si", "ch", "ch", "h", "", "qu", "k", "c", "k", "z", "s", "v", "b", "ll", "y", "mb", "nb", "mp", "np")

// spelling is a stem as it sounds, which is where most slips are: b or v, s, c or z, y
// or ll, a silent h.
func spelling(stem string) string { return sounds.Replace(stem) }

// longEnough is the length from which a wrong letter may be a slip: in shorter words it
// is rather another word.
const longEnough = 6

// near reports whether two spellings differ by at most one letter missing, added,
// wrong, or exchanged with its neighbour.
func near(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	same := 0
	for same < len(a) && a[same] == b[same] {
		same++
	}
	if len(a) < len(b) {
		return a[same:] == b[same+1:]
	}
	return same == len(a) || len(a) >= longEnough && a[same+1:] == b[same+1:] ||
		same+1 < len(a) && a[same] == b[same+1] && a[same+1] == b[same] && a[same+2:] == b[same+2:]
}

// separates reports whether a rune stands between words.
func separates(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r)
}

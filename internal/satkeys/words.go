package satkeys

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

// noise is words that say nothing about a thing, in both languages.
var noise = func() map[string]bool {
	words := strings.Fields(`a al con de del e el en es la las lo los me mi mis o para por que se sin su un una unos y
		cual clave claves codigo sat uso usar usa producto productos necesito quiero facturar factura cobrar vender venta cobro busco buscar cfdi
		an and are can do does for from how i in is it key keys my of on or our product products sat sell selling should the to use what which with code invoice bill charge need want unit unidad`)
	all := make(map[string]bool, len(words))
	for _, word := range words {
		all[word] = true
	}
	return all
}()

// stems is a text as it is compared: its words that mean something, without accents,
// plurals and gender. A text of noise alone is kept as it is.
func stems(text string) (list []string) {
	words := strings.Fields(catalogs.Fold(text))
	for _, word := range words {
		if !noise[word] {
			list = append(list, stem(word))
		}
	}
	if list == nil {
		for _, word := range words {
			list = append(list, stem(word))
		}
	}
	return list
}

// stem cuts plural and gender off a folded word of either language, the same for all
// of its forms and rarely the same for two words.
func stem(word string) string {
	vowel := func(i int, vowels string) bool { return strings.IndexByte(vowels, word[len(word)-i]) >= 0 }
	switch {
	case strings.HasSuffix(word, "z"): // luz, luces
		word = strings.TrimSuffix(word, "z") + "c"
	case len(word) > 4 && strings.HasSuffix(word, "es") && !vowel(3, "aeiou"):
		word = strings.TrimSuffix(word, "es")
	case len(word) > 3 && strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") && !strings.HasSuffix(word, "is"):
		word = strings.TrimSuffix(word, "s")
	}
	if len(word) > 3 && vowel(1, "e") || len(word) > 5 && vowel(1, "ao") {
		word = word[:len(word)-1]
	}
	return word
}

//go:embed lexicon.tsv
var lexiconText string

// lexicon is what people say, as stems, and what the SAT's lists say for it: each
// alternative is stems that stand together.
var lexicon = sync.OnceValue(func() map[string][][]string {
	all := map[string][][]string{}
	for line := range strings.Lines(lexiconText) {
		said, meant, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			continue
		}
		for from := range strings.SplitSeq(said, ",") {
			key := strings.Join(stems(from), " ")
			for to := range strings.SplitSeq(meant, ";") {
				if alternative := stems(to); strings.Join(alternative, " ") != key && !slices.ContainsFunc(all[key], func(a []string) bool { return slices.Equal(a, alternative) }) {
					all[key] = append(all[key], alternative)
				}
			}
		}
	}
	return all
})

// term is a thing that a query asks for: a word or two of it, and what the lists say.
type term struct {
	said         []string
	alternatives [][]string
}

// mostTerms is how many terms of a query count.
const mostTerms = 6

// termsOf reads a query. Two or three words that the lexicon knows together are one term.
func termsOf(query string) (terms []term) {
	words := stems(query)
	for i := 0; i < len(words) && len(terms) < mostTerms; {
		n := min(3, len(words)-i)
		for n > 1 && lexicon()[strings.Join(words[i:i+n], " ")] == nil {
			n--
		}
		said := words[i : i+n]
		if !slices.ContainsFunc(terms, func(t term) bool { return slices.Equal(t.said, said) }) {
			terms = append(terms, term{said, lexicon()[strings.Join(said, " ")]})
		}
		i += n
	}
	return terms
}

package finder

import (
	"slices"
	"strings"

	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

// request is what somebody asked for.
type request struct {
	said  map[string]string // the words of each concept
	order []string          // the concepts as they came
	stems []string          // of all words but noise
	lang  language          // spanish or english
}

// says reports whether a request holds a concept.
func (r request) says(concept string) bool {
	_, said := r.said[concept]
	return said
}

// word is one word of a request.
type word struct {
	written, folded, stem string
	noise                 bool
}

// is reports whether it is a word of a phrase.
func (w word) is(want string) bool {
	return w.stem == want && !w.noise || strings.HasPrefix(want, "=") && want[1:] == w.folded
}

// skippable reports whether it may stand in the middle of a phrase that does not have
// it. A negation may not.
func (w word) skippable() bool { return w.noise && w.folded != "no" && w.folded != "not" }

// mostWords is how many words of a request are read.
const mostWords = 150

// understand reads a request.
func (l *lexicon) understand(query string) request {
	r := request{said: map[string]string{}}
	var score [spanish | english + 1]int
	words := l.split(query)
	for _, w := range words {
		score[l.noise[w.folded]]++
	}
	read := 0 // the words before this one
	for at := range words {
		meant, end := l.longest(words, at)
		if end <= read {
			continue // part of what was said already
		}
		read = end
		for _, p := range meant {
			score[p.lang] += len(p.words)
			if _, again := r.said[p.concept]; !again {
				r.said[p.concept] = written(words[at:end])
				r.order = append(r.order, p.concept)
			}
		}
	}
	for _, concept := range slices.Clone(r.order) {
		for _, hidden := range l.hides[concept] {
			delete(r.said, hidden)
		}
	}
	r.order = slices.DeleteFunc(r.order, func(concept string) bool { return !r.says(concept) })
	for _, w := range words {
		if !w.noise && len(w.stem) >= shortest && !slices.Contains(r.stems, w.stem) {
			r.stems = append(r.stems, w.stem)
		}
	}
	if r.lang = spanish; score[english] > score[spanish] {
		r.lang = english
	}
	return r
}

// split takes a request apart, slips mended.
func (l *lexicon) split(query string) []word {
	var words []word
	for _, written := range strings.FieldsFunc(query, separates) {
		folded := catalogs.Fold(written)
		if folded == "" {
			continue
		}
		w := word{written, folded, stem(folded), l.noise[folded] != 0}
		if !w.noise && !strings.ContainsAny(folded, "0123456789") {
			w.stem = l.meant(folded)
		}
		if words = append(words, w); len(words) == mostWords {
			break
		}
	}
	return words
}

// longest is the phrases that say most beginning at a word, and where they end. An
// exact form says more than a stem.
func (l *lexicon) longest(words []word, at int) (meant []phrase, end int) {
	most := 0
	consider := func(p phrase, upTo, says int) {
		if upTo == 0 || says < most {
			return
		}
		if says > most {
			meant, most = nil, says
		}
		meant, end = append(meant, p), max(end, upTo)
	}
	for _, p := range l.phrases["="+words[at].folded] {
		consider(p, match(p, words, at), 2*len(p.words)+1)
	}
	if words[at].noise {
		return meant, end
	}
	for _, p := range l.phrases[words[at].stem] {
		consider(p, match(p, words, at), 2*len(p.words))
	}
	for _, p := range l.prefixes {
		if strings.HasPrefix(words[at].folded, p.words[0]) {
			consider(p, at+1, 2)
		}
	}
	return meant, end
}

// most noise passed over between two words of a phrase: "emite (por favor) la factura".
const mostSkipped = 2

// match is where a phrase ends that begins at a word, 0 if it does not.
func match(p phrase, words []word, at int) int {
	for i, want := range p.words {
		for skipped := 0; i > 0 && at < len(words) && !words[at].is(want) && words[at].skippable() && skipped < mostSkipped; skipped++ {
			at++
		}
		if at == len(words) || !words[at].is(want) {
			return 0
		}
		at++
	}
	return at
}

func written(words []word) string {
	var all []string
	for _, w := range words {
		all = append(all, w.written)
	}
	return strings.Join(all, " ")
}

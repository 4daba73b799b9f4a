package finder

import (
	"bytes"
	_ "embed"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

//go:embed lexicon.yaml
var lexiconFile []byte

// lexicon is lexicon.yaml, ready to be looked into.
type lexicon struct {
	noise    map[string]language // by folded word
	vague    map[string]bool     // concepts
	everyday map[string]bool     // tools
	phrases  map[string][]phrase // by their first word: a stem, or =word
	prefixes []phrase            // of one word
	spelled  map[string]string   // stems by their spelling
	hides    map[string]list     // by concept
	tools    map[string]toolEntry
	jobs     []job
}

// phrase is one way to say a concept.
type phrase struct {
	words   []string // stems, or =word
	concept string
	lang    language
}

// toolEntry is what the lexicon says of a tool.
type toolEntry struct {
	About, Before, After list
	Rare                 list // unless one of these concepts is asked for
}

// job is a task of several tools.
type job struct {
	When        []list
	Best, Chain list
}

// language is a set of those that a word is one of.
type language uint8

const (
	spanish language = 1 << iota
	english
)

// list is names with spaces between them.
type list []string

// UnmarshalText splits the names.
func (l *list) UnmarshalText(text []byte) error {
	*l = strings.Fields(string(text))
	return nil
}

// loaded reads the lexicon once a process.
var loaded = sync.OnceValue(func() *lexicon {
	type said struct{ ES, EN string }
	var file struct {
		Noise    struct{ ES, EN list }
		Vague    list
		Everyday list
		Hides    map[string]list
		Concepts map[string]said
		Tools    map[string]toolEntry
		Jobs     []job
	}
	decoder := yaml.NewDecoder(bytes.NewReader(lexiconFile))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		panic(err) // the file is part of the program
	}
	l := &lexicon{noise: map[string]language{}, vague: map[string]bool{}, everyday: map[string]bool{}, phrases: map[string][]phrase{}, spelled: map[string]string{}, hides: file.Hides, tools: file.Tools, jobs: file.Jobs}
	for _, word := range file.Noise.ES {
		l.noise[catalogs.Fold(word)] |= spanish
	}
	for _, word := range file.Noise.EN {
		for part := range strings.FieldsSeq(catalogs.Fold(word)) {
			l.noise[part] |= english
		}
	}
	for _, concept := range file.Vague {
		l.vague[concept] = true
	}
	for _, tool := range file.Everyday {
		l.everyday[tool] = true
	}
	for concept, said := range file.Concepts {
		l.learn(concept, said.ES, spanish)
		l.learn(concept, said.EN, english)
	}
	return l
})

// learn adds the ways, with commas between them, to say a concept.
func (l *lexicon) learn(concept, ways string, lang language) {
	for way := range strings.SplitSeq(ways, ",") {
		way = strings.TrimSpace(way)
		if start, ok := strings.CutSuffix(way, "*"); ok {
			l.prefixes = append(l.prefixes, phrase{[]string{start}, concept, lang})
			continue
		}
		words := strings.Fields(catalogs.Fold(way))
		for i, word := range words {
			if words[i] = stem(word); strings.HasPrefix(way, "=") || l.noise[word] != 0 {
				words[i] = "=" + word
			} else if len(words[i]) >= shortestMended {
				l.spelled[spelling(words[i])] = words[i]
			}
		}
		if len(words) > 0 {
			l.phrases[words[0]] = append(l.phrases[words[0]], phrase{words, concept, lang})
		}
	}
}

// shortestMended is the shortest stem that is taken for a slip: shorter ones are near
// too many others.
const shortestMended = 4

// meant is the stem of a word as the lexicon has it: of the word as it is, without its
// pronouns, or mended.
func (l *lexicon) meant(folded string) string {
	whole, verb := stem(folded), bare(folded)
	if l.phrases[whole] != nil || verb == "" {
		return l.mend(whole)
	}
	if cut := stem(verb); l.phrases[cut] != nil {
		return cut
	}
	if mended := l.mend(whole); mended != whole {
		return mended
	}
	if mended := l.mend(stem(verb)); l.phrases[mended] != nil {
		return mended
	}
	return whole
}

// mend is the stem that a strange one was meant to be, itself when there is none.
func (l *lexicon) mend(strange string) string {
	if l.phrases[strange] != nil || len(strange) < shortestMended {
		return strange
	}
	sound := spelling(strange)
	if meant, ok := l.spelled[sound]; ok {
		return meant
	}
	best := strange
	for spelled, meant := range l.spelled {
		if near(sound, spelled) && (best == strange || meant < best) { // the same every time
			best = meant
		}
	}
	return best
}

// request is what somebody asked for.
type request struct {
	concepts map[string]string // and the words that said so
	order    []string          // the concepts as they came
	stems    []string          // of all words but noise
	lang     language          // spanish or english
}

// says reports whether a request holds a concept.
func (r request) says(concept string) bool {
	_, said := r.concepts[concept]
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
	r := request{concepts: map[string]string{}}
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
			if _, again := r.concepts[p.concept]; !again {
				r.concepts[p.concept] = written(words[at:end])
				r.order = append(r.order, p.concept)
			}
		}
	}
	for _, concept := range slices.Clone(r.order) {
		for _, hidden := range l.hides[concept] {
			delete(r.concepts, hidden)
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

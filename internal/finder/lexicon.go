package finder

import (
	"bytes"
	_ "embed"
	"maps"
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
	concepts map[string]bool
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

// lexiconText is what stands in lexicon.yaml.
type lexiconText struct {
	Noise    struct{ ES, EN list }
	Vague    list
	Everyday list
	Hides    map[string]list
	Concepts map[string]struct{ ES, EN string }
	Tools    map[string]toolEntry
	Jobs     []job
}

// loaded is the lexicon, read once a process.
var loaded = sync.OnceValue(load)

func load() *lexicon {
	var text lexiconText
	decoder := yaml.NewDecoder(bytes.NewReader(lexiconFile))
	decoder.KnownFields(true)
	if err := decoder.Decode(&text); err != nil {
		panic(err) // the file is part of the program
	}
	l := &lexicon{noise: map[string]language{}, vague: setOf(text.Vague), everyday: setOf(text.Everyday), hides: text.Hides,
		concepts: setOf(slices.Collect(maps.Keys(text.Concepts))), phrases: map[string][]phrase{}, spelled: map[string]string{}, tools: text.Tools, jobs: text.Jobs}
	for lang, words := range map[language]list{spanish: text.Noise.ES, english: text.Noise.EN} {
		for part := range strings.FieldsSeq(catalogs.Fold(strings.Join(words, " "))) {
			l.noise[part] |= lang
		}
	}
	for _, concept := range slices.Sorted(maps.Keys(text.Concepts)) {
		l.learn(concept, text.Concepts[concept].ES, spanish)
		l.learn(concept, text.Concepts[concept].EN, english)
	}
	return l
}

func setOf(names []string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set
}

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

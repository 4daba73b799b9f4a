// Package finder finds the tool for a request in everyday Spanish or English. What it
// knows of both languages is data: lexicon.yaml.
package finder

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Doc is a tool to be found.
type Doc struct {
	Name, Title, Description, Toolset string
}

// Hit is a tool found.
type Hit struct {
	Name       string
	Why        string   // the words that led to it, in the language of the request
	Companions []string // what is needed before and after it, in order
}

// Finder finds tools. It is safe for concurrent use.
type Finder struct {
	built func() (*built, error)
}

// built is a finder after its first question.
type built struct {
	*lexicon
	*index
	docs   []Doc
	number map[string]int     // of each tool
	weight map[string]float64 // of each concept: the rarer, the more
}

// New is a finder among docs, for as long as the process lives. Nothing is indexed
// until the first question.
func New(docs []Doc) *Finder {
	return &Finder{built: sync.OnceValues(func() (*built, error) { return prepare(docs) })}
}

func prepare(docs []Doc) (*built, error) {
	b := &built{lexicon: loaded(), docs: docs, number: map[string]int{}, weight: map[string]float64{}}
	for i, doc := range docs {
		b.number[doc.Name] = i
	}
	common := map[string]int{}
	for _, entry := range b.tools {
		for _, concept := range entry.About {
			common[concept]++
		}
	}
	for _, job := range b.jobs {
		for _, when := range job.When {
			for _, concept := range when {
				b.weight[concept] = math.Log(float64(len(b.tools)) / float64(max(common[concept], 1)))
			}
		}
	}
	var err error
	if b.index, err = build(context.Background(), docs, func(name string) []string { return b.tools[name].About }); err != nil {
		return nil, err
	}
	return b, nil
}

// What a job adds to its best tools, in parts of the weight of the concepts that it
// was recognized by, and how much less each further one gets.
const (
	jobWeight = 0.8
	jobDecay  = 0.85
)

// Below these a tool is no hit: floor absolutely, fraction of the best hit's score.
const (
	floor    = 1.2
	fraction = 0.2
)

// What the scores of rare and of everyday tools are multiplied by.
const (
	rarity   = 0.5
	everyday = 1.1
)

// Find is at most n of the offered tools for a request, best first; none for a request
// that has nothing to do with any.
func (f *Finder) Find(ctx context.Context, query string, n int, offered func(name string) bool) ([]Hit, error) {
	b, err := f.built()
	if err != nil {
		return nil, err
	}
	asked := b.understand(query)
	scores, err := b.search(ctx, asked)
	if err != nil {
		return nil, err
	}
	jobs, named := b.recognize(asked), b.named(query)
	for _, tool := range named {
		scores[tool] += byName
	}
	for _, found := range jobs {
		weight := found.weight * jobWeight
		for _, name := range found.Best {
			if tool, known := b.number[name]; known && offered(name) {
				scores[tool] += weight
				weight *= jobDecay
			}
		}
	}
	if named == nil && b.idle(asked) {
		return nil, nil
	}
	return b.hits(asked, jobs, scores, n, offered), nil
}

// byName is what a tool gets that a request calls by its name.
const byName = 20

// named is the tools that a request calls by their names.
func (b *built) named(query string) (tools []int) {
	for _, word := range strings.FieldsFunc(query, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) }) {
		if tool, known := b.number[word]; known {
			tools = append(tools, tool)
		}
	}
	return tools
}

// idle reports whether a request says nothing of substance.
func (b *built) idle(asked request) bool {
	return !slices.ContainsFunc(asked.order, func(concept string) bool { return !b.vague[concept] })
}

// recognized is a job that a request asks for.
type recognized struct {
	job
	weight float64
}

// recognize is the jobs whose concepts are all in a request, the clearest first.
func (b *built) recognize(asked request) (jobs []recognized) {
	for _, job := range b.jobs {
		most := 0.0
		for _, when := range job.When {
			sum := 0.0
			for _, concept := range when {
				if !asked.says(concept) {
					sum = 0
					break
				}
				sum += b.weight[concept]
			}
			most = max(most, sum)
		}
		if most > 0 {
			jobs = append(jobs, recognized{job, most})
		}
	}
	slices.SortStableFunc(jobs, func(a, b recognized) int { return cmp.Compare(b.weight, a.weight) })
	return jobs
}

func (b *built) hits(asked request, jobs []recognized, scores map[int]float64, n int, offered func(string) bool) (hits []Hit) {
	var order []int
	best := 0.0
	for tool := range scores {
		if !offered(b.docs[tool].Name) {
			continue
		}
		if rare := b.tools[b.docs[tool].Name].Rare; rare != nil && !slices.ContainsFunc(rare, asked.says) {
			scores[tool] *= rarity
		}
		if b.everyday[b.docs[tool].Name] {
			scores[tool] *= everyday
		}
		order = append(order, tool)
		best = max(best, scores[tool])
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(scores[b], scores[a]), a-b) })
	for _, tool := range order {
		if len(hits) == n || scores[tool] < max(floor, best*fraction) {
			break
		}
		name := b.docs[tool].Name
		hits = append(hits, Hit{Name: name, Why: b.why(asked, jobs, name), Companions: b.companions(jobs, name, offered)})
	}
	return hits
}

// why names the words of a request that led to a tool.
func (b *built) why(asked request, jobs []recognized, name string) string {
	about := slices.Clone(b.tools[name].About)
	for _, job := range jobs {
		if slices.Contains(job.Best, name) {
			about = append(about, slices.Concat(job.When...)...)
		}
	}
	var said []string
	for _, concept := range asked.order {
		if words := asked.concepts[concept]; slices.Contains(about, concept) && !slices.Contains(said, words) {
			said = append(said, words)
		}
	}
	switch {
	case asked.lang == english && said == nil:
		return "its description"
	case asked.lang == english:
		return `for "` + strings.Join(said, `", "`) + `"`
	case said == nil:
		return "por su descripción"
	default:
		return "por «" + strings.Join(said, "», «") + "»"
	}
}

// companions is what is called before and after a tool: in the job that a request
// asks for, else as usual.
func (b *built) companions(jobs []recognized, name string, offered func(string) bool) (companions []string) {
	usual := b.tools[name]
	chain := slices.Concat(usual.Before, usual.After)
	if at := slices.IndexFunc(jobs, func(j recognized) bool { return slices.Contains(j.Best, name) }); at >= 0 {
		chain = slices.Concat(jobs[at].Chain, usual.After)
	}
	for _, other := range chain {
		if offered(other) && other != name && !slices.Contains(companions, other) {
			companions = append(companions, other)
		}
	}
	return companions
}

// Package finder finds the tool for a request in everyday Spanish or English. What it
// knows of both languages is data: lexicon.yaml.
package finder

import (
	"context"
	"math"
	"sync"
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

// prepare indexes docs and weighs concepts: what few tools are about says more.
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
	for concept := range b.concepts {
		b.weight[concept] = math.Log(float64(len(b.tools)) / float64(max(common[concept], 1)))
	}
	var err error
	if b.index, err = build(context.Background(), docs, func(name string) []string { return b.tools[name].About }); err != nil {
		return nil, err
	}
	return b, nil
}

// Find is at most n of the offered tools for a request, best first; none for a request
// that has nothing to do with any.
func (f *Finder) Find(ctx context.Context, query string, n int, offered func(name string) bool) ([]Hit, error) {
	b, err := f.built()
	if err != nil {
		return nil, err
	}
	asked := question{built: b, request: b.understand(query), named: b.named(query), offered: offered}
	if asked.idle() {
		return nil, nil
	}
	scores, err := b.search(ctx, asked.request)
	if err != nil {
		return nil, err
	}
	asked.jobs = asked.recognize()
	return asked.hits(asked.weigh(scores), n), nil
}

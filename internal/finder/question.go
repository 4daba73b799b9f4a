package finder

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// What a job adds to its best tools, in parts of the weight of the concepts that it
// was recognized by, and how much less each further one gets.
const (
	jobWeight = 0.8
	jobDecay  = 0.85
)

// What the scores of rare and of everyday tools are multiplied by, and what a tool gets
// that is called by its name.
const (
	rarity   = 0.5
	everyday = 1.25
	byName   = 20
)

// Below these a tool is no hit: floor absolutely, fraction of the best hit's score.
const (
	floor    = 1.2
	fraction = 0.2
)

// question is a request to a finder.
type question struct {
	*built
	request
	named   []int        // the tools it calls by their names
	jobs    []recognized // the clearest first
	offered func(name string) bool
}

// named is the tools that a request calls by their names.
func (b *built) named(query string) (tools []int) {
	for _, word := range strings.FieldsFunc(query, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) }) {
		if tool, known := b.number[word]; known {
			tools = append(tools, tool)
		}
	}
	return tools
}

// idle reports whether a question says nothing of substance.
func (q question) idle() bool {
	return q.named == nil && !slices.ContainsFunc(q.order, func(concept string) bool { return !q.vague[concept] })
}

// recognized is a job that a question is about.
type recognized struct {
	job
	weight float64 // of the concepts that say so
}

// recognize is the jobs all of whose concepts are in a question.
func (q question) recognize() (jobs []recognized) {
	for _, job := range q.built.jobs {
		found := recognized{job: job}
		for _, when := range job.When {
			if slices.ContainsFunc(when, func(concept string) bool { return !q.says(concept) }) {
				continue
			}
			sum := 0.0
			for _, concept := range when {
				sum += q.weight[concept]
			}
			found.weight = max(found.weight, sum)
		}
		if found.weight > 0 {
			jobs = append(jobs, found)
		}
	}
	slices.SortStableFunc(jobs, func(a, b recognized) int { return cmp.Compare(b.weight, a.weight) })
	return jobs
}

// weigh adds to what the index says what the lexicon knows of the tools, and leaves
// out those not offered.
func (q question) weigh(scores map[int]float64) map[int]float64 {
	for _, tool := range q.named {
		scores[tool] += byName
	}
	for _, job := range q.jobs {
		weight := job.weight * jobWeight
		for _, name := range job.Best {
			if tool, known := q.number[name]; known && q.offered(name) {
				scores[tool] += weight
				weight *= jobDecay
			}
		}
	}
	for tool := range scores {
		name := q.docs[tool].Name
		if !q.offered(name) {
			delete(scores, tool)
			continue
		}
		if rare := q.tools[name].Rare; rare != nil && !slices.ContainsFunc(rare, q.says) {
			scores[tool] *= rarity
		}
		if q.everyday[name] {
			scores[tool] *= everyday
		}
	}
	return scores
}

// hits is the best tools by their scores.
func (q question) hits(scores map[int]float64, n int) (hits []Hit) {
	var order []int
	for tool := range scores {
		order = append(order, tool)
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(scores[b], scores[a]), a-b) })
	for _, tool := range order {
		if len(hits) == n || scores[tool] < max(floor, scores[order[0]]*fraction) {
			break
		}
		name := q.docs[tool].Name
		hits = append(hits, Hit{name, q.why(name), q.companions(name)})
	}
	return hits
}

// why names the words that led to a tool.
func (q question) why(name string) string {
	about := slices.Clone(q.tools[name].About)
	for _, job := range q.jobs {
		if slices.Contains(job.Best, name) {
			about = append(about, slices.Concat(job.When...)...)
		}
	}
	var said []string
	for _, concept := range q.order {
		if words := q.said[concept]; slices.Contains(about, concept) && !slices.Contains(said, words) {
			said = append(said, words)
		}
	}
	switch {
	case q.lang == english && said == nil:
		return "for its name or description"
	case q.lang == english:
		return `for "` + strings.Join(said, `", "`) + `"`
	case said == nil:
		return "por su nombre o descripción"
	default:
		return "por «" + strings.Join(said, "», «") + "»"
	}
}

// companions is what is called before and after a tool: in the clearest job that has
// it, else as usual.
func (q question) companions(name string) (companions []string) {
	usual := q.tools[name]
	chain := slices.Concat(usual.Before, usual.After)
	if at := slices.IndexFunc(q.jobs, func(j recognized) bool { return slices.Contains(j.Best, name) }); at >= 0 {
		chain = slices.Concat(q.jobs[at].Chain, usual.After)
	}
	for _, other := range chain {
		if other != name && q.offered(other) && !slices.Contains(companions, other) {
			companions = append(companions, other)
		}
	}
	return companions
}

package finder

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

// The lexicon names tools and concepts that exist, and all of them.
func TestLexiconIsSound(t *testing.T) {
	exist := map[string]bool{}
	for _, op := range gigstack.Operations() {
		exist[op.Spec().Name] = true
	}
	content, err := os.ReadFile("../../testdata/eval/composed.json")
	require.NoError(t, err)
	var composed map[string]any
	require.NoError(t, json.Unmarshal(content, &composed))
	for name := range composed {
		exist[name] = true
	}

	l := loaded()
	assert.ElementsMatch(t, slices.Collect(maps.Keys(exist)), slices.Collect(maps.Keys(l.tools)), "tools")
	tools := slices.Collect(maps.Keys(l.everyday))
	used := slices.Concat(slices.Collect(maps.Keys(l.vague)), slices.Collect(maps.Keys(l.hides)))
	for _, entry := range l.tools {
		tools, used = slices.Concat(tools, entry.Before, entry.After), slices.Concat(used, entry.About, entry.Rare)
	}
	for _, job := range l.jobs {
		assert.NotEmpty(t, job.Best, job.When)
		tools, used = slices.Concat(tools, job.Best, job.Chain), slices.Concat(used, slices.Concat(job.When...))
	}
	for _, hidden := range l.hides {
		used = slices.Concat(used, hidden)
	}
	for _, tool := range tools {
		assert.True(t, exist[tool], "the lexicon names %s, which is no tool", tool)
	}
	slices.Sort(used)
	assert.ElementsMatch(t, slices.Collect(maps.Keys(l.concepts)), slices.Compact(used), "concepts that are said, and those that something is about")
}

// Two concepts share a stem only by a word that says both: where "ajustar" changes
// something, "ajustes" had better be written =ajustes.
func TestStemsDoNotMixConcepts(t *testing.T) {
	var text lexiconText
	require.NoError(t, yaml.Unmarshal(lexiconFile, &text))
	words := map[string]map[string][]string{} // by stem and concept
	for concept, said := range text.Concepts {
		for way := range strings.SplitSeq(said.ES+","+said.EN, ",") {
			word := catalogs.Fold(way)
			if strings.ContainsAny(word, " ") || strings.ContainsAny(way, "=*") {
				continue
			}
			if words[stem(word)] == nil {
				words[stem(word)] = map[string][]string{}
			}
			words[stem(word)][concept] = append(words[stem(word)][concept], word)
		}
	}
	for stem, concepts := range words {
		for one, ones := range concepts {
			for other, others := range concepts {
				assert.True(t, slices.ContainsFunc(ones, func(word string) bool { return slices.Contains(others, word) }), "%s: %s %v, %s %v", stem, one, ones, other, others)
			}
		}
	}
}

// The forms of a word are one, however they are written.
func TestFormsOfAWord(t *testing.T) {
	l := loaded()
	for _, forms := range [][]string{
		{"timbrar", "timbra", "timbro", "timbrado", "timbrando", "timbrala", "timbralas", "timbrame", "timbraron", "tinbrar", "tmbrar", "timbrra"},
		{"cancelar", "cancela", "cancelala", "cancelado", "canselar", "cancellar", "xancelar", "cancelled", "cancelling", "cancels", "cancellation"},
		{"factura", "facturas", "facutra", "fatura", "facturra"},
		{"recibo", "recibos", "resibo", "recivo"},
		{"refund", "refunded", "refunds", "rfund", "refnud"},
		{"company", "companies"},
		{"retencion", "retenciones", "retensiones"},
		{"servicio", "servicios", "cervicio"},
	} {
		for _, form := range forms {
			assert.Equal(t, l.meant(forms[0]), l.meant(form), form)
		}
	}
	for _, strange := range []string{"weather", "poema", "receta", "planets", "pizza", "luz"} {
		assert.Nil(t, l.phrases[l.meant(strange)], strange)
	}
}

func TestNear(t *testing.T) {
	for _, pair := range [][2]string{{"abcd", "abd"}, {"abcd", "acbd"}, {"abcdef", "abxdef"}, {"abc", "abcd"}, {"", "a"}, {"same", "same"}} {
		assert.True(t, near(pair[0], pair[1]) && near(pair[1], pair[0]), pair)
	}
	for _, pair := range [][2]string{{"abcd", "abxd"}, {"abcd", "badc"}, {"abcdef", "abxxef"}, {"ab", "abcd"}} {
		assert.False(t, near(pair[0], pair[1]) || near(pair[1], pair[0]), pair)
	}
}

// What the first question of a process costs more than that of a further finder.
func BenchmarkLexicon(b *testing.B) {
	for b.Loop() {
		load()
	}
}

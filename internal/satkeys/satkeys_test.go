package satkeys

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func codes(hits []Hit) (list []string) {
	for _, h := range hits {
		list = append(list, h.Code)
	}
	return list
}

func find(t *testing.T, f *Finder, kind Kind, query string, limit int) []Hit {
	t.Helper()
	hits, _, err := f.Find(t.Context(), kind, query, limit)
	require.NoError(t, err)
	return hits
}

// questions are asked as people ask them, and answered by one of the keys among the
// first five, with the embedded selection alone.
var questions = []struct {
	kind Kind
	ask  string
	want []string
}{
	{Product, "software licences", []string{"81112501", "81112500"}},
	{Product, "What SAT product key should I use for software licences?", []string{"81112501", "81112500"}},
	{Product, "licencia de software", []string{"81112501"}},
	{Product, "consultoría", []string{"80101500", "80101507"}},
	{Product, "IT consulting", []string{"80101507"}},
	{Product, "honorarios contables", []string{"84111500"}},
	{Product, "accountant", []string{"84111500", "84111502"}},
	{Product, "despacho jurídico", []string{"80121500", "80121600"}},
	{Product, "lawyer fees", []string{"80121500", "80121600"}},
	{Product, "renta de un local comercial", []string{"80131502"}},
	{Product, "rent of an apartment", []string{"80131501"}},
	{Product, "flete", []string{"78101800"}},
	{Product, "llantas", []string{"25172500"}},
	{Product, "celulares", []string{"43191501"}},
	{Product, "laptop", []string{"43211503"}},
	{Product, "gasolina magna", []string{"15101514", "15101515"}},
	{Product, "publicidad en facebook, redes sociales", []string{"82101603"}},
	{Product, "página web", []string{"81112103", "43232408", "81112105"}},
	{Product, "hosting", []string{"81112105"}},
	{Product, "diseño de logotipo", []string{"82141500"}},
	{Product, "limpieza de oficinas", []string{"76111500"}},
	{Product, "vigilancia", []string{"92121500"}},
	{Product, "comida en restaurante", []string{"90101501", "90101500"}},
	{Product, "hotel room", []string{"90111800"}},
	{Product, "tuition", []string{"86121500", "86121700", "86111500"}},
	{Product, "colegiatura de universidad", []string{"86121700"}},
	{Product, "dentista", []string{"85122000"}},
	{Product, "anticipo", []string{"84111506"}},
	{Product, "publico en general", []string{"01010101"}},
	{Product, "comisiones por venta", []string{"80141600"}},
	{Product, "8111", []string{"81111500"}},
	{Product, "43211503", []string{"43211503"}},
	{Unit, "hora", []string{"HUR"}},
	{Unit, "hours", []string{"HUR"}},
	{Unit, "service", []string{"E48"}},
	{Unit, "pieza", []string{"H87"}},
	{Unit, "kilos", []string{"KGM"}},
	{Unit, "square meters", []string{"MTK"}},
	{Unit, "mtr", []string{"MTR"}},
	{Unit, "caja", []string{"XBX"}},
	{Unit, "meses", []string{"MON"}},
}

func TestQuestions(t *testing.T) {
	f := New("")
	defer f.Close()
	for _, q := range questions {
		hits := find(t, f, q.kind, q.ask, 5)
		assert.True(t, slices.ContainsFunc(q.want, func(code string) bool { return slices.Contains(codes(hits), code) }), "%s: %v", q.ask, codes(hits))
	}
}

func TestHit(t *testing.T) {
	f := New("")
	defer f.Close()
	hits, source, err := f.Find(t.Context(), Product, "gasolina regular", 1)
	require.NoError(t, err)
	require.Len(t, hits, 1)
	assert.Equal(t, "15101514", hits[0].Code)
	assert.Equal(t, "It says: gasolina, regular.", hits[0].Why)
	assert.Equal(t, "LTR", hits[0].Usual.Code)
	assert.Equal(t, "Litro", hits[0].Usual.ES)
	assert.True(t, hits[0].Border)
	assert.Equal(t, Source{Kind: Product, Date: "2023-03-27", Keys: 112}, source)

	for _, nothing := range []string{"xyzzy", "", "%", `"`, "AND", "a* OR (b", "ñ"} {
		hits, _, err := f.Find(t.Context(), Product, nothing, 5)
		require.NoError(t, err, nothing)
		assert.Empty(t, hits, nothing)
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// The lists come in many forms.
func TestLoad(t *testing.T) {
	for name, text := range map[string]string{
		"TSV":           "clave\tdescripcion\tpalabras_similares\testimulo_franja_fronteriza\n10101502\tPerros\tCanes\t1\n10101501\tGatos vivos\t\t1\n",
		"CSV":           "\ufeffc_ClaveProdServ,Descripción,\"Palabras similares\"\n10101502,\"Perros, vivos\",Canes\n10101501,Gatos,\n",
		"semicolons":    "id;texto;similares\n10101502;Perros;Canes\n10101501;Gatos;\n",
		"Latin-1":       "c_ClaveProdServ,Descripci\xf3n\n10101502,Perros\n10101501,Gatos\n",
		"a preamble":    "Catálogo de productos,,\nVersión,4.0,\nc_ClaveProdServ,Descripción,Palabras similares\n10101502,Perros,Canes\n10101501,Gatos,\n",
		"what ended":    "clave,descripcion,fecha fin de vigencia\n10101502,Perros,\n10101501,Gatos,2026-11-22\n10101503,Caballos,31/12/2024\n",
		"what is twice": "clave,descripcion\n10101502,Perros\n10101502,Perros\n10101501,Gatos\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state", File)
			loaded, err := Load(t.Context(), path, []string{write(t, "list.csv", text)}, "", today)
			require.NoError(t, err)
			require.Len(t, loaded, 1)
			assert.Equal(t, 2, loaded[0].Keys)
			f := New(path)
			defer f.Close()
			hits, source, err := f.Find(t.Context(), Product, "perro", 5)
			require.NoError(t, err)
			assert.Equal(t, []string{"10101502"}, codes(hits))
			assert.Equal(t, loaded[0], source)
			assert.Equal(t, []string{"HUR"}, codes(find(t, f, Unit, "hora", 1)), "the other list stays")
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	products := "clave\tdescripcion\n10101502\tPerros\n"
	for name, c := range map[string]struct{ text, says string }{
		"a spreadsheet":   {"PK\x03\x04 and so on", "save its sheet"},
		"an old one":      {"\xd0\xcf\x11\xe0 and so on", "save its sheet"},
		"bzip2":           {"BZh9 and so on", "unpack it"},
		"a database":      {"SQLite format 3\x00", "export its table"},
		"no columns":      {"a,b\n1,2\n", "no row names the columns"},
		"nothing":         {"", "no row names the columns"},
		"something else":  {"clave,descripcion\nAGU,Aguascalientes\n10101502,Perros\n", "all of one kind"},
		"columns alone":   {"clave,descripcion\n", "of 0 rows"},
		"truncated gzip":  {"\x1f\x8b\x08", "EOF"},
		"another listing": {"clave,nombre\nXAXX010101000,PUBLICO\n", "of 1 rows"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), File)
			_, err := Load(t.Context(), path, []string{write(t, "list.csv", c.text)}, "", today)
			assert.ErrorContains(t, err, c.says)
			assert.NoFileExists(t, path)
		})
	}
	_, err := Load(t.Context(), filepath.Join(t.TempDir(), File), []string{write(t, "a.tsv", products), write(t, "b.tsv", products)}, "", today)
	assert.ErrorContains(t, err, "both lists of products")
}

// A finder sees what is loaded while it is open, and a load that fails changes nothing.
func TestReload(t *testing.T) {
	path := filepath.Join(t.TempDir(), File)
	f := New(path)
	defer f.Close()
	assert.Empty(t, find(t, f, Product, "perro", 5))
	_, err := Load(t.Context(), path, []string{write(t, "products.tsv", "clave\tdescripcion\n10101502\tPerros\n")}, "", today)
	require.NoError(t, err)
	assert.Len(t, find(t, f, Product, "perro", 5), 1)
	_, err = Load(t.Context(), path, []string{write(t, "units.tsv", "clave\tnombre\tsimbolo\nHUR\tHora\th\n")}, "", today)
	require.NoError(t, err)
	assert.Len(t, find(t, f, Product, "perro", 5), 1, "the other list stays")
	assert.Empty(t, find(t, f, Unit, "pieza", 5))
	_, err = Load(t.Context(), path, []string{write(t, "x.tsv", "x")}, "", today)
	require.Error(t, err)
	assert.Len(t, find(t, f, Product, "perro", 5), 1)
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, left, 1, "nothing else is left behind")
}

func TestDamaged(t *testing.T) {
	path := write(t, File, "no database")
	f := New(path)
	_, _, err := f.Find(t.Context(), Product, "perro", 5)
	assert.ErrorIs(t, err, ErrDamaged)
	_, err = Load(t.Context(), path, []string{write(t, "products.tsv", "clave\tdescripcion\n10101502\tPerros\n")}, "", today)
	require.NoError(t, err)
	assert.Len(t, find(t, f, Product, "perro", 5), 1)
	require.NoError(t, f.Close())
}

func TestStem(t *testing.T) {
	for _, same := range [][]string{
		{"computador", "computadores", "computadora", "computadoras"}, {"médico", "medicos", "medica"}, {"luz", "luces"}, {"servicio", "servicios"},
		{"camión", "camiones"}, {"hotel", "hoteles"}, {"licence", "licences"}, {"tire", "tires"},
	} {
		for _, word := range same {
			assert.Equal(t, stems(same[0]), stems(word))
		}
	}
}

// Every line of the lexicon says something.
func TestLexicon(t *testing.T) {
	t.Log(len(lexicon()), "entries")
	assert.Greater(t, len(lexicon()), 350)
	for said, meant := range lexicon() {
		assert.NotEmpty(t, said)
		for _, words := range meant {
			assert.NotEmpty(t, words, said)
		}
	}
}

// Whoever searches while lists are replaced finds those from before or after.
func TestReplacedMeanwhile(t *testing.T) {
	path := filepath.Join(t.TempDir(), File)
	products := write(t, "products.tsv", "clave\tdescripcion\n10101502\tPerros\n")
	_, err := Load(t.Context(), path, []string{products}, "", today)
	require.NoError(t, err)
	f := New(path)
	defer f.Close()
	var searches sync.WaitGroup
	for range 4 {
		searches.Go(func() {
			for range 50 {
				hits, _, err := f.Find(t.Context(), Product, "perro", 5)
				assert.NoError(t, err)
				assert.Len(t, hits, 1)
			}
		})
	}
	for range 3 {
		_, err := Load(t.Context(), path, []string{products}, "", today)
		assert.NoError(t, err)
	}
	searches.Wait()
}

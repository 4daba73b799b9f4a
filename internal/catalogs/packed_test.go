package catalogs

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write data.json.gz as data says")

// What is embedded is what data says.
func TestPacked(t *testing.T) {
	names, err := filepath.Glob("data/*.json")
	require.NoError(t, err)
	data := map[string]json.RawMessage{}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		require.NoError(t, err)
		var short bytes.Buffer
		require.NoError(t, json.Compact(&short, raw), name)
		data[strings.TrimSuffix(filepath.Base(name), ".json")] = short.Bytes()
	}
	if *update {
		pack(t, data)
		return
	}
	assert.True(t, reflect.DeepEqual(data, unpacked()), "data has changed: run go test ./internal/catalogs -run TestPacked -update")
}

func pack(t *testing.T, data map[string]json.RawMessage) {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	require.NoError(t, err)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	require.NoError(t, enc.Encode(data))
	require.NoError(t, w.Close())
	require.NoError(t, os.WriteFile("data.json.gz", out.Bytes(), 0o600))
}

// A name misspelt in a data file must not vanish unread.
func TestDataHasNoUnknownField(t *testing.T) {
	names := slices.Sorted(maps.Keys(unpacked()))
	require.Len(t, names, len(heads)+1, "and the rejections")
	for _, name := range names {
		dec := json.NewDecoder(bytes.NewReader(unpacked()[name]))
		dec.DisallowUnknownFields()
		if name == "rejections" {
			assert.NoError(t, dec.Decode(&struct {
				Source  Source      `json:"source"`
				Entries []Rejection `json:"entries"`
			}{}))
			continue
		}
		assert.NoError(t, dec.Decode(new(Catalog)), name)
		assert.True(t, slices.ContainsFunc(heads, func(h Head) bool { return h.Name == name }), name)
	}
}

// Rates are decimals, and every preset has rates the SAT lists.
func TestRates(t *testing.T) {
	rates, _ := Find(Rates)
	for _, e := range rates.Entries {
		require.NotNil(t, e.Rate, e.Code)
		assert.Regexp(t, `^\d+\.\d{6}$`, e.Rate.Min)
		assert.Regexp(t, `^\d+\.\d{6}$`, e.Rate.Max)
		assert.True(t, e.Rate.Transferred || e.Rate.Withheld, e.Code)
	}
	presets, _ := Find(TaxPresets)
	for _, e := range presets.Entries {
		assert.NotEmpty(t, e.Taxes, e.Code)
	}
}

func TestTaxabilities(t *testing.T) {
	list, _ := Find(Taxabilities)
	for _, e := range list.Entries {
		assert.Contains(t, []TaxRows{RowsRequired, RowsOptional, RowsForbidden}, e.TaxRows, e.Code)
		assert.Equal(t, e.TaxRows == RowsForbidden, len(e.TaxesAllowed) == 0, e.Code)
	}
}

func TestCurrencies(t *testing.T) {
	list, _ := Find(Currencies)
	for _, e := range list.Entries {
		assert.NotNil(t, e.Decimals, e.Code)
	}
	peso, _ := list.Entry("MXN")
	assert.Equal(t, 2, *peso.Decimals)
	yen, _ := list.Entry("JPY")
	assert.Equal(t, 0, *yen.Decimals)
}

// Every state of Mexico says where its postal codes begin.
func TestStates(t *testing.T) {
	list, _ := Find(States)
	own := slices.DeleteFunc(slices.Clone(list.Entries), func(e Entry) bool { return e.Country != "MEX" })
	assert.Len(t, own, 32)
	for _, e := range own {
		assert.NotEmpty(t, e.PostalPrefixes, e.Code)
	}
}

// What a process pays that asks for one list, and then for another.
func BenchmarkFirst(b *testing.B) {
	for b.Loop() {
		unzipped, _ := gzip.NewReader(bytes.NewReader(packed))
		var files map[string]json.RawMessage
		if err := json.NewDecoder(unzipped).Decode(&files); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSecond(b *testing.B) {
	for b.Loop() {
		var c Catalog
		read(CFDIUses, &c)
	}
}

package rawjson_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/rawjson"
)

var record = []byte(`[` + strings.Repeat(`{"id":"client_1234567890","name":"Cecilia Miranda","phone":null,"bcc":[],"address":{"street":"Insurgentes","city":"México","zip":"03100"},"is_valid":true,"created_at":1730419200},`, 20) + `0]`)

func decode(tb testing.TB, raw []byte) (value any) {
	tb.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	require.NoError(tb, dec.Decode(&value))
	return value
}

func BenchmarkAppend(b *testing.B) {
	value := decode(b, record)
	b.ReportAllocs()
	for b.Loop() {
		rawjson.Append(nil, value)
	}
}

func BenchmarkAppendEncodingJSON(b *testing.B) {
	value := decode(b, record)
	b.ReportAllocs()
	for b.Loop() {
		_, err := json.Marshal(value)
		require.NoError(b, err)
	}
}

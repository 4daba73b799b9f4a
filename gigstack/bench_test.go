package gigstack

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// BenchmarkRead is what a read costs besides the network, as it is and with what a
// busy server adds.
func BenchmarkRead(b *testing.B) {
	key, err := NewKey("sk_test_of_nobody")
	if err != nil {
		b.Fatal(err)
	}
	answer := roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"data":{"id":"a","name":"b"}}`))}, nil
	})
	plain, err := New(Options{BaseURL: "https://gigstack.example", Key: key, Transport: answer, Cache: time.Minute})
	if err != nil {
		b.Fatal(err)
	}
	limited := *plain
	limited.options.Limit = NewLimiter(0)
	for _, way := range []struct {
		name string
		read func() error
	}{
		{"plain", func() error { _, err := getThing.Call(b.Context(), plain, thingRef{ID: "a"}); return err }},
		{"limited", func() error { _, err := getThing.Call(b.Context(), &limited, thingRef{ID: "a"}); return err }},
		{"shared", func() error { _, err := getThing.Call(b.Context(), limited.Shared(), thingRef{ID: "a"}); return err }},
		{"kept", func() error { _, err := slowThing.Call(b.Context(), limited.Shared(), thingRef{ID: "a"}); return err }},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := way.read(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package watch

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
)

type key struct{}

// TestThen has each look on within the context of the one before it.
func TestThen(t *testing.T) {
	var seen []string
	look := func(name string) Func[string, string] {
		return func(ctx context.Context, work string) (context.Context, func(string)) {
			within, _ := ctx.Value(key{}).(string)
			seen = append(seen, within+name+" "+work)
			return context.WithValue(ctx, key{}, within+name), func(end string) { seen = append(seen, name+" "+end) }
		}
	}
	var none Func[string, string]
	all := none.Then(look("a")).Then(none).Then(look("b"))
	ctx, end := all.Begin(t.Context(), "begins")
	end("ends")
	assert.Equal(t, []string{"a begins", "ab begins", "b ends", "a ends"}, seen)
	assert.Equal(t, "ab", ctx.Value(key{}))

	same, end := none.Begin(ctx, "")
	end("")
	assert.Equal(t, ctx, same)
}

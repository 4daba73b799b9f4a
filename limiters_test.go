package main

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// TestLimiters has who shares a key share its limiter, and forgets keys of nobody.
func TestLimiters(t *testing.T) {
	key := func(secret string) gigstack.Key {
		key, err := gigstack.NewKey(secret)
		require.NoError(t, err)
		return key
	}
	var all limiters
	ana := all.of(key("sk_test_a"), 1)
	assert.Same(t, ana, all.of(key("sk_test_a"), 1))
	assert.NotSame(t, ana, all.of(key("sk_test_b"), 1))
	runtime.GC()
	all.of(key("sk_test_c"), 1)
	assert.Len(t, all.known, 2, "b is forgotten")
	runtime.KeepAlive(ana)
}

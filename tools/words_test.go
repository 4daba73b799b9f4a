package tools

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The ways in which people write an amount or an RFC are one; another amount is not.
func TestSameWord(t *testing.T) {
	for _, way := range []string{"1740.00", "1740", " 1,740.00 ", "$1,740.00", "$ 1740.00 MXN", "1740.0"} {
		assert.Equal(t, SameWord("1740.00"), SameWord(way), way)
	}
	for _, other := range []string{"", "174.00", "17400", "1740.01", "-1740", "si", "1e9999999", "1740.00 1740.00"} {
		assert.NotEqual(t, SameWord("1740.00"), SameWord(other), other)
	}
	assert.Equal(t, SameWord("EKU9003173C9"), SameWord(" eku9003173c9"))
	assert.NotEqual(t, SameWord("EKU9003173C9"), SameWord("EKU9003173C8"))
}

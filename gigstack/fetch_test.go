package gigstack

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A link in an answer reaches the internet only, however its address is written.
func TestFetchReachesTheInternetOnly(t *testing.T) {
	for _, inside := range []string{"10.0.0.1", "100.100.100.200", "127.0.0.1", "0.0.0.1", "169.254.169.254", "192.0.0.192", "192.168.1.1", "198.18.0.1", "240.0.0.1",
		"[::1]", "[::]", "[fe80::1]", "[fec0::1]", "[fd00::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::1]", "[2002:7f00:1::]"} {
		assert.Error(t, reachable(false)("tcp", inside+":443", nil), inside)
	}
	for _, outside := range []string{"8.8.8.8", "[2606:4700::1111]", "[::ffff:8.8.8.8]"} {
		assert.NoError(t, reachable(false)("tcp", outside+":443", nil), outside)
	}
	assert.NoError(t, reachable(true)("tcp", "127.0.0.1:80", nil), "beside an API on this machine")
	assert.Error(t, reachable(true)("tcp", "10.0.0.1:443", nil))
	assert.Error(t, reachable(true)("tcp", "nowhere", nil))
}

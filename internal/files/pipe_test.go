//go:build unix

package files_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/files"
)

// A pipe is not opened: that would wait for somebody to write into it.
func TestPipeIsNoFile(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe.pdf"), 0o600))
	folder, err := files.Open(dir)
	require.NoError(t, err)
	defer folder.Close()
	_, err = folder.Read("pipe.pdf", 10)
	require.ErrorContains(t, err, "not a plain file")
}

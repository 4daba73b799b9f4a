package files_test

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/files"
)

func TestFolderIsAllThatCanBeReached(t *testing.T) {
	outside := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, "secret.pdf"), []byte("%PDF"), 0o600))
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "csf.pdf"), []byte("%PDF"), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sub", "b.pdf"), []byte("%PDF"), 0o600))
	require.NoError(t, os.Symlink(filepath.Join(outside, "secret.pdf"), filepath.Join(dir, "link.pdf")))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "linked")))
	folder, err := files.Open(dir)
	require.NoError(t, err)
	defer folder.Close()

	for _, name := range []string{"csf.pdf", "sub/b.pdf", "./sub/../csf.pdf"} {
		content, err := folder.Read(name, 10)
		require.NoError(t, err, name)
		assert.Equal(t, "%PDF", string(content))
	}
	for _, name := range []string{"", ".", "sub", "none.pdf", "link.pdf", "linked/secret.pdf", "../" + filepath.Base(outside) + "/secret.pdf",
		filepath.Join(outside, "secret.pdf"), "a\x00b", "/etc/passwd"} {
		_, err := folder.Read(name, 10)
		require.Error(t, err, name)
		assert.NotContains(t, err.Error(), dir, "the place of the folder stays unknown")
		require.Error(t, folder.Save("../"+strings.ReplaceAll(name, "\x00", ""), nil), name)
	}
	_, err = folder.Read("csf.pdf", 3)
	require.ErrorIs(t, err, files.ErrTooLarge)
}

func TestSaveNeverOverwrites(t *testing.T) {
	dir := t.TempDir()
	folder, err := files.Open(dir)
	require.NoError(t, err)
	defer folder.Close()
	require.NoError(t, folder.Save("a.pdf", []byte("one")))
	require.ErrorContains(t, folder.Save("a.pdf", []byte("two")), "exists already")
	content, err := os.ReadFile(filepath.Join(dir, "a.pdf"))
	require.NoError(t, err)
	assert.Equal(t, "one", string(content))
	info, err := os.Stat(filepath.Join(dir, "a.pdf"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestStore(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	store := files.NewStore(func() time.Time { return now }, rand.Reader)
	get := func(owner, id string) string {
		file, err := store.Get(t.Context(), owner, id)
		if err != nil {
			require.ErrorIs(t, err, files.ErrGone)
			return "gone"
		}
		return string(file.Content)
	}
	id, err := store.Put("ana", gigstack.File{Content: []byte("a")}, nil)
	require.NoError(t, err)
	link, err := store.Put("ana", gigstack.File{}, func(context.Context) (gigstack.File, error) {
		return gigstack.File{Content: []byte("fetched")}, nil
	})
	require.NoError(t, err)
	assert.NotEqual(t, id, link)
	assert.Equal(t, "a", get("ana", id))
	assert.Equal(t, "fetched", get("ana", link))
	assert.Equal(t, "gone", get("berta", id), "another's")
	assert.Equal(t, "gone", get("ana", "0"))
	now = now.Add(files.Life)
	assert.Equal(t, "gone", get("ana", id), "expired")
}

func TestStoreForgetsTheOldest(t *testing.T) {
	store := files.NewStore(time.Now, rand.Reader)
	var ids []string
	for range 5 {
		id, err := store.Put("ana", gigstack.File{Content: make([]byte, 20<<20)}, nil)
		require.NoError(t, err)
		ids = append(ids, id)
	}
	for i, id := range ids {
		_, err := store.Get(t.Context(), "ana", id)
		assert.Equal(t, i < 2, err != nil, "%d: 60 of 64 MiB are kept", i)
	}
	_, err := store.Put("ana", gigstack.File{Content: make([]byte, 65<<20)}, nil)
	require.ErrorIs(t, err, files.ErrTooLarge)
}

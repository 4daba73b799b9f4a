// Package files is where uploads come from and downloads go to: the one folder an
// operator opens for them, and a memory of downloads until somebody reads them.
package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Folder is the operator's folder for files. Nothing outside of it can be reached
// through it, not by "..", not by a symbolic link.
type Folder struct{ root *os.Root }

// Open opens an existing folder.
func Open(dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Folder{root}, nil
}

// Close lets the folder go.
func (f *Folder) Close() error { return f.root.Close() }

// ErrTooLarge says that a file has more bytes than are accepted.
var ErrTooLarge = errors.New("the file is too large")

// Read is the content of a plain file of at most so many bytes. name is relative
// to the folder.
func (f *Folder) Read(name string, most int) ([]byte, error) {
	info, err := f.root.Stat(name) // before opening: a pipe would wait for its writer
	switch {
	case err != nil:
		return nil, reason(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a plain file")
	case info.Size() > int64(most):
		return nil, fmt.Errorf("%w: it has %d bytes, at most %d are accepted", ErrTooLarge, info.Size(), most)
	}
	file, err := f.root.Open(name)
	if err != nil {
		return nil, reason(err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, int64(most)+1))
	if err == nil && len(content) > most {
		err = ErrTooLarge // it grew meanwhile
	}
	return content, reason(err)
}

// Save writes a new file that only the operator can read. It never overwrites:
// where name is taken, it says so.
func (f *Folder) Save(name string, content []byte) (err error) {
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return reason(err)
	}
	defer func() {
		err = errors.Join(err, file.Close())
		if err != nil { // half a file is none
			err = errors.Join(err, f.root.Remove(name))
		}
	}()
	_, err = file.Write(content)
	return reason(err)
}

// reason is an error without the path, which may tell more of the machine than
// an agent needs to know.
func reason(err error) error {
	var path *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file")
	case errors.Is(err, fs.ErrExist):
		return errors.New("a file of that name exists already, and nothing is overwritten")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("it may not be read or written")
	case errors.As(err, &path):
		return path.Err
	}
	return err
}

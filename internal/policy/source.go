package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
)

// Source is a file whose policy can be read anew while calls go on. It is safe for
// concurrent use.
type Source struct {
	path    string
	known   Known
	current atomic.Pointer[Policy]
}

// Open reads the file for the first time.
func Open(path string, known Known) (*Source, error) {
	s := &Source{path: path, known: known}
	return s, s.Reload()
}

// Policy is the policy as it was read last.
func (s *Source) Policy() *Policy { return s.current.Load() }

// Reload reads the file again. One that cannot be read, or is wrong, changes nothing.
func (s *Source) Reload() error {
	data, err := os.ReadFile(s.path)
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("the policy cannot be read: %w", path.Err)
	}
	if err != nil {
		return err
	}
	p, err := Parse(data, s.known)
	if err != nil {
		return fmt.Errorf("the policy is not right:\n%w", err)
	}
	s.current.Store(p)
	return nil
}

package httpserve

import (
	"sync"

	"github.com/mark3labs/mcp-go/server"
)

// sessions are the ids of the older era that were issued and not ended. mcp-go's own
// manager remembers for ever which ones were ended.
type sessions struct {
	ids  server.StatelessGeneratingSessionIdManager
	open sync.Map
}

// Generate implements server.SessionIdManager.
func (s *sessions) Generate() string {
	id := s.ids.Generate()
	s.open.Store(id, true)
	return id
}

// Validate implements server.SessionIdManager. What was never issued counts as ended.
func (s *sessions) Validate(id string) (ended bool, err error) {
	_, open := s.open.Load(id)
	return !open, nil
}

// Terminate implements server.SessionIdManager.
func (s *sessions) Terminate(id string) (notAllowed bool, err error) {
	s.open.Delete(id)
	return false, nil
}

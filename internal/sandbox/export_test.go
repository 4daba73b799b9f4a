package sandbox

// FlagForDeletion does to a team what deleting it does at first.
func (s *Sandbox) FlagForDeletion(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.state.teams.get(id); ok {
		t.status = "pending_deletion"
	}
}

// XMLsBilled is how many XMLs a team has been charged so far.
func (s *Sandbox) XMLsBilled(team string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, xmls := range s.state.teams.byID[team].download.billed {
		n += xmls
	}
	return n
}

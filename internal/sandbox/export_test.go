package sandbox

// FlagForDeletion does to a team what deleting it does at first.
func (s *Sandbox) FlagForDeletion(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.state.teams.get(id); ok {
		t.status = "pending_deletion"
	}
}

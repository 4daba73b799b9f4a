package sandbox

// XMLsBilled is how many XMLs a team has been charged so far.
func (s *Sandbox) XMLsBilled(team string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, xmls := range s.state.teams.byID[team].download.billed {
		n += xmls
	}
	return n
}

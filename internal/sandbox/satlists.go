package sandbox

func (s *Sandbox) routeSATLists() {
}

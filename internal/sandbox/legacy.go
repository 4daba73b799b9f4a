package sandbox

func (s *Sandbox) routeLegacy() {
}

package sandbox

func (s *Sandbox) routeSATMirror() {
}

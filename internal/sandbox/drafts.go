package sandbox

func (s *Sandbox) routeDrafts() {
}

package sandbox

func (s *Sandbox) routeRetentions() {
}

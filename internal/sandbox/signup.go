package sandbox

func (s *Sandbox) routeAuth() {
}

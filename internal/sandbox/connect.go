package sandbox

func (s *Sandbox) routeConnect() {
}

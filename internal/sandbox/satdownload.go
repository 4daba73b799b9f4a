package sandbox

func (s *Sandbox) routeSATDownload() {
}

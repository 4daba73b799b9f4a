//go:build !unix

package main

// mayWrite asks nobody: only writing would tell.
func mayWrite(string) error { return nil }

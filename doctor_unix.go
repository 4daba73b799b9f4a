//go:build unix

package main

import "syscall"

// mayWrite asks the system whether this user may write to a directory.
func mayWrite(dir string) error {
	const toWrite = 2 // W_OK
	return syscall.Access(dir, toWrite)
}

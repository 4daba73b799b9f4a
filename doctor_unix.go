//go:build unix

package main

import "syscall"

// mayWrite asks the system whether this user may write to a directory.
func mayWrite(dir string) error {
	const write, enter = 2, 1
	return syscall.Access(dir, write|enter)
}

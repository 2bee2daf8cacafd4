//go:build unix && !linux

package generator

import "syscall"

// dieWithParent does nothing: these systems have no such thing.
func dieWithParent(*syscall.SysProcAttr) {}

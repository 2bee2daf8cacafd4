//go:build !windows

package main

import "syscall"

// Why the system refuses a socket.
const (
	errTaken     = syscall.EADDRINUSE
	errForbidden = syscall.EACCES
	errNotOurs   = syscall.EADDRNOTAVAIL
)

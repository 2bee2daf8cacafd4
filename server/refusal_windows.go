package main

import "golang.org/x/sys/windows"

// Why the system refuses a socket. Go's own names for these are of no use on Windows, where sockets have errors apart.
const (
	errTaken     = windows.WSAEADDRINUSE
	errForbidden = windows.WSAEACCES
	errNotOurs   = windows.WSAEADDRNOTAVAIL
)

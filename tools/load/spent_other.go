//go:build !linux && !js

package main

import (
	"errors"
	"time"
)

// spent cannot be known here.
func spent(int) (cpu time.Duration, resident int64, err error) {
	return 0, 0, errors.New("what a process takes can be measured on Linux only")
}

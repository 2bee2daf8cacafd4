//go:build !unix

package generator

import "os/exec"

// Without process groups and interrupts the process itself is ended, and ffmpeg
// starts no others.

func ownGroup(*exec.Cmd) {}

func interrupt(cmd *exec.Cmd) error { return cmd.Process.Kill() }

func killGroup(*exec.Cmd) {}

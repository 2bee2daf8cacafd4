//go:build unix

package generator

import (
	"os"
	"os/exec"
	"syscall"
)

// ownGroup puts a process that is to start into a group of its own, so that
// what it starts can be ended with it, and so that Ctrl-C on our terminal
// reaches it through us and not at any time.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
}

// interrupt asks the process to end.
func interrupt(cmd *exec.Cmd) error { return cmd.Process.Signal(os.Interrupt) }

// killGroup ends what is left of the group at once. It is called right after the
// leader has ended, long before the system comes to give its number to another.
func killGroup(cmd *exec.Cmd) { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

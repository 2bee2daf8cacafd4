package generator

import "syscall"

// dieWithParent has the kernel end the process when ours ends without being
// able to (SIGKILL, out of memory).
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }

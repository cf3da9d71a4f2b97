package procrun

import "syscall"

// orphan has the system kill the command when this process is killed. It looks at
// the thread that started the command: Run keeps its own until all have ended.
func orphan(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }

//go:build unix

package procrun

import (
	"os"
	"os/exec"
	"syscall"
)

// group makes the command lead a process group.
func group(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	orphan(c.SysProcAttr)
}

// end asks the group to end, or kills it.
func end(p *os.Process, hard bool) {
	sig := syscall.SIGTERM
	if hard {
		sig = syscall.SIGKILL
	}
	syscall.Kill(-p.Pid, sig)
}

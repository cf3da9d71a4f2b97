//go:build unix && !linux

package procrun

import "syscall"

// orphan does nothing: only Linux can kill the commands of a process that was
// killed itself.
func orphan(*syscall.SysProcAttr) {}

package match

import (
	"syscall"
	"time"
	"unsafe"
)

// cpuTime is the processor time of the calling thread, which neighbours on the
// machine do not lengthen as they do the clock's.
func cpuTime() time.Duration {
	var ts syscall.Timespec
	const threadCPU = 3
	if _, _, e := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, threadCPU, uintptr(unsafe.Pointer(&ts)), 0); e != 0 {
		return 0
	}
	return time.Duration(ts.Nano())
}

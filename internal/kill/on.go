//go:build killpoints

package kill

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// Enabled reports whether this binary has kill points.
const Enabled = true

var (
	point, _, _ = strings.Cut(os.Getenv("HEKA_KILL_POINT"), ":")
	left        atomic.Int64
)

func init() {
	_, n, _ := strings.Cut(os.Getenv("HEKA_KILL_POINT"), ":")
	k, err := strconv.ParseInt(n, 10, 64)
	if err != nil {
		k = 1
	}
	left.Store(k)
}

// Point ends the process at once, without any clearing up, when it is the named
// one and was passed often enough.
func Point(name string) {
	if name != point || left.Add(-1) != 0 {
		return
	}
	p, err := os.FindProcess(os.Getpid())
	if err == nil {
		p.Kill()
	}
	select {} // the signal is on its way
}

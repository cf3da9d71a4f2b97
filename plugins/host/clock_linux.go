package host

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// readClock asks the kernel; it changes nothing.
func readClock() (clockState, error) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	if err != nil {
		return clockState{}, fmt.Errorf("adjtimex: %w; take time out of collect", err)
	}
	unit := 1e6 // microseconds
	if t.Status&unix.STA_NANO != 0 {
		unit = 1e9
	}
	return clockState{
		offset: float64(t.Offset) / unit, maxError: float64(t.Maxerror) / 1e6, estimated: float64(t.Esterror) / 1e6,
		frequency: float64(t.Freq) / 65536, status: int64(t.Status),
		synchronized: state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0,
	}, nil
}

//go:build !linux

package host

import "errors"

// readClock is not there on this system.
func readClock() (clockState, error) {
	return clockState{}, errors.New("ask the kernel for the state of its clock: only on Linux; leave time out of collect")
}

//go:build !linux

package host

import "errors"

// statfs is not there on this system.
func statfs(string) (usage, error) {
	return usage{}, errors.New("ask a file system for its size: only on Linux; leave filesystem out of collect")
}

//go:build !linux

package fsx

import "os"

type osFile struct{ *os.File }

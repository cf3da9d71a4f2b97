package syslog

import (
	"encoding/binary"
	"math/bits"
)

// The texts between the blanks and quotes of a record are short. Looking at eight
// bytes at a time finds their end sooner than a call that is made for long ones.

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// zeros marks the lowest byte of x that is 0, and maybe some above it.
func zeros(x uint64) uint64 { return (x - ones) &^ x & highs }

// blank returns the index of the first blank in b, -1 when there is none.
func blank(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if m := zeros(binary.LittleEndian.Uint64(b[i:]) ^ ones*' '); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(b); i++ {
		if b[i] == ' ' {
			return i
		}
	}
	return -1
}

// quote returns the index of the first quote or backslash in b, -1 when there is
// none.
func quote(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		if m := zeros(x^ones*'"') | zeros(x^ones*'\\'); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(b); i++ {
		if b[i] == '"' || b[i] == '\\' {
			return i
		}
	}
	return -1
}

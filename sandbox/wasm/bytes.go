package wasm

import (
	"encoding/binary"
	"math"
)

// bytes is a part of the module's memory, borrowed until the module runs on. A part
// that is not all inside ends the call.
func (in *Instance) bytes(ptr, n uint64) []byte {
	p, k := uint32(ptr), uint32(n)
	if k == 0 {
		return nil
	}
	in.charge(int(k >> bulkShift))
	if in.mem != nil {
		if b, ok := in.mem.Read(p, k); ok {
			return b
		}
	}
	in.throw("", "bad pointer: %d bytes at %d are not inside the module's memory", k, p)
	return nil
}

// give copies b, or as much as fits, into a buffer of the module and returns how
// long it is.
func (in *Instance) give(b []byte, ptr, size uint64) uint64 {
	copy(in.bytes(ptr, uint64(min(uint32(size), uint32(min(len(b), math.MaxInt32))))), b)
	return result(min(len(b), math.MaxInt32))
}

func (in *Instance) giveString(s string, ptr, size uint64) uint64 {
	return in.give(bytesOf(s), ptr, size)
}

// put64 writes eight bytes.
func (in *Instance) put64(ptr, x uint64) { binary.LittleEndian.PutUint64(in.bytes(ptr, 8), x) }

func result(n int) uint64 { return uint64(uint32(int32(n))) }

func index(x uint64) int { return int(int32(x)) }

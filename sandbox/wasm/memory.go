package wasm

import (
	"sync/atomic"

	"github.com/tetratelabs/wazero/experimental"
)

// linear is the memory of an instance, which does not grow beyond a limit.
type linear struct {
	limit   int64 // bytes, 0 for none
	buf     []byte
	used    *atomic.Int64
	refused bool // the call in progress asked for more than the limit
}

// Allocate implements experimental.MemoryAllocator.
func (l *linear) Allocate(uint64, uint64) experimental.LinearMemory { return l }

// Reallocate implements experimental.LinearMemory. Nil fails memory.grow.
func (l *linear) Reallocate(size uint64) []byte {
	if l.limit > 0 && size > uint64(l.limit) {
		l.refused = true
		return nil
	}
	if size > uint64(cap(l.buf)) {
		room := size + size/4
		if l.limit > 0 {
			room = max(size, min(room, uint64(l.limit)))
		}
		b := make([]byte, size, room)
		copy(b, l.buf)
		l.buf = b
	}
	l.buf = l.buf[:size]
	l.used.Store(int64(size))
	return l.buf
}

// Free implements experimental.LinearMemory.
func (l *linear) Free() { l.buf = nil }

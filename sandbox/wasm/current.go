package wasm

import (
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox/internal/pieces"
)

// current is the message that the module works on, and the texts that it wrote to it.
type current struct {
	pieces.Current
	arena []byte
}

// keep copies bytes of the module into the arena of the call.
func (m *current) keep(b []byte) string {
	n := len(m.arena)
	m.arena = append(m.arena, b...)
	return message.Borrow(m.arena[n:])
}

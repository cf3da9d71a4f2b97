package object

import (
	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/preserve"
)

// Work is a value of Go that does the work of a type.
type Work interface {
	Size() int // bytes
	AppendBinary(dst []byte) ([]byte, error)
}

// Held is the Data of a type that is all the work of one such value.
type Held[T Work] struct {
	Work T
	kind *Kind
	key  [8]byte // see Key
}

// LuaSize returns the bytes held.
func (h *Held[T]) LuaSize() int { return h.Work.Size() }

// LuaSave returns the state.
func (h *Held[T]) LuaSave() (kind string, data []byte, err error) {
	data, err = h.Work.AppendBinary(nil)
	return h.kind.Module, data, err
}

// Key is the function Key with scratch of its own.
func (h *Held[T]) Key(c *lua.Call, i, times int) string { return Key(c, i, times, &h.key) }

// Push pushes a value of the type, the one result of the function that made w.
func Push[T Work](c *lua.Call, k *Kind, w T) int {
	c.Push(k.New(c.VM(), &Held[T]{Work: w, kind: k}).Value())
	return 1
}

// Readers read what LuaSave gave.
func Readers[T Work](k *Kind, parse func(data []byte) (T, error)) map[string]preserve.Reader {
	return map[string]preserve.Reader{k.Module: Reader(k, func(data []byte) (*Held[T], error) {
		w, err := parse(data)
		return &Held[T]{Work: w, kind: k}, err
	})}
}

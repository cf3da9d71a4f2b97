// Package passon helps filters to pass messages on: as copies under another Type,
// so that the filter's own matcher does not take them again.
package passon

import (
	"github.com/heka-project/heka/internal/interp"
	"github.com/heka-project/heka/message"
)

// Emitter is plugin.Emitter.
type Emitter interface {
	Begin() *message.Builder
	Inject() error
}

// Copier copies messages. One goroutine uses it.
type Copier struct {
	typ  *interp.Text
	text []byte
}

// New makes a copier; typ is the Type of the copies, in which %{…} is filled in.
func New(typ string) (*Copier, error) {
	t, err := interp.Compile(typ, nil)
	return &Copier{typ: t}, err
}

// Begin starts a copy of v with an identifier of its own. The caller may change
// it, and ends it with Inject. It borrows v until then.
func (c *Copier) Begin(out Emitter, v *message.View) *message.Builder {
	b := out.Begin()
	id := b.UUID
	b.BeginFrom(v)
	b.UUID = id
	c.text, _ = c.typ.Append(c.text[:0], v, nil)
	b.Type = message.Borrow(c.text)
	return b
}

package jsontext

import (
	"github.com/heka-project/heka/internal/timetext"
	"github.com/heka-project/heka/message"
)

// Times writes times as JSON: a number, or a text in quotes. One goroutine uses
// it.
type Times struct {
	w    *timetext.Writer
	text []byte // what is to be escaped
}

// NewTimes makes JSON of what w writes.
func NewTimes(w *timetext.Writer) *Times { return &Times{w: w} }

// Append appends a time, given in nanoseconds since the Unix epoch.
func (t *Times) Append(dst []byte, ns int64) []byte {
	switch {
	case t.w.Number():
		return t.w.Append(dst, ns)
	case t.w.Plain():
		return append(t.w.Append(append(dst, '"'), ns), '"')
	}
	t.text = t.w.Append(t.text[:0], ns)
	return AppendString(dst, message.Borrow(t.text))
}

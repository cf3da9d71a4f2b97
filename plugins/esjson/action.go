package esjson

import (
	"time"

	"github.com/heka-project/heka/internal/interp"
	"github.com/heka-project/heka/internal/jsontext"
	"github.com/heka-project/heka/message"
)

// action writes the first line: what to do, in which index, under which id.
type action struct {
	head  string // up to the index
	index *interp.Text
	typ   *interp.Text // nil: none is written
	id    *interp.Text // nil: none is written
	text  []byte       // scratch
}

func newAction(index string, c *Common, now func() time.Time) (a action, err error) {
	a.head = `{"` + c.Action + `":{"_index":`
	if a.index, err = interp.CompilePlain(index, now); err != nil {
		return a, err
	}
	if c.TypeName != "" {
		if a.typ, err = interp.CompilePlain(c.TypeName, now); err != nil {
			return a, err
		}
	}
	if c.ID != "" {
		a.id, err = interp.CompilePlain(c.ID, now)
	}
	return a, err
}

func (a *action) append(dst []byte, v *message.View) []byte {
	dst = append(dst, a.head...)
	a.text, _ = a.index.Append(a.text[:0], v, nil)
	a.text = interp.Lower(a.text, 0)
	dst = jsontext.AppendString(dst, message.Borrow(a.text))
	if a.typ != nil {
		a.text, _ = a.typ.Append(a.text[:0], v, nil)
		dst = jsontext.AppendString(append(dst, `,"_type":`...), message.Borrow(a.text))
	}
	if a.id != nil {
		var missing bool
		if a.text, missing = a.id.Append(a.text[:0], v, nil); !missing && len(a.text) > 0 {
			dst = jsontext.AppendString(append(dst, `,"_id":`...), message.Borrow(a.text))
		}
	}
	return append(dst, '}', '}')
}

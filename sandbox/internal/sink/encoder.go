package sink

import (
	"fmt"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox/internal/pieces"
)

// Encoder keeps the last that an encoder injects.
type Encoder struct {
	draft *message.Builder
	there bool
	bytes []byte // the output, once it is there
}

// Open begins a message. draft is scratch.
func (e *Encoder) Open(draft *message.Builder) { e.draft, e.there = draft, false }

// Begin implements Sink.
func (e *Encoder) Begin() *message.Builder {
	e.draft.Reset()
	e.draft.Begin(nil)
	return e.draft
}

// End implements Sink.
func (e *Encoder) End(uint32) error {
	if err := e.draft.End(); err != nil {
		return err
	}
	e.there, e.bytes = true, append(e.bytes[:0], message.Unframe(e.draft.Buffer())...)
	return nil
}

// Payload implements Sink.
func (e *Encoder) Payload(text, _, _ string) error {
	e.there, e.bytes = true, append(e.bytes[:0], text...)
	return nil
}

// Close appends what was injected to dst, or else the message at hand.
func (e *Encoder) Close(dst []byte, cur *pieces.Current) ([]byte, error) {
	if !e.there {
		if cur.Edit == nil {
			return append(dst, cur.View.Raw()...), nil
		}
		e.draft.Reset()
		cur.Edit.Build(e.draft, &cur.Space)
		if err := e.End(0); err != nil {
			return dst, fmt.Errorf("encode the changed message: %w", err)
		}
	}
	return append(dst, e.bytes...), nil
}

package plugintest

import (
	"context"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Select makes a batch of the drafts and selects those that pick takes; nil
// takes all. The selection stays valid: nobody releases the batch.
func Select(pick func(i int) bool, drafts ...message.Draft) *message.Selection {
	size := 0
	var msgs [][]byte
	for i := range drafts {
		m := drafts[i].Encode()
		msgs = append(msgs, m)
		size += len(m) + message.MaxHeaderSize
	}
	c, err := message.NewPool(2*size).Get(context.Background(), max(size, 1))
	if err != nil {
		panic("bug: " + err.Error())
	}
	b := message.NewBatch(c, 0)
	in, out := b.AddRow([]uint64{1}), b.AddRow([]uint64{0})
	buf := c.Buf[:0]
	for i, m := range msgs {
		row := in
		if pick != nil && !pick(i) {
			row = out
		}
		buf = message.AppendFrame(buf, m)
		b.Add(len(buf), row)
	}
	s := new(message.Selection)
	s.Select(b, 0)
	return s
}

// Payloads makes one draft for each text.
func Payloads(texts ...string) []message.Draft {
	list := make([]message.Draft, len(texts))
	for i, t := range texts {
		list[i].Payload = t
	}
	return list
}

// Emitter keeps what a filter injects.
type Emitter struct {
	// Header is what Begin starts from.
	Header message.Header
	// Refuse, when set, is what Inject answers instead of taking a message.
	Refuse error
	// Injected is what was taken.
	Injected []message.Draft

	b *message.Builder
}

var _ plugin.Emitter = (*Emitter)(nil)

// Begin starts a message.
func (e *Emitter) Begin() *message.Builder {
	if e.b == nil {
		e.b = message.NewBuilder(0)
	}
	e.b.Begin(&e.Header)
	return e.b
}

// Inject ends it.
func (e *Emitter) Inject() error {
	if e.Refuse != nil {
		return e.Refuse
	}
	if err := e.b.End(); err != nil {
		return err
	}
	buf, _ := e.b.Take()
	var f message.Frame
	var v message.View
	if message.NextFrame(buf, 0, len(buf), &f) && v.Parse(buf[f.Start:f.End], nil) {
		e.Injected = append(e.Injected, v.Draft())
	}
	e.b.Reset()
	return nil
}

// Process gives messages to the filter and returns what it injects of them. An error
// fails the test.
func (e *Emitter) Process(t testing.TB, f plugin.Filter, drafts ...message.Draft) []message.Draft {
	t.Helper()
	e.Injected = nil
	if err := f.Process(Select(nil, drafts...), e); err != nil {
		t.Fatal(err)
	}
	return e.Injected
}

// Tick is Process for a timer event.
func (e *Emitter) Tick(t testing.TB, f plugin.Ticked, now time.Time) []message.Draft {
	t.Helper()
	e.Injected = nil
	if err := f.Tick(now, e); err != nil {
		t.Fatal(err)
	}
	return e.Injected
}

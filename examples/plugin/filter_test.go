package topfilter

import (
	"testing"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// emitter keeps what a filter injects.
type emitter struct {
	b *message.Builder
	n int
}

func (e *emitter) Begin() *message.Builder { e.b.Begin(nil); return e.b }
func (e *emitter) Inject() error           { e.n++; return e.b.End() }

// batch makes one selected batch of messages with that value of the field.
func batch(values ...string) *message.Selection {
	b := message.NewBuilder(0)
	for _, v := range values {
		b.Begin(nil)
		b.String("remote_addr", v, "")
		b.End()
	}
	frames, ends := b.Take()
	c := message.NewPool(1 << 20).TryGet(len(frames))
	copy(c.Buf, frames)
	all := message.NewBatch(c, 0)
	all.AddRow([]uint64{1})
	for _, end := range ends {
		all.Add(int(end), 0)
	}
	var s message.Selection
	s.SelectAll(all, 0)
	return &s
}

func TestTopNamesTheMostFrequentFirst(t *testing.T) {
	f, err := newFilter(Config{Field: "remote_addr", Top: 2, Most: 3}, plugin.Env{Ticker: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	out := &emitter{b: message.NewBuilder(0)}
	if err := f.Process(batch("a", "b", "b", "c", "d", "b", "c"), out); err != nil {
		t.Fatal(err)
	}
	if err := f.(plugin.Ticked).Tick(time.Time{}, out); err != nil || out.n != 1 {
		t.Fatalf("Tick: %v, %d messages", err, out.n)
	}
	var frame message.Frame
	var v message.View
	if b := out.b.Buffer(); !message.NextFrame(b, 0, len(b), &frame) || !v.Parse(b[frame.Start:frame.End], nil) {
		t.Fatal("no message was injected")
	}
	if got, want := v.Payload(), "3 b\n2 c\n"; got != want {
		t.Errorf("payload %q, want %q", got, want)
	}
	var other message.Field
	if !v.Field("other", 0, &other) || other.Int(0) != 1 {
		t.Errorf("other = %d, want 1", other.Int(0))
	}
	if f.(plugin.Ticked).Tick(time.Time{}, out); out.n != 1 {
		t.Error("an idle tick injected a message")
	}
}

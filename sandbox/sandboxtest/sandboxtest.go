// Package sandboxtest runs a script as its plugin would, for tests of scripts and
// modules: source text and config in, messages in, injections out.
//
//	f := sandboxtest.Filter(t, `function process_message() … end`, nil)
//	f.Process(draft)
//	f.Tick(now)
//	f.Injected  // what it has injected, in order
//
// A fault of the script fails the test, unless the test asks for it by the methods
// that return an error.
package sandboxtest

import (
	"context"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/share"
)

// Now is the time that scripts see: 2026-01-02 03:04:05 UTC.
var Now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// Box is a sandbox under test.
type Box struct {
	*sandbox.Sandbox

	// Injected is what the script has injected or decoded, in order.
	Injected []message.Draft

	t     testing.TB
	out   *message.Builder
	begun message.Header
}

// Options are those of a plugin with the defaults of its kind.
func Options(kind sandbox.Kind, source string, config map[string]any) sandbox.Options {
	o := sandbox.Options{
		Kind: kind, Name: "test", Hostname: "host.example",
		Script: share.Script{Source: source, Chunk: "@test.lua"},
		Loader: share.Loader(os.DevNull, ""),
		Memory: sandbox.DefaultMemory, Instructions: sandbox.DefaultInstructions, Output: sandbox.DefaultOutput,
		ProcessInject: 1, TimerInject: 10, Config: config, MaxMessage: 64 << 10, CallTime: 10 * time.Second,
		Now: func() time.Time { return Now },
	}
	if kind == sandbox.Input || kind == sandbox.Output {
		o.Instructions = 0
	}
	return o
}

// Script returns the source of a script that comes with hekad, such as
// lua_decoders/nginx_access.lua.
func Script(t testing.TB, name string) string {
	t.Helper()
	b, err := fs.ReadFile(share.Files(), name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// New makes a sandbox.
func New(t testing.TB, o sandbox.Options) *Box {
	t.Helper()
	s, err := sandbox.New(o)
	if err != nil {
		t.Fatalf("the script does not start: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return &Box{Sandbox: s, t: t, out: message.NewBuilder(o.MaxMessage)}
}

// Filter makes a filter's sandbox with the default limits.
func Filter(t testing.TB, source string, config map[string]any) *Box {
	t.Helper()
	return New(t, Options(sandbox.Filter, source, config))
}

// Decoder makes a decoder's.
func Decoder(t testing.TB, source string, config map[string]any) *Box {
	t.Helper()
	return New(t, Options(sandbox.Decoder, source, config))
}

// Encoder makes an encoder's.
func Encoder(t testing.TB, source string, config map[string]any) *Box {
	t.Helper()
	return New(t, Options(sandbox.Encoder, source, config))
}

// Output makes an output's.
func Output(t testing.TB, source string, config map[string]any) *Box {
	t.Helper()
	return New(t, Options(sandbox.Output, source, config))
}

// Begin implements plugin.Emitter.
func (b *Box) Begin() *message.Builder {
	b.out.Reset()
	b.begun = message.Header{Timestamp: Now.UnixNano(), Logger: "test", Hostname: "host.example", Severity: 7, Pid: 42}
	b.out.Begin(&b.begun)
	return b.out
}

// Inject implements plugin.Emitter.
func (b *Box) Inject() error {
	if err := b.out.End(); err != nil {
		return err
	}
	b.take()
	return nil
}

// take moves what the builder has finished to Injected.
func (b *Box) take() {
	buf, _ := b.out.Take()
	var f message.Frame
	var v message.View
	for at := 0; message.NextFrame(buf, at, len(buf), &f); at = f.End {
		ok := v.Parse(buf[f.Start:f.End], nil) && v.Complete()
		it := v.Fields()
		for it.Next() {
		}
		if !ok || it.Damaged() {
			b.t.Errorf("the script injected a damaged message: %x", buf[f.Start:f.End])
			continue
		}
		b.Injected = append(b.Injected, v.Draft())
	}
	b.out.Reset()
}

// TryProcess gives a filter messages and returns what it says.
func (b *Box) TryProcess(drafts ...message.Draft) error {
	return b.Sandbox.Process(Select(drafts...), b)
}

// Process is TryProcess for messages that must not stop the filter.
func (b *Box) Process(drafts ...message.Draft) {
	b.t.Helper()
	if err := b.TryProcess(drafts...); err != nil {
		b.t.Fatalf("process_message: %v", err)
	}
}

// TryTick calls timer_event.
func (b *Box) TryTick(now time.Time) error { return b.Sandbox.Timer(now, b) }

// Tick is TryTick for a timer_event that must not fail.
func (b *Box) Tick(now time.Time) {
	b.t.Helper()
	if err := b.TryTick(now); err != nil {
		b.t.Fatalf("timer_event: %v", err)
	}
}

// TryDecode gives a decoder a record and returns the messages it makes of it.
func (b *Box) TryDecode(record string) ([]message.Draft, error) {
	return b.DecodeWith(record, message.Header{Timestamp: Now.UnixNano(), Type: "logfile", Logger: "in", Hostname: "host.example", Severity: 7})
}

// DecodeWith is TryDecode with the header that the input would give.
func (b *Box) DecodeWith(record string, h message.Header) ([]message.Draft, error) {
	b.out.Reset()
	n := len(b.Injected)
	err := b.Sandbox.Decode(&plugin.Record{Data: []byte(record), Default: &h}, b.out)
	b.take()
	return b.Injected[n:], err
}

// DecodeMessage gives a decoder a message that another decoder has made.
func (b *Box) DecodeMessage(d message.Draft) ([]message.Draft, error) {
	var v message.View
	v.Parse(d.Encode(), nil)
	b.out.Reset()
	n := len(b.Injected)
	err := b.Sandbox.Decode(&plugin.Record{Data: v.Bytes(message.NumPayload), Base: &v, Default: &message.Header{}}, b.out)
	b.take()
	return b.Injected[n:], err
}

// Decode is TryDecode for a record that must be read.
func (b *Box) Decode(record string) []message.Draft {
	b.t.Helper()
	list, err := b.TryDecode(record)
	if err != nil {
		b.t.Fatalf("decode %.200q: %v", record, err)
	}
	return list
}

// TryEncode gives an encoder a message and returns its bytes; nothing and no error
// when it passes the message over.
func (b *Box) TryEncode(d message.Draft) (string, error) {
	var v message.View
	v.Parse(d.Encode(), nil)
	out, err := b.Sandbox.Encode(nil, &v)
	return string(out), err
}

// Encode is TryEncode for a message that must be encoded.
func (b *Box) Encode(d message.Draft) string {
	b.t.Helper()
	out, err := b.TryEncode(d)
	if err != nil {
		b.t.Fatalf("encode: %v", err)
	}
	return out
}

// TryDeliver gives an output messages; refused are the indexes of those that it
// could not deal with.
func (b *Box) TryDeliver(drafts ...message.Draft) (refused []int, err error) {
	in := Select(drafts...)
	err = b.Sandbox.Deliver(in)
	for _, r := range in.Refused() {
		refused = append(refused, r.Index)
	}
	return refused, err
}

// Select makes a batch of the drafts and selects all of it.
func Select(drafts ...message.Draft) *message.Selection {
	size := 1
	var msgs [][]byte
	for i := range drafts {
		msgs = append(msgs, drafts[i].Encode())
		size += len(msgs[i]) + message.MaxHeaderSize
	}
	c, err := message.NewPool(2*size).Get(context.Background(), size)
	if err != nil {
		panic("bug: " + err.Error())
	}
	batch := message.NewBatch(c, 0)
	row := batch.AddRow([]uint64{1})
	buf := c.Buf[:0]
	for _, m := range msgs {
		buf = message.AppendFrame(buf, m)
		batch.Add(len(buf), row)
	}
	s := new(message.Selection)
	s.Select(batch, 0)
	return s
}

package plugintest

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/splittest"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

var lawsOf = map[plugin.Kind]func(testing.TB, *plugin.Info, string){
	plugin.KindSplitter: splitterLaws,
	plugin.KindDecoder:  decoderLaws,
	plugin.KindEncoder:  encoderLaws,
	plugin.KindFilter:   filterLaws,
}

// streams and records are what any splitter and decoder must bear.
func records() [][]byte {
	list := [][]byte{
		{}, []byte("plain text"), []byte("\xff\xfe\x00binary\x1e\x1f"), []byte(strings.Repeat("long ", 5000)),
		[]byte(`{"json": [1, 2.5, "x", null], "deep": ` + strings.Repeat("[", 2000) + "}"),
		[]byte("<34>1 2026-01-02T03:04:05.678Z host app 1234 ID47 [a b=\"c\"] text"),
		[]byte(`127.0.0.1 - - [02/Jan/2026:03:04:05 +0000] "GET / HTTP/1.1" 200 612 "-" "curl"`),
		[]byte("%s%d%n\x00\r\n\t'\"\\"),
	}
	for _, d := range drafts() {
		list = append(list, d.Encode())
	}
	return list
}

func drafts() []message.Draft {
	return []message.Draft{
		{Header: message.Header{Severity: 7}},
		{Header: message.Header{Timestamp: 1700000000123456789, Type: "nginx.access", Logger: "nginx", Payload: "a line\n", EnvVersion: "1",
			Hostname: "host", Severity: 3, Pid: 42},
			Fields: []message.DraftField{
				message.NewField("status", int64(404), ""), message.NewField("time", 0.25, "s"), message.NewField("ok", true, ""),
				message.NewField("text", []string{"a", "b"}, ""), message.NewField("raw", []byte{0, 255}, "")}},
		{Header: message.Header{Timestamp: -1, Type: "odd \"quotes\" \x01\x7f ü", Payload: strings.Repeat("x", 10000), Severity: -3, Pid: -1},
			Fields: []message.DraftField{message.NewField("", "", "")}},
	}
}

// splitterLaws: the same bytes give the same records however they are chunked,
// and every answer lies inside the bytes. NullSplitter alone is made to depend on
// the chunks.
func splitterLaws(t testing.TB, info *plugin.Info, sample string) {
	if info.Name == "NullSplitter" {
		return
	}
	s := instance(t, info, section(t, info, sample)).(plugin.Splitter)
	var framed, lines []byte
	for i, r := range records() {
		if len(r) < 1000 {
			framed = message.AppendFrame(append(framed, "noise"[:i%5]...), r)
			lines = append(append(lines, r...), "\n\n;"[i%3:]...)
		}
	}
	for _, stream := range [][]byte{{}, lines, framed, bytes.Repeat([]byte{message.RecordSeparator}, 700), bytes.Repeat([]byte{0, '\n'}, 300)} {
		splittest.Laws(t, s, stream)
	}
}

// decoderLaws: no record makes it panic; what it made does not change when the
// record's bytes do; after an error the builder builds the next message.
func decoderLaws(t testing.TB, info *plugin.Info, sample string) {
	d := instance(t, info, section(t, info, sample)).(plugin.Decoder)
	b := message.NewBuilder(64 << 10)
	head := message.Header{Timestamp: 1, Type: "default", Hostname: "host", Severity: 7}
	for _, want := range records() {
		data := bytes.Clone(want)
		b.Reset()
		err := d.Decode(&plugin.Record{Data: data, Default: &head}, b)
		made := bytes.Clone(b.Buffer())
		poison(data)
		if !bytes.Equal(made, b.Buffer()) {
			t.Errorf("messages made of %.40q change with the record's bytes", want)
		}
		checkMessages(t, want, b)
		n := len(b.Ends())
		b.Begin(&head)
		if end := b.End(); end != nil || len(b.Ends()) != n+1 {
			t.Errorf("after %.40q (%v) the builder is unusable: %v", want, err, end)
		}
	}
	if st, ok := d.(plugin.Stopper); ok {
		stop(t, st)
	}
}

func checkMessages(t testing.TB, record []byte, b *message.Builder) {
	t.Helper()
	at := 0
	for i, end := range b.Ends() {
		var f message.Frame
		var v message.View
		buf := b.Buffer()[at:end]
		if !message.NextFrame(buf, 0, 64<<10, &f) || !v.Parse(buf[f.Start:f.End], nil) || len(v.UUID()) != 16 {
			t.Errorf("message %d made of %.40q is damaged", i, record)
		}
		at = int(end)
	}
}

func poison(b []byte) {
	for i := range b {
		b[i] = Poison
	}
}

// encoderLaws: it appends, touching nothing before; what it appended does not
// change when the message's bytes do; an error leaves it usable.
func encoderLaws(t testing.TB, info *plugin.Info, sample string) {
	e := instance(t, info, section(t, info, sample)).(plugin.Encoder)
	for i, d := range drafts() {
		msg := d.Encode()
		var v message.View
		if !v.Parse(msg, nil) {
			t.Fatal("bug: the test's own message is damaged")
		}
		const head = "what stood there before"
		dst := append(make([]byte, 0, 1<<10), head...)
		out, err := e.Encode(dst, &v)
		if err != nil {
			continue
		}
		if !bytes.HasPrefix(out, []byte(head)) {
			t.Errorf("message %d: Encode changes or drops what stood in dst: %.60q", i, out)
		}
		kept := bytes.Clone(out)
		poison(msg)
		if !bytes.Equal(kept, out) {
			t.Errorf("message %d: the encoded bytes change with the message's", i)
		}
	}
	if st, ok := e.(plugin.Stopper); ok {
		stop(t, st)
	}
}

// filterLaws: it bears any message, keeps no borrowed bytes, and may be ticked at
// any time.
func filterLaws(t testing.TB, info *plugin.Info, sample string) {
	f := instance(t, info, section(t, info, sample)).(plugin.Filter)
	em := &Emitter{Header: message.Header{Type: "emitted", Severity: 7}}
	now := time.Unix(1700000000, 0)
	tick := func() {
		if tk, ok := f.(plugin.Ticked); ok {
			now = now.Add(time.Minute)
			if err := tk.Tick(now, em); err != nil {
				t.Errorf("Tick: %v", err)
			}
		}
	}
	tick()
	sel := Select(nil, drafts()...)
	if err := f.Process(sel, em); err != nil {
		t.Logf("Process: %v", err)
	}
	for i := sel.Next(-1); i >= 0; i = sel.Next(i) {
		poison(sel.At(i))
	}
	tick()
	for _, d := range em.Injected {
		if bytes.Contains(d.Encode(), bytes.Repeat([]byte{Poison}, 4)) {
			t.Error("an injected message holds bytes that were borrowed and are gone")
		}
	}
	if st, ok := f.(plugin.Stopper); ok {
		stop(t, st)
	}
}

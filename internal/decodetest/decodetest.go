// Package decodetest tries decoders in tests: it hands them records as the engine
// would and shows what they made in one line.
package decodetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Header is what records are decoded with.
var Header = message.Header{Type: "in", Logger: "log", Hostname: "own", Severity: message.DefaultSeverity}

// All decodes one record and returns the messages made of it. A damaged one fails
// the test.
func All(t testing.TB, d plugin.Decoder, record string) ([]message.Draft, error) {
	t.Helper()
	return run(t, d, &plugin.Record{Data: []byte(record), Default: &Header})
}

// Behind decodes the payload of a message as the last decoder of a chain does.
func Behind(t testing.TB, d plugin.Decoder, base message.Draft) ([]message.Draft, error) {
	t.Helper()
	var v message.View
	if !v.Parse(base.Encode(), nil) {
		t.Fatal("bug: the base is damaged")
	}
	return run(t, d, &plugin.Record{Data: v.Bytes(message.NumPayload), Base: &v, Default: &Header})
}

func run(t testing.TB, d plugin.Decoder, rec *plugin.Record) ([]message.Draft, error) {
	t.Helper()
	b := message.NewBuilder(0)
	if err := d.Decode(rec, b); err != nil {
		return nil, err
	}
	var list []message.Draft
	var f message.Frame
	var v message.View
	buf := b.Buffer()
	for i := 0; message.NextFrame(buf, i, 1<<30, &f); i = f.End {
		if !v.Parse(buf[f.Start:f.End], nil) || !v.Sound() {
			t.Fatalf("%q makes a damaged message", rec.Data)
		}
		list = append(list, v.Draft())
	}
	if len(list) != len(b.Ends()) {
		t.Fatalf("%q makes %d messages, of which %d can be read", rec.Data, len(b.Ends()), len(list))
	}
	return list, nil
}

// One is All for a decoder that makes one message a record.
func One(t testing.TB, d plugin.Decoder, record string) (message.Draft, error) {
	t.Helper()
	list, err := All(t, d, record)
	if err != nil {
		return message.Draft{}, err
	}
	if len(list) != 1 {
		t.Fatalf("%q makes %d messages, want 1", record, len(list))
	}
	return list[0], nil
}

// Show writes what a decoder sets:
//
//	2014-03-18T10:40:00.12Z type=x host=h sev=3 pid=7 name=text n:i=5(B) f:d=0.25 | payload
//
// Values that are no texts are marked by the first letter of their type. What is
// as in Header is left out.
func Show(d message.Draft) string {
	var s strings.Builder
	s.WriteString(time.Unix(0, d.Timestamp).UTC().Format(time.RFC3339Nano))
	if d.Type != Header.Type {
		s.WriteString(" type=" + d.Type)
	}
	if d.Hostname != Header.Hostname {
		s.WriteString(" host=" + d.Hostname)
	}
	if d.Severity != Header.Severity {
		fmt.Fprintf(&s, " sev=%d", d.Severity)
	}
	if d.Pid != 0 {
		fmt.Fprintf(&s, " pid=%d", d.Pid)
	}
	for _, f := range d.Fields {
		s.WriteString(" " + Field(f))
	}
	if d.Payload != "" {
		s.WriteString(" | " + d.Payload)
	}
	return s.String()
}

// Field writes one field as Show does.
func Field(f message.DraftField) string {
	kind := ""
	if f.Type != message.String {
		kind = ":" + f.Type.String()[:1]
		if f.Type == message.Bytes || f.Type == message.Bool {
			kind = ":" + f.Type.String()[:2]
		}
	}
	v := fmt.Sprint(f.Values)
	if len(f.Values) == 1 {
		v = fmt.Sprint(f.Values[0])
	}
	if f.Representation != "" {
		v += "(" + f.Representation + ")"
	}
	return f.Name + kind + "=" + v
}

// Allocs checks that decoding does not allocate once buffers have grown.
func Allocs(t testing.TB, d plugin.Decoder, record string) {
	t.Helper()
	b := message.NewBuilder(1 << 16)
	rec := plugin.Record{Data: []byte(record), Default: &Header}
	if err := d.Decode(&rec, b); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { b.Reset(); d.Decode(&rec, b) }); n != 0 {
		t.Errorf("decoding %.60q allocates %v times", record, n)
	}
}

// Bench runs a benchmark on one record.
func Bench(b *testing.B, d plugin.Decoder, record string) {
	out := message.NewBuilder(1 << 16)
	rec := plugin.Record{Data: []byte(record), Default: &Header}
	b.SetBytes(int64(len(record)))
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := d.Decode(&rec, out); err != nil {
			b.Fatal(err)
		}
	}
}

// Fuzz checks any record: no panic, and sound messages only.
func Fuzz(f *testing.F, d plugin.Decoder, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, record []byte) {
		list, err := All(t, d, string(record))
		if err == nil && len(list) == 0 {
			t.Fatalf("%q makes nothing and no error", record)
		}
	})
}

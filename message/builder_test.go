package message

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
)

// TestBuilderForms: the quick way to add a field writes the same bytes as the
// general one, and one value the same as a list of one.
func TestBuilderForms(t *testing.T) {
	long := strings.Repeat("v", 300)
	for _, name := range []string{"f", strings.Repeat("n", 130)} {
		for _, repr := range []string{"", "B", strings.Repeat("r", 200)} {
			for _, tt := range []struct {
				what string
				f    [3]func(b *Builder)
			}{
				{"text", [3]func(b *Builder){
					func(b *Builder) { b.String(name, "v", repr) }, func(b *Builder) { b.Strings(name, []string{"v"}, repr) },
					func(b *Builder) { h := NewFieldHead(name, String, repr); b.PutText(&h, "v") }}},
				{"long text", [3]func(b *Builder){
					func(b *Builder) { b.String(name, long, repr) }, func(b *Builder) { b.Strings(name, []string{long}, repr) },
					func(b *Builder) { h := NewFieldHead(name, String, repr); b.PutText(&h, long) }}},
				{"bytes", [3]func(b *Builder){
					func(b *Builder) { b.Bytes(name, []byte("\xff"), repr) }, func(b *Builder) { b.ByteStrings(name, [][]byte{{0xff}}, repr) },
					func(b *Builder) { h := NewFieldHead(name, Bytes, repr); b.PutText(&h, "\xff") }}},
				{"integer", [3]func(b *Builder){
					func(b *Builder) { b.Int(name, -3, repr) }, func(b *Builder) { b.Ints(name, []int64{-3}, repr) },
					func(b *Builder) { h := NewFieldHead(name, Integer, repr); b.PutInt(&h, -3) }}},
				{"double", [3]func(b *Builder){
					func(b *Builder) { b.Double(name, 0.5, repr) }, func(b *Builder) { b.Doubles(name, []float64{0.5}, repr) },
					func(b *Builder) { h := NewFieldHead(name, Double, repr); b.PutDouble(&h, 0.5) }}},
				{"bool", [3]func(b *Builder){
					func(b *Builder) { b.Bool(name, true, repr) }, func(b *Builder) { b.Bools(name, []bool{true}, repr) },
					func(b *Builder) { b.Bool(name, true, repr) }}},
			} {
				var got [3][]byte
				for i, f := range tt.f {
					b := NewBuilder(0)
					b.Begin(nil)
					f(b)
					got[i] = b.fields
				}
				if !bytes.Equal(got[0], got[1]) || !bytes.Equal(got[0], got[2]) {
					t.Errorf("%s of name %d and representation %d:\n%x\n%x\n%x", tt.what, len(name), len(repr), got[0], got[1], got[2])
				}
			}
		}
	}
}

func TestBuilderReset(t *testing.T) {
	b := NewBuilder(0)
	b.Begin(&Header{Type: "a", Severity: 3})
	b.Int("dropped", 1, "")
	b.Begin(nil) // the first was not ended
	if b.Type != "" || b.Severity != DefaultSeverity || b.NFieldBytes() != 0 {
		t.Errorf("Begin keeps %+v, %d bytes of fields", b.Header, b.NFieldBytes())
	}
	if b.UUID[6]>>4 != 4 || b.UUID[8]>>6 != 2 {
		t.Errorf("UUID %x is not of version 4", b.UUID)
	}
	one := b.UUID
	b.Int("kept", 1, "")
	if err := b.End(); err != nil {
		t.Fatal(err)
	}
	b.Begin(nil)
	if b.UUID == one {
		t.Error("two messages have one UUID")
	}
	b.DropFields()
	if err := b.End(); err != nil {
		t.Fatal(err)
	}
	buf, ends := b.Take()
	if len(ends) != 2 || int(ends[1]) != len(buf) || len(b.Ends()) != 0 || len(b.Buffer()) != len(buf) {
		t.Errorf("Take gives %d bytes, ends %v", len(buf), ends)
	}
	var f Frame
	if !NextFrame(buf, 0, 1000, &f) || f.End != int(ends[0]) {
		t.Errorf("first frame %+v, ends %v", f, ends)
	}
	if v := parse(t, buf[f.Start:f.End], nil); v.NFields() != 1 || !bytes.Equal(v.UUID(), one[:]) {
		t.Errorf("first message %+v", v.Draft())
	}
	b.Begin(nil)
	size := len(b.Buffer())
	if b.End() != nil || len(b.Ends()) != 1 || len(b.Buffer()) <= size {
		t.Errorf("a message more gives %d bytes, ends %v", len(b.Buffer()), b.Ends())
	}
	if b.Truncate(0, size); len(b.Ends()) != 0 || len(b.Buffer()) != size {
		t.Errorf("Truncate leaves %d bytes, ends %v", len(b.Buffer()), b.Ends())
	}
	if b.Reset(); len(b.Buffer()) != 0 {
		t.Error("Reset keeps bytes")
	}
}

func TestBuilderLimits(t *testing.T) {
	b := NewBuilder(100)
	b.Begin(&Header{Payload: strings.Repeat("p", 50)})
	if err := b.End(); err != nil {
		t.Fatal(err)
	}
	n := len(b.Buffer())
	b.Begin(&Header{Payload: strings.Repeat("p", 100)})
	if err := b.End(); !errors.Is(err, ErrTooBig) || len(b.Buffer()) != n || len(b.Ends()) != 1 {
		t.Errorf("End of a big message: %v, %d bytes", err, len(b.Buffer()))
	}
	size := len(Unframe(b.Buffer()))
	for _, max := range []int{size - 1, size} {
		b := NewBuilder(max)
		b.Begin(&Header{Payload: strings.Repeat("p", 50)})
		if err := b.End(); (err == nil) != (max == size) {
			t.Errorf("%d bytes with limit %d: %v", size, max, err)
		}
	}
}

func TestBuilderInto(t *testing.T) {
	var chunks [][]byte
	frames := 0
	b := NewBuilder(0)
	full := false
	more := func(need int) []byte {
		buf, ends := b.Take()
		frames += len(ends)
		if len(buf) > 0 {
			chunks = append(chunks, buf)
		}
		if full {
			return nil
		}
		return make([]byte, 0, max(need, 200))
	}
	b.Into(nil, more)
	for i := range 20 {
		b.Begin(&Header{Payload: strings.Repeat("p", i*20)})
		if err := b.End(); err != nil {
			t.Fatal(err)
		}
	}
	full = true
	b.Begin(&Header{Payload: strings.Repeat("p", 500)})
	if err := b.End(); !errors.Is(err, ErrNoRoom) || b.Buffer() != nil || len(b.Ends()) != 0 {
		t.Errorf("End without room: %v, %d bytes, ends %v", err, len(b.Buffer()), b.Ends())
	}
	if frames != 20 {
		t.Errorf("%d frames taken, want 20", frames)
	}
	n := 0
	for _, c := range chunks {
		var f Frame
		for i := 0; NextFrame(c, i, 1000, &f); i = f.End {
			if v := parse(t, c[f.Start:f.End], nil); len(v.Payload()) != 20*n {
				t.Errorf("message %d has a payload of %d bytes", n, len(v.Payload()))
			}
			n++
		}
	}
	if n != 20 {
		t.Errorf("%d frames in %d chunks", n, len(chunks))
	}
	full = false
	b.Begin(nil)
	if err := b.End(); err != nil || len(b.Ends()) != 1 {
		t.Errorf("End after there is room again: %v", err)
	}
}

func TestNoSeverity(t *testing.T) {
	b := NewBuilder(0)
	b.Begin(&Header{Timestamp: 1, Type: "t", Severity: NoSeverity, Payload: "p"})
	if err := b.End(); err != nil {
		t.Fatal(err)
	}
	if v := parse(t, Unframe(b.Buffer()), nil); v.Has(NumSeverity) || v.Severity() != DefaultSeverity || v.Payload() != "p" {
		t.Errorf("a message without severity reads %+v", v.Draft())
	}
}

func TestBeginFrom(t *testing.T) {
	d := fullDraft()
	v := parse(t, d.Encode(), nil)
	b := NewBuilder(0)
	b.BeginFrom(v)
	if err := b.End(); err != nil {
		t.Fatal(err)
	}
	if got := Unframe(b.Buffer()); !bytes.Equal(got, v.Raw()) {
		t.Errorf("copy %x, want %x", got, v.Raw())
	}
	b.Reset()
	from := NewBuilder(0)
	from.BeginFrom(v)
	b.BeginCopy(from)
	if !bytes.Equal(b.FieldBytes(), from.FieldBytes()) || b.End() != nil || !bytes.Equal(Unframe(b.Buffer()), v.Raw()) {
		t.Errorf("BeginCopy gives %x, want %x", Unframe(b.Buffer()), v.Raw())
	}
	b.Reset()
	b.BeginFrom(v)
	b.Type = "changed"
	b.Int("new", 1, "")
	b.End()
	w := parse(t, Unframe(b.Buffer()), nil)
	if w.Type() != "changed" || w.NFields() != 6 || w.Payload() != v.Payload() || !bytes.Equal(w.UUID(), v.UUID()) {
		t.Errorf("changed copy %+v", w.Draft())
	}
}

func TestBuilderAllocates(t *testing.T) {
	b := NewBuilder(0)
	h := NewFieldHead("h", String, "")
	if n := testing.AllocsPerRun(100, func() {
		b.Reset()
		b.Begin(&Header{Type: "t", Payload: "p"})
		b.String("s", "v", "")
		b.Int("i", math.MinInt64, "B")
		b.PutText(&h, "v")
		if b.End() != nil {
			t.Fatal("End fails")
		}
	}); n != 0 {
		t.Errorf("%v allocations a message", n)
	}
}

func TestUUIDText(t *testing.T) {
	const s = "0a1b2c3d-4e5f-4670-8192-a3b4c5d6e7f8"
	u, ok := ParseUUID(s)
	if got := string(AppendUUID(nil, u[:])); !ok || got != s {
		t.Errorf("ParseUUID and back: %q, %v", got, ok)
	}
	if v, ok := ParseUUID(strings.ToUpper(strings.ReplaceAll(s, "-", ""))); !ok || v != u {
		t.Error("ParseUUID without hyphens fails")
	}
	for _, bad := range []string{"", "0a", s + "0", s[:35] + "g", s[:35]} {
		if _, ok := ParseUUID(bad); ok {
			t.Errorf("ParseUUID(%q) succeeds", bad)
		}
	}
	if got := AppendUUID(nil, u[:15]); got != nil {
		t.Errorf("AppendUUID of 15 bytes = %q", got)
	}
}

// FuzzBuilder: whatever is built reads back the same.
func FuzzBuilder(f *testing.F) {
	f.Add("type", "payload", "name", "value", "B", int64(-1), 1.5, int32(7), int32(0), true)
	f.Add("", strings.Repeat("x", 300), strings.Repeat("n", 200), "", "", int64(math.MaxInt64), math.Inf(-1), int32(-1), int32(-1), false)
	f.Fuzz(func(t *testing.T, typ, payload, name, value, repr string, i int64, x float64, sev, pid int32, yes bool) {
		d := Draft{Header: Header{Timestamp: i, Type: typ, Logger: value, Payload: payload, EnvVersion: repr, Hostname: name, Severity: sev, Pid: pid}}
		d.UUID[3] = 1
		d.Fields = []DraftField{
			NewField(name, value, repr), NewField(name, []byte(value), ""), NewField(name, []string{value, "", payload}, repr), NewField(name, i, repr),
			NewField(name, []int64{i, 0, -i}, ""), NewField(name, x, repr), NewField(name, []float64{x, 0}, ""), NewField(name, yes, repr), NewField(name, []bool{yes, !yes}, repr),
		}
		msg := d.Encode()
		var fast, slow View
		if !fast.Parse(msg, nil) || !slow.parseAny(msg, nil) {
			t.Fatalf("%x does not parse", msg)
		}
		if got := fast.Draft(); !sameDraft(got, d) {
			t.Fatalf("reads back as %+v, want %+v", got, d)
		}
		if got := slow.Draft(); !sameDraft(got, d) {
			t.Fatalf("reads back slowly as %+v, want %+v", got, d)
		}
		b := NewBuilder(0)
		b.BeginFrom(&fast)
		b.End()
		if !bytes.Equal(Unframe(b.Buffer()), msg) {
			t.Fatalf("copies as %x, want %x", Unframe(b.Buffer()), msg)
		}
	})
}

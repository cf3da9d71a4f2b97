package cbuf

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

func TestRestore(t *testing.T) {
	for _, tt := range []struct {
		rows, cols int
		width      int64
		deltas     bool
		text       string
		want, pend string // the texts without their headers
		err        string
	}{
		{3, 3, 1, false, "10 1 0 0 0 3 1 3 0 0 0", "0\t0\t0\n0\t0\t0\n3\t1\t3\n", "", ""},
		{2, 1, 1, false, "1 1 7.1 1e6", "7.1\n1000000\n", "", ""},
		{2, 1, 1, false, "1 1 nan 99", "nan\n99\n", "", ""},
		{2, 1, 1, false, " 1\t1\n-inf  inf ", "-inf\ninf\n", "", ""},
		{3, 3, 1, true, "2 2 1 1 1 2 1 2 4 1 4 2 1 0 1", "1\t1\t1\n2\t1\t2\n4\t1\t4\n", "2\t1\t0\t1\n", ""},
		{2, 2, 1, true, "1 1 1 2 3 4 1 5 nan 0 nan 6", "1\t2\n3\t4\n", "0\tnan\t6\n1\t5\tnan\n", ""},
		{2, 1, 60, false, "60 0 5 6", "6\n5\n", "", ""}, // row 0 is the newest, whatever the time says
		{2, 1, 1, false, "", "", "", "too few values: 0, expected 2"},
		{2, 1, 1, false, "0 0 na 1", "", "", "too few values: 0, expected 2"},
		{2, 1, 1, false, "0 0 1", "", "", "too few values: 1, expected 2"},
		{2, 1, 1, false, "0 0 1 2 3", "", "", "too many values, more than: 2"},
		{2, 1, 1, false, "0 0 1 2 x", "", "", "too many values, more than: 2"},
		{2, 1, 1, false, "0 2 1 2", "", "", "invalid time/row"},
		{2, 2, 1, true, "1 1 1 2 3 4 1 5", "", "", "invalid delta"},
		{2, 2, 1, true, "1 1 1 2 3 4 inf 5 6", "", "", "invalid delta"},
	} {
		b := mustNew(t, tt.rows, tt.cols, tt.width, tt.deltas)
		before := string(b.AppendFull(nil))
		err := b.Restore(tt.text)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("Restore(%q) = %v, want %q", tt.text, err, tt.err)
			}
			if got := string(b.AppendFull(nil)); got != before {
				t.Errorf("Restore(%q) failed and left %q", tt.text, got)
			}
			continue
		}
		if err != nil {
			t.Errorf("Restore(%q): %v", tt.text, err)
			continue
		}
		if _, rows, _ := strings.Cut(string(b.AppendFull(nil)), "\n"); rows != tt.want {
			t.Errorf("Restore(%q): rows %q, want %q", tt.text, rows, tt.want)
		}
		if _, rows, _ := strings.Cut(string(b.AppendDelta(nil)), "\n"); rows != tt.pend {
			t.Errorf("Restore(%q): changes %q, want %q", tt.text, rows, tt.pend)
		}
	}
}

func filled(t testing.TB) *Buffer {
	b := mustNew(t, 4, 3, 60, true)
	b.SetHeader(1, Header{Name: "max", Unit: "ms", Aggregation: Max})
	b.SetHeader(2, Header{Name: "none", Unit: "B", Aggregation: None})
	for at := range int64(7) {
		add(t, b, at*60, 0, 1.0/3)
		set(t, b, at*60, 1, -float64(at)*math.Pi)
	}
	set(t, b, 200, 2, math.Inf(-1))
	return b
}

func TestBinary(t *testing.T) {
	b := filled(t)
	b.SetFormat(Delta)
	data, _ := b.AppendBinary(nil)
	again, err := ParseBinary(data)
	if err != nil {
		t.Fatal(err)
	}
	twice, _ := again.AppendBinary(nil)
	if !bytes.Equal(data, twice) {
		t.Errorf("saved again:\n%x\n%x", data, twice)
	}
	if got, want := string(again.AppendFull(nil)), string(b.AppendFull(nil)); got != want {
		t.Errorf("restored\n%swant\n%s", got, want)
	}
	one, _ := b.AppendText(nil)
	two, _ := again.AppendText(nil)
	if !bytes.Equal(one, two) || len(one) == 0 {
		t.Errorf("the chosen form:\n%swant\n%s", two, one)
	}
	for i := range data {
		if _, err := ParseBinary(data[:i]); err == nil {
			t.Errorf("cut at %d: no error", i)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const head = `{"time":0,"rows":2,"columns":1,"seconds_per_row":1,"column_info":[{"name":"n","unit":"u","aggregation":"sum"}]}` + "\n"
	for _, tt := range []struct{ text, want string }{
		{"", "header"}, {"{}", "header"}, {head, "do not fit"}, {head + "1\n", "do not fit"}, {head + "1\n2\n3\n", "more than 2 rows"},
		{head + "1\t2\n3\n", "not 1 columns"}, {head + "x\n2\n", "no number"}, {head + "1\n\n\n", "missing"},
		{strings.Replace(head, "sum", "mean", 1) + "1\n2\n", "aggregation"},
		{strings.Replace(head, `"rows":2`, `"rows":99999999`, 1) + "1\n2\n", "rows of"},
	} {
		if _, err := Parse([]byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Parse(%q) = %v, want %q", tt.text, err, tt.want)
		}
	}
	b, err := Parse([]byte(`{"annotations":[{"x":1,"col":1}]}` + "\n" + head + "1\nnan\n"))
	if err != nil || b.Rows() != 2 {
		t.Errorf("with annotations: %v", err)
	}
}

// FuzzRestore: any text is refused or restored; what was restored is saved and
// restored to the same.
func FuzzRestore(f *testing.F) {
	f.Add("2 2 1 1 1 2 1 2 4 1 4 2 1 0 1")
	f.Add("1 1 nan -inf 1e300 0x1p-2 0 0 0 0 0 1 2 3 4")
	f.Fuzz(func(t *testing.T, text string) {
		b := mustNew(t, 3, 3, 7, true)
		if b.Restore(text) != nil {
			return
		}
		data, _ := b.AppendBinary(nil)
		again, err := ParseBinary(data)
		if err != nil {
			t.Fatalf("Restore(%q) gives what cannot be read again: %v", text, err)
		}
		if one, two := string(b.AppendFull(nil)), string(again.AppendFull(nil)); one != two {
			t.Fatalf("%q\n%q", one, two)
		}
		if one, two := string(b.AppendDelta(nil)), string(again.AppendDelta(nil)); one != two {
			t.Fatalf("%q\n%q", one, two)
		}
	})
}

// FuzzParse: any text is refused or parsed; what was parsed is written and parsed
// to the same text.
func FuzzParse(f *testing.F) {
	b := filled(f)
	f.Add(b.AppendFull(nil))
	f.Add(append([]byte(`{"annotations":[]}`+"\n"), b.AppendFull(nil)...))
	f.Add(b.AppendDelta(nil))
	f.Fuzz(func(t *testing.T, text []byte) {
		if info, rows, err := ParseDelta(text); err == nil && len(rows)*info.Columns > len(text) {
			t.Fatalf("%d rows of %d bytes", len(rows), len(text))
		}
		b, err := Parse(text)
		if err != nil {
			return
		}
		one := b.AppendFull(nil)
		again, err := Parse(one)
		if err != nil {
			t.Fatalf("%v: %q", err, one)
		}
		if two := again.AppendFull(nil); !bytes.Equal(one, two) {
			t.Fatalf("%q\n%q", one, two)
		}
	})
}

// FuzzParseBinary: any bytes are refused or read; what was read is written to the
// same state.
func FuzzParseBinary(f *testing.F) {
	data, _ := filled(f).AppendBinary(nil)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := ParseBinary(data)
		if err != nil {
			return
		}
		one, _ := b.AppendBinary(nil)
		again, err := ParseBinary(one)
		if err != nil {
			t.Fatal(err)
		}
		if two, _ := again.AppendBinary(nil); !bytes.Equal(one, two) {
			t.Fatalf("%x\n%x", one, two)
		}
		b.AppendDelta(b.AppendFull(nil))
	})
}

package message

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math"
	"reflect"
	"strings"
	"testing"
)

// raw decodes hex with spaces.
func raw(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const uuidHex = "0a10 000102030405060708090a0b0c0d0e0f"

// full is a message with every header field and one dynamic field of each type,
// byte for byte as the original's encoder writes it.
const full = uuidHex + `
	10 8080c0e3a2bc83e914
	1a 04 74797065
	22 03 6c6f67
	28 06
	32 07 7061796c6f6164
	3a 03 302e38
	40 e121
	4a 04 686f7374
	52 0a 0a01 73 1000 2203 666f6f
	52 0b 0a01 62 1001 1a01 42 2a01 ff
	52 0b 0a01 69 1002 3204 01 ac02 05
	52 17 0a01 64 1003 3a10 000000000000f83f 00000000000000c0
	52 09 0a01 74 1004 4202 01 00`

func fullDraft() Draft {
	d := Draft{
		Header: Header{Timestamp: 1500000000000000000, Type: "type", Logger: "log", Severity: 6, Payload: "payload", EnvVersion: "0.8", Pid: 4321, Hostname: "host"},
		Fields: []DraftField{
			NewField("s", "foo", ""), NewField("b", []byte{0xff}, "B"), NewField("i", []int64{1, 300, 5}, ""),
			NewField("d", []float64{1.5, -2}, ""), NewField("t", []bool{true, false}, ""),
		},
	}
	for i := range d.UUID {
		d.UUID[i] = byte(i)
	}
	return d
}

func parse(t testing.TB, b []byte, want *Want) *View {
	t.Helper()
	v := new(View)
	if !v.Parse(b, want) {
		t.Fatalf("Parse(%x) fails", b)
	}
	return v
}

func TestFullMessage(t *testing.T) {
	b := raw(t, strings.Replace(full, "8080c0e3a2bc83e914", hex.EncodeToString(binary.AppendUvarint(nil, 1500000000000000000)), 1))
	d := fullDraft()
	if got := d.Encode(); !bytes.Equal(got, b) {
		t.Errorf("Encode() =\n%x, want\n%x", got, b)
	}
	v := parse(t, b, nil)
	if got := v.Draft(); !reflect.DeepEqual(got, d) {
		t.Errorf("Draft() =\n%+v, want\n%+v", got, d)
	}
	if !v.Complete() || !v.Sound() || v.NFields() != 5 || !v.Has(NumPid) || !bytes.Equal(v.Raw(), b) {
		t.Errorf("Complete, Sound, NFields, Has(pid) = %v %v %d %v", v.Complete(), v.Sound(), v.NFields(), v.Has(NumPid))
	}
	if s := v.Span(NumType); string(b[s.Off:s.Off+s.Len]) != "type" {
		t.Errorf("Span(type) = %+v", s)
	}
}

func TestUnset(t *testing.T) {
	v := parse(t, raw(t, uuidHex+"10 05"), nil)
	if v.Type()+v.Logger()+v.Payload()+v.EnvVersion()+v.Hostname() != "" || v.Severity() != 7 || v.Pid() != 0 || v.Timestamp() != 5 || v.NFields() != 0 {
		t.Errorf("unset fields: %+v", v.Draft())
	}
	if v.Has(NumSeverity) || v.Bytes(NumType) != nil && len(v.Bytes(NumType)) > 0 {
		t.Error("a field that is not there is present")
	}
	if parse(t, nil, nil).Complete() {
		t.Error("the empty message is complete")
	}
}

// TestOrders: the slow and the quick way read the same message alike, and what
// is not canonical is read as protobuf says.
func TestOrders(t *testing.T) {
	for _, tt := range []struct{ name, hex, typ, payload string }{
		{"canonical", uuidHex + "10 05 1a01 61 2803 3201 70", "a", "p"},
		{"payload first", "3201 70" + uuidHex + "1a01 61 10 05 2803", "a", "p"},
		{"last of a repeated field wins", uuidHex + "10 05 1a01 62 1a01 61 2803 3201 70", "a", "p"},
		{"unknown fields", uuidHex + "10 05 f8ff0301 1a01 61 2803 5a03 010203 3201 70 fd0f 01020304 f90f 0102030405060708", "a", "p"},
		{"long length form", uuidHex + "10 05 1a8100 61 2803 328100 70", "a", "p"},
		{"long time stamp", uuidHex + "10 8580808080808080 8000 1a01 61 2803 3201 70", "a", "p"},
		{"uuid of another length", "0a02 0102 10 05 1a01 61 2803 3201 70", "a", "p"},
		{"negative severity and pid", uuidHex + "10 05 1a01 61 28 ffffffffffffffffff01 3201 70 40 feffffffffffffffff01", "a", "p"},
	} {
		v := parse(t, raw(t, tt.hex), nil)
		if v.Type() != tt.typ || v.Payload() != tt.payload || v.Timestamp() != 5 {
			t.Errorf("%s: type %q, payload %q, time %d", tt.name, v.Type(), v.Payload(), v.Timestamp())
		}
		if tt.name == "negative severity and pid" && (v.Severity() != -1 || v.Pid() != -2) {
			t.Errorf("severity %d, pid %d, want -1, -2", v.Severity(), v.Pid())
		}
	}
}

func TestDamaged(t *testing.T) {
	for name, s := range map[string]string{
		"text past the end":         uuidHex + "10 05 1a05 61",
		"length past the end":       uuidHex + "10 05 1a",
		"huge length":               uuidHex + "10 05 1a ffffffffffffffffff01 61",
		"varint too long":           uuidHex + "10 ffffffffffffffffffff01",
		"number as text":            uuidHex + "12 01 05",
		"text as number":            uuidHex + "10 05 18 01",
		"field as number":           uuidHex + "10 05 50 01",
		"group":                     uuidHex + "10 05 5b 5c",
		"field number zero":         uuidHex + "10 05 00 01",
		"field past the end":        uuidHex + "10 05 52 20 0a01 73",
		"fixed past the end":        uuidHex + "10 05 61 0102",
		"one stray byte":            uuidHex + "10 05 1a01 61 28",
		"payload length past int":   uuidHex + "10 05 32 ffffffffffffffff7f 61",
		"canonical, field too long": uuidHex + "10 05 1a01 61 2803 3201 70 52 ffffffff0f 00",
	} {
		v := parse(t, raw(t, full), nil) // what stood there before is gone
		if v.Parse(raw(t, s), nil) {
			t.Errorf("%s: Parse succeeds", name)
		}
		if v.Raw() != nil || v.Type() != "" || v.NFields() != 0 || v.Complete() {
			t.Errorf("%s: the view is not empty: %+v", name, v.Draft())
		}
	}
}

func TestFieldEncodings(t *testing.T) {
	for _, tt := range []struct {
		name, hex string
		want      []any // nil: damaged
	}{
		{"unpacked integers", "0a01 69 1002 3001 30ac02", []any{int64(1), int64(300)}},
		{"packed and unpacked", "0a01 69 1002 3202 0102 3003", []any{int64(1), int64(2), int64(3)}},
		{"values before type", "3001 1002 0a01 69", []any{int64(1)}},
		{"negative", "0a01 69 1002 320a fbffffffffffffffff01", []any{int64(-5)}},
		{"double unpacked", "0a01 64 1003 39 000000000000f83f", []any{1.5}},
		{"bool that is two", "0a01 74 1004 4001 4002 4000", []any{true, true, false}},
		{"no type is string", "0a01 73 2201 61 2200", []any{"a", ""}},
		{"other arrays are ignored", "0a01 73 1000 3001 2201 61 2a01 62", []any{"a"}},
		{"no values", "0a01 69 1002", []any{}},
		{"empty packed array", "0a01 69 1002 3200", []any{}},
		{"empty packed array, long form", "0a01 69 1002 328000", []any{}},
		{"last type wins", "0a01 69 1000 1002 3001", []any{int64(1)}},
		{"unknown field", "0a01 69 1002 3001 6201 61", []any{int64(1)}},
		{"varint cut off", "0a01 69 1002 3201 80", nil},
		{"double cut off", "0a01 64 1003 3a07 00000000000000", nil},
		{"double as varint", "0a01 64 1003 3801", nil},
		{"text as varint", "0a01 73 1000 2001", nil},
		{"unknown type", "0a01 73 1005 2201 61", nil},
		{"name past the end", "0a09 73", nil},
	} {
		body := raw(t, tt.hex)
		var f Field
		if ok := f.Parse(body); ok != (tt.want != nil) {
			t.Errorf("%s: Parse = %v", tt.name, ok)
			continue
		}
		if tt.want == nil {
			if f.Len() != 0 || f.Name() != "" || f.Bytes(0) != nil {
				t.Errorf("%s: a damaged field is not empty", tt.name)
			}
			continue
		}
		d := f.draft()
		if len(d.Values) != len(tt.want) || len(d.Values) > 0 && !reflect.DeepEqual(d.Values, tt.want) {
			t.Errorf("%s: values %v, want %v", tt.name, d.Values, tt.want)
		}
		for _, k := range []int{-1, f.Len(), math.MaxInt} {
			if n, ok := f.Number(k); f.Bytes(k) != nil || f.Int(k) != 0 || f.Bool(k) || f.Double(k) != 0 || ok || n != 0 {
				t.Errorf("%s: value %d exists", tt.name, k)
			}
		}
	}
}

func TestFieldLookup(t *testing.T) {
	d := Draft{Header: Header{Severity: 7}}
	for i := range 40 {
		d.Fields = append(d.Fields, NewField("same", i, ""))
		d.Fields = append(d.Fields, NewField(strings.Repeat("n", i+1), i, ""))
	}
	msg := d.Encode()
	names := []string{"n", "same", "none", "nnnn", strings.Repeat("n", 39), "n"}
	for _, w := range []*Want{nil, NewWant(nil), NewWant(names), NewWant([]string{"none"})} {
		v := parse(t, msg, w)
		var f Field
		for i := range 40 {
			if !v.Field("same", i, &f) || f.Int(0) != int64(i) || f.Name() != "same" {
				t.Errorf("Field(same, %d) = %d", i, f.Int(0))
			}
			if name := strings.Repeat("n", i+1); !v.Field(name, 0, &f) || f.Int(0) != int64(i) {
				t.Errorf("Field(%s) = %d, want %d", name, f.Int(0), i)
			}
		}
		if v.Field("same", 40, &f) || v.Field("none", 0, &f) || v.Field("", 0, &f) {
			t.Error("a field that is not there is found")
		}
		n := 0
		for it := v.Fields(); ; n++ {
			name, body, ok := it.NextRaw()
			if !ok {
				break
			}
			if !f.Parse(body) || f.Name() != string(name) {
				t.Errorf("NextRaw %d: name %q, body %x", n, name, body)
			}
		}
		if n != 80 {
			t.Errorf("NextRaw gives %d fields", n)
		}
	}
}

func TestWant(t *testing.T) {
	long := strings.Repeat("x", 121)
	names := []string{"a", "a", long, "status", "statut", "stat", "request_time", "request_size", "request_line", strings.Repeat("y", 120)}
	for i := range 40 {
		names = append(names, "field"+string(rune('A'+i)))
	}
	w := NewWant(names)
	if w.Len() != MaxWant || w.Index(long) >= 0 || w.Index("a") != 0 || w.Index("status") != 1 || w.Index("no") != -1 {
		t.Errorf("Len %d, Index(a) %d, Index(status) %d", w.Len(), w.Index("a"), w.Index("status"))
	}
	if i := (*Want)(nil).Index("a"); i != -1 {
		t.Errorf("nil.Index(a) = %d", i)
	}
	d := Draft{}
	for i, n := range names {
		if i%3 != 0 {
			d.Fields = append(d.Fields, NewField(n, i, ""), NewField(n, "second", ""))
		}
	}
	v := parse(t, d.Encode(), w)
	for i, n := range names {
		k := w.Index(n)
		if k < 0 || n == "a" {
			continue
		}
		var f Field
		if got := v.Wanted(k, &f); got != (i%3 != 0) {
			t.Errorf("Wanted(%s) = %v", n, got)
		} else if got && (f.Name() != n || f.Int(0) != int64(i)) {
			t.Errorf("Wanted(%s) = %s %d, want %d", n, f.Name(), f.Int(0), i)
		}
	}
}

// FuzzView: any bytes parse or are refused; both ways through the parser agree,
// as do all ways to a field; what was read encodes to a message that reads alike.
func FuzzView(f *testing.F) {
	f.Add(raw(f, full), "i")
	f.Add(raw(f, uuidHex+"10 05 52 06 0a01 69 30 01"), "i")
	f.Add(raw(f, uuidHex+"10 05 52 08 1002 328000 0a01 69"), "i")
	f.Add(raw(f, uuidHex+"10 05 52 0b 0a01 69 0a01 6a 1002 328000"), "i")
	d := fullDraft()
	f.Add(d.Encode(), "s")
	f.Fuzz(func(t *testing.T, b []byte, name string) {
		w := NewWant([]string{name, "i", "s"})
		var v, slow View
		ok := v.Parse(b, w)
		if slow.parseAny(b, w) != ok {
			t.Fatalf("Parse(%x) = %v, parseAny differs", b, ok)
		}
		if !ok {
			return
		}
		if v.str != slow.str || v.have != slow.have || v.severity != slow.severity || v.pid != slow.pid || v.timestamp != slow.timestamp || v.nFields != slow.nFields || v.haveWant != slow.haveWant {
			t.Fatalf("Parse(%x): %+v have %b want %b, slow %+v have %b want %b", b, v.Draft(), v.have, v.haveWant, slow.Draft(), slow.have, slow.haveWant)
		}
		for k := range w.Len() {
			x, _ := v.WantedSpan(k)
			if y, have := slow.WantedSpan(k); have && x != y {
				t.Fatalf("WantedSpan(%d) = %v, slow %v", k, x, y)
			}
		}
		fuzzFields(t, b, &v)
		if v.Sound() && v.Complete() && len(v.UUID()) == 16 {
			d := v.Draft()
			c := d.Encode()
			if got := parse(t, c, nil).Draft(); d.UUID != [16]byte{} && !sameDraft(got, d) {
				t.Fatalf("round trip of %x gives %+v, want %+v", b, got, d)
			}
		}
	})
}

// fuzzFields compares the ways to look fields up.
func fuzzFields(t *testing.T, b []byte, v *View) {
	var plain View
	plain.Parse(b, nil)
	count := map[string]int{}
	for it := v.Fields(); ; {
		name, body, ok := it.NextRaw()
		if !ok {
			break
		}
		var f, g, h Field
		ok = f.Parse(body)
		if name == nil {
			continue
		}
		nth := count[string(name)]
		count[string(name)]++
		if v.Field(string(name), nth, &g) != ok || plain.Field(string(name), nth, &h) != ok {
			t.Fatalf("Field(%q, %d) on %x differs from the walk", name, nth, b)
		}
		if ok && (!sameField(g.draft(), f.draft()) || !sameField(h.draft(), f.draft())) {
			t.Fatalf("Field(%q, %d) on %x = %+v, want %+v", name, nth, b, g.draft(), f.draft())
		}
	}
}

func sameDraft(a, b Draft) bool {
	if a.UUID != b.UUID || a.Header != b.Header || len(a.Fields) != len(b.Fields) {
		return false
	}
	for i := range a.Fields {
		if !sameField(a.Fields[i], b.Fields[i]) {
			return false
		}
	}
	return true
}

// sameField is equality with NaN equal to itself.
func sameField(a, b DraftField) bool {
	if a.Name != b.Name || a.Type != b.Type || a.Representation != b.Representation || len(a.Values) != len(b.Values) {
		return false
	}
	for i := range a.Values {
		if x, ok := a.Values[i].(float64); ok && math.Float64bits(x) == math.Float64bits(b.Values[i].(float64)) {
			continue
		}
		if !reflect.DeepEqual(a.Values[i], b.Values[i]) {
			return false
		}
	}
	return true
}

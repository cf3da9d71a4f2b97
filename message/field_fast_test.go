package message

import (
	"testing"
)

// FuzzFieldParse: the fast path reads a field as the slow one does.
func FuzzFieldParse(f *testing.F) {
	b := NewBuilder(0)
	b.String("name", "value", "repr")
	f.Add(b.fields[2:])
	b.DropFields()
	b.String("empty", "", "")
	f.Add(b.fields[2:])
	b.DropFields()
	b.Int("n", -1, "")
	f.Add(b.fields[2:])
	b.DropFields()
	b.Ints("n", []int64{1, 300}, "B")
	f.Add(b.fields[2:])
	b.DropFields()
	b.Double("d", 1.5, "")
	f.Add(b.fields[2:])
	f.Fuzz(func(t *testing.T, body []byte) {
		var fast, slow Field
		if !fast.parseCanonical(body) {
			return
		}
		// An unknown field at the end keeps the fast path away and changes nothing.
		if !slow.Parse(append(append([]byte{}, body...), 15<<3, 0)) {
			t.Fatalf("only the fast path reads %x", body)
		}
		if fast.Type != slow.Type || fast.Name() != slow.Name() || fast.Representation() != slow.Representation() || fast.Len() != slow.Len() ||
			fast.Text(0) != slow.Text(0) || fast.Int(0) != slow.Int(0) || fast.Double(0) != slow.Double(0) && fast.Double(0) == fast.Double(0) {
			t.Fatalf("%x is %+v, slowly %+v", body, fast, slow)
		}
		msg := NewBuilder(0)
		msg.Raw(body)
		it := Fields{b: msg.fields}
		name, typ, value, ok := it.Simple()
		if ok != (len(body) < 1<<14) || ok && (name != fast.Name() || typ != fast.Type || Borrow(value) != Borrow(fast.value(0)) || it.Next()) {
			t.Fatalf("%x is %q %v %x %v", body, name, typ, value, ok)
		}
		h := NewFieldHead(fast.Name(), fast.Type, fast.Representation())
		it = Fields{b: msg.fields}
		if value, ok := it.Match(&h); ok && (Borrow(value) != Borrow(fast.value(0)) || it.Next()) {
			t.Fatalf("%x matches with %x", body, value)
		}
		it = Fields{b: msg.fields}
		h = NewFieldHead(fast.Name()+"x", fast.Type, fast.Representation())
		if _, ok := it.Match(&h); ok {
			t.Fatalf("%x matches another name", body)
		}
	})
}

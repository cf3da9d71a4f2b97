package control

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
)

var order = Order{UUID: [16]byte{1, 2, 3}, Time: time.Unix(1700000000, 5), Action: Load, Config: "[x]\n", Script: "return 1", Manager: "m", Host: "h"}

func signed(t testing.TB, change func(d *message.Draft)) (*message.View, map[string]ed25519.PublicKey) {
	t.Helper()
	pub, private, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := ParsePrivate(private + "\n")
	if err != nil {
		t.Fatal(err)
	}
	public, err := ParsePublic(pub)
	if err != nil {
		t.Fatal(err)
	}
	d := order.Draft("me", 7)
	if err := Sign(&d, "alice", key); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&d)
	}
	return view(t, d.Encode()), map[string]ed25519.PublicKey{"alice": public}
}

func view(t testing.TB, b []byte) *message.View {
	t.Helper()
	v := new(message.View)
	if !v.Parse(b, nil) {
		t.Fatal("does not parse")
	}
	return v
}

func TestRoundTrip(t *testing.T) {
	v, keys := signed(t, nil)
	got, err := Read(v)
	if err != nil || *got != order {
		t.Errorf("Read = %+v, %v, want %+v", got, err, order)
	}
	if id, err := Verify(v, keys); id != "alice" || err != nil {
		t.Errorf("Verify = %q, %v", id, err)
	}
	if v.Logger() != "hekad" || v.Type() != Type {
		t.Errorf("Logger %q, Type %q", v.Logger(), v.Type())
	}
}

func TestWhatIsChangedIsNoticed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(d *message.Draft)
		err    error
	}{
		{"the script", func(d *message.Draft) { d.Payload += " " }, ErrBadSign},
		{"the time", func(d *message.Draft) { d.Timestamp++ }, ErrBadSign},
		{"the identifier", func(d *message.Draft) { d.UUID[0]++ }, ErrBadSign},
		{"the action", func(d *message.Draft) { d.Fields[0].Values[0] = Unload }, ErrBadSign},
		{"a representation", func(d *message.Draft) { d.Fields[1].Representation = "x" }, ErrBadSign},
		{"a field more", func(d *message.Draft) { d.Fields = append(d.Fields, message.NewField("x", 1, "")) }, ErrBadSign},
		{"a field less", func(d *message.Draft) { d.Fields = append(d.Fields[:3], d.Fields[4:]...) }, ErrBadSign},
		{"the order", func(d *message.Draft) { d.Fields[0], d.Fields[1] = d.Fields[1], d.Fields[0] }, ErrBadSign},
		{"the key's name", func(d *message.Draft) { d.Fields[4].Values[0] = "bob" }, ErrUnknownKey},
		{"no signature", func(d *message.Draft) { d.Fields = d.Fields[:5] }, ErrUnsigned},
		{"a signature of another type", func(d *message.Draft) { d.Fields[5] = message.NewField(FieldSignature, "x", "") }, ErrUnsigned},
		{"a short signature", func(d *message.Draft) { d.Fields[5] = message.NewField(FieldSignature, []byte("x"), "") }, ErrBadSign},
	} {
		v, keys := signed(t, tt.change)
		if id, err := Verify(v, keys); !errors.Is(err, tt.err) || id != "" {
			t.Errorf("%s: Verify = %q, %v, want %v", tt.name, id, err, tt.err)
		}
	}
	for _, name := range []string{FieldSignature, FieldKey} {
		v, keys := signed(t, func(d *message.Draft) {
			f := d.Fields[len(d.Fields)-1]
			if name == FieldKey {
				f = d.Fields[len(d.Fields)-2]
			}
			d.Fields = append(d.Fields, f)
		})
		if _, err := Verify(v, keys); err == nil || !strings.Contains(err.Error(), "twice") {
			t.Errorf("two fields %s: %v", name, err)
		}
	}
}

// The canonical form is a format: other programs make it too.
func TestCanonicalBytes(t *testing.T) {
	d := message.Draft{UUID: [16]byte{0: 'u', 15: 'u'}, Header: message.Header{Timestamp: 5, Type: Type, Severity: 7, Payload: "p"},
		Fields: []message.DraftField{message.NewField("a", "b", "r"), message.NewField("n", []int64{1, -2}, ""),
			message.NewField("d", 0.5, ""), message.NewField("t", true, ""), message.NewField(FieldSignature, []byte("s"), "")}}
	want := "heka control message 1\n16:u\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00u,1:5,20:heka.control.sandbox,0:,1:7,1:p,0:,1:0,0:," +
		"1:a,1:0,1:r,1:1,1:b,1:n,1:2,0:,1:2,1:1,2:-2,1:d,1:3,0:,1:1,16:3fe0000000000000,1:t,1:4,0:,1:1,4:true,"
	if got := Canonical(nil, view(t, d.Encode())); string(got) != want {
		t.Errorf("Canonical =\n%q, want\n%q", got, want)
	}
}

func TestReadRefuses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(o *Order, d *message.Draft)
		want   string
	}{
		{"no action", func(o *Order, _ *message.Draft) { o.Action = "" }, "no action"},
		{"load without a section", func(o *Order, _ *message.Draft) { o.Config = "" }, "no section"},
		{"unload of nobody", func(o *Order, _ *message.Draft) { o.Action, o.Name = Unload, "" }, "names no filter"},
		{"a long name", func(o *Order, _ *message.Draft) { o.Name = strings.Repeat("x", 300) }, "shorter"},
		{"a long section", func(o *Order, _ *message.Draft) { o.Config = strings.Repeat("#", 70000) }, "70000 bytes"},
		{"a long script", func(o *Order, _ *message.Draft) { o.Script = strings.Repeat("-", 2<<20) }, "script"},
		{"no UTF-8", func(o *Order, _ *message.Draft) { o.Config = "\xff" }, "UTF-8"},
		{"two actions", func(_ *Order, d *message.Draft) {
			d.Fields = append(d.Fields, message.NewField(FieldAction, Unload, ""))
		}, "twice"},
		{"an action that is a number", func(_ *Order, d *message.Draft) {
			d.Fields = []message.DraftField{message.NewField(FieldAction, 1, "")}
		}, "not one string"},
		{"two names in one", func(_ *Order, d *message.Draft) {
			d.Fields = append(d.Fields, message.NewField(FieldName, []string{"a", "b"}, ""))
		}, "not one string"},
	} {
		o := order
		tt.change(&o, new(message.Draft))
		d := o.Draft("me", 1)
		if o.Action == "" {
			d.Fields = d.Fields[1:]
		}
		tt.change(new(Order), &d)
		if _, err := Read(view(t, d.Encode())); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Read = %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestKeysThatAreNone(t *testing.T) {
	_, private, _ := NewKey()
	for _, text := range []string{"", "ed25519:", "ed25519:AAAA", "ed25519:!", private, "rsa:x"} {
		if _, err := ParsePublic(text); err == nil {
			t.Errorf("ParsePublic(%q) succeeds", text)
		}
	}
	if _, err := ParsePrivate("ed25519:AAAA"); err == nil {
		t.Error("a public key is taken for a private one")
	}
}

// FuzzRead: any message is read or refused without a panic; what is read and
// written again reads the same; no message verifies but the one that was signed.
func FuzzRead(f *testing.F) {
	v, keys := signed(f, nil)
	good := append([]byte(nil), v.Raw()...)
	f.Add(good)
	d := Order{Action: Unload, Name: "../x"}
	f.Add(encode(d.Draft("", 0)))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v message.View
		if !v.Parse(b, nil) || !v.Complete() {
			return
		}
		if _, err := Verify(&v, keys); err == nil && !bytes.Equal(Canonical(nil, &v), Canonical(nil, view(t, good))) {
			t.Fatalf("%x verifies", b)
		}
		o, err := Read(&v)
		if err != nil || o.UUID == [16]byte{} { // that would be drawn anew
			return
		}
		again, err := Read(view(t, encode(o.Draft("h", 1))))
		if err != nil || *again != *o {
			t.Fatalf("%+v reads again as %+v, %v", o, again, err)
		}
	})
}

func encode(d message.Draft) []byte { return d.Encode() }

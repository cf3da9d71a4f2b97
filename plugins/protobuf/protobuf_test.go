package protobuf

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

func sampleMessage() message.Draft {
	return message.Draft{
		UUID:   [16]byte{1, 2, 3, 15: 9},
		Header: message.Header{Timestamp: 1e18, Type: "t", Logger: "l", Payload: "p", EnvVersion: "1", Hostname: "h", Severity: -1, Pid: 5},
		Fields: []message.DraftField{
			message.NewField("s", []string{"a", "b"}, ""), message.NewField("i", []int64{-1, 2}, "count"), message.NewField("d", 1.5, ""),
			message.NewField("b", true, ""), message.NewField("x", []byte{0, 255}, ""), message.NewField("s", "again", ""),
		},
	}
}

func TestRoundTrip(t *testing.T) {
	d := sampleMessage()
	enc := d.Encode()
	out := message.NewBuilder(0)
	if err := (&Decoder{}).Decode(&plugin.Record{Data: enc}, out); err != nil {
		t.Fatal(err)
	}
	got := out.Buffer()
	if want := message.AppendFrame(nil, enc); !bytes.Equal(got, want) {
		t.Errorf("decoded to %x, want %x", got, want)
	}
	var v message.View
	if !v.Parse(enc, nil) {
		t.Fatal("sample cannot be read")
	}
	if back := v.Draft(); !reflect.DeepEqual(back, d) {
		t.Errorf("read %+v, want %+v", back, d)
	}
	if b, err := (Encoder{}).Encode([]byte("x"), &v); err != nil || !bytes.Equal(b, append([]byte("x"), enc...)) {
		t.Errorf("Encode = %x, %v, want x and %x", b, err, enc)
	}
}

func TestDecodeRefuses(t *testing.T) {
	d := sampleMessage()
	enc := d.Encode()
	for name, tt := range map[string]struct {
		b    []byte
		want error
	}{
		"nothing":          {nil, ErrIncomplete},
		"text":             {[]byte("hello, world, this is no message at all"), message.ErrDamaged},
		"cut":              {enc[:len(enc)-1], message.ErrDamaged},
		"short uuid":       {append([]byte{1<<3 | 2, 2, 1, 1}, enc[18:]...), ErrIncomplete},
		"no timestamp":     {enc[:18], ErrIncomplete},
		"damaged field":    {append(append([]byte{}, enc...), 10<<3|2, 2, 1<<3|2, 9), ErrField},
		"field of no name": {append(append([]byte{}, enc...), 10<<3|2, 2, 2<<3, 0), ErrField},
	} {
		out := message.NewBuilder(0)
		if err := (&Decoder{}).Decode(&plugin.Record{Data: tt.b}, out); !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", name, err, tt.want)
		}
		if len(out.Ends()) != 0 {
			t.Errorf("%s: a message came out all the same", name)
		}
	}
	if err := (&Decoder{}).Decode(&plugin.Record{Data: enc}, message.NewBuilder(len(enc)-1)); !errors.Is(err, message.ErrTooBig) {
		t.Errorf("error %v, want ErrTooBig", err)
	}
}

// FuzzDecode: any bytes are refused or become a message that decodes to itself.
func FuzzDecode(f *testing.F) {
	d := sampleMessage()
	f.Add(d.Encode())
	f.Add([]byte{1<<3 | 2, 16})
	f.Fuzz(func(t *testing.T, b []byte) {
		once, twice := message.NewBuilder(0), message.NewBuilder(0)
		if (&Decoder{}).Decode(&plugin.Record{Data: b}, once) != nil {
			return
		}
		var f message.Frame
		if !message.NextFrame(once.Buffer(), 0, 1<<30, &f) {
			t.Fatalf("no frame in %x", once.Buffer())
		}
		if err := (&Decoder{}).Decode(&plugin.Record{Data: once.Buffer()[f.Start:f.End]}, twice); err != nil {
			t.Fatalf("what was decoded is refused: %v", err)
		}
		if !bytes.Equal(once.Buffer(), twice.Buffer()) {
			t.Fatalf("%x became %x", once.Buffer(), twice.Buffer())
		}
	})
}

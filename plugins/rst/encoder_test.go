package rst

import (
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

func TestEncode(t *testing.T) {
	d := message.Draft{
		UUID: [16]byte{0x87, 0xcf, 0x1a, 0xc2, 0xe8, 0x10, 0x4d, 0xdf, 0xa0, 0x2d, 0xa5, 0xce, 0x44, 0xd1, 0x3a, 0x85},
		Header: message.Header{Timestamp: 1_395_139_200_120_000_000, Type: "TEST", Logger: "GoSpec", Severity: 6,
			Payload: "one\n:Type: forged\x1b[2J\xff", EnvVersion: "0.8", Pid: 9283, Hostname: "hostname"},
		Fields: []message.DraftField{
			message.NewField("foo", "b\"a\nr\t\\", ""), message.NewField("n", []int64{64, 65}, "B"), message.NewField("f", 0.5, "s"),
			message.NewField("ok", true, ""), message.NewField("raw", []byte{0, 0xff}, ""), {Name: "none"},
		},
	}
	const want = `
:Timestamp: 2014-03-18 10:40:00.12 +0000 UTC
:Type: TEST
:Hostname: hostname
:Pid: 9283
:Uuid: 87cf1ac2-e810-4ddf-a02d-a5ce44d13a85
:Logger: GoSpec
:Payload: one
    :Type: forged\x1b[2J\xff
:EnvVersion: 0.8
:Severity: 6
:Fields:
    | name:"foo" type:string value:"b\"a\nr\t\\"
    | name:"n" type:integer value:[64 65] representation:"B"
    | name:"f" type:double value:0.5 representation:"s"
    | name:"ok" type:bool value:true
    | name:"raw" type:bytes value:"\x00\xff"
    | name:"none" type:string value:[]
`
	e, _ := New(Config{}, plugin.Env{})
	var v message.View
	v.Parse(d.Encode(), nil)
	if got, err := e.Encode(nil, &v); err != nil || string(got) != want {
		t.Errorf("Encode = %v\n%s\nwant\n%s", err, got, want)
	}
	d = message.Draft{UUID: d.UUID}
	v.Parse(d.Encode(), nil)
	const empty = "\n:Timestamp: 1970-01-01 00:00:00 +0000 UTC\n:Type: \n:Hostname: \n:Pid: 0\n:Uuid: 87cf1ac2-e810-4ddf-a02d-a5ce44d13a85\n:Logger: \n:Payload: \n:EnvVersion: \n:Severity: 0\n"
	if got, _ := e.Encode(nil, &v); string(got) != empty {
		t.Errorf("Encode of an empty message = %q, want %q", got, empty)
	}
}

// FuzzEncode: no message puts a control byte other than newline and tab into the text.
func FuzzEncode(f *testing.F) {
	f.Add("a\x00b", "\x9b\u0085")
	f.Fuzz(func(t *testing.T, payload, field string) {
		d := message.Draft{Header: message.Header{Payload: payload}, Fields: []message.DraftField{message.NewField(field, field, field)}}
		var v message.View
		if !v.Parse(d.Encode(), nil) {
			t.Skip()
		}
		out, _ := Encoder{}.Encode(nil, &v)
		for _, r := range string(out) {
			if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
				t.Fatalf("%q is in %q", r, out)
			}
		}
	})
}

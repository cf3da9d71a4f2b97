package scribble

import (
	"errors"
	"fmt"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

func decode(t *testing.T, cfg Config, in *plugin.Record) message.Draft {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	d, err := New(cfg, plugin.Env{})
	if err != nil {
		t.Fatal(err)
	}
	b := message.NewBuilder(0)
	if err := d.Decode(in, b); err != nil {
		t.Fatal(err)
	}
	var f message.Frame
	var v message.View
	if !message.NextFrame(b.Buffer(), 0, 1<<20, &f) || !v.Parse(b.Buffer()[f.Start:f.End], nil) {
		t.Fatal("no message was written")
	}
	return v.Draft()
}

func TestDecode(t *testing.T) {
	h := message.Header{Type: "in", Logger: "log", Hostname: "own", Severity: 7, Timestamp: 5}
	got := decode(t, Config{MessageFields: map[string]string{
		"Type": "t", "Logger": "l", "Hostname": "h", "Pid": "12", "Severity": "3",
		"Uuid": "87cf1ac2-e810-4ddf-a02d-a5ce44d13a85", "site": "berlin", "size|B": "9", "EnvVersion": "1",
	}}, &plugin.Record{Data: []byte("payload"), Default: &h})
	want := message.Header{Type: "t", Logger: "l", Hostname: "h", Pid: 12, Severity: 3, Payload: "payload", Timestamp: 5}
	if got.Header != want || got.UUID[0] != 0x87 {
		t.Errorf("header = %+v, want %+v", got.Header, want)
	}
	if s := fmt.Sprint(got.Fields); s != "[{EnvVersion string  [1]} {site string  [berlin]} {size string B [9]}]" {
		t.Errorf("fields = %s", s)
	}
}

func TestBehindAnotherDecoder(t *testing.T) {
	base := message.Draft{Header: message.Header{Payload: "p", Timestamp: 5}, Fields: []message.DraftField{message.NewField("a", 1, "")}}
	var v message.View
	v.Parse(base.Encode(), nil)
	got := decode(t, Config{MessageFields: map[string]string{"Payload": "other", "b": "x"}}, &plugin.Record{Data: []byte("p"), Base: &v})
	if got.Payload != "other" || len(got.Fields) != 2 {
		t.Errorf("got %+v", got)
	}
}

func TestBadConfig(t *testing.T) {
	for name, value := range map[string]string{"Pid": "x", "Severity": "1.5", "Uuid": "12", "|B": "x"} {
		var oe *plugin.OptionError
		err := Config{MessageFields: map[string]string{name: value}}.Validate()
		if !errors.As(err, &oe) || oe.Option != "message_fields."+name || oe.Fix == "" {
			t.Errorf("Validate(%s = %q) = %v", name, value, err)
		}
	}
}

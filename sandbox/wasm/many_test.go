package wasm

import (
	"runtime"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin/plugintest"
	"github.com/heka-project/heka/sandbox"
)

// TestManyInstances: a thousand filters of one module share its code and are small.
func TestManyInstances(t *testing.T) {
	text := example(t, "status.wasm")
	const n = 1000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	list := make([]*Instance, n)
	var out plugintest.Emitter
	for i := range list {
		list[i] = open(t, options(sandbox.Filter, text))
		if err := list[i].Process(selection(request(200)), &out); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := int64(after.HeapInuse+after.StackInuse-before.HeapInuse-before.StackInuse) / n
	t.Logf("%d bytes an instance", each)
	if each > 300<<10 {
		t.Errorf("an instance takes %d bytes", each)
	}
	runtime.KeepAlive(list)
}

// A module's messages are those of its kind: a filter's get a prefix, and count.
func TestInjectMessage(t *testing.T) {
	d := message.Draft{UUID: [16]byte{9}, Header: message.Header{Type: "own", Logger: "x", Hostname: "elsewhere", Payload: "p", Severity: 3, Timestamp: 5},
		Fields: []message.DraftField{message.NewField("n", int64(7), "count")}}
	encoded := d.Encode()
	build := func() *draft {
		m := new(draft)
		f := m.use(hostModule, "inject_message")
		m.memory = []byte{0, 1}
		m.data = join([]byte{1, 0}, i32(16), []byte{opEnd}, str(string(encoded)))
		call := join(i32(16), i32(int32(len(encoded))), []byte{opCall, f, drop})
		m.fn(timerExport, signature{"I", ""}, call...)
		m.fn(processExport, signature{"", "i"}, append(call, opI32Const, 0)...)
		return m
	}
	var out plugintest.Emitter
	in := open(t, options(sandbox.Filter, build().text()))
	if err := in.Process(selection(request(200)), &out); err != nil {
		t.Fatal(err)
	}
	got := out.Injected[0]
	if got.Type != "heka.sandbox.own" || got.Logger != "box" || got.Hostname == "elsewhere" || got.Payload != "p" || got.Severity != 3 || got.Fields[0].Values[0] != int64(7) {
		t.Errorf("a filter injects %+v", got)
	}
	if err := in.Timer(in.opts.Now(), &out); err != nil || len(out.Injected) != 2 {
		t.Errorf("at the tick %d messages, %v", len(out.Injected), err)
	}
	b, err := open(t, options(sandbox.Encoder, build().text())).Encode([]byte("x"), view(request(200)))
	var v message.View
	if err != nil || !v.Parse(b[1:], nil) || v.Type() != "own" || v.Hostname() != "elsewhere" {
		t.Errorf("an encoder makes %q, %v", b, err)
	}
}

package wasm

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
	"github.com/heka-project/heka/sandbox"
)

func seeds(f *testing.F) {
	list, _ := filepath.Glob("../../examples/wasm/*.wasm")
	for _, name := range list {
		if b, err := os.ReadFile(name); err == nil && len(b) < 1<<16 {
			f.Add(b)
		}
	}
	for _, a := range attacks {
		f.Add([]byte(a.text(new(draft))))
	}
}

// FuzzModule: whatever the bytes are, they are refused, or run within the limits.
func FuzzModule(f *testing.F) {
	defer func(n int64) { startFuel = n }(startFuel)
	startFuel = 10_000
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		began := time.Now()
		o := options(sandbox.Filter, string(b))
		o.Instructions, o.Memory = 10_000, 1<<20
		in, err := New(o)
		if err != nil {
			return
		}
		defer in.Close()
		var out plugintest.Emitter
		in.Process(selection(request(200), request(404)), &out)
		if in.timer != nil {
			in.Timer(time.Unix(1, 0), &out)
		}
		if n := in.linear.used.Load(); n > 1<<20 {
			t.Errorf("memory of %d bytes", n)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

// FuzzPointers calls every function of the host with the arguments that come, for
// each kind. Nothing but an end of the call may come of it.
func FuzzPointers(f *testing.F) {
	f.Add(uint8(1), uint32(0), uint32(10), uint32(0), uint32(0), uint32(64), uint32(60000), uint32(1))
	f.Add(uint8(5), uint32(0), uint32(9), uint32(2), uint32(0), uint32(8), uint32(0), uint32(0))
	f.Add(uint8(5), uint32(0), uint32(9), ^uint32(0), uint32(65530), uint32(8), ^uint32(0), uint32(3))
	f.Add(uint8(6), uint32(32), uint32(80), uint32(0), uint32(0), uint32(0), uint32(0), uint32(0))
	f.Add(uint8(7), uint32(0), uint32(9), uint32(0), uint32(5), uint32(8), uint32(5), uint32(0))
	f.Add(uint8(30), uint32(1), uint32(0), uint32(1000), uint32(0), uint32(0), uint32(0), uint32(0))
	var names [][2]string
	for i := range functions {
		names = append(names, [2]string{hostModule, functions[i].Name})
	}
	for _, n := range []string{"fd_write", "poll_oneoff", "clock_time_get", "random_get", "fd_fdstat_get", "args_sizes_get", "proc_exit"} {
		names = append(names, [2]string{wasiModule, n})
	}
	m7 := request(7)
	encoded := m7.Encode()
	rec := &plugin.Record{Data: []byte("a record"), Default: &message.Header{Type: "t"}}
	f.Fuzz(func(t *testing.T, which uint8, a, b, c, d, e, g, h uint32) {
		n := names[int(which)%len(names)]
		sig, err := findImport(n[0], n[1])
		if err != nil {
			t.Fatal(err)
		}
		args := []uint32{a, b, c, d, e, g, h, a, b}
		var m draft
		fn := m.use(n[0], n[1])
		m.memory = []byte{1, 1, 2}
		m.data = join([]byte{1, 0}, i32(0), []byte{opEnd}, str("Fields[took]\x00\x00\x00Payload\x00Timestamp\x00raw\x00"+string(encoded)))
		var body []byte
		for i, p := range sig.params {
			if p == 'I' {
				body = append(body, opI64Const, 1)
			} else {
				body = append(body, i32(int32(args[i]))...)
			}
		}
		body = append(body, opCall, fn)
		if sig.results != "" {
			body = append(body, drop)
		}
		text := m.process(append(body, body...)...)
		for _, kind := range every {
			in, err := New(options(kind, text))
			if err != nil {
				continue // not of that kind
			}
			var out plugintest.Emitter
			switch kind {
			case sandbox.Filter:
				in.Process(selection(request(200)), &out)
			case sandbox.Decoder:
				in.Decode(rec, message.NewBuilder(64<<10))
			default:
				in.Encode(nil, view(request(200)))
			}
			in.Close()
		}
	})
}

// FuzzState: a state of any bytes is taken or refused.
func FuzzState(f *testing.F) {
	b, err := os.ReadFile("../../examples/wasm/status.wasm")
	if err != nil {
		f.Fatal(err)
	}
	o := options(sandbox.Filter, string(b))
	o.Preserve = true
	in, err := New(o)
	if err != nil {
		f.Fatal(err)
	}
	state, err := in.SaveState()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(state)
	f.Add(state[:len(state)-1])
	f.Add([]byte(stateMark))
	f.Fuzz(func(t *testing.T, state []byte) {
		in, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		if fresh, err := in.RestoreState(state); err == nil && !fresh {
			again, err := in.SaveState()
			if err != nil || string(again) != string(state) {
				t.Errorf("restored %q, saved %q: %v", state, again, err)
			}
		}
	})
}

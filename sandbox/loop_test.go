package sandbox_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/sandboxtest"
)

var ids = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// TestDecodeEach decodes records in one go and one by one: what comes out, what is told
// of each record, and what the limits saw are the same.
func TestDecodeEach(t *testing.T) {
	const script = `
		n = 0
		function process_message()
			local line = read_message("Payload")
			n = n + 1
			if line == "bad" then return -1, "not read" end
			if line == "half" then inject_message{Payload = "half"} return -1, "taken back" end
			if line == "two" then inject_message{Payload = "one"} inject_message{Payload = "two"} return 0 end
			if line == "loop" then while true do end end
			if line == "fault" then error("fault of " .. n) end
			if line == "end" then return 1, "enough" end
			if line == "none" then process_message = nil return 0 end
			write_message("Fields[n]", n)
			return 0
		end`
	for _, last := range []string{"loop", "fault", "end", "none", "fine"} {
		lines := []string{"fine", "bad", "half", "two", "fine", "", "bad", last, "fine", "fine"}
		type outcome struct {
			errs         []string
			out          []message.Draft
			instructions int64
			limit        string
		}
		run := func(each bool) (o outcome) {
			d := sandboxtest.Decoder(t, script, nil)
			out := message.NewBuilder(0)
			rec := plugin.Record{Default: &message.Header{Type: "log", Logger: "in", Timestamp: 1}}
			told := func(err error) { o.errs = append(o.errs, ids.ReplaceAllString(fmt.Sprint(err), "…")) }
			i := 0
			next := func(err error) *plugin.Record {
				if i > 0 {
					told(err)
				}
				if i == len(lines) {
					return nil
				}
				rec.Data = []byte(lines[i])
				i++
				return &rec
			}
			if each {
				var err error
				for {
					if err = d.Sandbox.DecodeEach(err, next, out); err == nil {
						break
					}
				}
			} else {
				var err error
				for rec := next(nil); rec != nil; rec = next(err) {
					err = d.Sandbox.Decode(rec, out)
				}
			}
			if st := d.Sandbox.Stopped(); st != nil {
				o.limit = st.Limit
			}
			at := 0
			for _, end := range out.Ends() {
				var v message.View
				if !v.Parse(message.Unframe(out.Buffer()[at:end]), nil) {
					t.Fatal("damaged message")
				}
				m := v.Draft()
				m.UUID = [16]byte{}
				o.out = append(o.out, m)
				at = int(end)
			}
			o.instructions = d.Sandbox.VM().MaxInstructions()
			return o
		}
		one, each := run(false), run(true)
		if !slices.Equal(one.errs, each.errs) || one.instructions != each.instructions || one.limit != each.limit {
			t.Errorf("%s: one by one %q, %d instructions; in one go %q, %d", last, one.errs, one.instructions, each.errs, each.instructions)
		}
		if a, b := fmt.Sprintf("%+v", one.out), fmt.Sprintf("%+v", each.out); a != b || len(one.out) < 5 {
			t.Errorf("%s: one by one\n%s\nin one go\n%s", last, a, b)
		}
	}
}

// TestFilterInOneGo stops a filter in the middle of a batch: the messages before are
// done, and the stop names the one at fault.
func TestFilterInOneGo(t *testing.T) {
	f := sandboxtest.Filter(t, `n = 0 function process_message() n = n + 1 if n == 3 then error("third") end if n == 2 then return -1, "second" end return 0 end`, nil)
	var list []message.Draft
	for i := range 5 {
		list = append(list, message.Draft{Header: message.Header{Type: "t", Payload: fmt.Sprint("number ", i+1)}})
	}
	sel := sandboxtest.Select(list...)
	err := f.Sandbox.Process(sel, f)
	var stop *sandbox.Stop
	if !errors.As(err, &stop) || stop.Text != `process_message() test.lua:1: third` || sel.Next(-1) != 2 {
		t.Errorf("%v, next is %d", err, sel.Next(-1))
	}
	if n := f.Sandbox.Failures(); n != 2 {
		t.Errorf("%d failures, want 2", n)
	}
}

package sandboxtest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/sandboxtest"
)

func sample() message.Draft {
	d := message.Draft{Header: message.Header{Timestamp: 1500000000123456789, Type: "type", Logger: "logger", Payload: "a\tpayload", EnvVersion: "0.8", Hostname: "web1", Severity: 6, Pid: 42},
		Fields: []message.DraftField{
			message.NewField("s", []string{"one", "two"}, ""), message.NewField("i", []int64{7, -8}, "count"), message.NewField("d", 1.5, "s"),
			message.NewField("t", true, ""), message.NewField("b", []byte("\x00\x01"), "B"), message.NewField("s", "again", ""), message.NewField("e", []byte{}, ""),
		}}
	for i := range d.UUID {
		d.UUID[i] = byte(i)
	}
	return d
}

const helpers = `require "math"
local function eq(a, b, m)
	if a ~= b and not (a ~= a and b ~= b) then
		error((m or "") .. " got <" .. tostring(a) .. ">, want <" .. tostring(b) .. ">", 2)
	end
end
local function near(a, b) if math.abs(a - b) > 1e-6 then error("got " .. a .. ", want " .. b, 2) end end
function process_message()
`

// TestUsers runs the assertions of testdata/users.lua, each in a sandbox of its own.
func TestUsers(t *testing.T) {
	b, err := os.ReadFile("testdata/users.lua")
	if err != nil {
		t.Fatal(err)
	}
	config := map[string]any{"s": "str", "i": int64(7), "f": 1.25, "b": true, "arr": []any{"x"}}
	for _, part := range strings.Split(string(b), "\n--- ")[1:] {
		head, body, _ := strings.Cut(part, "\n")
		name, kind, _ := strings.Cut(head, " ")
		t.Run(name, func(t *testing.T) {
			source := helpers + body + "\nreturn 0 end"
			var err error
			switch kind {
			case "":
				err = sandboxtest.Filter(t, source, config).TryProcess(sample())
			case "decoder":
				_, err = sandboxtest.Decoder(t, source, config).DecodeMessage(sample())
			case "encoder":
				_, err = sandboxtest.Encoder(t, source, config).TryEncode(sample())
			case "output":
				_, err = sandboxtest.Output(t, source, config).TryDeliver(sample())
			default:
				t.Fatalf("kind %q is not known", kind)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// A string that no limit of memory allows is out of memory, whatever its size.
func TestRepOutOfMemory(t *testing.T) {
	for _, n := range []string{"10e6", "100e6", "1e9"} {
		err := sandboxtest.Filter(t, `require "string" function process_message() local s = string.rep("x", `+n+`) return 0 end`, nil).TryProcess(sample())
		if stop, ok := err.(*sandbox.Stop); !ok || stop.Text != "process_message() not enough memory" {
			t.Errorf("string.rep of %s: %v", n, err)
		}
	}
}

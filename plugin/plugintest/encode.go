package plugintest

import (
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Encode encodes the message behind bytes that are there already, and returns what
// was appended. An error fails the test.
func Encode(t testing.TB, e plugin.Encoder, d message.Draft) string {
	t.Helper()
	var v message.View
	if !v.Parse(d.Encode(), nil) {
		t.Fatal("the draft is damaged")
	}
	out, err := e.Encode([]byte("before"), &v)
	if err != nil || !strings.HasPrefix(string(out), "before") {
		t.Fatalf("Encode = %q, %v", out, err)
	}
	return string(out[len("before"):])
}

// EncodeAllocs checks that encoding the message does not allocate once buffers have
// grown.
func EncodeAllocs(t testing.TB, e plugin.Encoder, d message.Draft) {
	t.Helper()
	raw := d.Encode()
	var v message.View
	var out []byte
	if n := testing.AllocsPerRun(100, func() { v.Parse(raw, nil); out, _ = e.Encode(out[:0], &v) }); n != 0 {
		t.Errorf("Encode allocates %v times", n)
	}
}

// Package dectest runs decoders in tests: on one record or a file of them, and
// writes what they made in a form that a table or a golden file can hold.
package dectest

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
)

// Show writes a message in one line: time, the header fields that are set, the
// fields in order, the payload behind a bar. The time Start and the host own, which
// Decode gives to what a record says nothing of, are left out.
func Show(d *message.Draft) string {
	var b strings.Builder
	if d.Timestamp != 0 && d.Timestamp != Start.UnixNano() {
		b.WriteString(time.Unix(0, d.Timestamp).UTC().Format(time.RFC3339Nano))
	}
	for _, h := range []struct{ name, v string }{{"type", d.Type}, {"logger", d.Logger}, {"env", d.EnvVersion}, {"host", d.Hostname}} {
		if h.v != "" && h.v != "own" {
			fmt.Fprintf(&b, " %s=%s", h.name, h.v)
		}
	}
	fmt.Fprintf(&b, " sev=%d", d.Severity)
	if d.Pid != 0 {
		fmt.Fprintf(&b, " pid=%d", d.Pid)
	}
	for _, f := range d.Fields {
		fmt.Fprintf(&b, " %s", f.Name)
		if f.Representation != "" {
			fmt.Fprintf(&b, "|%s", f.Representation)
		}
		b.WriteByte('=')
		for i, v := range f.Values {
			if i > 0 {
				b.WriteByte(',')
			}
			switch v := v.(type) {
			case string:
				fmt.Fprintf(&b, "%q", v)
			case []byte:
				fmt.Fprintf(&b, "bytes(%x)", v)
			case float64:
				s := fmt.Sprint(v)
				if !strings.ContainsAny(s, ".eIN") {
					s += ".0"
				}
				b.WriteString(s)
			default:
				fmt.Fprint(&b, v)
			}
		}
	}
	return strings.TrimSpace(b.String()) + " | " + d.Payload
}

// Messages reads what lies in a builder.
func Messages(t testing.TB, b *message.Builder) []message.Draft {
	t.Helper()
	var list []message.Draft
	buf, at := b.Buffer(), 0
	for range b.Ends() {
		var f message.Frame
		var v message.View
		if !message.NextFrame(buf, at, 1<<30, &f) || !v.Parse(buf[f.Start:f.End], nil) || !v.Sound() {
			t.Fatalf("message %d is damaged", len(list))
		}
		list = append(list, v.Draft())
		at = f.End
	}
	return list
}

// Golden compares text with a file of testdata; with UPDATE=1 in the environment
// it writes the file.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			t.Fatalf("%s:%d: got\n%s\nwant\n%s", name, i+1, g[i], append(w, "")[min(i, len(w))])
		}
	}
	t.Fatalf("%s: got %d lines, want %d", name, len(g), len(w))
}

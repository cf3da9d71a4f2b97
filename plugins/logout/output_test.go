package logout

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

type payloads struct{}

func (payloads) Encode(dst []byte, v *message.View) ([]byte, error) {
	if v.Payload() == "bad" {
		return dst, errors.New("bad payload")
	}
	return append(dst, v.Payload()...), nil
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestLines(t *testing.T) {
	made, err := newOutput(Config{}, plugin.Env{
		Clock: clock.NewSim(time.Date(2024, 2, 29, 12, 0, 1, 0, time.UTC)), Encoding: plugin.NewEncoding(payloads{}, false, 1<<20),
	})
	if err != nil {
		t.Fatal(err)
	}
	o := made.(*Output)
	var buf bytes.Buffer
	o.out = &buf
	long := strings.Repeat("long ", 40000)
	sel := []message.Selection{
		*plugintest.Select(func(i int) bool { return i != 1 }, plugintest.Payloads("one", "other", "two\n", "bad", "", "a\nb\tc")...),
		*plugintest.Select(nil, plugintest.Payloads(long, "\x1b[31mred\x7f\r\u009bé\xc2")...),
	}
	if err := o.Deliver(context.Background(), sel); err != nil {
		t.Fatal(err)
	}
	const p = "2024/02/29 12:00:01 "
	want := p + "one\n" + p + "two\n" + p + "a\nb\tc\n" + p + long + "\n" + p + `\x1b[31mred\x7f\x0d\xc2\x9bé` + "\xc2\n"
	if buf.String() != want {
		t.Errorf("wrote %.200q, want %.200q", buf.String(), want)
	}
	if r := sel[0].Refused(); len(r) != 1 || r[0].Index != 3 {
		t.Errorf("refused %+v", r)
	}
	o.out = brokenPipe{}
	sel[0] = *plugintest.Select(nil, plugintest.Payloads("x")...)
	if err := o.Deliver(context.Background(), sel[:1]); err == nil || errors.Is(err, plugin.ErrRetry) {
		t.Errorf("Deliver into a broken pipe: %v", err)
	}
	if n, _ := sel[0].Left(); n != 1 {
		t.Errorf("%d messages are left, want 1", n)
	}
}

// FuzzPrintable: no control character gets through, and plain text stays.
func FuzzPrintable(f *testing.F) {
	f.Add([]byte("plain"))
	f.Add([]byte("\x1b]0;title\x07\xc2\x9b"))
	f.Fuzz(func(t *testing.T, text []byte) {
		out := appendPrintable(nil, text)
		plain := true
		for _, r := range string(text) {
			plain = plain && (!unicode.IsControl(r) || r == '\n' || r == '\t')
		}
		if plain && !bytes.Equal(out, text) {
			t.Fatalf("plain text %q became %q", text, out)
		}
		for _, r := range string(out) {
			if unicode.IsControl(r) && r != '\n' && r != '\t' {
				t.Fatalf("appendPrintable(%q) = %q", text, out)
			}
		}
	})
}

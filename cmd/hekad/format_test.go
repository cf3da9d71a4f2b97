package main

import "testing"

func TestAppendPlain(t *testing.T) {
	for _, tt := range []struct {
		name, text, header, payload string
	}{
		{"plain", "plain é 名", "plain é 名", "plain é 名"},
		{"several lines", "a\tb\nc\r\n", `a	b\nc\r\n`, "a\tb\nc\\r\n"},
		{"terminal commands", "\x1b]0;title\a\u009b31m\x7f\x00", `\x1b]0;title\x07\xc2\x9b31m\x7f\x00`, `\x1b]0;title\x07\xc2\x9b31m\x7f\x00`},
		{"no UTF-8", "a\xff\x9b31m\xe9", `a\xff\x9b31m\xe9`, `a\xff\x9b31m\xe9`},
		{"a replacement character that was sent", "a\ufffdb", "a\ufffdb", "a\ufffdb"},
	} {
		if got := string(appendPlain(nil, []byte(tt.text), false)); got != tt.header {
			t.Errorf("%s: appendPlain(%q, false) = %q, want %q", tt.name, tt.text, got, tt.header)
		}
		if got := string(appendPlain(nil, []byte(tt.text), true)); got != tt.payload {
			t.Errorf("%s: appendPlain(%q, true) = %q, want %q", tt.name, tt.text, got, tt.payload)
		}
	}
}

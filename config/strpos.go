package config

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// strPos is the place in the file of byte i of a string's text, through escapes,
// the trimmed beginning of a long string and what came out of %ENV. Before
// expansion it speaks of the text as parsed.
func (n *node) strPos(i int) Pos {
	if n.kind != stringNode || n.end > len(n.src.text) {
		return n.valPos()
	}
	shift := 0
	for _, s := range n.env {
		if i < s.off {
			break
		}
		if i < s.end || s.off == s.end && i == s.off {
			i, shift = s.from, 0
			break
		}
		shift = s.to - s.end
	}
	i += shift
	return n.src.pos(n.off + rawOffset(string(n.src.text[n.off:n.end]), i))
}

// rawOffset finds where byte want of the decoded text comes from in a string as
// written, quotes and all.
func rawOffset(raw string, want int) int {
	if raw == "" || raw[0] != '"' && raw[0] != '\'' {
		return 0
	}
	at, long := 1, false
	if q := raw[:1]; len(raw) >= 6 && strings.HasPrefix(raw, q+q+q) {
		at, long = 3, true
		if strings.HasPrefix(raw[at:], "\r\n") {
			at += 2
		} else if strings.HasPrefix(raw[at:], "\n") {
			at++
		}
	}
	escapes := raw[0] == '"'
	for got := 0; at < len(raw); {
		size, width := 1, 1
		if escapes && raw[at] == '\\' && at+1 < len(raw) {
			size, width = escapeSize(raw[at:], long)
		}
		if got+width > want {
			return at
		}
		got += width
		at += size
	}
	return len(raw)
}

// escapeSize tells how many bytes the escape that s begins with has, written and
// decoded.
func escapeSize(s string, long bool) (size, width int) {
	digits := 0
	switch s[1] {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	case ' ', '\t', '\n', '\r':
		if long {
			rest := strings.TrimLeft(s[1:], " \t\r\n")
			return len(s) - len(rest), 0
		}
	}
	if digits == 0 || len(s) < 2+digits {
		return 2, 1
	}
	r, _ := strconv.ParseUint(s[2:2+digits], 16, 32)
	return 2 + digits, max(1, utf8.RuneLen(rune(r)))
}

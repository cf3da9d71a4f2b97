package stamp

import (
	"fmt"
	"strings"
)

// goWords are the elements of package time's layouts and what reads them. Of two
// that begin alike the longer stands first.
var goWords = []struct {
	text string
	kind byte
}{
	{"January", 'B'}, {"Jan", 'b'}, {"Monday", 'A'}, {"Mon", 'a'}, {"MST", 'Z'},
	{"2006", 'Y'}, {"__2", 'j'}, {"002", 'j'}, {"_2", 'e'}, {"01", 'm'}, {"02", 'd'}, {"03", 'I'}, {"04", 'M'}, {"05", 'S'}, {"06", 'y'},
	{"15", 'H'}, {"PM", 'p'}, {"pm", 'p'},
	{"-07:00:00", 'z'}, {"-070000", 'z'}, {"-07:00", 'z'}, {"-0700", 'z'}, {"-07", 'z'},
	{"Z07:00:00", 'z'}, {"Z070000", 'z'}, {"Z07:00", 'z'}, {"Z0700", 'z'}, {"Z07", 'z'},
	{"1", 'm'}, {"2", 'd'}, {"3", 'I'}, {"4", 'M'}, {"5", 'S'},
}

// NewGoLayout compiles a layout of package time, such as "2006-01-02 15:04:05".
// It is read more freely than package time does: numbers with or without a
// leading zero, zones as Z, +01, +0100 or +01:00 whichever the layout shows, and
// seconds with a fraction behind a point or comma. Short names of zones stand
// for their offsets.
//
// What the layout lacks is inferred: the year is the latest that puts the stamp
// at most a day into the future; the date is today's, or the neighbour's when
// today's would be more than 12 hours ahead or 23 hours past.
func NewGoLayout(layout string) (*Layout, error) {
	l := &Layout{pivot: true, comma: true}
	seen, date := map[byte]bool{}, map[byte]byte{'b': 'm', 'B': 'm', 'e': 'd', 'y': 'Y', 'I': 'H', 'A': 'a'}
	for i := 0; i < len(layout); {
		if isSpace(layout[i]) {
			l.add(opSpace, "")
			i++
			continue
		}
		if n := goFraction(layout[i:]); n > 0 {
			kind := byte(opFrac)
			if layout[i+1] == '9' {
				kind = opMaybeFrac
			}
			l.add(kind, "")
			i += n
			continue
		}
		kind, n := goElement(layout[i:])
		if n == 0 {
			if layout[i]-'0' <= 9 {
				return nil, fmt.Errorf("time layout %q has a %c that stands for nothing; write the time 2006-01-02 15:04:05 in the form of the log's, "+
					"a strftime format such as %%Y-%%m-%%d, or a name: %s", layout, layout[i], strings.Join(Names(), ", "))
			}
			l.add(opText, layout[i:i+1])
			i++
			continue
		}
		what := kind
		if same := date[kind]; same != 0 {
			what = same
		}
		if seen[what] {
			return nil, fmt.Errorf("time layout %q shows one thing twice, %q and again before it; "+
				"write the time 2006-01-02 15:04:05 in the form of the log's, or a strftime format such as %%Y-%%m-%%d", layout, layout[i:i+n])
		}
		seen[what] = true
		l.add(kind, "")
		i += n
	}
	if len(seen) == 0 {
		return nil, fmt.Errorf("time layout %q shows no part of a time; write the time 2006-01-02 15:04:05 in the form of the log's, "+
			"a strftime format such as %%Y-%%m-%%d, or a name: %s", layout, strings.Join(Names(), ", "))
	}
	for i := 1; i < len(l.ops); i++ {
		o := l.ops[i]
		if l.ops[i-1].kind == 'S' && (o.kind == opFrac || o.kind == opMaybeFrac || o.kind == opText && (o.text[0] == '.' || o.text[0] == ',')) {
			l.Plain = true
		}
	}
	return l, nil
}

// goElement finds the element at the head of s.
func goElement(s string) (kind byte, n int) {
	for _, w := range goWords {
		if !strings.HasPrefix(s, w.text) {
			continue
		}
		if w.text == "Jan" || w.text == "Mon" {
			if len(s) > 3 && s[3]|0x20-'a' <= 'z'-'a' && s[3]&0x20 != 0 { // a longer word
				continue
			}
		}
		return w.kind, len(w.text)
	}
	return 0, 0
}

// goFraction is the length of a fraction of a second at the head of s: a point or
// comma and zeros or nines, no digit behind.
func goFraction(s string) int {
	if len(s) < 2 || s[0] != '.' && s[0] != ',' || s[1] != '0' && s[1] != '9' {
		return 0
	}
	n := 1
	for n < len(s) && s[n] == s[1] {
		n++
	}
	if n < len(s) && s[n]-'0' <= 9 {
		return 0
	}
	return n
}

package syslogprog

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/heka-project/heka/message"
)

// A pattern is a text that a message must have, whole, with names in it:
//
//	{name}        a word: what stands before the text that follows, without blanks
//	{name:i}      an integer
//	{name:a}      an address or host, as a word; its representation says which
//	{name:t}      any text, up to where the text that follows comes first
//	{name:T}      any text, up to where the text that follows comes last
//	{name:o}      a word that may be missing
//	{name:r}      the rest
//	{name=a|b}    one of these texts
//	{name:=text}  a field of that value, for which nothing stands in the message
//	{*:t}         as {name:t}, but no field
//	<text|text>   one of these texts, or none
//
// Names that users choose are read with T: whoever calls himself
// "x from 10.9.9.9 port 1" is still the one that the program wrote behind.
type pattern []part

type part struct {
	kind  byte // of the list above; 'l' for fixed text, '=' for a field of fixed text, ':' for a fixed field
	text  string
	name  string // "" for no field
	heads [3]message.FieldHead
}

// compile makes the patterns that lines stand for.
func compile(lines ...string) (list []pattern) {
	for _, line := range lines {
		for _, one := range expand(line) {
			list = append(list, parse(one))
		}
	}
	return list
}

// expand writes the alternatives of a line out, the first ones first.
func expand(s string) []string {
	open, end := strings.IndexByte(s, '<'), -1
	var head string
	var choices []string
	if open >= 0 {
		end = open + strings.IndexByte(s[open:], '>')
		head, choices = s[:open], append(strings.Split(s[open+1:end], "|"), "")
	} else {
		for from := 0; ; {
			i := strings.Index(s[from:], "{")
			if i < 0 {
				return []string{s}
			}
			open = from + i
			end = open + strings.IndexByte(s[open:], '}')
			if strings.Contains(s[open:end], "|") {
				break
			}
			from = end
		}
		name, values, _ := strings.Cut(s[open+1:end], "=")
		for _, v := range strings.Split(values, "|") {
			choices = append(choices, "{"+name+"="+v+"}")
		}
		head = s[:open]
	}
	var list []string
	for _, c := range choices {
		list = append(list, expand(head+c+s[end+1:])...)
	}
	return list
}

func parse(s string) (p pattern) {
	for s != "" {
		open := strings.IndexByte(s, '{')
		if open != 0 {
			if open < 0 {
				open = len(s)
			}
			p = append(p, part{kind: 'l', text: s[:open]})
			s = s[open:]
			continue
		}
		end := strings.IndexByte(s, '}')
		body := s[1:end]
		s = s[end+1:]
		one := part{kind: 'w', name: body}
		if name, text, ok := strings.Cut(body, "="); ok {
			one = part{kind: '=', name: name, text: text}
			if n, ok := strings.CutSuffix(name, ":"); ok {
				one.kind, one.name = ':', n
			}
		} else if name, kind, ok := strings.Cut(body, ":"); ok {
			one = part{kind: kind[0], name: name}
		}
		if one.name == "*" {
			one.name = ""
		}
		t := message.String
		if one.kind == 'i' {
			t = message.Integer
		}
		one.heads = [3]message.FieldHead{message.NewFieldHead(one.name, t, ""), message.NewFieldHead(one.name, t, "ipv4"), message.NewFieldHead(one.name, t, "ipv6")}
		if strings.IndexByte("wiatTor=:", one.kind) < 0 {
			panic(fmt.Sprintf("bug: pattern has a name of kind %q", one.kind))
		}
		p = append(p, one)
	}
	return p
}

// match holds where the parts of a pattern stand in a text.
type match struct {
	at [24][2]int
}

// first adds the fields of the first pattern that fits the text.
func (m *match) first(list []pattern, b []byte, out *message.Builder) bool {
	text := message.Borrow(b)
	for _, p := range list {
		if m.fits(p, text) {
			m.fields(p, text, out)
			return true
		}
	}
	return false
}

// fits finds the parts of p in b, of which nothing may be left.
func (m *match) fits(p pattern, b string) bool { return m.from(p, 0, b, 0) }

// tries bounds how many places for the end of a {name:T} are tried.
const tries = 64

// from finds the parts from the kth on in b[i:].
func (m *match) from(p pattern, k int, b string, i int) bool {
	for ; k < len(p); k++ {
		end := p[k].end(b, i, len(b), p[k+1:])
		if p[k].kind == 'T' && fixed(p[k+1:]) != "" {
			for n := 0; n < tries && end >= 0; n++ {
				m.at[k] = [2]int{i, end}
				if m.from(p, k+1, b, end) {
					return true
				}
				end = p[k].end(b, i, end, p[k+1:])
			}
			return false
		}
		if end < 0 {
			return false
		}
		m.at[k] = [2]int{i, end}
		i = end
	}
	return i == len(b)
}

// end returns where the part that begins at b[i:] ends, -1 when it is not there.
// Of a {name:T} it is the last place before the given one.
func (p *part) end(b string, i, before int, behind []part) int {
	switch p.kind {
	case 'l', '=':
		if !strings.HasPrefix(b[i:], p.text) {
			return -1
		}
		return i + len(p.text)
	case ':':
		return i
	case 'r':
		return len(b)
	case 'i':
		_, n := integer(b, i)
		if n == i {
			return -1
		}
		return n
	}
	n := len(b)
	if next := fixed(behind); next != "" {
		k := -1
		if p.kind == 'T' {
			k = strings.LastIndex(b[i:min(before+len(next)-1, len(b))], next)
		} else {
			k = strings.Index(b[i:], next)
		}
		if k < 0 {
			return -1
		}
		n = i + k
	}
	if n == i && p.kind != 'o' || p.kind != 't' && p.kind != 'T' && strings.IndexByte(b[i:n], ' ') >= 0 {
		return -1
	}
	return n
}

// fixed is the text that follows a part, "" when it ends the message.
func fixed(behind []part) string {
	for k := range behind {
		if behind[k].kind != ':' {
			return behind[k].text
		}
	}
	return ""
}

func (m *match) fields(p pattern, b string, out *message.Builder) {
	for k := range p {
		f := &p[k]
		v := b[m.at[k][0]:m.at[k][1]]
		switch {
		case f.name == "" || f.kind == 'o' && len(v) == 0 || f.kind == 'r' && len(v) == 0:
		case f.kind == ':':
			out.PutText(&f.heads[0], f.text)
		case f.kind == 'i':
			x, _ := integer(v, 0)
			out.PutInt(&f.heads[0], x)
		case f.kind == 'a':
			out.PutText(&f.heads[addrKind(v)], v)
		default:
			out.PutText(&f.heads[0], v)
		}
	}
}

// addrKind is 1 for IPv4, 2 for IPv6, 0 for anything else.
func addrKind(s string) int {
	a, err := netip.ParseAddr(s)
	switch {
	case err != nil || a.Zone() != "":
		return 0
	case a.Is6():
		return 2
	}
	return 1
}

// integer reads the digits at b[i:], at most 18 of them and with a sign, and
// returns the offset past them; i when there are none.
func integer(b string, i int) (v int64, n int) {
	n = i
	negative := n < len(b) && b[n] == '-'
	if negative {
		n++
	}
	start := n
	for ; n < len(b) && b[n]-'0' <= 9; n++ {
		if n-start == 18 {
			return 0, i
		}
		v = v*10 + int64(b[n]-'0')
	}
	if n == start {
		return 0, i
	}
	if negative {
		v = -v
	}
	return v, n
}

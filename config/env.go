package config

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

const envOpen = "%ENV["

// envRef reads the %ENV[NAME] or %ENV[NAME:-default] that s begins with.
type envRef struct {
	name, def string
	hasDef    bool
	n         int    // bytes of s
	what, fix string // what is wrong with it, "" for nothing
}

func parseEnv(s string) envRef {
	body := s[len(envOpen):]
	end := strings.IndexAny(body, "]\r\n")
	nested := strings.Index(body, envOpen)
	switch {
	case nested >= 0 && (end < 0 || nested < end):
		return envRef{n: len(envOpen), what: "%ENV[ stands inside another %ENV[", fix: "close the first with ] before the second begins"}
	case end < 0 || body[end] != ']':
		return envRef{n: len(envOpen), what: "%ENV[ has no ] on its line", fix: "write %ENV[NAME]"}
	}
	r := envRef{n: len(envOpen) + end + 1}
	r.name, r.def, r.hasDef = strings.Cut(body[:end], ":-")
	switch {
	case r.name == "":
		r.what, r.fix = "%ENV[] names no variable", "write %ENV[NAME]"
	case strings.ContainsAny(r.name, " \t\v\f"):
		r.what, r.fix = "%ENV["+r.name+"] has white space in its name", "write %ENV[NAME] without any"
	}
	return r
}

// lookup finds the value; a complaint is kept in r. Where env is nil there is none to be
// had: the text comes from somebody who may not see the daemon's environment.
func (r *envRef) lookup(env func(string) (string, bool)) string {
	if r.what != "" {
		return ""
	}
	if env == nil {
		r.what = "%ENV[" + r.name + "] is not allowed in a section that is loaded at run time: who may load filters could read the daemon's environment, and the passwords in it"
		r.fix = "write the value itself"
		return ""
	}
	v, ok := env(r.name)
	if v == "" && r.hasDef {
		return r.def
	}
	if !ok {
		r.what = "environment variable " + strconv.Quote(r.name) + " is not set"
		r.fix = "set it, or write %ENV[" + r.name + ":-default]"
	}
	return v
}

// seg is a stretch of a string's text that came out of a %ENV.
type seg struct {
	off, end int // in the text now
	from, to int // in the text before
}

// expandStrings puts environment variables into every string of the tree. It
// works on the parsed text, so that a value cannot break out of its string.
func expandStrings(n *node, env func(string) (string, bool), complain complainFunc, section string) {
	switch n.kind {
	case tableNode:
		for _, k := range n.keys {
			expandStrings(n.kids[k], env, complain, n.path)
		}
	case listNode:
		for _, item := range n.items {
			expandStrings(item, env, complain, section)
		}
	case stringNode:
		if strings.Contains(n.text, envOpen) {
			n.expand(env, complain, section)
		}
	}
}

func (n *node) expand(env func(string) (string, bool), complain complainFunc, section string) {
	var out strings.Builder
	old, bad := n.text, 0
	var segs []seg
	for at := 0; ; {
		i := strings.Index(old[at:], envOpen)
		if i < 0 {
			out.WriteString(old[at:])
			break
		}
		out.WriteString(old[at : at+i])
		at += i
		r := parseEnv(old[at:])
		v := r.lookup(env)
		if r.what != "" {
			if bad++; bad < 20 { // each costs a walk through the string
				complain(n.strPos(at), section, r.what, r.fix)
			}
			n.bad = true
		}
		off := out.Len()
		out.WriteString(v)
		segs = append(segs, seg{off, out.Len(), at, at + r.n})
		at += r.n
	}
	n.text, n.env = out.String(), segs
}

var (
	bareKey   = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	bareToken = regexp.MustCompile(`^[A-Za-z0-9_.:+-]*$`)
)

// expandBare replaces each %ENV[NAME] that stands outside strings and comments,
// so that `port = %ENV[PORT]` works: where a value is wanted by the value of the
// variable if that is one TOML value, else by a string that holds it. Names with
// a | get the quotes that TOML wants.
func (s *source) expandBare(env func(string) (string, bool)) {
	text := string(s.text)
	if !strings.Contains(text, envOpen) && !strings.Contains(text, "|") {
		return
	}
	head := len(s.orig) - len(text)
	var out []byte
	sc := bareScanner{text: text}
	last := 0
	for {
		i, key := sc.next()
		if i < 0 {
			break
		}
		if text[i] == '|' {
			start, end, ok := barName(text, i)
			if sc.at = max(end, i+1); ok && start >= last {
				out = append(out, text[last:start]...)
				s.edits = append(s.edits, edit{off: len(out), end: len(out) + end - start + 2, origOff: head + start, origEnd: head + end})
				out = append(append(append(out, '\''), text[start:end]...), '\'')
				last = end
			}
			continue
		}
		r := parseEnv(text[i:])
		v := r.lookup(env)
		if r.what == "" {
			var ok bool
			if v, ok = bareValue(v, key, text[:i], text[i+r.n:]); !ok {
				r.what, r.fix = text[i:i+r.n]+" cannot be joined to what stands beside it", "put the whole value between double quotes"
				v = ""
			}
		} else {
			v = `""`
			if key {
				v = "_"
			}
			if n := strings.IndexAny(text[i:], ",}#\r\n"); n > r.n {
				r.n = n
			} else if n < 0 {
				r.n = len(text) - i
			}
			if end := strings.IndexByte(text[i:i+r.n], ']'); end > 0 {
				r.n = end + 1
			}
		}
		out = append(out, text[last:i]...)
		s.edits = append(s.edits, edit{off: len(out), end: len(out) + len(v), origOff: head + i, origEnd: head + i + r.n, what: r.what, fix: r.fix})
		out = append(out, v...)
		last = i + r.n
		sc.at = last
	}
	s.text = append(out, text[last:]...)
}

// bareValue writes v so that it can stand between before and after.
func bareValue(v string, key bool, before, after string) (string, bool) {
	if key {
		joined := before != "" && isBareKeyByte(before[len(before)-1]) || after != "" && isBareKeyByte(after[0])
		switch {
		case bareKey.MatchString(v):
			return v, true
		case joined:
			return v, false
		}
		return quote(v), true
	}
	alone := (before == "" || strings.IndexByte(" \t\r\n=,[{", before[len(before)-1]) >= 0) &&
		(after == "" || strings.IndexByte(" \t\r\n,]}#", after[0]) >= 0)
	switch {
	case !alone:
		return v, bareToken.MatchString(v)
	case isOneValue(v):
		return v, true
	}
	return quote(v), true
}

func isBareKeyByte(c byte) bool { return bareKey.Match([]byte{c}) }

// isOneValue reports whether v is one TOML value and nothing more.
func isOneValue(v string) bool {
	if v == "" || strings.ContainsAny(v, "\r\n#") {
		return false
	}
	var p unstable.Parser
	doc := []byte("v = " + v)
	p.Reset(doc)
	return p.NextExpression() && p.Expression().Kind == unstable.KeyValue && !p.NextExpression() && p.Error() == nil
}

// quote writes s as a basic TOML string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"', r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x20, r == 0x7f:
			const hex = "0123456789ABCDEF"
			b.WriteString(`\u00`)
			b.WriteByte(hex[r>>4])
			b.WriteByte(hex[r&15])
		default:
			b.WriteRune(r) // what is not UTF-8 becomes U+FFFD
		}
	}
	b.WriteByte('"')
	return b.String()
}

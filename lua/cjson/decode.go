package cjson

import "github.com/heka-project/heka/lua"

// decoder reads one text.
type decoder struct {
	in    *instance
	c     *lua.Call
	s     string
	i     int
	depth int
	max   int
}

func (in *instance) decode(c *lua.Call) int {
	if c.Len() != 1 {
		c.ArgError(1, "expected 1 argument")
	}
	s := c.String(1)
	if most := in.opts.MaxInput; most > 0 && len(s) > most {
		c.Errorf("strbuf output_limit exceeded")
	}
	if len(s) >= 2 && (s[0] == 0 || s[1] == 0) {
		c.Errorf("JSON parser does not support UTF-16 or UTF-32")
	}
	c.Work(len(s))
	d := decoder{in: in, c: c, s: s, max: min(in.decodeDepth, maxNesting)}
	v := d.value()
	if d.space() != 0 {
		d.expected("the end")
	}
	c.Push(v)
	return 1
}

// space passes white space and returns the byte after it, 0 at the end.
func (d *decoder) space() byte {
	for d.i < len(d.s) {
		c := d.s[d.i]
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
		d.i++
	}
	return 0
}

// value reads any value.
func (d *decoder) value() lua.Value {
	d.c.Charge(1)
	switch c := d.space(); c {
	case '"':
		if s, simple := d.text("value"); simple {
			return d.c.CopyString(s)
		}
		return d.escaped("value")
	case '{':
		return d.object()
	case '[':
		return d.array()
	case 't':
		if d.word("true") {
			return lua.True
		}
	case 'f':
		if d.word("false") {
			return lua.False
		}
	case 'n':
		if d.word("null") {
			return d.in.null
		}
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		if f, ok := d.digits(); ok {
			return lua.Number(f)
		}
	}
	if f, ok := d.number(); ok {
		return lua.Number(f)
	}
	d.expected("value")
	return lua.Nil
}

func (d *decoder) word(w string) bool {
	if len(d.s)-d.i >= len(w) && d.s[d.i:d.i+len(w)] == w {
		d.i += len(w)
		return true
	}
	return false
}

func (d *decoder) descend() {
	d.i++
	if d.depth++; d.depth > d.max {
		d.c.Errorf("Found too many nested data structures (%d) at character %d", d.depth, d.i)
	}
}

func (d *decoder) object() lua.Value {
	d.descend()
	t := d.c.NewTable(0, 0)
	v := t.Value()
	d.c.Push(v) // where memory counts see it
	if d.space() == '}' {
		d.i++
		return d.ascend(v)
	}
	for {
		if d.space() != '"' {
			d.expected("object key string")
		}
		key := d.key()
		if d.space() != ':' {
			d.expected("colon")
		}
		d.i++
		t.Set(key, d.value())
		switch d.space() {
		case '}':
			d.i++
			return d.ascend(v)
		case ',':
			d.i++
		default:
			d.expected("comma or object end")
		}
	}
}

func (d *decoder) array() lua.Value {
	d.descend()
	t := d.c.NewTable(0, 0)
	v := t.Value()
	d.c.Push(v)
	if d.space() == ']' {
		d.i++
		return d.ascend(v)
	}
	for n := 1; ; n++ {
		t.SetInt(n, d.value())
		switch d.space() {
		case ']':
			d.i++
			return d.ascend(v)
		case ',':
			d.i++
		default:
			d.expected("comma or array end")
		}
	}
}

// ascend leaves a structure.
func (d *decoder) ascend(v lua.Value) lua.Value {
	d.depth--
	d.c.Cut(d.c.Pushed() - 1)
	return v
}

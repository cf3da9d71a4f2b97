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
	c.Charge(int64(len(s)/4 + 1)) // tables are charged as they begin
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
	if d.i < len(d.s) && d.s[d.i] > ' ' {
		return d.s[d.i]
	}
	return d.longSpace()
}

func (d *decoder) longSpace() byte {
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
	d.c.Charge(8)
	if d.depth++; d.depth > d.max {
		d.c.Errorf("Found too many nested data structures (%d) at character %d", d.depth, d.i)
	}
}

// lot is how many values of an object or an array wait on the stack, where memory
// counts see them, before they go into the table.
const lot = 64

func (d *decoder) object() lua.Value {
	d.descend()
	mark := d.c.Pushed()
	var t *lua.Table
	if d.space() == '}' {
		d.i++
		return d.ascend(d.c.NewTable(0, 0), mark)
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
		d.c.Push(key)
		d.c.Push(d.value())
		c := d.space()
		if t != nil || c != '}' && d.c.Pushed()-mark == lot {
			t = d.flush(t, mark)
		}
		switch c {
		case '}':
			d.i++
			if t == nil {
				t = d.c.NewRecord(d.c.Results(mark))
			}
			return d.ascend(t, mark)
		case ',':
			d.i++
		default:
			d.expected("comma or object end")
		}
	}
}

// flush moves the pairs on the stack into the table, which stays there.
func (d *decoder) flush(t *lua.Table, mark int) *lua.Table {
	if t == nil {
		t = d.c.NewRecord(d.c.Results(mark))
	} else {
		p := d.c.Results(mark + 1)
		t.Set(p[0], p[1])
	}
	d.c.Cut(mark)
	d.c.Push(t.Value())
	return t
}

func (d *decoder) array() lua.Value {
	d.descend()
	mark := d.c.Pushed()
	var t *lua.Table
	n := 0
	if d.space() == ']' {
		d.i++
		return d.ascend(d.c.NewTable(0, 0), mark)
	}
	for {
		d.c.Push(d.value())
		n++
		c := d.space()
		if t != nil || c != ']' && n == lot {
			if t == nil {
				t = d.list(mark)
			} else {
				t.SetInt(n, d.c.Results(mark + 1)[0])
			}
			d.c.Cut(mark)
			d.c.Push(t.Value())
		}
		switch c {
		case ']':
			d.i++
			if t == nil {
				t = d.list(mark)
			}
			return d.ascend(t, mark)
		case ',':
			d.i++
		default:
			d.expected("comma or array end")
		}
	}
}

// list makes an array of the values on the stack.
func (d *decoder) list(mark int) *lua.Table {
	values := d.c.Results(mark)
	t := d.c.NewTable(len(values), 0)
	for i, v := range values {
		t.SetInt(i+1, v)
	}
	return t
}

// ascend leaves a structure.
func (d *decoder) ascend(t *lua.Table, mark int) lua.Value {
	d.depth--
	d.c.Cut(mark)
	return t.Value()
}

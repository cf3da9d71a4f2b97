package cjson

import (
	"math"
	"math/bits"
	"strconv"

	"github.com/heka-project/heka/lua"
)

// encoder writes one value.
type encoder struct {
	in  *instance
	c   *lua.Call
	b   []byte
	max int
}

func (in *instance) encode(c *lua.Call) int {
	if c.Len() != 1 {
		c.ArgError(1, "expected 1 argument")
	}
	e := encoder{in: in, c: c, b: in.buf[:0], max: min(in.encodeDepth, maxNesting)}
	in.buf = nil // an error leaves it to the collector
	e.value(c.Arg(1), 0)
	e.bound()
	c.Work(len(e.b))
	c.PushBytes(e.b)
	if in.keepBuffer && cap(e.b) <= keepBytes {
		in.buf = e.b
	}
	return 1
}

// spare is what fits at the beginning of each value, beyond what it asks for: the
// brackets, commas and colons around it.
const spare = 16

// room makes sure that n bytes fit, and the spare ones.
func (e *encoder) room(n int) {
	if len(e.b)+n+spare > cap(e.b) {
		e.grow(n + spare)
	}
}

// grow makes the buffer longer, charged before.
func (e *encoder) grow(n int) {
	e.bound()
	size := max(2*cap(e.b), len(e.b)+n, 1024)
	e.c.Alloc(size)
	e.b = append(make([]byte, 0, size), e.b...)
}

// bound raises an error when the text is longer than the host allows.
func (e *encoder) bound() {
	if most := e.in.opts.MaxOutput; most > 0 && len(e.b) > most {
		e.c.Errorf("strbuf output_limit exceeded")
	}
}

func (e *encoder) fail(v lua.Value, reason string) {
	e.c.Errorf("Cannot serialise %s: %s", v.Type(), reason)
}

func (e *encoder) value(v lua.Value, depth int) {
	e.c.Charge(1)
	switch v.Type() {
	case lua.TypeString:
		e.text(v.Str())
	case lua.TypeNumber:
		e.room(32)
		e.number(v)
	case lua.TypeBool:
		e.word(strconv.FormatBool(v.Truth()))
	case lua.TypeNil:
		e.word("null")
	case lua.TypeTable:
		e.table(v, depth+1)
	default:
		if v != lua.Null {
			e.fail(v, "type not supported")
		}
		e.word("null")
	}
}

func (e *encoder) word(s string) {
	e.room(len(s))
	e.b = append(e.b, s...)
}

func (e *encoder) number(v lua.Value) {
	f := v.Num()
	if f-f != 0 {
		switch e.in.encodeInvalid {
		case 0:
			e.fail(v, "must not be NaN or Inf")
		case 2:
			e.b = append(e.b, "null"...)
			return
		}
		switch {
		case math.IsInf(f, 1):
			e.b = append(e.b, "inf"...)
		case math.IsInf(f, -1):
			e.b = append(e.b, "-inf"...)
		default:
			e.b = append(e.b, "nan"...)
		}
		return
	}
	if e.in.precision == 14 {
		e.b = lua.AppendNumber(e.b, f)
		return
	}
	e.b = strconv.AppendFloat(e.b, f, 'g', e.in.precision, 64)
}

func (e *encoder) table(v lua.Value, depth int) {
	if depth > e.max {
		e.c.Errorf("Cannot serialise, excessive nesting (%d)", depth)
	}
	t := v.Table()
	if n := e.arrayLen(v, t); n > 0 {
		e.array(t, n, depth)
	} else {
		e.object(t, depth)
	}
}

// arrayLen returns the length of t as an array, or 0 when it is an object.
func (e *encoder) arrayLen(v lua.Value, t *lua.Table) int {
	last, items := 0.0, 0
	for at := 0; ; {
		k, _, next := t.At(at)
		if k.IsNil() {
			break
		}
		at = next
		f := k.Num()
		if !k.IsNumber() || f < 1 || f != math.Floor(f) {
			return 0
		}
		last = max(last, f)
		items++
	}
	e.c.Charge(int64(items / 8))
	r := e.in.sparseRatio
	if r > 0 && last > float64(items)*float64(r) && last > float64(e.in.sparseSafe) {
		if !e.in.sparseConvert {
			e.fail(v, "excessively sparse array")
		}
		return 0
	}
	return int(min(last, math.MaxInt32))
}

func (e *encoder) array(t *lua.Table, n, depth int) {
	e.room(1)
	e.b = append(e.b, '[')
	for i := 1; i <= n; i++ {
		if i > 1 {
			e.b = append(e.b, ',')
		}
		e.value(t.GetInt(i), depth)
	}
	e.room(1)
	e.b = append(e.b, ']')
}

func (e *encoder) object(t *lua.Table, depth int) {
	e.room(1)
	e.b = append(e.b, '{')
	first := true
	for at := 0; ; {
		k, v, next := t.At(at)
		if k.IsNil() {
			break
		}
		at = next
		if !first {
			e.b = append(e.b, ',')
		}
		first = false
		e.key(k)
		e.value(v, depth)
	}
	e.room(1)
	e.b = append(e.b, '}')
}

func (e *encoder) key(k lua.Value) {
	switch k.Type() {
	case lua.TypeString:
		e.text(k.Str())
		e.b = append(e.b, ':')
	case lua.TypeNumber:
		e.room(40)
		e.b = append(e.b, '"')
		e.number(k)
		e.b = append(e.b, '"', ':')
	default:
		e.fail(k, "table key must be a number or string")
	}
}

// escapes holds what stands for each byte that may not stand for itself.
var escapes = func() (t [256]string) {
	const hex = "0123456789abcdef"
	for c := range 32 {
		t[c] = `\u00` + hex[c>>4:c>>4+1] + hex[c&15:c&15+1]
	}
	t['\b'], t['\t'], t['\n'], t['\f'], t['\r'] = `\b`, `\t`, `\n`, `\f`, `\r`
	t['"'], t['\\'], t['/'], t[127] = `\"`, `\\`, `\/`, `\u007f`
	return t
}()

// plain tells the bytes that stand for themselves.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = escapes[c] == ""
	}
	return t
}()

// text writes a string in quotes.
func (e *encoder) text(s string) {
	if len(s) > 64 {
		e.c.Work(len(s))
	}
	e.room(len(s) + 2)
	b := append(e.b, '"')
	for from := 0; ; {
		i := unescapedEnd(s, from)
		b = append(b, s[from:i]...)
		if i == len(s) {
			break
		}
		esc := escapes[s[i]]
		e.b = b
		e.room(len(esc) + len(s) - i + 1)
		b = append(e.b, esc...)
		from = i + 1
	}
	e.b = append(b, '"')
}

// unescapedEnd returns the end of the run at i that stands for itself. Bytes above
// 127 do so as well.
func unescapedEnd(s string, i int) int {
	for i+8 <= len(s) {
		x := load(s, i)
		// Below 32: the high bits of x-32 where x itself has none.
		found := (x-32*ones)&^x&highs | zeros(x^'"'*ones) | zeros(x^'\\'*ones) | zeros(x^'/'*ones) | zeros(x^127*ones)
		if found != 0 {
			return i + bits.TrailingZeros64(found)>>3
		}
		i += 8
	}
	for i < len(s) && plain[s[i]] {
		i++
	}
	return i
}

package cjson

import (
	"math"
	"strconv"

	"github.com/heka-project/heka/lua"
)

// Options are what a host may ask for besides the library itself.
type Options struct {
	// Sandbox gives the library of the sandbox: JSON null leaves its place empty
	// unless decode_null(true) was called; new and encode_keep_buffer are missing.
	Sandbox bool
	// MaxOutput bounds the bytes of encoded text, MaxInput those to decode; 0 is no
	// bound. What is above raises "strbuf output_limit exceeded".
	MaxOutput, MaxInput int
}

// maxNesting is the depth that the stack of the C library allows.
const maxNesting = 2600

// instance is one module: its options and the buffers it keeps.
type instance struct {
	opts Options
	buf  []byte // of the last encode or unescape, kept
	keys [keySlots]lua.Value

	sparseConvert           bool
	sparseRatio, sparseSafe int
	encodeDepth             int
	decodeDepth             int
	precision               int
	keepBuffer              bool
	encodeInvalid           int // 0 refused, 1 as they are, 2 as null
	decodeInvalid           bool
	null                    lua.Value // what null becomes
}

func newInstance(opts Options) *instance {
	in := &instance{opts: opts, sparseRatio: 2, sparseSafe: 10, encodeDepth: 1000, decodeDepth: 1000,
		precision: 14, keepBuffer: true, decodeInvalid: true, null: lua.Null}
	if opts.Sandbox {
		in.null = lua.Nil
	}
	for i := range in.keys {
		in.keys[i] = lua.Nil
	}
	return in
}

const keepBytes = 64 << 10

// LuaSize tells memory counts what the instance holds.
func (in *instance) LuaSize() int { return cap(in.buf) + keySlots*16 + 256 }

// LuaTrace shows them the keys it keeps.
func (in *instance) LuaTrace(visit func(lua.Value)) {
	for _, k := range in.keys {
		visit(k)
	}
}

// atMost raises an error when the function was given more than n arguments.
func atMost(c *lua.Call, n int) {
	if c.Len() > n {
		c.ArgError(n+1, "found too many arguments")
	}
}

// number reads the optional integer argument i within bounds.
func number(c *lua.Call, i int, to *int, least, most int) {
	if c.Arg(i).IsNil() {
		return
	}
	f := c.Number(i)
	n := int(max(min(f, math.MaxInt32+1), -1))
	if n < least || n > most {
		c.ArgError(1, "expected integer between "+strconv.Itoa(least)+" and "+strconv.Itoa(most))
	}
	*to = n
}

// enum reads the optional argument i: a boolean or one of the options; it reports
// the choice.
func enum(c *lua.Call, i int, now int, options ...string) int {
	v := c.Arg(i)
	switch {
	case v.IsNil():
		return now
	case v.Type() == lua.TypeBool:
		if v.Truth() {
			return 1
		}
		return 0
	}
	return c.Choice(i, "", options...)
}

func (in *instance) setSparse(c *lua.Call) int {
	atMost(c, 3)
	in.sparseConvert = enum(c, 1, num(in.sparseConvert), "off", "on") == 1
	number(c, 2, &in.sparseRatio, 0, math.MaxInt32)
	number(c, 3, &in.sparseSafe, 0, math.MaxInt32)
	c.PushBool(in.sparseConvert)
	c.PushInt(in.sparseRatio)
	c.PushInt(in.sparseSafe)
	return 3
}

func num(b bool) int {
	if b {
		return 1
	}
	return 0
}

// setter returns the function of an option that is an integer.
func setter(to *int, least, most int) lua.Func {
	return func(c *lua.Call) int {
		atMost(c, 1)
		number(c, 1, to, least, most)
		c.PushInt(*to)
		return 1
	}
}

// flag returns the function of an option that is on or off.
func flag(to *bool) lua.Func {
	return func(c *lua.Call) int {
		atMost(c, 1)
		*to = enum(c, 1, num(*to), "off", "on") == 1
		c.PushBool(*to)
		return 1
	}
}

func (in *instance) setEncodeInvalid(c *lua.Call) int {
	atMost(c, 1)
	in.encodeInvalid = enum(c, 1, in.encodeInvalid, "off", "on", "null")
	if in.encodeInvalid == 2 {
		c.PushString("null")
	} else {
		c.PushBool(in.encodeInvalid == 1)
	}
	return 1
}

// setDecodeNull is of the sandbox: with true null becomes cjson.null.
func (in *instance) setDecodeNull(c *lua.Call) int {
	atMost(c, 1)
	if v := c.Arg(1); !v.IsNil() {
		if v.Type() != lua.TypeBool {
			c.TypeError(1, "boolean")
		}
		in.null = lua.Nil
		if v.Truth() {
			in.null = lua.Null
		}
	}
	c.PushBool(!in.null.IsNil())
	return 1
}

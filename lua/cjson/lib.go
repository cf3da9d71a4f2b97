package cjson

import (
	"unsafe"

	"github.com/heka-project/heka/lua"
)

// Version is the version of lua-cjson that the package follows.
const Version = "2.1.0"

// Open gives the modules cjson and cjson.safe to require in vm.
func Open(vm *lua.VM, opts Options) {
	vm.Preload("cjson", true, func(c *lua.Call) int { return open(c, opts, false) })
	if !opts.Sandbox {
		vm.Preload("cjson.safe", false, func(c *lua.Call) int { return open(c, opts, true) })
	}
}

// open makes a module with options of its own. The functions keep the instance
// alive, as their upvalue.
func open(c *lua.Call, opts Options, safe bool) int {
	vm := c.VM()
	c.Charge(1000)
	c.Alloc(int(unsafe.Sizeof(instance{})))
	in := newInstance(opts)
	anchor := vm.NewUserdata(in, nil).Value()
	t := c.NewTable(0, 16)
	add := func(name string, f lua.Func) { t.Set(vm.Intern(name), vm.NewClosure(name, f, anchor)) }
	encode, decode := in.encode, in.decode
	if safe {
		encode, decode = protected(vm, encode, anchor), protected(vm, decode, anchor)
	}
	add("encode", encode)
	add("decode", decode)
	add("encode_sparse_array", in.setSparse)
	add("encode_max_depth", setter(&in.encodeDepth, 1, 1<<31-1))
	add("decode_max_depth", setter(&in.decodeDepth, 1, 1<<31-1))
	add("encode_number_precision", setter(&in.precision, 1, 14))
	add("encode_invalid_numbers", in.setEncodeInvalid)
	add("decode_invalid_numbers", flag(&in.decodeInvalid))
	if opts.Sandbox {
		add("decode_null", in.setDecodeNull)
	} else {
		add("encode_keep_buffer", flag(&in.keepBuffer))
		add("new", func(c *lua.Call) int { return open(c, opts, safe) })
	}
	t.SetString("null", lua.Null)
	t.Set(vm.Intern("_NAME"), vm.NewString("cjson"))
	t.Set(vm.Intern("_VERSION"), vm.NewString(Version))
	c.Push(t.Value())
	return 1
}

// protected returns f as a function of cjson.safe: nil and the message in place of
// an error. A wrong number of arguments is raised all the same.
func protected(vm *lua.VM, f lua.Func, anchor lua.Value) lua.Func {
	inner := vm.NewClosure("?", f, anchor)
	return func(c *lua.Call) int {
		if c.Len() != 1 {
			c.ArgError(1, "expected 1 argument")
		}
		res, err := c.Try(inner, 1, c.Arg(1))
		if err != nil {
			c.PushNil()
			c.Push(err.Value)
			return 2
		}
		c.Push(res[0])
		return 1
	}
}

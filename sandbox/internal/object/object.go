// Package object makes types of userdata for the sandbox's own libraries: a
// metatable with methods, the checks that all of them share, and their way back
// from a saved state.
//
//	var kind = object.Kind{Module: "bloom_filter", Type: "mozsvc.bloom_filter"}
//	func init() { kind.Methods = … }
//
//	kind.Open(vm, lua.Entry{Name: "new", Fn: create})     bloom_filter.new(…)
//	kind.New(vm, data)                                     a value with the methods
package object

import (
	"math"
	"unsafe"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/preserve"
	"github.com/heka-project/heka/stats"
)

// Kind is a type of userdata. Methods refer to their Kind, so they are set in init.
type Kind struct {
	Module  string      // name for require, and of the kind in saved states
	Type    string      // name in messages
	Methods []lua.Entry // those beginning with __ are metamethods
}

// Data is what a userdata of this package holds.
type Data interface {
	lua.Sized
	preserve.Saver
}

// Open gives the module to require, with these functions.
func (k *Kind) Open(vm *lua.VM, functions ...lua.Entry) {
	vm.Preload(k.Module, true, func(c *lua.Call) int {
		t := c.NewTable(0, len(functions))
		vm.Register(t, functions...)
		k.Meta(vm)
		c.Push(t.Value())
		return 1
	})
}

// Meta returns the metatable of the type, which scripts may see but not reach.
func (k *Kind) Meta(vm *lua.VM) *lua.Table {
	meta, fresh := vm.Metatable(k.Type)
	if fresh {
		vm.Register(meta, k.Methods...)
		meta.SetString("__index", meta.Value())
	}
	return meta
}

// New makes a value of the type. What data holds has been charged by the caller.
func (k *Kind) New(vm *lua.VM, data Data) *lua.Userdata { return vm.NewUserdata(data, k.Meta(vm)) }

// Reader makes a preserve.Reader of a function that reads data.
func Reader[T Data](k *Kind, parse func(data []byte) (T, error)) preserve.Reader {
	return func(vm *lua.VM, data []byte) (*lua.Userdata, error) {
		d, err := parse(data)
		if err != nil {
			return nil, err
		}
		vm.Alloc(d.LuaSize())
		return k.New(vm, d), nil
	}
}

const wrongNumber = "incorrect number of arguments"

// Self returns the userdata that a method was called on, and checks that it was
// given from low to high arguments, the userdata among them.
func Self[T Data](c *lua.Call, k *Kind, low, high int) T {
	d := lua.Check[T](c, 1, k.Type)
	Arguments(c, low, high)
	return d
}

// Arguments checks the number of arguments.
func Arguments(c *lua.Call, low, high int) {
	if n := c.Len(); n < low || n > high {
		c.ArgError(0, wrongNumber)
	}
}

// Key returns argument i as a key of a set: the bytes of a string, or those of a
// number, for which scratch is used. It is charged for being hashed times over, and
// good until scratch is used again.
func Key(c *lua.Call, i, times int, scratch *[8]byte) string {
	v := c.Arg(i)
	switch {
	case v.IsString():
		c.Work((len(v.Str()) + 16) * times)
		return v.Str()
	case v.IsNumber():
		c.Work(24 * times)
		*scratch = stats.NumberKey(v.Num())
		return unsafe.String(&scratch[0], len(scratch))
	}
	c.ArgError(i, "must be a string or number")
	return ""
}

// Seconds returns argument i, nanoseconds, as seconds: rounded down. What is no
// time at all is before any other.
func Seconds(ns float64) int64 {
	s := math.Floor(ns / 1e9)
	if !(s >= -1<<53 && s <= 1<<53) {
		return math.MinInt64
	}
	return int64(s)
}

// Check raises err, if there is one, as the fault of the function or method named.
func Check(c *lua.Call, name string, err error) {
	if err != nil {
		c.Errorf("%s() %s", name, err.Error())
	}
}

// Package bloomfilter is the library bloom_filter of the sandbox: stats.Bloom as a
// type of Lua.
//
//	bf = bloom_filter.new(items, probability)
//	bf:add(key)      true when it is new          bf:count()   how many were new
//	bf:query(key)    false when it is not there   bf:clear()
//
// Keys are strings or numbers.
package bloomfilter

import (
	"math"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/preserve"
	"github.com/heka-project/heka/sandbox/internal/object"
	"github.com/heka-project/heka/stats"
)

// Filter is the Data of a Bloom filter.
type Filter struct {
	*stats.Bloom
	key [8]byte // of a number, see object.Key
}

// LuaSize returns the bytes held.
func (f *Filter) LuaSize() int { return f.Size() }

// LuaSave returns the state.
func (f *Filter) LuaSave() (kind string, data []byte, err error) {
	data, err = f.AppendBinary(nil)
	return Module, data, err
}

// Module is the name for require.
const Module = "bloom_filter"

var kind = object.Kind{Module: Module, Type: "mozsvc.bloom_filter"}

func init() {
	kind.Methods = []lua.Entry{
		{Name: "add", Fn: add},
		{Name: "query", Fn: query},
		{Name: "count", Fn: count},
		{Name: "clear", Fn: clearAll},
		{Name: "fromstring", Fn: fromString},
	}
}

// Open gives the library to vm.
func Open(vm *lua.VM) { kind.Open(vm, lua.Entry{Name: "new", Fn: create}) }

// Readers read what LuaSave gave.
func Readers() map[string]preserve.Reader {
	return map[string]preserve.Reader{Module: object.Reader(&kind, func(data []byte) (*Filter, error) {
		b, err := stats.ParseBloom(data)
		return &Filter{Bloom: b}, err
	})}
}

func create(c *lua.Call) int {
	object.Arguments(c, 2, 2)
	items := c.Int(1)
	if items <= 1 {
		c.ArgError(1, "items must be > 1")
	}
	p := c.Number(2)
	if !(p > 0 && p < 1) {
		c.ArgError(2, "probability must be between 0 and 1")
	}
	size := stats.BloomSize(items, p)
	if size == math.MaxInt {
		c.ArgError(1, "too many items")
	}
	c.Alloc(size)
	c.Work(size)
	b, err := stats.NewBloom(items, p)
	if err != nil {
		c.ArgError(1, err.Error())
	}
	c.Push(kind.New(c.VM(), &Filter{Bloom: b}).Value())
	return 1
}

func self(c *lua.Call, n int) *Filter { return object.Self[*Filter](c, &kind, n, n) }

func add(c *lua.Call) int {
	b := self(c, 2)
	c.PushBool(b.Add(object.Key(c, 2, b.Hashes(), &b.key)))
	return 1
}

func query(c *lua.Call) int {
	b := self(c, 2)
	c.PushBool(b.Query(object.Key(c, 2, b.Hashes(), &b.key)))
	return 1
}

func count(c *lua.Call) int {
	c.PushInt(self(c, 1).Count())
	return 1
}

func clearAll(c *lua.Call) int {
	b := self(c, 1)
	c.Work(b.Size())
	b.Clear()
	return 0
}

// fromString takes the bits, with the count before them or, as older versions
// wrote it, alone.
func fromString(c *lua.Call) int {
	b := object.Self[*Filter](c, &kind, 2, 3).Bloom
	n, bits := 0, 2
	if c.Len() == 3 {
		n, bits = c.Int(2), 3
	}
	data := c.String(bits)
	c.Work(len(data))
	object.Check(c, "fromstring", b.SetBits(n, data))
	return 0
}

// Package cuckoofilter is the library cuckoo_filter of the sandbox: stats.Cuckoo as
// a type of Lua.
//
//	cf = cuckoo_filter.new(items)
//	cf:add(key)       true when it is new          cf:delete(key)   true when it was there
//	cf:query(key)     false when it is not there   cf:count()       cf:clear()
//
// Keys are strings or numbers. A key that finds no place any more is an error,
// after which the filter is as it was.
package cuckoofilter

import (
	"math"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/preserve"
	"github.com/heka-project/heka/sandbox/internal/object"
	"github.com/heka-project/heka/stats"
)

// Filter is the Data of a cuckoo filter.
type Filter struct {
	*stats.Cuckoo
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
const Module = "cuckoo_filter"

var kind = object.Kind{Module: Module, Type: "mozsvc.cuckoo_filter"}

func init() {
	kind.Methods = []lua.Entry{
		{Name: "add", Fn: add},
		{Name: "query", Fn: query},
		{Name: "delete", Fn: remove},
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
		f, err := stats.ParseCuckoo(data)
		return &Filter{Cuckoo: f}, err
	})}
}

func create(c *lua.Call) int {
	object.Arguments(c, 1, 1)
	items := c.Int(1)
	if items <= 4 {
		c.ArgError(1, "items must be > 4")
	}
	size := stats.CuckooSize(items)
	if size == math.MaxInt {
		c.ArgError(1, "too many items")
	}
	c.Alloc(size)
	c.Work(size)
	f, err := stats.NewCuckoo(items)
	if err != nil {
		c.ArgError(1, err.Error())
	}
	c.Push(kind.New(c.VM(), &Filter{Cuckoo: f}).Value())
	return 1
}

func self(c *lua.Call, n int) *Filter { return object.Self[*Filter](c, &kind, n, n) }

func add(c *lua.Call) int {
	f := self(c, 2)
	key := object.Key(c, 2, 1, &f.key)
	added, err := f.Add(key)
	if err != nil {
		c.Charge(512) // what was tried in vain
		c.Errorf("%s", err.Error())
	}
	c.PushBool(added)
	return 1
}

func query(c *lua.Call) int {
	f := self(c, 2)
	c.PushBool(f.Query(object.Key(c, 2, 1, &f.key)))
	return 1
}

func remove(c *lua.Call) int {
	f := self(c, 2)
	c.PushBool(f.Delete(object.Key(c, 2, 1, &f.key)))
	return 1
}

func count(c *lua.Call) int {
	c.PushInt(self(c, 1).Count())
	return 1
}

func clearAll(c *lua.Call) int {
	f := self(c, 1)
	c.Work(f.Size())
	f.Clear()
	return 0
}

// layout is the number of the layout of the buckets that the last version of the
// original wrote. Others place keys elsewhere: they are left out, as it did.
const layout = 1

// fromString takes count, buckets and the number of their layout.
func fromString(c *lua.Call) int {
	f := object.Self[*Filter](c, &kind, 3, 4).Cuckoo
	c.Number(2)
	data := c.String(3)
	c.Work(len(data))
	if c.OptInt(4, 0) == layout {
		object.Check(c, "fromstring", f.SetBits(data))
	}
	return 0
}

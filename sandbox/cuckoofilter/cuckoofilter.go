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
	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/preserve"
	"github.com/heka-project/heka/sandbox/internal/object"
	"github.com/heka-project/heka/stats"
)

// Filter is the Data of a cuckoo filter.
type Filter = object.Held[*stats.Cuckoo]

// Module is the name for require.
const Module = "cuckoo_filter"

var kind = object.Kind{Module: Module, Type: "mozsvc.cuckoo_filter"}

func init() {
	kind.Methods = append(object.SetMethods(&kind, func(*stats.Cuckoo) int { return 1 }),
		lua.Entry{Name: "add", Fn: add}, lua.Entry{Name: "delete", Fn: remove}, lua.Entry{Name: "fromstring", Fn: fromString})
}

// Open gives the library to vm.
func Open(vm *lua.VM) { kind.Open(vm, lua.Entry{Name: "new", Fn: create}) }

// Readers read what was saved.
func Readers() map[string]preserve.Reader { return object.Readers(&kind, stats.ParseCuckoo) }

func create(c *lua.Call) int {
	object.Arguments(c, 1, 1)
	items := c.Int(1)
	if items <= 4 {
		c.ArgError(1, "items must be > 4")
	}
	return object.Make(c, &kind, stats.CuckooSize(items), func() (*stats.Cuckoo, error) { return stats.NewCuckoo(items) })
}

func self(c *lua.Call, low, high int) *Filter {
	return object.Self[*Filter](c, &kind, low, high)
}

func add(c *lua.Call) int {
	h := self(c, 2, 2)
	key := h.Key(c, 2, 1)
	added, err := h.Work.Add(key)
	if err != nil {
		c.Charge(512) // what was tried in vain
		c.Errorf("%s", err.Error())
	}
	c.PushBool(added)
	return 1
}

func remove(c *lua.Call) int {
	h := self(c, 2, 2)
	c.PushBool(h.Work.Delete(h.Key(c, 2, 1)))
	return 1
}

// layout is the number of the layout of the buckets that the last version of the
// original wrote. Others place keys elsewhere: they are left out, as it did.
const layout = 1

// fromString takes count, buckets and the number of their layout.
func fromString(c *lua.Call) int {
	f := self(c, 3, 4).Work
	c.Number(2)
	data := c.String(3)
	c.Work(len(data))
	if c.OptInt(4, 0) == layout {
		object.Check(c, "fromstring", f.SetBits(data))
	}
	return 0
}

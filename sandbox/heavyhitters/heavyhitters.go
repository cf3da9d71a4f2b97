// Package heavyhitters is the library heavy_hitters of the sandbox: stats.TopK as a
// type of Lua.
//
//	hh = heavy_hitters.new(capacity)        how many keys are watched
//	hh:add(key [, weight = 1])
//	hh:top(n)         array of {key = …, weight = …, error = …}, the heaviest first
//	hh:get(key)       weight and error, or nil when it is not watched
//	hh:count()        how many keys are watched now      hh:total()   the weight of all
//	hh:merge(hh2)     adds what another has watched, gives hh
//	hh:clear()
//
// A key weighs between weight − error and weight. Every key that has more than
// total/capacity is among those watched. Numbers are known by their text.
package heavyhitters

import (
	"math"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/preserve"
	"github.com/heka-project/heka/sandbox/internal/object"
	"github.com/heka-project/heka/stats"
)

// Hitters is the Data of heavy hitters.
type Hitters = object.Held[*stats.TopK]

// Module is the name for require.
const Module = "heavy_hitters"

var kind = object.Kind{Module: Module, Type: "heka.heavy_hitters"}

func init() {
	kind.Methods = []lua.Entry{
		{Name: "add", Fn: add},
		{Name: "top", Fn: top},
		{Name: "get", Fn: get},
		{Name: "count", Fn: count},
		{Name: "total", Fn: total},
		{Name: "merge", Fn: merge},
		{Name: "clear", Fn: clearAll},
	}
}

// Open gives the library to vm.
func Open(vm *lua.VM) { kind.Open(vm, lua.Entry{Name: "new", Fn: create}) }

// Readers read what was saved.
func Readers() map[string]preserve.Reader { return object.Readers(&kind, stats.ParseTopK) }

func create(c *lua.Call) int {
	object.Arguments(c, 1, 1)
	t, err := stats.NewTopK(c.Int(1))
	if err != nil {
		c.ArgError(1, err.Error())
	}
	c.Alloc(t.Size())
	return object.Push(c, &kind, t)
}

func self(c *lua.Call, low, high int) *stats.TopK {
	return object.Self[*Hitters](c, &kind, low, high).Work
}

func add(c *lua.Call) int {
	t := self(c, 2, 3)
	key, weight := c.String(2), c.OptNumber(3, 1)
	c.Work(len(key) + 256)
	if n := t.Grows(key); n > 0 {
		c.Alloc(n)
	}
	if !(weight > 0) || math.IsInf(weight, 0) {
		c.ArgError(3, "weight must be > 0")
	}
	object.Check(c, "add", t.Add(key, weight))
	return 0
}

func top(c *lua.Call) int {
	t := self(c, 2, 2)
	n := c.Int(2)
	c.Work(64 * t.Len())
	c.Alloc(64 * t.Len())
	all := t.Top(n)
	vm := c.VM()
	key, weight, fault := vm.Intern("key"), vm.Intern("weight"), vm.Intern("error")
	list := c.NewTable(len(all), 0)
	c.Push(list.Value())
	for i, h := range all {
		e := c.NewTable(0, 3)
		e.Set(key, c.CopyString(h.Key))
		e.Set(weight, lua.Number(h.Weight))
		e.Set(fault, lua.Number(h.Error))
		list.Set(lua.Int(i+1), e.Value())
	}
	return 1
}

func get(c *lua.Call) int {
	t := self(c, 2, 2)
	key := c.String(2)
	c.Work(len(key))
	h, ok := t.Get(key)
	if !ok {
		c.PushNil()
		return 1
	}
	c.PushNumber(h.Weight)
	c.PushNumber(h.Error)
	return 2
}

func count(c *lua.Call) int {
	c.PushInt(self(c, 1, 1).Len())
	return 1
}

func total(c *lua.Call) int {
	c.PushNumber(self(c, 1, 1).Total())
	return 1
}

func merge(c *lua.Call) int {
	t := self(c, 2, 2)
	other := lua.Check[*Hitters](c, 2, kind.Type).Work
	c.Work(256 * (t.Len() + other.Len()))
	c.Alloc(2 * (t.Size() + other.Size()))
	t.Merge(other)
	c.Push(c.Arg(1))
	return 1
}

func clearAll(c *lua.Call) int {
	self(c, 1, 1).Clear()
	return 0
}

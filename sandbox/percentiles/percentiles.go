// Package percentiles is the library percentiles of the sandbox: stats.Sketch as a
// type of Lua.
//
//	p = percentiles.new([accuracy = 0.01])   relative error of an answer
//	p:add(value [, weight = 1])   false for what is no finite number
//	p:percentile(99)              the value of that rank, nil without values
//	p:quantile(0.99)              the same
//	p:count()  p:sum()  p:mean()  p:sd()  p:min()  p:max()
//	p:merge(p2)                   adds all values of another, gives p
//	p:clear()
//
// It takes at most 64 KiB whatever is added.
package percentiles

import (
	"math"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/preserve"
	"github.com/heka-project/heka/sandbox/internal/object"
	"github.com/heka-project/heka/stats"
)

// Sketch is the Data of percentiles.
type Sketch = object.Held[*stats.Sketch]

// Module is the name for require.
const Module = "percentiles"

var kind = object.Kind{Module: Module, Type: "heka.percentiles"}

func init() {
	kind.Methods = []lua.Entry{
		{Name: "add", Fn: add},
		{Name: "quantile", Fn: quantile(1)},
		{Name: "percentile", Fn: quantile(100)},
		{Name: "count", Fn: moment((*stats.Moments).Count)},
		{Name: "sum", Fn: moment(func(m *stats.Moments) float64 {
			if m.Count() == 0 {
				return 0
			}
			return m.Mean() * m.Count()
		})},
		{Name: "mean", Fn: moment((*stats.Moments).Mean)},
		{Name: "sd", Fn: moment((*stats.Moments).StdDev)},
		{Name: "min", Fn: moment((*stats.Moments).Min)},
		{Name: "max", Fn: moment((*stats.Moments).Max)},
		{Name: "merge", Fn: merge},
		{Name: "clear", Fn: clearAll},
	}
}

// Open gives the library to vm.
func Open(vm *lua.VM) { kind.Open(vm, lua.Entry{Name: "new", Fn: create}) }

// Readers read what was saved.
func Readers() map[string]preserve.Reader { return object.Readers(&kind, stats.ParseSketch) }

func create(c *lua.Call) int {
	object.Arguments(c, 0, 1)
	s, err := stats.NewSketch(c.OptNumber(1, 0.01))
	if err != nil {
		c.ArgError(1, err.Error())
	}
	c.Alloc(s.Size())
	return object.Push(c, &kind, s)
}

func self(c *lua.Call, low, high int) *stats.Sketch {
	return object.Self[*Sketch](c, &kind, low, high).Work
}

func add(c *lua.Call) int {
	s := self(c, 2, 3)
	v, weight := c.Number(2), c.OptNumber(3, 1)
	if n := s.Grows(v); n > 0 {
		c.Alloc(n)
		c.Work(n)
	}
	c.Charge(4)
	c.PushBool(s.Add(v, weight))
	return 1
}

// quantile makes the method whose argument is a share of whole.
func quantile(whole float64) lua.Func {
	return func(c *lua.Call) int {
		s := self(c, 2, 2)
		q := c.Number(2) / whole
		if !(q >= 0 && q <= 1) {
			c.ArgError(2, "rank is out of range")
		}
		c.Work(s.Size() / 8)
		pushUnlessNaN(c, s.Quantile(q))
		return 1
	}
}

func moment(f func(*stats.Moments) float64) lua.Func {
	return func(c *lua.Call) int {
		pushUnlessNaN(c, f(&self(c, 1, 1).Moments))
		return 1
	}
}

func pushUnlessNaN(c *lua.Call, v float64) {
	if math.IsNaN(v) {
		c.PushNil()
		return
	}
	c.PushNumber(v)
}

func merge(c *lua.Call) int {
	s := self(c, 2, 2)
	other := lua.Check[*Sketch](c, 2, kind.Type).Work
	c.Work(stats.SketchSize)
	c.Alloc(stats.SketchSize)
	if err := s.Merge(other); err != nil {
		c.ArgError(2, err.Error())
	}
	c.Push(c.Arg(1))
	return 1
}

func clearAll(c *lua.Call) int {
	self(c, 1, 1).Clear()
	return 0
}

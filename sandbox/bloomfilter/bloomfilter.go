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
	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/preserve"
	"github.com/heka-project/heka/sandbox/internal/object"
	"github.com/heka-project/heka/stats"
)

// Filter is the Data of a Bloom filter.
type Filter = object.Held[*stats.Bloom]

// Module is the name for require.
const Module = "bloom_filter"

var kind = object.Kind{Module: Module, Type: "mozsvc.bloom_filter"}

func init() {
	kind.Methods = append(object.SetMethods(&kind, (*stats.Bloom).Hashes),
		lua.Entry{Name: "add", Fn: add}, lua.Entry{Name: "fromstring", Fn: fromString})
}

// Open gives the library to vm.
func Open(vm *lua.VM) { kind.Open(vm, lua.Entry{Name: "new", Fn: create}) }

// Readers read what was saved.
func Readers() map[string]preserve.Reader { return object.Readers(&kind, stats.ParseBloom) }

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
	return object.Make(c, &kind, stats.BloomSize(items, p), func() (*stats.Bloom, error) { return stats.NewBloom(items, p) })
}

func self(c *lua.Call, low, high int) *Filter {
	return object.Self[*Filter](c, &kind, low, high)
}

func add(c *lua.Call) int {
	h := self(c, 2, 2)
	c.PushBool(h.Work.Add(h.Key(c, 2, h.Work.Hashes())))
	return 1
}

// fromString takes the bits, with the count before them or, as older versions
// wrote it, alone.
func fromString(c *lua.Call) int {
	b := self(c, 2, 3).Work
	n, bits := 0, 2
	if c.Len() == 3 {
		n, bits = c.Int(2), 3
	}
	data := c.String(bits)
	c.Work(len(data))
	object.Check(c, "fromstring", b.SetBits(n, data))
	return 0
}

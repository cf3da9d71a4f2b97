package object

import (
	"math"

	"github.com/heka-project/heka/lua"
)

// Set is the Work of a set of keys.
type Set interface {
	Work
	Count() int // keys in it
	Query(key string) bool
	Clear()
}

// Make pushes what create makes, of size bytes.
func Make[T Set](c *lua.Call, k *Kind, size int, create func() (T, error)) int {
	if size == math.MaxInt {
		c.ArgError(1, "too many items")
	}
	c.Alloc(size)
	c.Work(size)
	s, err := create()
	if err != nil {
		c.ArgError(1, err.Error())
	}
	return Push(c, k, s)
}

// SetMethods are those that all sets have: query, count and clear. times is how often
// a key is hashed.
func SetMethods[T Set](k *Kind, times func(T) int) []lua.Entry {
	return []lua.Entry{
		{Name: "query", Fn: func(c *lua.Call) int {
			h := Self[*Held[T]](c, k, 2, 2)
			c.PushBool(h.Work.Query(h.Key(c, 2, times(h.Work))))
			return 1
		}},
		{Name: "count", Fn: func(c *lua.Call) int {
			c.PushInt(Self[*Held[T]](c, k, 1, 1).Work.Count())
			return 1
		}},
		{Name: "clear", Fn: func(c *lua.Call) int {
			h := Self[*Held[T]](c, k, 1, 1)
			c.Work(h.Work.Size())
			h.Work.Clear()
			return 0
		}},
	}
}

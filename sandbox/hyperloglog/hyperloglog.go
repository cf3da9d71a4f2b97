// Package hyperloglog is the library hyperloglog of the sandbox: stats.HyperLogLog
// as a type of Lua.
//
//	hll = hyperloglog.new()
//	hll:add(key)     true when the estimate may have changed
//	hll:count()      how many different keys
//	hll:merge(hll2, …)   adds all their keys, gives hll
//	hll:clear()
//	hyperloglog.count(hll, hll2, …)   of all together
//
// Keys are strings or numbers. The text of one, for payloads and tostring, is its
// 12304 bytes, which Redis understands as well.
package hyperloglog

import (
	"encoding"
	"math"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/preserve"
	"github.com/heka-project/heka/sandbox/internal/object"
	"github.com/heka-project/heka/stats"
)

// Log is the Data of a HyperLogLog.
type Log struct {
	*stats.HyperLogLog
	key [8]byte // of a number, see object.Key
}

var _ encoding.TextAppender = (*Log)(nil)

// AppendText appends the bytes.
func (l *Log) AppendText(dst []byte) ([]byte, error) { return l.AppendBinary(dst) }

// LuaSize returns the bytes held.
func (l *Log) LuaSize() int { return stats.HyperLogLogSize }

// LuaSave returns the state.
func (l *Log) LuaSave() (kind string, data []byte, err error) {
	data, err = l.AppendBinary(nil)
	return Module, data, err
}

// Module is the name for require.
const Module = "hyperloglog"

var kind = object.Kind{Module: Module, Type: "mozsvc.hyperloglog"}

func init() {
	kind.Methods = []lua.Entry{
		{Name: "add", Fn: add},
		{Name: "count", Fn: count},
		{Name: "merge", Fn: merge},
		{Name: "clear", Fn: clearAll},
		{Name: "fromstring", Fn: fromString},
		{Name: "__tostring", Fn: toString},
	}
}

// Open gives the library to vm.
func Open(vm *lua.VM) {
	kind.Open(vm, lua.Entry{Name: "new", Fn: create}, lua.Entry{Name: "count", Fn: countUnion})
}

// Readers read what LuaSave gave.
func Readers() map[string]preserve.Reader {
	return map[string]preserve.Reader{Module: object.Reader(&kind, func(data []byte) (*Log, error) {
		h, err := stats.ParseHyperLogLog(data)
		return &Log{HyperLogLog: h}, err
	})}
}

func create(c *lua.Call) int {
	object.Arguments(c, 0, 0)
	c.Alloc(stats.HyperLogLogSize)
	c.Work(stats.HyperLogLogSize)
	c.Push(kind.New(c.VM(), &Log{HyperLogLog: stats.NewHyperLogLog()}).Value())
	return 1
}

func self(c *lua.Call, n int) *Log { return object.Self[*Log](c, &kind, n, n) }

func add(c *lua.Call) int {
	h := self(c, 2)
	c.PushBool(h.Add(object.Key(c, 2, 1, &h.key)))
	return 1
}

// pass is the work of looking at all registers.
const pass = 2 * stats.HyperLogLogSize

func count(c *lua.Call) int {
	h := self(c, 1)
	c.Work(pass)
	c.PushNumber(float64(h.Count()))
	return 1
}

// logs returns arguments from i on.
func logs(c *lua.Call, i int) []*stats.HyperLogLog {
	var hs []*stats.HyperLogLog
	for ; i <= c.Len(); i++ {
		hs = append(hs, lua.Check[*Log](c, i, kind.Type).HyperLogLog)
		c.Work(pass)
	}
	return hs
}

func countUnion(c *lua.Call) int {
	object.Arguments(c, 2, math.MaxInt)
	hs := logs(c, 1)
	c.Work(pass)
	c.PushNumber(float64(stats.CountUnion(hs...)))
	return 1
}

func merge(c *lua.Call) int {
	h := object.Self[*Log](c, &kind, 2, math.MaxInt)
	for _, other := range logs(c, 2) {
		h.Merge(other)
	}
	c.Push(c.Arg(1))
	return 1
}

func clearAll(c *lua.Call) int {
	h := self(c, 1)
	c.Work(stats.HyperLogLogSize)
	h.Clear()
	return 0
}

func fromString(c *lua.Call) int {
	h := self(c, 2)
	c.Work(stats.HyperLogLogSize)
	object.Check(c, "fromstring", h.SetBits(c.String(2)))
	return 0
}

func toString(c *lua.Call) int {
	h := object.Self[*Log](c, &kind, 1, math.MaxInt)
	c.Work(stats.HyperLogLogSize)
	text, _ := h.AppendBinary(nil)
	c.PushBytes(text)
	return 1
}

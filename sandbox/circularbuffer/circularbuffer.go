// Package circularbuffer is the library circular_buffer of the sandbox: package
// cbuf as a type of Lua.
//
//	cb = circular_buffer.new(rows, columns, seconds_per_row [, enable_delta])
//	cb:add(ns, column, value)    cb:set(ns, column, value)    cb:get(ns, column)
//	cb:compute("avg", column [, start_ns, end_ns])            cb:mannwhitneyu(…)
//	add_to_payload(cb:format("cbufd"))
//
// Columns count from 1, times are nanoseconds. What is cleared, looked at or
// written is charged as instructions; cells, and changes that wait to be told, as
// memory.
package circularbuffer

import (
	"encoding"
	"fmt"
	"math"

	"github.com/heka-project/heka/cbuf"
	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/preserve"
	"github.com/heka-project/heka/sandbox/internal/object"
	"github.com/heka-project/heka/stats"
)

// Buffer is the Data of a circular buffer. Its text is the form that format()
// chose last; in the delta form the changes are forgotten with that.
type Buffer struct{ *cbuf.Buffer }

var _ encoding.TextAppender = (*Buffer)(nil)

// LuaSize returns the bytes held.
func (b *Buffer) LuaSize() int { return b.Size() }

// LuaSave returns the exact state, deltas included.
func (b *Buffer) LuaSave() (kind string, data []byte, err error) {
	data, err = b.AppendBinary(nil)
	return Module, data, err
}

// LuaAccepts says whether a saved buffer has as many rows and columns, as wide, and
// changes or none as well.
func (b *Buffer) LuaAccepts(saved any) error {
	o, ok := saved.(*Buffer)
	if !ok || o.Rows() != b.Rows() || o.Columns() != b.Columns() || o.SecondsPerRow() != b.SecondsPerRow() || o.Deltas() != b.Deltas() {
		return fmt.Errorf("saved is %s, made %s", describe(saved), describe(b))
	}
	return nil
}

func describe(data any) string {
	b, ok := data.(*Buffer)
	if !ok {
		return "no circular buffer"
	}
	with := ""
	if b.Deltas() {
		with = " with deltas"
	}
	return fmt.Sprintf("a circular buffer of %d rows, %d columns, %d seconds per row%s", b.Rows(), b.Columns(), b.SecondsPerRow(), with)
}

// Module is the name for require.
const Module = "circular_buffer"

var kind = object.Kind{Module: Module, Type: "mozsvc.circular_buffer"}

func init() {
	kind.Methods = []lua.Entry{
		{Name: "add", Fn: change((*cbuf.Buffer).Add)},
		{Name: "set", Fn: change((*cbuf.Buffer).Set)},
		{Name: "get", Fn: get},
		{Name: "get_range", Fn: getRange},
		{Name: "get_configuration", Fn: getConfiguration},
		{Name: "set_header", Fn: setHeader},
		{Name: "get_header", Fn: getHeader},
		{Name: "current_time", Fn: currentTime},
		{Name: "compute", Fn: compute},
		{Name: "mannwhitneyu", Fn: mannWhitneyU},
		{Name: "format", Fn: format},
		{Name: "fromstring", Fn: fromString},
	}
}

// Open gives the library to vm.
func Open(vm *lua.VM) { kind.Open(vm, lua.Entry{Name: "new", Fn: create}) }

// Readers read what LuaSave gave.
func Readers() map[string]preserve.Reader {
	return map[string]preserve.Reader{Module: object.Reader(&kind, func(data []byte) (*Buffer, error) {
		b, err := cbuf.ParseBinary(data)
		return &Buffer{b}, err
	})}
}

func create(c *lua.Call) int {
	object.Arguments(c, 3, 4)
	rows := c.Int(1)
	if rows <= 1 {
		c.ArgError(1, "rows must be > 1")
	}
	columns := c.Int(2)
	if columns <= 0 || columns > cbuf.MaxColumns {
		c.ArgError(2, "columns must be > 0 and <= 256")
	}
	width := c.Int(3)
	if width <= 0 || width > math.MaxInt32 {
		c.ArgError(3, "seconds_per_row is out of range")
	}
	size := cbuf.Size(rows, columns)
	if size == math.MaxInt {
		c.ArgError(1, "too many rows")
	}
	c.Alloc(size)
	c.Work(size)
	b, err := cbuf.New(rows, columns, int64(width), c.Bool(4))
	if err != nil {
		c.ArgError(3, err.Error()) // what the checks before do not see
	}
	c.Push(kind.New(c.VM(), &Buffer{b}).Value())
	return 1
}

func self(c *lua.Call, low, high int) *cbuf.Buffer {
	return object.Self[*Buffer](c, &kind, low, high).Buffer
}

// column returns argument i as a column of b, from 0.
func column(c *lua.Call, b *cbuf.Buffer, i int) int {
	n := c.Int(i)
	if n < 1 || n > b.Columns() {
		c.ArgError(i, "column out of range")
	}
	return n - 1
}

// change makes the method of add and of set: the value then, or nil for a time
// before the window.
func change(f func(*cbuf.Buffer, int64, int, float64) (float64, bool, error)) lua.Func {
	return func(c *lua.Call) int {
		b := self(c, 4, math.MaxInt)
		at, col, v := object.Seconds(c.Number(2)), column(c, b, 3), c.Number(4)
		if n := b.Skipped(at); n > 0 {
			c.Work(n)
		}
		if b.Deltas() {
			if n := b.Grows(at); n > 0 {
				c.Alloc(n)
			}
		}
		got, ok, err := f(b, at, col, v)
		if err != nil {
			c.Errorf("%s", err.Error())
		}
		if !ok {
			c.PushNil()
			return 1
		}
		c.PushNumber(got)
		return 1
	}
}

func get(c *lua.Call) int {
	b := self(c, 3, math.MaxInt)
	v, ok := b.Get(object.Seconds(c.Number(2)), column(c, b, 3))
	if !ok {
		c.PushNil()
		return 1
	}
	c.PushNumber(v)
	return 1
}

// span returns the times of the optional arguments i and i+1, and charges for the
// rows between them.
func span(c *lua.Call, b *cbuf.Buffer, i int) (from, to int64) {
	first := c.OptNumber(i, float64(b.Oldest())*1e9)
	last := c.OptNumber(i+1, float64(b.Newest())*1e9)
	if !(last >= first) {
		c.ArgError(i+1, "end must be >= start")
	}
	from, to = object.Seconds(first), object.Seconds(last)
	c.Work(2 * b.Span(from, to))
	return from, to
}

func getRange(c *lua.Call) int {
	b := self(c, 2, math.MaxInt)
	col := column(c, b, 2)
	from, to := span(c, b, 3)
	n := b.Span(from, to)
	if n == 0 {
		c.PushNil()
		return 1
	}
	c.Alloc(8 * n)
	cells, _ := b.Range(make([]float64, 0, n), col, from, to)
	t := c.NewTable(n, 0)
	for i, v := range cells {
		t.Set(lua.Int(i+1), lua.Number(v))
	}
	c.Push(t.Value())
	return 1
}

func getConfiguration(c *lua.Call) int {
	b := self(c, 1, math.MaxInt)
	c.PushInt(b.Rows())
	c.PushInt(b.Columns())
	c.PushInt(int(b.SecondsPerRow()))
	return 3
}

func setHeader(c *lua.Call) int {
	b := self(c, 3, math.MaxInt)
	col := column(c, b, 2)
	name, unit := c.String(3), c.OptString(4, "count")
	agg := c.Choice(5, "sum", "sum", "min", "max", "none")
	b.SetHeader(col, cbuf.Header{Name: name, Unit: unit, Aggregation: cbuf.Aggregation(agg)})
	c.PushInt(col + 1)
	return 1
}

func getHeader(c *lua.Call) int {
	b := self(c, 2, math.MaxInt)
	h := b.Header(column(c, b, 2))
	c.PushString(h.Name)
	c.PushString(h.Unit)
	c.PushString(h.Aggregation.String())
	return 3
}

func currentTime(c *lua.Call) int {
	c.PushNumber(float64(self(c, 1, math.MaxInt).Newest()) * 1e9)
	return 1
}

func compute(c *lua.Call) int {
	b := self(c, 3, math.MaxInt)
	f := c.Choice(2, "", cbuf.Functions...)
	col := column(c, b, 3)
	from, to := span(c, b, 4)
	v, active, ok := b.Compute(cbuf.Function(f), col, from, to)
	if ok {
		c.PushNumber(v)
	} else {
		c.PushNil()
	}
	c.PushInt(active)
	return 2
}

// mannWhitneyU gives U and p, or nothing when the ranges cannot be compared.
func mannWhitneyU(c *lua.Call) int {
	b := self(c, 6, math.MaxInt)
	if c.Len() > 7 {
		c.ArgError(0, "too many arguments")
	}
	col := column(c, b, 2)
	s1, e1 := c.Number(3), c.Number(4)
	if !(e1 >= s1) {
		c.ArgError(4, "end_1 must be >= start_1")
	}
	s2, e2 := c.Number(5), c.Number(6)
	if !(e2 >= s2) {
		c.ArgError(6, "end_2 must be >= start_2")
	}
	if !(e1 < s2 || e2 < s1) {
		c.ArgError(4, "ranges must not overlap")
	}
	continuity := true
	if c.Len() == 7 {
		if c.Arg(7).Type() != lua.TypeBool {
			c.ArgError(7, "use_continuity must be a boolean")
		}
		continuity = c.Bool(7)
	}
	from1, to1 := object.Seconds(s1), object.Seconds(e1)
	from2, to2 := object.Seconds(s2), object.Seconds(e2)
	n1, n2 := b.Span(from1, to1), b.Span(from2, to2)
	if n1 == 0 || n2 == 0 {
		return 0
	}
	n := n1 + n2
	c.Work(16 * n) // sorting takes log n steps
	c.Alloc(8*n + stats.MannWhitneyBytes(n))
	cells, _ := b.Range(make([]float64, 0, n), col, from1, to1)
	cells, _ = b.Range(cells, col, from2, to2)
	u, p, ok := stats.MannWhitney(cells[:n1], cells[n1:], continuity)
	if !ok {
		return 0
	}
	c.PushNumber(u)
	c.PushNumber(p)
	return 2
}

func format(c *lua.Call) int {
	b := self(c, 2, 2)
	b.SetFormat(cbuf.Format(c.Choice(2, "", "cbuf", "cbufd")))
	c.Push(c.Arg(1))
	return 1
}

func fromString(c *lua.Call) int {
	b := self(c, 2, math.MaxInt)
	text := c.String(2)
	c.Work(8 * len(text))
	c.Alloc(8*b.Rows()*b.Columns() + 24*len(text))
	object.Check(c, "fromstring", b.Restore(text))
	return 0
}

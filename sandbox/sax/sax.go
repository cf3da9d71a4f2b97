// Package sax is the library sax of the sandbox, symbolic aggregate approximation:
// series as words of few letters, of which alike ones can be found.
//
//	win = sax.window.new(n, w, c)     the last n values in w frames of c letters
//	win:add(value | array)  win:get_word()  win:clear()  tostring(win)
//	word = sax.word.new(array, w, c)  or  sax.word.new("ABBA", c)
//	word:copy()  tostring(word)
//	a == b                            of words and windows, by their letters
//	sax.mindist(a, b)                 distance at least, and its parts where a is above and below b;
//	                                  nil for words that cannot be compared
//
// Values that are NaN are missing; a frame of none is the letter '#'.
package sax

import (
	"encoding"
	"math"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/preserve"
	"github.com/heka-project/heka/sandbox/internal/object"
	"github.com/heka-project/heka/stats"
)

// Window is the Data of a window.
type Window struct{ *stats.Window }

// Word is the Data of a word.
type Word struct{ stats.Word }

var _, _ encoding.TextAppender = (*Window)(nil), (*Word)(nil)

// AppendText appends the letters.
func (w *Window) AppendText(dst []byte) ([]byte, error) {
	return append(dst, w.Word().String()...), nil
}

// AppendText appends the letters.
func (w *Word) AppendText(dst []byte) ([]byte, error) { return append(dst, w.String()...), nil }

// LuaSize returns the bytes held.
func (w *Window) LuaSize() int { return w.Size() }

// LuaSize returns the bytes held.
func (w *Word) LuaSize() int { return w.Size() }

// LuaSave returns the state.
func (w *Window) LuaSave() (kind string, data []byte, err error) {
	data, err = w.AppendBinary(nil)
	return windowKind.Module, data, err
}

// LuaSave returns the state.
func (w *Word) LuaSave() (kind string, data []byte, err error) {
	data, err = w.AppendBinary(nil)
	return wordKind.Module, data, err
}

// Module is the name for require.
const Module = "sax"

var (
	windowKind = object.Kind{Module: "sax.window", Type: "mozsvc.sax.window"}
	wordKind   = object.Kind{Module: "sax.word", Type: "mozsvc.sax.word"}
)

func init() {
	windowKind.Methods = []lua.Entry{
		{Name: "add", Fn: add},
		{Name: "get_word", Fn: getWord},
		{Name: "clear", Fn: clearAll},
		{Name: "__tostring", Fn: toString},
	}
	wordKind.Methods = []lua.Entry{
		{Name: "copy", Fn: copyWord},
		{Name: "__tostring", Fn: toString},
	}
}

// Open gives the library to vm.
func Open(vm *lua.VM) {
	vm.Preload(Module, true, func(c *lua.Call) int {
		t, window, word := c.NewTable(0, 3), c.NewTable(0, 1), c.NewTable(0, 1)
		vm.Register(window, lua.Entry{Name: "new", Fn: newWindow})
		vm.Register(word, lua.Entry{Name: "new", Fn: newWord})
		vm.Register(t, lua.Entry{Name: "mindist", Fn: minDist})
		t.SetString("window", window.Value())
		t.SetString("word", word.Value())
		metatables(vm)
		c.Push(t.Value())
		return 1
	})
}

// metatables makes both at once: words and windows are equal by one function.
func metatables(vm *lua.VM) {
	window, word := windowKind.Meta(vm), wordKind.Meta(vm)
	if window.GetString("__eq").IsNil() {
		eq := vm.NewFunction("__eq", equal)
		window.SetString("__eq", eq)
		word.SetString("__eq", eq)
	}
}

// Readers read what LuaSave gave.
func Readers() map[string]preserve.Reader {
	window := object.Reader(&windowKind, func(data []byte) (*Window, error) {
		w, err := stats.ParseWindow(data)
		return &Window{w}, err
	})
	word := object.Reader(&wordKind, func(data []byte) (*Word, error) {
		w, err := stats.ParseWordBinary(data)
		return &Word{w}, err
	})
	withMeta := func(r preserve.Reader) preserve.Reader {
		return func(vm *lua.VM, data []byte) (*lua.Userdata, error) {
			metatables(vm)
			return r(vm, data)
		}
	}
	return map[string]preserve.Reader{windowKind.Module: withMeta(window), wordKind.Module: withMeta(word)}
}

func newWindow(c *lua.Call) int {
	object.Arguments(c, 3, 3)
	w, err := stats.NewWindow(c.Int(1), c.Int(2), c.Int(3))
	if err != nil {
		c.ArgError(1, err.Error())
	}
	c.Alloc(w.Size())
	c.Work(w.Size())
	c.Push(windowKind.New(c.VM(), &Window{w}).Value())
	return 1
}

func newWord(c *lua.Call) int {
	switch c.Len() {
	case 2:
		s := c.String(1)
		c.Work(len(s))
		w, err := stats.ParseWord(s, c.Int(2))
		if err != nil {
			c.ArgError(1, err.Error())
		}
		return push(c, w)
	case 3:
		frames, letters := c.Int(2), c.Int(3)
		series := numbers(c, 1)
		w, err := stats.NewWord(series, frames, letters)
		if err != nil {
			c.ArgError(2, err.Error())
		}
		return push(c, w)
	}
	c.ArgError(0, "incorrect number of arguments")
	return 0
}

func push(c *lua.Call, w stats.Word) int {
	c.Alloc(w.Size())
	c.Push(wordKind.New(c.VM(), &Word{w}).Value())
	return 1
}

// numbers returns the array of numbers at argument i; more than a series may have
// are not read.
func numbers(c *lua.Call, i int) []float64 {
	t := c.Arg(i).Table()
	if t == nil {
		c.ArgError(i, "array-like table expected")
	}
	n := min(t.Len(), stats.MaxSeries+1)
	c.Work(32 * n)
	c.Alloc(8 * n)
	out := make([]float64, n)
	for k := range out {
		v := t.GetInt(k + 1)
		if !v.IsNumber() {
			c.ArgError(i, "array of numbers expected")
		}
		out[k] = v.Num()
	}
	return out
}

func add(c *lua.Call) int {
	w := object.Self[*Window](c, &windowKind, 2, 2)
	if c.Arg(2).Type() != lua.TypeTable {
		w.Add(c.Number(2))
		return 0
	}
	for _, v := range numbers(c, 2) {
		w.Add(v)
	}
	return 0
}

// word returns argument i, a word or a window, as a word.
func word(c *lua.Call, i int) stats.Word {
	if w, ok := lua.Data[*Word](c.Arg(i)); ok {
		return w.Word
	}
	w, ok := lua.Data[*Window](c.Arg(i))
	if !ok {
		c.TypeError(i, "sax.window or sax.word")
	}
	c.Work(64 * w.Len())
	return w.Word()
}

func getWord(c *lua.Call) int {
	object.Self[*Window](c, &windowKind, 1, 1)
	return push(c, word(c, 1))
}

func clearAll(c *lua.Call) int {
	w := object.Self[*Window](c, &windowKind, 1, 1)
	c.Work(w.Len())
	w.Clear()
	return 0
}

func copyWord(c *lua.Call) int {
	return push(c, object.Self[*Word](c, &wordKind, 1, 1).Word)
}

func toString(c *lua.Call) int {
	object.Arguments(c, 1, math.MaxInt)
	c.PushCopy(word(c, 1).String())
	return 1
}

func equal(c *lua.Call) int {
	object.Arguments(c, 2, math.MaxInt)
	a, b := word(c, 1), word(c, 2)
	c.PushBool(a.Equal(b))
	return 1
}

func minDist(c *lua.Call) int {
	object.Arguments(c, 2, 2)
	a, b := word(c, 1), word(c, 2)
	c.Work(64 * len(a.String()))
	d, above, below, ok := stats.MinDist(a, b)
	if !ok {
		c.PushNil()
		return 1
	}
	c.PushNumber(d)
	c.PushNumber(above)
	c.PushNumber(below)
	return 3
}

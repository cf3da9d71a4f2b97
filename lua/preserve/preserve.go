// Package preserve keeps the globals of a script from one run to the next: as
// data that is checked and read, never as code that is executed.
//
//	Save     VM globals ──▶ bytes
//	Restore  bytes ──▶ VM globals      all or nothing
//	Import   the original's preservation file (Lua text) ──▶ VM globals
//
// Saved are numbers, strings, booleans, tables of them with their cycles and
// shared parts, and userdata whose Data is a Saver. Left out, as in the original:
// functions, coroutines, other userdata, tables with a metatable, the tables of
// libraries, and what is stored under a key that is left out.
//
// Layout of the bytes; integers are unsigned varints, numbers 8 bytes of IEEE 754
// with the lowest first:
//
//	magic "hkls\x01" │ version number │ globals: count, (key value)…
//	│ objects: count, object… │ CRC-32C of all before, 4 bytes, lowest first
//
//	value   0 false · 1 true · 2 number · 3 length bytes (string) · 4 index (object)
//	object  0 count (key value)…      a table
//	        1 value value             a userdata: its kind and its data, strings
//
// Objects are numbered in the order of their first mention, so a table may
// mention itself, and reading needs no recursion.
package preserve

import (
	"errors"

	"github.com/heka-project/heka/lua"
)

// Saver is the Data of a userdata that can be saved. The kind names how to read
// it again: a key of Options.Readers.
type Saver interface {
	LuaSave() (kind string, data []byte, err error)
}

// Shaped is the Data of a userdata that takes the place of another only when they
// are alike. A script makes its globals from its options before the saved ones
// come: what LuaAccepts refuses stops Restore.
type Shaped interface {
	LuaAccepts(saved any) error
}

// Reader makes a userdata of what its Saver gave.
type Reader func(vm *lua.VM, data []byte) (*lua.Userdata, error)

// Options say how to restore.
type Options struct {
	Readers map[string]Reader // by kind

	// For Import: what may be called. New makes the object of a call such as
	// circular_buffer.new(1440, 3, 60); Method does obj:name(args). Both get the
	// arguments as they are in the file: numbers, strings and booleans.
	New    func(vm *lua.VM, constructor string, args []lua.Value) (lua.Value, error)
	Method func(vm *lua.VM, obj lua.Value, name string, args []lua.Value) error

	// MaxMemory bounds the bytes that the VM may hold while it is filled; 0 is no
	// limit.
	MaxMemory int64
}

// Errors of Restore and Import.
var (
	// ErrCorrupt is for bytes that Save has not written.
	ErrCorrupt = errors.New("preserved state is damaged")
	// ErrVersion is for a state of another _PRESERVATION_VERSION: nothing is
	// restored, and the script begins anew.
	ErrVersion = errors.New("preserved state is of another _PRESERVATION_VERSION")
	// ErrShape is for a state whose objects do not fit those that the script has
	// made: its options have changed.
	ErrShape = errors.New("preserved state has another shape than the script")
	// ErrTooLarge is for a state that does not fit MaxMemory.
	ErrTooLarge = errors.New("preserved state is larger than the memory limit")
)

// versionName is the global that tells the layout of a script's data.
const versionName = "_PRESERVATION_VERSION"

// version returns the number in _PRESERVATION_VERSION, and 0 when there is none.
func version(vm *lua.VM) float64 { return vm.Global(versionName).Num() }

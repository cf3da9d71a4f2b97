// Package userdata opens all libraries of the sandbox that give scripts objects of
// Go, and reads those objects from saved states, its own and the original's.
//
//	userdata.Open(vm)                                    for require
//	preserve.Restore(vm, data, userdata.Options(limit))
//	preserve.Import(vm, text, userdata.Options(limit))   the original's Lua text
package userdata

import (
	"fmt"
	"maps"
	"strings"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/preserve"
	"github.com/heka-project/heka/sandbox/bloomfilter"
	"github.com/heka-project/heka/sandbox/circularbuffer"
	"github.com/heka-project/heka/sandbox/cuckoofilter"
	"github.com/heka-project/heka/sandbox/heavyhitters"
	"github.com/heka-project/heka/sandbox/hyperloglog"
	"github.com/heka-project/heka/sandbox/percentiles"
	"github.com/heka-project/heka/sandbox/sax"
)

// Open gives all the libraries to vm.
func Open(vm *lua.VM) {
	circularbuffer.Open(vm)
	bloomfilter.Open(vm)
	cuckoofilter.Open(vm)
	hyperloglog.Open(vm)
	sax.Open(vm)
	heavyhitters.Open(vm)
	percentiles.Open(vm)
}

// Readers read the objects of all the libraries.
func Readers() map[string]preserve.Reader {
	all := make(map[string]preserve.Reader)
	for _, readers := range []map[string]preserve.Reader{
		circularbuffer.Readers(), bloomfilter.Readers(), cuckoofilter.Readers(), hyperloglog.Readers(),
		sax.Readers(), heavyhitters.Readers(), percentiles.Readers(),
	} {
		maps.Copy(all, readers)
	}
	return all
}

// Options are those of Restore and Import for these libraries.
func Options(maxMemory int64) preserve.Options {
	return preserve.Options{Readers: Readers(), New: New, Method: Method, MaxMemory: maxMemory}
}

// importable are the libraries whose objects the original saved, with the methods
// that its files call.
var importable = map[string][]string{
	circularbuffer.Module: {"set_header", "fromstring"},
	bloomfilter.Module:    {"fromstring"},
	cuckoofilter.Module:   {"fromstring"},
	hyperloglog.Module:    {"fromstring"},
}

// New makes the object of a constructor in one of the original's files, such as
// circular_buffer.new(1440, 3, 60).
func New(vm *lua.VM, constructor string, args []lua.Value) (lua.Value, error) {
	module, fn, _ := strings.Cut(constructor, ".")
	if _, ok := importable[module]; !ok || fn != "new" {
		return lua.Nil, fmt.Errorf("%s makes no object that can be restored", constructor)
	}
	lib := vm.Loaded().GetString(module)
	if lib.Table() == nil {
		return lua.Nil, fmt.Errorf("the script does not require %q", module)
	}
	res, err := vm.Call(lib.Table().GetString(fn), args...)
	if err != nil {
		return lua.Nil, err
	}
	return res[0], nil
}

// Method calls a method of an object in one of the original's files.
func Method(vm *lua.VM, obj lua.Value, name string, args []lua.Value) error {
	u := obj.Userdata()
	if u == nil || u.Meta() == nil || !allowed(u.Data, name) {
		return fmt.Errorf("%s is no method that restores an object", name)
	}
	_, err := vm.Call(u.Meta().GetString(name), append([]lua.Value{obj}, args...)...)
	return err
}

func allowed(data any, method string) bool {
	var module string
	switch data.(type) {
	case *circularbuffer.Buffer:
		module = circularbuffer.Module
	case *bloomfilter.Filter:
		module = bloomfilter.Module
	case *cuckoofilter.Filter:
		module = cuckoofilter.Module
	case *hyperloglog.Log:
		module = hyperloglog.Module
	}
	for _, m := range importable[module] {
		if m == method {
			return true
		}
	}
	return false
}

package sandbox

import (
	"errors"
	"fmt"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/preserve"
)

// SaveState returns the script's globals. Between calls, or from inside one that is
// in a function of the host.
func (s *Sandbox) SaveState() ([]byte, error) { return preserve.Save(s.vm) }

// RestoreState sets the globals that SaveState gave, with limits lifted. A state of
// another _PRESERVATION_VERSION is left out, and fresh tells so.
func (s *Sandbox) RestoreState(data []byte) (fresh bool, err error) {
	s.vm.SetMemory(0)
	err = preserve.Restore(s.vm, data, preserve.Options{Readers: readersOf()})
	return s.restored(err)
}

// ImportState sets the globals of a preservation file of the original.
func (s *Sandbox) ImportState(text string) (fresh bool, err error) {
	s.vm.SetMemory(0)
	s.vm.SetInstructions(0)
	err = preserve.Import(s.vm, text, preserve.Options{New: construct, Method: method})
	return s.restored(err)
}

func (s *Sandbox) restored(err error) (fresh bool, _ error) {
	s.vm.Collect()
	s.vm.SetMemory(s.opts.Memory)
	s.vm.SetInstructions(s.opts.Instructions)
	s.publish()
	if errors.Is(err, preserve.ErrVersion) {
		return true, nil
	}
	return false, err
}

// preservable are the modules whose objects a preservation file makes, and the
// methods it calls.
var (
	constructors = map[string]string{"circular_buffer.new": "circular_buffer", "bloom_filter.new": "bloom_filter",
		"cuckoo_filter.new": "cuckoo_filter", "hyperloglog.new": "hyperloglog"}
	restorers = map[string]bool{"set_header": true, "fromstring": true}
)

func construct(vm *lua.VM, name string, args []lua.Value) (lua.Value, error) {
	module := constructors[name]
	if module == "" {
		return lua.Nil, fmt.Errorf("no object is made by %.40q", name)
	}
	res, err := vm.Call(vm.Global("require"), vm.Intern(module))
	if err != nil {
		return lua.Nil, err
	}
	t := res[0].Table()
	if t == nil {
		return lua.Nil, fmt.Errorf("module %s is no table", module)
	}
	if res, err = vm.Call(t.GetString("new"), args...); err != nil {
		return lua.Nil, err
	}
	if len(res) == 0 || res[0].Userdata() == nil {
		return lua.Nil, fmt.Errorf("%s makes no object", name)
	}
	return res[0], nil
}

func method(vm *lua.VM, obj lua.Value, name string, args []lua.Value) error {
	if !restorers[name] {
		return fmt.Errorf("no method %.40q restores an object", name)
	}
	meta := obj.Userdata().Meta()
	if meta == nil || meta.GetString("__index").Table() == nil {
		return fmt.Errorf("the object has no method %q", name)
	}
	_, err := vm.Call(meta.GetString("__index").Table().GetString(name), append([]lua.Value{obj}, args...)...)
	return err
}

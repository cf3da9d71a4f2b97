package lua

import "unsafe"

// Userdata is an object of Go as a Lua value. Data is a pointer in most cases;
// when it has one of the methods of Sized and Traced, memory counts ask it.
type Userdata struct {
	Data any
	Env  *Table // the environment, as getfenv gives it; may be nil

	meta  *Table
	id    uint32
	epoch uint32
}

// Sized is Data that knows how many bytes it holds beyond the Userdata itself.
type Sized interface{ LuaSize() int }

// Traced is Data that refers to Lua values: it shows each of them to visit.
type Traced interface{ LuaTrace(visit func(Value)) }

const userdataBytes = int64(unsafe.Sizeof(Userdata{}))

// NewUserdata makes a userdata. What data holds is charged by its maker, with
// Call.Alloc, before it is made.
func (vm *VM) NewUserdata(data any, meta *Table) *Userdata {
	vm.alloc(userdataBytes)
	u := &Userdata{Data: data, id: vm.newID()}
	u.SetMeta(vm, meta)
	return u
}

// Value returns the userdata as a Value.
func (u *Userdata) Value() Value { return userdataValue(u) }

// Meta returns the metatable, or nil.
func (u *Userdata) Meta() *Table { return u.meta }

// SetMeta sets the metatable. One with a __gc has it called when a collection
// finds the userdata unreachable, or when the VM is closed.
func (u *Userdata) SetMeta(vm *VM, meta *Table) {
	if meta != nil && u.meta != meta && meta.GetString("__gc").bits != tagNil {
		vm.final = append(vm.final, u)
	}
	u.meta = meta
}

// Metatable returns the metatable of a userdata type, made on first use: fresh
// tells that it is new and wants its methods.
func (vm *VM) Metatable(name string) (meta *Table, fresh bool) {
	if m, ok := vm.named[name]; ok {
		return m, false
	}
	if vm.named == nil {
		vm.named = make(map[string]*Table)
	}
	m := vm.newTable(0, 8)
	vm.named[name] = m
	return m, true
}

// Check returns the data of argument i, which must be a userdata with Data of
// type T. The name is that of the type in messages.
func Check[T any](c *Call, i int, name string) T {
	if u := c.Arg(i).Userdata(); u != nil {
		if d, ok := u.Data.(T); ok {
			return d
		}
	}
	c.TypeError(i, name)
	panic("unreachable")
}

// Data returns the data of v when v is a userdata with Data of type T.
func Data[T any](v Value) (T, bool) {
	if u := v.Userdata(); u != nil {
		d, ok := u.Data.(T)
		return d, ok
	}
	var none T
	return none, false
}

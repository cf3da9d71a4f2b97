package lua

// Profile says which functions of the library a script sees.
type Profile uint8

// The profiles. In the two sandboxes string, table, math, os and io are opened by
// require, which also makes them globals; package and debug are not there.
const (
	Full      Profile = iota // all of Lua 5.1, all libraries open
	Sandbox                  // no files, no loading of code, no coroutines, no print
	SandboxIO                // with io, most of os, and coroutines; no loading of code
)

// entry is a library function and the profiles that have it.
type entry struct {
	name string
	fn   Func
	in   uint8
	key  Value // the name, with its hash
	hash uint32
}

const (
	inFull    = 1 << Full
	inSandbox = 1 << Sandbox
	inIO      = 1 << SandboxIO
	inAll     = inFull | inSandbox | inIO
)

// library is one of the standard libraries.
type library struct {
	name    string
	in      uint8
	global  uint8 // profiles that have it open from the start
	entries []entry
	more    func(vm *VM, t *Table) // what is not a function
}

var libraries []library

// libraryNames are the names of all library functions, as values that are the
// same in every VM. It is not changed after init.
var libraryNames = map[string]Value{}

func init() {
	libraries = []library{
		{"_G", inAll, inAll, baseEntries, openBase},
		{"package", inFull, inFull, packageEntries, openPackage},
		{"string", inAll, inFull, stringEntries, openString},
		{"table", inAll, inFull, tableEntries, nil},
		{"math", inAll, inFull, mathEntries, openMath},
		{"os", inAll, inFull, osEntries, nil},
		{"io", inFull | inIO, inFull, ioEntries, openIO},
		{"coroutine", inFull | inIO, inFull | inIO, coroutineEntries, openCoroutine},
		{"debug", inFull, inFull, debugEntries, nil},
	}
	for _, l := range libraries {
		libraryNames[l.name] = String(l.name)
		for i := range l.entries {
			e := &l.entries[i]
			e.key, e.hash = String(e.name), hashString(e.name)
			libraryNames[e.name] = e.key
		}
	}
	for _, key := range eventKeys {
		libraryNames[key.v.str()] = key.v
	}
}

// openLibraries opens what the profile has open from the start.
func (vm *VM) openLibraries() {
	for i := range libraries {
		if l := &libraries[i]; l.global>>vm.opts.Profile&1 != 0 {
			vm.openLibrary(l)
		}
	}
	if vm.opts.Profile != Full {
		vm.methodsOfString()
	}
}

// openLibrary makes the table of a library, a global of its name, and enters it
// into the loaded modules.
func (vm *VM) openLibrary(l *library) *Table {
	t := vm.globals
	if l.name != "_G" {
		if t = vm.strings; t == nil || l.name != "string" {
			t = vm.newTable(0, len(l.entries)+4)
			vm.addEntries(t, l.entries)
		}
		vm.globals.setString(libraryNames[l.name], hashString(l.name), tableValue(t))
	} else {
		vm.addEntries(t, l.entries)
	}
	vm.loaded.setString(libraryNames[l.name], hashString(l.name), tableValue(t))
	if l.more != nil && t != vm.strings {
		l.more(vm, t)
	}
	return t
}

// addEntries puts the functions of the profile into t.
func (vm *VM) addEntries(t *Table, entries []entry) {
	vm.alloc(int64(len(entries)) * goFunctionBytes)
	fns := make([]goFunction, len(entries))
	for i := range entries {
		e := &entries[i]
		if e.in>>vm.opts.Profile&1 == 0 {
			continue
		}
		f := &fns[i]
		f.fn, f.name, f.id = e.fn, e.name, vm.newID()
		t.setString(e.key, e.hash, goValue(f))
	}
}

// Entry is a function to register.
type Entry struct {
	Name string
	Fn   Func
}

// Register puts functions into t.
func (vm *VM) Register(t *Table, entries ...Entry) {
	for _, e := range entries {
		t.Set(vm.Intern(e.Name), vm.NewFunction(e.Name, e.Fn))
	}
}

// Preload gives a module of Go to require: open is called with the module's name
// at the first require, and its result, most often a table, is the module. When
// global is set, it becomes a global of that name too.
func (vm *VM) Preload(name string, global bool, open Func) {
	key := vm.Intern(name)
	vm.preload.Set(key, vm.NewFunction(name, func(c *Call) int {
		n := open(c)
		if global && n > 0 {
			c.vm.globals.Set(key, c.stack[c.top-n])
		}
		return n
	}))
}

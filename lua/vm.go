package lua

import (
	"io"
	"math"
	"sync/atomic"
	"time"
)

// Options say what a VM offers to its scripts. The zero Options are the full
// library without limits.
type Options struct {
	Profile      Profile
	Instructions int64 // per call from the host; 0 is no limit
	Memory       int64 // bytes; 0 is no limit

	// FreeWork is how much work of library functions a call from the host may do before
	// it counts as instructions. With C Lua such work is free: this much of it lets scripts
	// run that were given a limit of a few instructions there.
	FreeWork int64

	// Loader finds the source of a module for require: its text and the name of
	// its chunk ("@path/file.lua"). NotFound says that there is none; any other error
	// stops require with its text. A nil Loader finds nothing in the sandboxes, and
	// looks along package.path in the full profile.
	Loader func(module string) (source, chunk string, err error)

	Stdin  io.Reader            // for io; nil is empty
	Stdout io.Writer            // for print and io; nil discards
	Stderr io.Writer            // for io; nil discards
	Now    func() time.Time     // for os.time and os.date; nil is time.Now
	Clock  func() time.Duration // for os.clock; nil is the time since the program began
}

// VM is one Lua state with its own globals, string metatable, limits and
// accounts; two VMs share nothing that can change. One goroutine at a time uses
// it; only Interrupt may be called from others.
type VM struct {
	// fixed after New
	opts Options
	main *thread

	// owned by the goroutine that uses the VM
	globals  *Table
	registry *Table            // package.loaded and what libraries keep
	loaded   *Table            // modules by name, as package.loaded
	preload  *Table            // functions that open modules
	named    map[string]*Table // metatables of userdata types
	metas    [8]*Table         // metatables by Type, of all but tables and userdata
	nextFn   *goFunction       // next, which for loops know
	ipairsFn *goFunction       // the iterator of ipairs
	toNumFn  *goFunction       // tonumber, see IsToNumber
	final    []*Userdata       // userdata with a __gc to call
	dying    []*Userdata       // those of them found unreachable
	names    map[string]Value  // see Intern
	pkg      *Table            // package, where scripts see it
	strings  *Table            // string, before it is required
	patterns *patternCache
	records  *records // shapes of tables, see NewRecord
	spare    *matcher // see newMatcher
	buffer   []byte   // see takeBuffer
	random   rng
	open     []io.Closer // files of io

	current  *thread // the coroutine that runs
	depth    int     // calls from Go in progress, all coroutines together
	handler  Value   // of the innermost xpcall, or Nil
	handling int     // handlers in progress
	lastID   uint32
	epoch    uint32

	limit, reserve, granted, fuel, maxUsed int64 // see fuelSlice
	free                                   int64 // what is left of FreeWork
	mem, memLimit, memPeak                 int64
	tight                                  bool // the last recount left next to no room

	stop atomic.Pointer[error] // why to stop; any goroutine
}

// New makes a VM and opens the libraries of its profile.
func New(opts Options) *VM {
	vm := &VM{opts: opts, limit: opts.Instructions, memLimit: math.MaxInt64, handler: Nil}
	if vm.opts.Now == nil {
		vm.opts.Now = time.Now
	}
	vm.globals = vm.newTable(0, 64)
	vm.main = newThread(vm, vm.globals)
	vm.main.status = running
	vm.current = vm.main
	vm.registry = vm.newTable(0, 4)
	vm.loaded = vm.newTable(0, 16)
	vm.preload = vm.newTable(0, 8)
	vm.openLibraries()
	vm.SetMemory(opts.Memory)
	return vm
}

func (vm *VM) newID() uint32 {
	vm.lastID++
	return vm.lastID
}

// IsToNumber reports whether v is the VM's own tonumber: a library that is to call it
// for each of many texts may convert them by Value.ToNumber instead.
func (vm *VM) IsToNumber(v Value) bool { return v.bits == tagGo && v.goFunc() == vm.toNumFn }

// Globals returns the table of globals.
func (vm *VM) Globals() *Table { return vm.globals }

// Global returns the value of a global.
func (vm *VM) Global(name string) Value { return vm.globals.GetString(name) }

// SetGlobal sets a global.
func (vm *VM) SetGlobal(name string, v Value) { vm.globals.SetString(name, v) }

// NewTable makes a table with room for narr array items and nrec other keys.
func (vm *VM) NewTable(narr, nrec int) *Table { return vm.newTable(narr, nrec) }

// NewString makes a string of its own from s and charges it.
func (vm *VM) NewString(s string) Value {
	vm.alloc(stringBytes(len(s)))
	return String(string(append([]byte(nil), s...)))
}

// Call calls fn, as the host: limits begin anew, and whatever the script does
// ends in results or in an Error. The results lie in the VM until it is used
// again. Inside a Go function it is an ordinary protected call, under the limits
// of the outer one.
func (vm *VM) Call(fn Value, args ...Value) ([]Value, error) {
	th := vm.current
	slot := 1 // where the stack of the host begins
	if vm.depth > 0 {
		slot = th.scratch()
	}
	th.ensure(slot, len(args)+1)
	th.stack[slot] = fn
	for i, v := range args {
		th.stack[slot+1+i] = v
	}
	th.top = slot + 1 + len(args)
	var err *Error
	if vm.depth > 0 {
		err = th.protect(slot, len(args), -1, Nil)
	} else {
		vm.beginFuel()
		err = th.hostCall(len(args))
	}
	if err != nil {
		err.describe()
		return nil, err
	}
	res := th.stack[slot:th.top]
	th.top = slot
	return res, nil
}

// Collect counts what is held, clears what weak tables alone still hold, and
// returns the bytes.
func (vm *VM) Collect() int64 {
	vm.mem, _ = vm.recount()
	return vm.mem
}

// Close runs the finalizers of userdata and closes files that scripts left open.
// The VM is not used afterwards.
func (vm *VM) Close() error {
	err := vm.finalizeAll()
	for _, f := range vm.open {
		if e := f.Close(); err == nil {
			err = e
		}
	}
	vm.open = nil
	return err
}

// Loaded returns the table of modules by name, as package.loaded.
func (vm *VM) Loaded() *Table { return vm.loaded }

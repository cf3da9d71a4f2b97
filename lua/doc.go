// Package lua is Lua 5.1 in pure Go: a compiler, a register machine, the standard
// library, and limits that nothing a script does can escape.
//
//	source ──syntax.Parse──▶ tree ──compile──▶ Proto ──┐
//	                                                   ▼
//	host ──VM.Call──▶ thread: frames and one stack ── exec ──▶ results, or *Error
//	                     │                             │
//	                     │ Func(*Call)                 │ charge   alloc
//	                     ▼                             ▼
//	                Go functions ───charge, alloc──▶ fuel      bytes
//
// # For a host
//
//	vm := lua.New(lua.Options{Profile: lua.Sandbox, Instructions: 1e6, Memory: 8 << 20})
//	if err := vm.Do("@filter.lua", source); err != nil { … }
//	res, err := vm.Call(vm.Global("process_message"))
//
// A VM belongs to one goroutine at a time; nothing is shared between two VMs.
// VM.Interrupt alone may be called from anywhere. Every end of a call but a return
// is an *Error: what the script raised, or the limit it met, with the function and
// the line.
//
// # For a library in Go
//
// A library is a set of functions of type Func and a table to hold them. Give it
// to a VM with VM.Preload, so that require finds it:
//
//	func Open(vm *lua.VM) { vm.Preload("bit", true, open) }
//
//	func open(c *lua.Call) int {
//		t := c.NewTable(0, 2)
//		c.VM().Register(t, lua.Entry{Name: "band", Fn: band}, lua.Entry{Name: "bnot", Fn: bnot})
//		c.Push(t.Value())
//		return 1
//	}
//
// Functions of plain types need no Func of their own: Func2(strings.HasPrefix) is
// one.
//
// Arguments. Call.String(1), Call.Int(2), Call.Table(3) and the like convert as
// Lua does and raise "bad argument #1 to 'name' (string expected, got nil)"
// themselves, without returning. Call.Arg gives any value, Nil beyond the last;
// Call.Len their number. Strings and tables are borrowed for the length of the
// call; a string may be kept, its bytes never change.
//
// Results. Push them in order and return their number. Call.PushString shares the
// bytes given, PushCopy and PushBytes make a string of their own: use those for a
// part of something long, or the part will keep all of it alive uncounted. Texts
// that mostly were there before are pushed by a Texts, without a copy.
//
// Errors. Call.Errorf raises a message with the position of the calling Lua
// function before it, Call.ArgError one about an argument, Call.Raise any value.
// None returns: they unwind by panic to the innermost pcall or to the host, so a
// Go function must leave nothing half done that it cannot leave so; a deferred
// call is run. Callbacks (Call.Invoke) unwind through in the same way, Call.Try
// returns what they raise. Limits pass through Call.Try too: never recover.
//
// Limits. Before work that grows with its input, charge it: Call.Work(n) for n
// bytes or small steps (one instruction for 16), Call.Charge(n) for n
// instructions, as for the steps of a matcher. Before memory, Call.Alloc(n) for n
// bytes of buffers or Go objects; NewTable, Table.Set, PushString, PushCopy,
// NewUserdata and NewFunction charge what they make. A loop that may run for long
// charges as it goes: the charge is also where an interrupt is noticed. A buffer
// that grows charges each growth before it grows. Nothing is ever given back: what
// is no longer reachable is found by a count of all that is, when the limit is
// near, so values must be reachable by that count:
//
//   - values that a function keeps between calls: VM.NewClosure and Call.Upvalue,
//     not a variable of Go;
//   - values that a Go object refers to: Userdata.Env, or the method LuaTrace of
//     its Data; bytes that it holds: LuaSize;
//   - values in use during one call may live in variables of Go.
//
// Userdata. A type of objects is a Go type and a named metatable:
//
//	meta, fresh := c.VM().Metatable("lpeg.pattern")
//	if fresh {
//		methods := c.NewTable(0, 1)
//		c.VM().Register(methods, lua.Entry{Name: "match", Fn: match})
//		meta.SetString("__index", methods.Value())
//	}
//	c.Alloc(size)
//	c.Push(c.VM().NewUserdata(&pattern{…}, meta).Value())
//
//	p := lua.Check[*pattern](c, 1, "pattern") // argument 1, or a type error
//
// Field names that are set again and again should come from VM.Intern: a table
// whose key is the very string that a script's constant is, is read faster.
//
// Values are 16 bytes and made without allocation: Number, Int, Bool, String,
// Table.Value. Numbers are read by Value.Num, strings by Value.Str, after a look
// at Value.Type. Reading and writing of tables is raw (Table.Get, Table.Set,
// Table.GetInt, Table.Next); Call.Index and Call.SetIndex honour metamethods.
package lua

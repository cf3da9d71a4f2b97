package lua

import (
	"fmt"

	"github.com/heka-project/heka/lua/syntax"
)

const (
	maxLocals   = 200
	maxUpvalues = 60
	maxRegs     = 250
	flushItems  = 50 // list items that a table constructor stores at once

	sourceCost = 32 // bytes of tree and code charged for each byte of source
)

// compile turns source into a function. The tree it needs on the way is charged,
// by the length of the source, before it is built.
func (vm *VM) compile(chunk, src string) (p *Proto, err error) {
	vm.chargeIfRunning(int64(len(src)) / 2)
	vm.alloc(int64(len(src)) * sourceCost)
	epoch := vm.epoch
	fn, err := syntax.Parse(src)
	if err == nil {
		p, err = vm.generate(chunk, fn)
	}
	if err != nil {
		e := err.(*syntax.Error)
		text := fmt.Sprintf("%s:%d: %s", chunkName(chunk), e.Line, e.Message)
		return nil, &Error{Kind: KindSyntax, Value: String(text), Message: text}
	}
	if epoch == vm.epoch { // no count has dropped it yet
		vm.mem -= int64(len(src)) * sourceCost
	}
	vm.alloc(p.bytes())
	return p, nil
}

func (vm *VM) generate(chunk string, fn *syntax.Function) (p *Proto, err error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*syntax.Error)
			if !ok {
				panic(r)
			}
			p, err = nil, e
		}
	}()
	c := &compiler{vm: vm, chunk: chunk, names: make(map[string]Value), live: make(map[string]int)}
	return c.function(nil, fn), nil
}

// compiler is what the functions of one chunk share while they are compiled.
type compiler struct {
	vm    *VM
	chunk string
	names map[string]Value // every string constant, made once
	live  map[string]int   // local variables in scope by name, in all functions
}

// function is the code of one function under way.
//
//	registers   │ locals, in order of their scopes │ temporaries │ free …
//	                                     active ▲          free ▲
type function struct {
	*compiler
	outer  *function
	src    *syntax.Function
	p      *Proto
	consts map[constKey]int
	active []activeLocal
	scope  *scope
	free   int // first free register
	line   int // of the code that is emitted
}

type activeLocal struct {
	name string
	reg  int
	info int // in Proto.locals
}

// scope is a block being compiled.
type scope struct {
	outer    *scope
	locals   int  // number of active locals before it
	captured bool // a closure uses one of its locals
	loop     bool
	breaks   []int // jumps to the end of the loop
}

type constKey struct {
	kind Type
	num  float64
	str  string
}

func (c *compiler) function(outer *function, src *syntax.Function) *Proto {
	f := &function{compiler: c, outer: outer, src: src, line: src.Line}
	f.p = &Proto{chunk: c.chunk, first: int32(src.Line), last: int32(src.Last), vararg: src.Vararg}
	f.p.nparams = uint8(min(len(src.Params), maxLocals))
	f.p.maxStack = 2
	f.open(false)
	for _, name := range src.Params {
		f.declare(name, f.alloc(1))
	}
	if src.Vararg && src.Line > 0 {
		reg := f.alloc(1)
		if src.UsesVararg {
			f.emit(opNil, reg, 0, 0, 0)
		} else {
			f.emit(opArg, reg, 0, 0, 0)
		}
		f.declare("arg", reg)
	}
	f.block(src.Body)
	f.line = src.Body.End
	f.emit(opReturn0, 0, 0, 0, 0)
	f.close(false)
	f.p.shrink()
	return f.p
}

// shrink gives back what growth by doubling took too much.
func (p *Proto) shrink() {
	p.code = append(make([]instr, 0, len(p.code)), p.code...)
	p.lines = append(make([]int32, 0, len(p.lines)), p.lines...)
	p.consts = append(make([]Value, 0, len(p.consts)), p.consts...)
	p.locals = append(make([]localVar, 0, len(p.locals)), p.locals...)
}

func (f *function) fail(format string, args ...any) {
	panic(&syntax.Error{Line: f.line, Message: fmt.Sprintf(format, args...)})
}

func (f *function) limit(n int, what string) {
	who := "main function"
	if f.src.Line > 0 {
		who = fmt.Sprintf("function at line %d", f.src.Line)
	}
	f.fail("%s has more than %d %s", who, n, what)
}

// emit appends an instruction and returns its place.
func (f *function) emit(o op, a, b, c int, d int32) int {
	f.p.code = append(f.p.code, makeInstr(o, a, b, c, d))
	f.p.lines = append(f.p.lines, int32(f.line))
	return len(f.p.code) - 1
}

func (f *function) pc() int { return len(f.p.code) }

// patch makes jumps go to place to.
func (f *function) patch(jumps []int, to int) {
	for _, j := range jumps {
		f.p.code[j] = f.p.code[j]&(1<<32-1) | instr(uint32(to-j-1))<<32
	}
}

func (f *function) patchHere(jumps []int) { f.patch(jumps, f.pc()) }

// alloc takes n registers and returns the first.
func (f *function) alloc(n int) int {
	r := f.free
	if f.free += n; f.free > maxRegs {
		f.fail("function or expression too complex")
	}
	if f.free+1 > int(f.p.maxStack) {
		f.p.maxStack = uint8(f.free + 1)
	}
	return r
}

// isTemp reports whether register r is no variable: it may be written early.
func (f *function) isTemp(r int) bool {
	return len(f.active) == 0 || r > f.active[len(f.active)-1].reg
}

// declare begins the life of a local variable.
func (f *function) declare(name string, reg int) {
	if len(f.active) >= maxLocals {
		f.limit(maxLocals, "local variables")
	}
	name = f.intern(name).str()
	f.live[name]++
	f.active = append(f.active, activeLocal{name, reg, len(f.p.locals)})
	f.p.locals = append(f.p.locals, localVar{name: name, from: int32(f.pc()), reg: uint8(reg)})
}

func (f *function) open(loop bool) {
	f.scope = &scope{outer: f.scope, locals: len(f.active), loop: loop}
}

// close ends the innermost scope. Its captured locals are closed by code unless
// the function ends with it.
func (f *function) close(emit bool) {
	s := f.scope
	if emit && s.captured {
		f.emit(opClose, f.active[s.locals].reg, 0, 0, 0)
	}
	for _, v := range f.active[s.locals:] {
		f.p.locals[v.info].to = int32(f.pc())
		f.live[v.name]--
	}
	if len(f.active) > s.locals {
		f.free = f.active[s.locals].reg
	}
	f.active = f.active[:s.locals]
	f.scope = s.outer
	f.patchHere(s.breaks)
}

// intern returns the string constant s, one for all functions of the VM.
func (c *compiler) intern(s string) Value {
	v, ok := c.names[s]
	if !ok {
		v = c.vm.Intern(s)
		c.names[s] = v
	}
	return v
}

// str returns the index of a string constant.
func (f *function) str(s string) int {
	return f.constant(constKey{kind: TypeString, str: s}, func() Value { return f.intern(s) })
}

// constant returns the index of a constant, made by make when it is new.
func (f *function) constant(key constKey, make func() Value) int {
	if f.consts == nil {
		f.consts = map[constKey]int{}
	}
	i, ok := f.consts[key]
	if !ok {
		i = len(f.p.consts)
		f.consts[key] = i
		f.p.consts = append(f.p.consts, make())
	}
	return i
}

// literal returns the index of the constant that e is; ok is false when e is
// none.
func (f *function) literal(e syntax.Expr) (index int, ok bool) {
	switch e := e.(type) {
	case *syntax.Num:
		return f.constant(constKey{kind: TypeNumber, num: e.Value}, func() Value { return Number(e.Value) }), true
	case *syntax.Str:
		return f.str(e.Value), true
	case *syntax.Nil:
		return f.constant(constKey{kind: TypeNil}, func() Value { return Nil }), true
	case *syntax.Bool:
		key := constKey{kind: TypeBool}
		if e.Value {
			key.num = 1
		}
		return f.constant(key, func() Value { return Bool(e.Value) }), true
	}
	return 0, false
}

// variable finds a name: a register, an upvalue, or a global.
func (f *function) variable(name string) (kind varKind, index int) {
	if f.live[name] == 0 { // the search through all functions around is for locals
		return varGlobal, 0
	}
	for i := len(f.active) - 1; i >= 0; i-- {
		if f.active[i].name == name {
			return varLocal, f.active[i].reg
		}
	}
	if i := f.upvalue(name); i >= 0 {
		return varUpvalue, i
	}
	return varGlobal, 0
}

type varKind uint8

const (
	varLocal varKind = iota
	varUpvalue
	varGlobal
)

// upvalue returns the index of an upvalue of that name, made on first use; -1
// when no function around has such a local.
func (f *function) upvalue(name string) int {
	for i := range f.p.upvals {
		if f.p.upvals[i].name == name {
			return i
		}
	}
	if f.outer == nil {
		return -1
	}
	kind, index := f.outer.variable(name)
	switch kind {
	case varGlobal:
		return -1
	case varLocal:
		f.outer.capture(index)
	}
	if len(f.p.upvals) >= maxUpvalues {
		f.limit(maxUpvalues, "upvalues")
	}
	f.p.upvals = append(f.p.upvals, upvalDesc{f.intern(name).str(), kind == varUpvalue, uint8(index)})
	return len(f.p.upvals) - 1
}

// capture notes that a closure uses the local in reg.
func (f *function) capture(reg int) {
	s := f.scope
	for s.outer != nil && (len(f.active) <= s.locals || f.active[s.locals].reg > reg) {
		s = s.outer
	}
	s.captured = true
}

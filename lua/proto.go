package lua

import "unsafe"

// Proto is a compiled function: what all its closures share. It is not changed
// after compilation.
type Proto struct {
	code   []instr
	consts []Value
	protos []*Proto
	lines  []int32    // source line of each instruction
	locals []localVar // for messages and debug
	upvals []upvalDesc
	chunk  string // name of the chunk, as given to Load
	first  int32  // line of "function"; 0 for a main chunk
	last   int32  // line of "end"
	epoch  uint32 // of the last memory count that saw it

	nparams  uint8
	maxStack uint8
	vararg   bool
}

// localVar is the life of a local variable: instructions from ≤ pc < to.
type localVar struct {
	name     string
	from, to int32
	reg      uint8
}

// upvalDesc says where a closure finds an upvalue when it is made: a register of
// the function around it, or an upvalue of that.
type upvalDesc struct {
	name   string
	parent bool // an upvalue of the function around
	index  uint8
}

// bytes is what the function holds, nested functions apart.
func (p *Proto) bytes() int64 {
	n := int64(unsafe.Sizeof(*p)) + int64(cap(p.code))*8 + int64(cap(p.consts))*valueBytes + int64(cap(p.lines))*4
	n += int64(cap(p.locals))*int64(unsafe.Sizeof(localVar{})) + int64(cap(p.upvals))*int64(unsafe.Sizeof(upvalDesc{}))
	for _, k := range p.consts {
		if k.IsString() {
			n += stringBytes(len(k.str()))
		}
	}
	return n + int64(cap(p.protos))*8
}

// instr is one instruction.
//
//	63            32 31   24 23   16 15    8 7     0
//	│ D, signed     │   C   │   B   │   A   │  op   │
//
// A, B and C are registers, constants or counts; D is a jump, a constant with a
// large index, or the hash of the constant key C.
type instr uint64

func (i instr) op() op   { return op(i) }
func (i instr) a() uint8 { return uint8(i >> 8) }
func (i instr) b() uint8 { return uint8(i >> 16) }
func (i instr) c() uint8 { return uint8(i >> 24) }
func (i instr) d() int32 { return int32(i >> 32) }

func makeInstr(o op, a, b, c int, d int32) instr {
	return instr(o) | instr(uint8(a))<<8 | instr(uint8(b))<<16 | instr(uint8(c))<<24 | instr(uint32(d))<<32
}

// takesOpenList reports whether i goes on with the values that the instruction
// before it left above the registers.
func (i instr) takesOpenList() bool {
	switch i.op() {
	case opCall, opTailCall, opReturn, opSetList:
		return i.b() == 0
	}
	return false
}

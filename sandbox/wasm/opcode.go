package wasm

import "fmt"

// Opcodes that the meter looks at.
const (
	opUnreachable  = 0x00
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opElse         = 0x05
	opEnd          = 0x0b
	opBrIf         = 0x0d
	opBrTable      = 0x0e
	opCall         = 0x10
	opCallIndirect = 0x11
	opLocalGet     = 0x20
	opLocalSet     = 0x21
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opMemoryGrow   = 0x40
	opI32Const     = 0x41
	opI64Const     = 0x42
	opI32GtU       = 0x4b
	opI64LtS       = 0x53
	opI32Add       = 0x6a
	opI32Or        = 0x72
	opI64Sub       = 0x7d
	opI64ShrU      = 0x88
	opI64ExtendU   = 0xad
	opMore         = 0xfc // a second number follows
	opVector       = 0xfd
	blockVoid      = 0x40
)

// instruction is one instruction as the meter sees it.
type instruction struct {
	op  byte
	sub uint32 // behind opMore and opVector
	arg uint32 // index of call, global
}

// bulk reports whether the instruction works on as many bytes or elements as the top
// of the stack says.
func (in *instruction) bulk() bool {
	if in.op != opMore {
		return false
	}
	switch in.sub {
	case 8, 10, 11, 12, 14, 15, 17: // memory.init copy fill, table.init copy grow fill
		return true
	}
	return false
}

// next reads one instruction with what belongs to it.
func (r *reader) next() (in instruction) {
	in.op = r.byte()
	switch op := in.op; {
	case op <= 0x01 || op == opElse || op == opEnd || op == 0x0f || op == 0x1a || op == 0x1b || op >= 0x45 && op <= 0xc4 || op == 0xd1:
	case op >= opBlock && op <= opIf:
		r.skipLeb(5)
	case op == 0x0c || op == opBrIf || op >= opLocalGet && op <= 0x26 || op == opCall || op == 0xd2:
		in.arg = r.u32()
	case op == opBrTable:
		r.skipVector()
		r.u32()
	case op == opCallIndirect:
		r.u32()
		r.u32()
	case op == 0x1c: // select with types
		r.skipVector()
	case op >= 0x28 && op <= 0x3e:
		r.u32()
		r.u32()
	case op == 0x3f || op == opMemoryGrow || op == 0xd0:
		r.byte()
	case op == opI32Const:
		r.skipLeb(5)
	case op == opI64Const:
		r.skipLeb(10)
	case op == 0x43:
		r.bytes(4)
	case op == 0x44:
		r.bytes(8)
	case op == opMore:
		in.sub = r.u32()
		switch s := in.sub; {
		case s <= 7:
		case s == 9 || s == 11 || s == 13 || s >= 15 && s <= 17:
			r.u32()
		case s == 8 || s == 10 || s == 12 || s == 14:
			r.u32()
			r.u32()
		default:
			r.unknown(in)
		}
	case op == opVector:
		in.sub = r.u32()
		switch s := in.sub; {
		case s <= 11 || s == 92 || s == 93:
			r.u32()
			r.u32()
		case s == 12 || s == 13:
			r.bytes(16)
		case s >= 21 && s <= 34:
			r.byte()
		case s >= 84 && s <= 91:
			r.u32()
			r.u32()
			r.byte()
		case s > 255:
			r.unknown(in)
		}
	default:
		r.unknown(in)
	}
	return in
}

func (r *reader) unknown(in instruction) {
	what := fmt.Sprintf("%#02x", in.op)
	if in.op == opMore || in.op == opVector {
		what += fmt.Sprintf(" %d", in.sub)
	}
	r.fail(fmt.Errorf("module has the instruction %s, which is not of WebAssembly 2.0; compile it without tail calls, threads and exceptions", what))
}

package wasm

import (
	"errors"
	"fmt"
)

// The meter adds two globals to a module. fuel is what a call may still cost; depth
// is how much stack it takes by estimate. The host sets them before each call.
//
//	function     depth += its frame; fuel -= cost of the first stretch; trap when fuel < 0 or depth > maxDepth
//	loop         fuel -= cost of the stretch; trap when fuel < 0
//	stretch      fuel -= cost: an instruction is 1
//	call         depth = what it was
//	memory.copy  fuel -= bytes/16; likewise the others that move many at once
//
// A stretch is code without a way in or out between its ends. That the module itself
// touches neither global is checked.
const (
	ownPrefix   = "heka: "
	fuelExport  = ownPrefix + "fuel"
	depthExport = ownPrefix + "depth"
	startName   = ownPrefix + "start" // the module's start function, which the host calls

	maxDepth   = 16 << 20 // bytes of stack, by estimate
	growCost   = 256      // of memory.grow
	loopCost   = 3        // of a round of a loop, beside its instructions: the check
	enterCost  = 4        // of a call
	bulkShift  = 4        // bytes of a bulk instruction that cost 1
	maxNesting = 1 << 11  // blocks in blocks
	maxLoops   = 64       // loops in loops
	maxBlocks  = 1 << 12  // blocks and branches of a function, a loop being 4: compiling takes their square
	maxSquares = 1 << 26  // sum of those squares
	maxLocals  = 1 << 14  // of a function
	maxBody    = 1 << 20  // bytes of a function
)

// shape is what is known of a function before it is rewritten.
type shape struct {
	body   []byte // instructions
	locals []byte // declarations, without their count
	groups uint32 // of locals
	count  uint32 // of parameters and locals
	calls  bool   // has calls of functions of the module
	bulk   bool
}

// meter returns the module with the counters in it.
func (m *module) meter() ([]byte, error) {
	code, err := m.meterCode()
	if err != nil {
		return nil, err
	}
	globals := appendU32(nil, m.globals+2)
	if m.has[secGlobal] {
		r := &reader{b: m.sec[secGlobal]}
		r.u32()
		globals = append(globals, r.b[r.at:]...)
	}
	globals = append(globals, 0x7e, 1, opI64Const, 0, opEnd, 0x7f, 1, opI32Const, 0, opEnd)
	extra := 2
	if m.has[secStart] {
		extra++
	}
	exports := appendU32(nil, uint32(len(m.exports)+extra))
	if m.has[secExport] {
		r := &reader{b: m.sec[secExport]}
		if n := r.u32(); int(n) != len(m.exports) {
			return nil, errors.New("module is damaged: it exports a name twice")
		}
		exports = append(exports, r.b[r.at:]...)
	}
	for i, name := range []string{fuelExport, depthExport} {
		exports = append(appendU32(exports, uint32(len(name))), name...)
		exports = appendU32(append(exports, 3), m.globals+uint32(i))
	}
	if m.has[secStart] { // run when there is fuel, not while the module is set up
		exports = append(appendU32(exports, uint32(len(startName))), startName...)
		exports = append(append(exports, 0), m.sec[secStart]...)
		m.has[secStart] = false
	}
	m.sec[secGlobal], m.sec[secExport], m.sec[secCode] = globals, exports, code
	m.has[secGlobal], m.has[secExport] = true, true
	out := []byte("\x00asm\x01\x00\x00\x00")
	for _, id := range []byte{secType, secImport, secFunction, secTable, secMemory, secGlobal, secExport, secStart, secElement, secDataCount, secCode, secData} {
		if m.has[id] {
			out = appendSection(out, id, m.sec[id])
		}
	}
	if m.names != nil {
		out = appendSection(out, secCustom, m.names)
	}
	return out, nil
}

func (m *module) meterCode() ([]byte, error) {
	var list []shape
	err := m.each(secCode, func(r *reader) {
		body := r.bytes(r.u32())
		if r.err != nil {
			return
		}
		at := m.imported + len(list)
		if at >= len(m.funcs) {
			r.fail(errCut)
			return
		}
		s, err := m.shape(body, uint32(len(m.types[m.funcs[at]].params)))
		if err != nil {
			r.fail(fmt.Errorf("function %d: %w", at, err))
		}
		list = append(list, s)
	})
	if err != nil {
		return nil, err
	}
	if m.imported+len(list) != len(m.funcs) {
		return nil, errCut
	}
	out := appendU32(nil, uint32(len(list)))
	var body []byte
	for i := range list {
		body = m.rewrite(&list[i], body[:0])
		out = append(appendU32(out, uint32(len(body))), body...)
	}
	return out, nil
}

// shape looks through a function.
func (m *module) shape(b []byte, params uint32) (s shape, err error) {
	if len(b) > maxBody {
		return s, fmt.Errorf("it has %d bytes, more than %d; divide it", len(b), maxBody)
	}
	r := &reader{b: b}
	s.groups, s.count = r.u32(), params
	from := r.at
	for n := s.groups; n > 0 && r.err == nil; n-- {
		k := r.u32()
		r.byte()
		if k > maxLocals || s.count+k > maxLocals {
			return s, fmt.Errorf("it has more than %d locals; divide it", maxLocals)
		}
		s.count += k
	}
	s.locals, s.body = b[from:r.at], b[r.at:]
	nest := []bool{false} // which of the blocks around are loops
	blocks, loops := 0, 0
	for len(nest) > 0 {
		in := r.next()
		if r.err != nil {
			return s, r.err
		}
		switch {
		case in.op >= opBlock && in.op <= opIf:
			nest = append(nest, in.op == opLoop)
			if blocks++; in.op == opLoop {
				blocks += 3 // they take longer
				loops++
			}
		case in.op == opEnd:
			if last := len(nest) - 1; nest[last] {
				loops--
			}
			nest = nest[:len(nest)-1]
		case in.op == opBrIf || in.op == opBrTable || in.bulk():
			blocks++
		}
		if len(nest) > maxNesting || loops > maxLoops || blocks > maxBlocks {
			return s, fmt.Errorf("it has more than %d blocks and branches, %d blocks in blocks or %d loops in loops; divide it", maxBlocks, maxNesting, maxLoops)
		}
		switch {
		case in.op == opCallIndirect, in.op == opCall && int(in.arg) >= m.imported:
			s.calls = true
		case in.op == opGlobalGet || in.op == opGlobalSet:
			if in.arg >= m.globals {
				return s, errors.New("it uses a global that is not there")
			}
		case in.bulk():
			s.bulk = true
		}
	}
	if r.at != len(b) {
		return s, errCut
	}
	if m.squares += blocks * blocks; m.squares > maxSquares {
		return s, errors.New("the functions up to it have so many blocks and branches that they take too long to compile; divide the large ones, or leave code out")
	}
	return s, nil
}

// rewriter writes one function.
type rewriter struct {
	out         []byte
	fuel, depth uint32 // globals
	mine, n     uint32 // locals
	seg         []byte // the stretch so far
	cost        int64
	check       bool // it begins with a check
	enter       *shape
}

// rewrite appends the function with its counters to out.
func (m *module) rewrite(s *shape, out []byte) []byte {
	w := rewriter{out: out, fuel: m.globals, depth: m.globals + 1, mine: s.count, n: s.count + 1, check: true, enter: s}
	w.cost = enterCost + int64(s.count)/8
	w.out = appendU32(w.out, s.groups+1)
	w.out = append(w.out, s.locals...)
	w.out = append(w.out, 2, 0x7f)
	r := &reader{b: s.body}
	for r.more() {
		from := r.at
		in := r.next()
		w.cost++
		if in.bulk() {
			w.bulk()
		}
		w.seg = append(w.seg, s.body[from:r.at]...)
		switch {
		case in.op == opMemoryGrow:
			w.cost += growCost
		case in.op == opCallIndirect, in.op == opCall && int(in.arg) >= m.imported:
			w.cost += 4
			w.seg = appendOp(w.seg, opLocalGet, w.mine)
			w.seg = appendOp(w.seg, opGlobalSet, w.depth)
		case in.op == opLoop:
			w.flush()
			w.check, w.cost = true, loopCost
		case in.op == opIf || in.op == opElse || in.op == opEnd || in.op == opBrIf:
			w.flush()
		}
	}
	w.flush()
	return w.out
}

func appendOp(b []byte, op byte, arg uint32) []byte { return appendU32(append(b, op), arg) }

// flush writes the stretch, with its cost before it.
func (w *rewriter) flush() {
	b := w.out
	if w.cost > 0 && (len(w.seg) > 1 || w.check || w.cost > 1 || w.seg[0] != opEnd) {
		b = appendOp(b, opGlobalGet, w.fuel)
		b = appendSigned(append(b, opI64Const), w.cost)
		b = append(b, opI64Sub)
		b = appendOp(b, opGlobalSet, w.fuel)
		if w.check {
			b = w.exhausted(b)
			if w.enter != nil && w.enter.calls {
				b = appendOp(b, opGlobalGet, w.depth)
				b = appendSigned(append(b, opI32Const), w.enter.frame())
				b = append(b, opI32Add)
				b = appendOp(b, opLocalTee, w.mine)
				b = appendOp(b, opGlobalSet, w.depth)
				b = appendOp(b, opLocalGet, w.mine)
				b = appendSigned(append(b, opI32Const), maxDepth)
				b = append(b, opI32GtU, opI32Or)
			}
			b = append(b, opIf, blockVoid, opUnreachable, opEnd)
		}
		w.enter, w.check = nil, false
	}
	w.out = append(b, w.seg...)
	w.seg, w.cost = w.seg[:0], 0
}

// exhausted leaves on the stack whether there is no fuel.
func (w *rewriter) exhausted(b []byte) []byte {
	b = appendOp(b, opGlobalGet, w.fuel)
	return append(b, opI64Const, 0, opI64LtS)
}

// bulk takes the cost of what the number on the stack says.
func (w *rewriter) bulk() {
	b := appendOp(w.seg, opLocalSet, w.n)
	b = appendOp(b, opGlobalGet, w.fuel)
	b = appendOp(b, opLocalGet, w.n)
	b = append(b, opI64ExtendU, opI64Const, bulkShift, opI64ShrU, opI64Sub)
	b = appendOp(b, opGlobalSet, w.fuel)
	b = w.exhausted(b)
	b = append(b, opIf, blockVoid, opUnreachable, opEnd)
	w.seg = appendOp(b, opLocalGet, w.n)
}

// frame is the estimate of what a call of the function takes of the stack.
func (s *shape) frame() int64 { return 64 + 8*int64(s.count) + int64(len(s.body))/4 }

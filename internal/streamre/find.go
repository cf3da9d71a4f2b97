package streamre

import (
	"bytes"
	"regexp/syntax"
	"unicode/utf8"
)

// thread is one way to match that is still open.
type thread struct {
	pc    uint32
	start int // -1: no thread, only a mark that add was here
	group [2]int
}

// queue holds the open threads at one place, the preferred first, each
// instruction once.
type queue struct {
	sparse []uint32
	dense  []thread
	open   int // threads in dense that are no marks
}

func (q *queue) reset() { q.dense, q.open = q.dense[:0], 0 }

func (q *queue) has(pc uint32) bool {
	k := q.sparse[pc]
	return int(k) < len(q.dense) && q.dense[k].pc == pc
}

func (q *queue) push(t thread) {
	q.sparse[t.pc] = uint32(len(q.dense))
	q.dense = append(q.dense, t)
	if t.start >= 0 {
		q.open++
	}
}

// Find returns the first match that begins at or after b[from:]. False means
// that there is none yet, or none at all when atEOF says that nothing follows b.
// What lies before from is context only.
func (r *Regexp) Find(b []byte, from int, atEOF bool) (Match, bool) {
	if r.literal != nil {
		return r.findLiteral(b, from)
	}
	cur, next := &r.cur, &r.next
	cur.reset()
	var m Match
	found := false
	for p := from; ; {
		if cur.open == 0 {
			cur.reset()
			if found {
				return m, true
			}
			if p = r.seek(b, p); p < 0 {
				return Match{}, false
			}
		}
		if !found && p < len(b) && r.first[b[p]] {
			r.look(b, p, atEOF)
			r.add(cur, p, thread{pc: uint32(r.prog.Start), start: p, group: [2]int{-1, -1}})
		}
		if last := p == len(b); last || !atEOF && !utf8.FullRune(b[p:]) {
			return r.finish(cur, p, m, found, last && atEOF)
		}
		c, w := rune(b[p]), 1
		if c >= utf8.RuneSelf {
			c, w = utf8.DecodeRune(b[p:])
		}
		r.look(b, p+w, atEOF)
		next.reset()
		for i := range cur.dense {
			t := &cur.dense[i]
			in := &r.prog.Inst[t.pc]
			if in.Op == syntax.InstMatch { // never a mark
				m, found = Match{t.start, p, t.group[0], t.group[1]}, true
				break // what follows in the queue is less preferred
			}
			if t.start >= 0 && in.MatchRune(c) {
				r.add(next, p+w, thread{in.Out, t.start, t.group})
			}
		}
		cur, next = next, cur
		p += w
	}
}

func (r *Regexp) findLiteral(b []byte, from int) (Match, bool) {
	k := bytes.Index(b[from:], r.literal)
	if k < 0 {
		return Match{}, false
	}
	m := Match{from + k, from + k + len(r.literal), -1, -1}
	if r.group {
		m.Group, m.GroupEnd = m.Start, m.End
	}
	return m, true
}

// finish judges the threads that are open where the bytes end, at p. m is the
// match found so far; all of q is preferred to it.
func (r *Regexp) finish(q *queue, p int, m Match, found, atEOF bool) (Match, bool) {
	for i := range q.dense {
		t := &q.dense[i]
		switch {
		case t.start < 0:
		case r.prog.Inst[t.pc].Op == syntax.InstMatch:
			return Match{t.start, p, t.group[0], t.group[1]}, true
		case !atEOF:
			return Match{}, false // it may yet become the preferred match
		}
	}
	return m, found
}

// look finds out what holds at place p, for add.
func (r *Regexp) look(b []byte, p int, atEOF bool) {
	if !r.asserts {
		return
	}
	before, behind := rune(-1), rune(-1)
	if p > 0 {
		if before = rune(b[p-1]); before >= utf8.RuneSelf {
			before, _ = utf8.DecodeLastRune(b[:p])
		}
	}
	if r.known = atEOF || p < len(b) && utf8.FullRune(b[p:]); r.known && p < len(b) {
		behind, _ = utf8.DecodeRune(b[p:])
	}
	r.flags = syntax.EmptyOpContext(before, behind)
}

// ahead are the assertions that need the character behind a place.
const ahead = syntax.EmptyEndLine | syntax.EmptyEndText | syntax.EmptyWordBoundary | syntax.EmptyNoWordBoundary

// add follows t, without reading, to every instruction that reads or matches.
// An assertion that nobody can judge yet stays open itself.
func (r *Regexp) add(q *queue, p int, t thread) {
	for !q.has(t.pc) {
		in := &r.prog.Inst[t.pc]
		switch in.Op {
		case syntax.InstFail:
			return
		case syntax.InstAlt, syntax.InstAltMatch:
			q.push(thread{pc: t.pc, start: -1})
			r.add(q, p, thread{in.Out, t.start, t.group})
			t.pc = in.Arg
		case syntax.InstNop:
			t.pc = in.Out
		case syntax.InstCapture:
			t.group[in.Arg&1] = p
			t.pc = in.Out
		case syntax.InstEmptyWidth:
			need := syntax.EmptyOp(in.Arg)
			if have := need & r.flags; have == need && (r.known || need&ahead == 0) {
				t.pc = in.Out
				continue
			}
			if need &^= ahead; !r.known && need&r.flags == need {
				q.push(t)
			}
			return
		default:
			q.push(t)
			return
		}
	}
}

package dfa

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// Bounds of a Cache.
const (
	MaxStates = 4096
	maxTrans  = 1 << 18 // entries of the table of transitions
	maxFlush  = 2       // times that a cache may fill up in one text
	maxWork   = 1 << 18 // instructions followed to build states for one text
)

// What stands before a position, as flags of a state.
const (
	atBegin = 1 << iota // nothing
	atLine              // a newline
	atWord              // a letter of a word
)

// Cache holds the states of a Set that texts have led to. One goroutine uses it.
type Cache struct {
	set    *Set
	shift  uint8   // log2 of the length of a state's row in trans
	trans  []int32 // by state and class: the next state's row, 0 when not known
	states []state // by row >> shift; none at 0
	byKey  map[string]int32
	begin  int32

	mark  []uint32 // by instruction: round in which it was reached
	round uint32
	work  int // instructions followed for this text
	todo  []uint32
	stack []uint32
	next  []uint32
	key   []byte
}

type state struct {
	at   []uint32 // instructions reached, before what follows is looked at
	got  uint64   // patterns that have matched
	end  uint64   // got when the text ends here, valid if done
	done bool
	flag uint8
	dead bool // nothing can change got any more
}

// NewCache makes an empty cache.
func (s *Set) NewCache() *Cache {
	c := &Cache{set: s, mark: make([]uint32, len(s.inst))}
	for 1<<c.shift < len(s.sample)+1 {
		c.shift++
	}
	c.flush()
	return c
}

// flush forgets all states.
func (c *Cache) flush() {
	c.trans = append(c.trans[:0], make([]int32, 1<<c.shift)...)
	c.states = append(c.states[:0], state{})
	c.byKey = map[string]int32{}
	c.begin = c.state(slices.Clone(c.set.start), 0, atBegin)
}

func (c *Cache) full() bool { return len(c.states) >= MaxStates || len(c.trans) >= maxTrans }

// Match returns the patterns that occur in text, at least as far as need asks
// about them. False means that the automaton grows too large for this text; the
// answer is then not known.
func (c *Cache) Match(text string, need uint64) (got uint64, ok bool) {
	st := c.begin
	flushed := 0
	c.work = 0
	for i := 0; i < len(text); {
		// Fast path: runes of one byte, and states known to have nothing to say.
		trans, class := c.trans, &c.set.bytes
		next := int32(0)
		for i < len(text) {
			if next = trans[int(st)+int(class[text[i]])]; next <= 0 {
				break
			}
			st = next
			i++
		}
		if i == len(text) {
			break
		}
		cls, n := class[text[i]], 1
		if next == 0 && text[i] >= utf8.RuneSelf {
			var r rune
			r, n = utf8.DecodeRuneInString(text[i:])
			cls = c.set.classOf(r)
			next = trans[int(st)+int(cls)]
		}
		switch {
		case next > 0:
			st = next
			i += n
		case next < 0: // a state to look at
			st = -next
			i += n
			if x := &c.states[st>>c.shift]; x.dead || x.got&need == need {
				return x.got, true
			}
		default:
			if c.full() {
				if flushed++; flushed > maxFlush {
					return 0, false
				}
				st = c.restart(st)
			}
			if c.step(st, cls); c.work > maxWork {
				return 0, false
			}
		}
	}
	return c.atEnd(st), true
}

// restart forgets all states but st, and returns where that is now.
func (c *Cache) restart(st int32) int32 {
	x := c.states[st>>c.shift]
	c.flush()
	return c.state(x.at, x.got, x.flag)
}

// step finds the state that a rune of class cls leads to from st.
func (c *Cache) step(st int32, cls uint16) {
	s := c.set
	x := c.states[st>>c.shift]
	r := s.sample[cls]
	got := x.got | c.close(x.at, s.emptyOps(x.flag, r, false), x.got)
	next := c.next[:0]
	c.newRound()
	for _, pc := range c.stack {
		in := &s.inst[pc]
		if got>>s.owner[pc]&1 == 0 && matches(in, r) && c.mark[in.Out] != c.round {
			c.mark[in.Out] = c.round
			next = append(next, in.Out)
		}
	}
	for k, pc := range s.start { // a match may begin anywhere
		if (got|s.fixed)>>k&1 == 0 && c.mark[pc] != c.round {
			c.mark[pc] = c.round
			next = append(next, pc)
		}
	}
	c.next = next
	flag := uint8(0)
	if s.lines && r == '\n' {
		flag |= atLine
	}
	if s.words && isWord(r) {
		flag |= atWord
	}
	to := c.state(next, got, flag)
	if y := &c.states[to>>c.shift]; y.dead || got != x.got {
		c.trans[int(st)+int(cls)] = -to
	} else {
		c.trans[int(st)+int(cls)] = to
	}
}

// newRound makes all instructions unreached.
func (c *Cache) newRound() {
	if c.round++; c.round == 0 {
		clear(c.mark)
		c.round = 1
	}
}

// close follows from the instructions at what needs no rune, given the empty
// strings that match here. It leaves in c.stack the instructions that read a rune
// and returns the patterns that match.
func (c *Cache) close(at []uint32, empty syntax.EmptyOp, got uint64) uint64 {
	c.newRound()
	todo := append(c.todo[:0], at...)
	reads := c.stack[:0]
	for len(todo) > 0 {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if c.mark[pc] == c.round || got>>c.set.owner[pc]&1 == 1 {
			continue
		}
		c.mark[pc] = c.round
		c.work++
		switch in := &c.set.inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			todo = append(todo, in.Arg, in.Out)
		case syntax.InstCapture, syntax.InstNop:
			todo = append(todo, in.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^empty == 0 {
				todo = append(todo, in.Out)
			}
		case syntax.InstMatch:
			got |= 1 << c.set.owner[pc]
		case syntax.InstFail:
		default:
			reads = append(reads, pc)
		}
	}
	c.stack, c.todo = reads, todo
	return got
}

// emptyOps tells which empty strings match between what flag says and the rune r,
// or the end of the text.
func (s *Set) emptyOps(flag uint8, r rune, end bool) (op syntax.EmptyOp) {
	if flag&atBegin != 0 {
		op |= syntax.EmptyBeginText | syntax.EmptyBeginLine
	}
	if flag&atLine != 0 {
		op |= syntax.EmptyBeginLine
	}
	switch {
	case end:
		op |= syntax.EmptyEndText | syntax.EmptyEndLine
	case r == '\n':
		op |= syntax.EmptyEndLine
	}
	if before, after := flag&atWord != 0, !end && isWord(r); before != after {
		op |= syntax.EmptyWordBoundary
	} else {
		op |= syntax.EmptyNoWordBoundary
	}
	return op
}

// atEnd returns what has matched when the text ends in st.
func (c *Cache) atEnd(st int32) uint64 {
	x := &c.states[st>>c.shift]
	if !x.done {
		x.end = x.got | c.close(x.at, c.set.emptyOps(x.flag, 0, true), x.got)
		x.done = true
	}
	return x.end
}

// state returns the row of the state, which it makes when it is new. It keeps
// nothing of at.
func (c *Cache) state(at []uint32, got uint64, flag uint8) int32 {
	slices.Sort(at)
	key := append(c.key[:0], flag)
	key = binary.LittleEndian.AppendUint64(key, got)
	for _, pc := range at {
		key = binary.LittleEndian.AppendUint32(key, pc)
	}
	c.key = key
	if st, ok := c.byKey[string(key)]; ok {
		return st
	}
	st := int32(len(c.trans))
	c.trans = append(c.trans, make([]int32, 1<<c.shift)...)
	c.states = append(c.states, state{at: slices.Clone(at), got: got, flag: flag, dead: len(at) == 0})
	c.byKey[string(key)] = st
	return st
}

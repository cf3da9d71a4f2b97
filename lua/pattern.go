package lua

import (
	"strings"
	"unsafe"
)

// A pattern is a Lua pattern taken apart once: each item with its set of bytes as
// a bitmap, so that matching looks at no pattern text.
//
//	"(%a+)=%s*"   open   set %a, +   close   byte '='   set %s, *
//
// What is malformed becomes an item that raises its error when a match gets
// there, as matching from the text would.
type pattern struct {
	items    []item
	anchored bool
	plain    bool   // no specials at all: find may search for the text
	prefix   string // what every match begins with, where that is two bytes at least
}

type item struct {
	op  itemOp
	rep byte // 0, or one of * + - ?
	c   byte // the byte, the first of %bxy, or the digit of %1
	d   byte // the second of %bxy
	set *byteSet
	err string
}

type itemOp uint8

const (
	itemByte itemOp = iota
	itemAny
	itemSet
	itemOpen
	itemPos // "()"
	itemClose
	itemEnd // "$" as the last
	itemBalance
	itemFrontier
	itemBack // %1
	itemError
)

// byteSet is a set of bytes.
type byteSet [4]uint64

func (s *byteSet) add(c byte)      { s[c>>6] |= 1 << (c & 63) }
func (s *byteSet) has(c byte) bool { return s[c>>6]>>(c&63)&1 != 0 }

// classSets are the sets of %a and the like, by lower case letter.
var classSets = func() (sets [256]*byteSet) {
	for letter, class := range map[byte]uint8{
		'a': classLower | classUpper, 'c': classControl, 'd': classDigit, 'l': classLower,
		'p': classPunct, 's': classSpace, 'u': classUpper, 'x': classHex,
		'w': classDigit | classLower | classUpper,
	} {
		var in, out byteSet
		for c := range 256 {
			if classes[c]&class != 0 {
				in.add(byte(c))
			} else {
				out.add(byte(c))
			}
		}
		sets[letter], sets[letter-'a'+'A'] = &in, &out
	}
	var zero, rest byteSet
	zero.add(0)
	for c := 1; c < 256; c++ {
		rest.add(byte(c))
	}
	sets['z'], sets['Z'] = &zero, &rest
	return sets
}()

// patternCache keeps the patterns last used, by the address and length of their
// text: scripts use few, and as constants.
type patternCache [64]struct {
	text string
	pat  *pattern
}

// pattern returns the pattern of text. A ^ at its beginning is an anchor for find,
// match and gsub; gmatch takes it as a byte.
func (vm *VM) pattern(text string, anchors bool) *pattern {
	if vm.patterns == nil {
		vm.alloc(int64(unsafe.Sizeof(patternCache{})))
		vm.patterns = new(patternCache)
	}
	at := uintptr(unsafe.Pointer(unsafe.StringData(text)))
	slot := &vm.patterns[(at>>3^at>>9^uintptr(len(text)))%uintptr(len(vm.patterns))]
	keep := anchors || !strings.HasPrefix(text, "^") // the same for all
	if keep && slot.pat != nil && slot.text == text {
		return slot.pat
	}
	vm.charge(int64(len(text)))
	vm.alloc(int64(len(text)) * int64(unsafe.Sizeof(item{})))
	p := parsePattern(text, anchors)
	if keep && len(text) <= 256 { // larger ones are not held
		slot.text, slot.pat = text, p
	}
	return p
}

// bytes is what the pattern takes.
func (p *pattern) bytes() int64 {
	n := int64(unsafe.Sizeof(*p)) + int64(cap(p.items))*int64(unsafe.Sizeof(item{}))
	for i := range p.items {
		if p.items[i].set != nil {
			n += int64(unsafe.Sizeof(byteSet{}))
		}
	}
	return n
}

func parsePattern(text string, anchors bool) *pattern {
	p := &pattern{plain: !strings.ContainsAny(text, "^$*+?.([%-")}
	text, _, _ = strings.Cut(text, "\x00")
	i := 0
	if anchors && strings.HasPrefix(text, "^") {
		p.anchored = true
		i = 1
	}
	p.items = make([]item, 0, len(text)-i)
	for i < len(text) {
		var it item
		it, i = parseItem(text, i)
		if it.op <= itemSet && i < len(text) {
			switch c := text[i]; c {
			case '*', '+', '-', '?':
				it.rep = c
				i++
			}
		}
		p.items = append(p.items, it)
		if it.op == itemError {
			break
		}
	}
	var prefix []byte
	for _, it := range p.items {
		if it.op != itemByte || it.rep != 0 {
			break
		}
		prefix = append(prefix, it.c)
	}
	if len(prefix) > 1 {
		p.prefix = string(prefix)
	}
	return p
}

// parseItem reads the item at text[i] and returns the offset after it, its
// repetition apart.
func parseItem(text string, i int) (item, int) {
	switch c := text[i]; c {
	case '(':
		if strings.HasPrefix(text[i+1:], ")") {
			return item{op: itemPos}, i + 2
		}
		return item{op: itemOpen}, i + 1
	case ')':
		return item{op: itemClose}, i + 1
	case '$':
		if i+1 == len(text) {
			return item{op: itemEnd}, i + 1
		}
	case '.':
		return item{op: itemAny}, i + 1
	case '[':
		return parseSet(text, i)
	case '%':
		return parseEscape(text, i+1)
	}
	return item{c: text[i]}, i + 1
}

// parseEscape reads what follows a percent sign, at text[i].
func parseEscape(text string, i int) (item, int) {
	if i == len(text) {
		return item{op: itemError, err: "malformed pattern (ends with '%')"}, i
	}
	switch c := text[i]; {
	case c == 'b':
		if i+2 >= len(text) {
			return item{op: itemError, err: "unbalanced pattern"}, i
		}
		return item{op: itemBalance, c: text[i+1], d: text[i+2]}, i + 3
	case c == 'f':
		if i+1 >= len(text) || text[i+1] != '[' {
			return item{op: itemError, err: "missing '[' after '%f' in pattern"}, i
		}
		it, end := parseSet(text, i+1)
		if it.op == itemSet {
			it.op = itemFrontier
		}
		return it, end
	case c >= '0' && c <= '9':
		return item{op: itemBack, c: c}, i + 1
	case classSets[c] != nil:
		return item{op: itemSet, set: classSets[c]}, i + 1
	default:
		return item{c: c}, i + 1
	}
}

// parseSet reads the set that begins with the bracket at text[i].
func parseSet(text string, i int) (item, int) {
	i++
	set := new(byteSet)
	not := false
	if i < len(text) && text[i] == '^' {
		not = true
		i++
	}
	for first := true; ; first = false {
		switch {
		case i >= len(text):
			return item{op: itemError, err: "malformed pattern (missing ']')"}, i
		case text[i] == ']' && !first:
			if not {
				for j := range set {
					set[j] = ^set[j]
				}
			}
			return item{op: itemSet, set: set}, i + 1
		case text[i] == '%':
			if i++; i >= len(text) {
				continue
			}
			if class := classSets[text[i]]; class != nil {
				for j := range set {
					set[j] |= class[j]
				}
			} else {
				set.add(text[i])
			}
			i++
		case i+2 < len(text) && text[i+1] == '-' && text[i+2] != ']':
			for c := int(text[i]); c <= int(text[i+2]); c++ {
				set.add(byte(c))
			}
			i += 3
		default:
			set.add(text[i])
			i++
		}
	}
}

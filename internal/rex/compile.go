package rex

import (
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// translate makes the program.
func (r *program) translate(p *syntax.Prog) {
	r.start = int32(p.Start)
	r.prog = make([]inst, len(p.Inst))
	for pc := range p.Inst {
		s := &p.Inst[pc]
		in := inst{out: int32(s.Out), place: -1, src: s}
		switch s.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			if body, next, ok := loop(p, pc); ok {
				in = class(body)
				in.op, in.out, in.place = opRun, int32(next), -1
				if in.wide == wideAll {
					in.set = orWide(in.set)
				}
				break
			}
			in.op, in.arg = opAlt, int32(s.Arg)
			in.place = int32(r.places)
			r.places++
		case syntax.InstCapture:
			in.op, in.arg = opSave, int32(s.Arg)
		case syntax.InstEmptyWidth:
			in.op, in.arg = opEmpty, int32(s.Arg)
		case syntax.InstMatch:
			in.op = opMatch
		case syntax.InstNop:
			in.op = opText
		case syntax.InstFail:
			in.op = opFail
		default:
			in = class(s)
			var text strings.Builder
			out := pc
			for s := s; single(s); s = &p.Inst[out] {
				text.WriteRune(s.Rune[0])
				out = int(s.Out)
			}
			if text.Len() > 0 {
				in.op, in.text, in.out = opText, text.String(), int32(out)
			}
		}
		r.prog[pc] = in
	}
}

// orWide adds all bytes of characters beyond ASCII.
func orWide(set *[256]bool) *[256]bool {
	s := *set
	for c := utf8.RuneSelf; c < len(s); c++ {
		s[c] = true
	}
	return &s
}

// single reports that s matches one character only, as it is written.
func single(s *syntax.Inst) bool {
	switch s.Op {
	case syntax.InstRune1, syntax.InstRune:
		return len(s.Rune) == 1 && syntax.Flags(s.Arg)&syntax.FoldCase == 0 && s.Rune[0] != utf8.RuneError
	}
	return false
}

// class makes the instruction that reads one character.
func class(s *syntax.Inst) inst {
	in := inst{op: opClass, out: int32(s.Out), place: -1, src: s, set: new([256]bool)}
	for c := range rune(utf8.RuneSelf) {
		in.set[c] = s.MatchRune(c)
	}
	in.wide = wideSome
	switch {
	case s.Op == syntax.InstRuneAny || s.Op == syntax.InstRuneAnyNotNL:
		in.wide = wideAll
	case len(s.Rune) == 1:
		if syntax.Flags(s.Arg)&syntax.FoldCase == 0 && s.Rune[0] < utf8.RuneSelf {
			in.wide = wideNone
		}
	case len(s.Rune) >= 2:
		last := s.Rune[len(s.Rune)-2:]
		if last[1] < utf8.RuneSelf {
			in.wide = wideNone
		} else if last[0] <= utf8.RuneSelf && last[1] == unicode.MaxRune {
			in.wide = wideAll
		}
	}
	return in
}

// loop recognises a loop over one class whose characters cannot begin what
// follows: to take fewer of them never leads anywhere.
func loop(p *syntax.Prog, pc int) (body *syntax.Inst, next uint32, ok bool) {
	s := &p.Inst[pc]
	isBody := func(k uint32) bool {
		switch b := &p.Inst[k]; b.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			return int(b.Out) == pc
		}
		return false
	}
	greedy := isBody(s.Out)
	switch {
	case greedy:
		body, next = &p.Inst[s.Out], s.Arg
	case isBody(s.Arg):
		body, next = &p.Inst[s.Arg], s.Out
	default:
		return nil, 0, false
	}
	after, ok := firsts(p, int(next), greedy)
	if !ok {
		return nil, 0, false
	}
	in := class(body)
	for c := range after {
		if after[c] && (c < utf8.RuneSelf && in.set[c] || c >= utf8.RuneSelf && in.wide != wideNone) {
			return nil, 0, false
		}
	}
	return body, next, true
}

// firsts returns the bytes that what matches from pc on can begin with. It is not
// known where conditions look around. Where the expression may end at once, it is
// known only behind a greedy loop: behind another the shortest would win.
func firsts(p *syntax.Prog, pc int, greedy bool) (set [256]bool, ok bool) {
	start := pc == p.Start
	seen := make([]bool, len(p.Inst))
	ok = true
	var walk func(pc int)
	walk = func(pc int) {
		if seen[pc] || !ok {
			return
		}
		seen[pc] = true
		switch s := &p.Inst[pc]; s.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			walk(int(s.Out))
			walk(int(s.Arg))
		case syntax.InstCapture, syntax.InstNop:
			walk(int(s.Out))
		case syntax.InstEmptyWidth:
			if start || syntax.EmptyOp(s.Arg) != syntax.EmptyEndText {
				ok = false
			}
		case syntax.InstMatch:
			ok = greedy && !start
		case syntax.InstFail:
		default:
			in := class(s)
			for c := range rune(utf8.RuneSelf) {
				set[c] = set[c] || in.set[c]
			}
			if in.wide != wideNone {
				for c := utf8.RuneSelf; c < len(set); c++ {
					set[c] = true
				}
			}
		}
	}
	walk(pc)
	return set, ok
}

// needed returns the longest text that every match holds.
func needed(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		if s := string(re.Rune); re.Flags&syntax.FoldCase == 0 && !strings.ContainsRune(s, utf8.RuneError) {
			return s
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needed(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needed(re.Sub[0])
		}
	case syntax.OpConcat:
		best := ""
		for _, sub := range re.Sub {
			if s := needed(sub); len(s) > len(best) {
				best = s
			}
		}
		return best
	}
	return ""
}

package match

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// form says how a pattern is evaluated without a regular expression machine.
type form uint8

const (
	formGeneral  form = iota // by machine only
	formAlways               // matches every text
	formExact                // ^lit$
	formPrefix               // ^lit
	formSuffix               // lit$
	formContains             // lit
)

// pattern is a compiled regular expression, shared by all who evaluate it.
type pattern struct {
	src  string
	re   *regexp.Regexp
	form form
	lit  string
	// needs are texts of which one occurs in whatever matches, nil when none are
	// known. Only general patterns have them.
	needs []string
}

// Most and shortest texts that are worth looking for before a machine runs.
const (
	maxNeeds = 8
	minNeed  = 2
)

func newPattern(src string) (*pattern, error) {
	re, err := regexp.Compile(src)
	if err != nil {
		return nil, err
	}
	p := &pattern{src: src, re: re}
	tree, err := syntax.Parse(src, syntax.Perl)
	if err != nil {
		return nil, err
	}
	tree = tree.Simplify()
	if p.form, p.lit = shape(tree); p.form != formGeneral {
		return p, nil
	}
	if l := required(tree); l != nil && len(l) <= maxNeeds && shortest(l) >= minNeed {
		p.needs = l
	}
	return p, nil
}

// match is an unanchored search.
func (p *pattern) match(s string) bool {
	switch p.form {
	case formAlways:
		return true
	case formExact:
		return s == p.lit
	case formPrefix:
		return strings.HasPrefix(s, p.lit)
	case formSuffix:
		return strings.HasSuffix(s, p.lit)
	case formContains:
		return strings.Contains(s, p.lit)
	}
	return p.possible(s) && p.re.MatchString(s)
}

// possible is false when a text that every match needs is not in s.
func (p *pattern) possible(s string) bool {
	if p.needs == nil {
		return true
	}
	for _, l := range p.needs {
		if strings.Contains(s, l) {
			return true
		}
	}
	return false
}

// shape recognises patterns that are a plain text with or without anchors.
func shape(re *syntax.Regexp) (form, string) {
	parts := flatten(nil, re)
	begin := len(parts) > 0 && parts[0].Op == syntax.OpBeginText
	if begin {
		parts = parts[1:]
	}
	end := len(parts) > 0 && parts[len(parts)-1].Op == syntax.OpEndText
	if end {
		parts = parts[:len(parts)-1]
	}
	var lit strings.Builder
	for _, x := range parts {
		s, ok := literal(x)
		if !ok {
			return formGeneral, ""
		}
		lit.WriteString(s)
	}
	s := lit.String()
	switch {
	case begin && end:
		return formExact, s
	case s == "":
		return formAlways, "" // nothing, or one anchor, which every text satisfies
	case begin:
		return formPrefix, s
	case end:
		return formSuffix, s
	}
	return formContains, s
}

// flatten lists what follows one another in re, groups opened.
func flatten(dst []*syntax.Regexp, re *syntax.Regexp) []*syntax.Regexp {
	switch re.Op {
	case syntax.OpConcat:
		for _, x := range re.Sub {
			dst = flatten(dst, x)
		}
		return dst
	case syntax.OpCapture:
		return flatten(dst, re.Sub[0])
	case syntax.OpEmptyMatch:
		return dst
	}
	return append(dst, re)
}

// literal returns the text that re is. The replacement character is none: it
// also stands for bytes that are not UTF-8.
func literal(re *syntax.Regexp) (string, bool) {
	if re.Op != syntax.OpLiteral || re.Flags&syntax.FoldCase != 0 {
		return "", false
	}
	for _, r := range re.Rune {
		if r == utf8.RuneError || !utf8.ValidRune(r) {
			return "", false
		}
	}
	return string(re.Rune), true
}

// required returns texts of which one occurs in whatever re matches, nil when it
// knows none.
func required(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if s, ok := literal(re); ok {
			return []string{s}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpConcat:
		var best []string
		for _, x := range re.Sub {
			if l := required(x); l != nil && (best == nil || shortest(l) > shortest(best)) {
				best = l
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, x := range re.Sub {
			l := required(x)
			if l == nil || len(all)+len(l) > maxNeeds {
				return nil
			}
			all = append(all, l...)
		}
		return all
	}
	return nil
}

func shortest(l []string) int {
	n := len(l[0])
	for _, s := range l {
		n = min(n, len(s))
	}
	return n
}

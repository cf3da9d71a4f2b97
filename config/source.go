package config

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// Source is one TOML file, as read.
type Source struct {
	Name string // as it appears in complaints
	Text string
}

// source is a file on its way through the parser. The parser sees text, where
// each bare %ENV[NAME] has given way to its value; complaints speak of orig.
type source struct {
	name  string
	orig  string
	text  []byte
	edits []edit // by offset
	lines []int  // offsets in orig where lines begin
}

// edit is a stretch of text that stands for another stretch of orig.
type edit struct {
	off, end         int // in text
	origOff, origEnd int // in orig

	what, fix string // what is wrong with it, "" for nothing
	told      bool
}

// byteOrderMark stands before the text that some editors save.
const byteOrderMark = "\ufeff"

func newSource(s Source) *source {
	src := &source{name: s.Name, orig: s.Text, lines: []int{0}}
	text := strings.TrimPrefix(s.Text, byteOrderMark)
	if n := len(s.Text) - len(text); n > 0 {
		src.edits = append(src.edits, edit{origEnd: n})
	}
	src.text = []byte(text)
	for i := 0; i < len(s.Text); i++ {
		if s.Text[i] == '\n' {
			src.lines = append(src.lines, i+1)
		}
	}
	return src
}

// pos turns an offset in text into a place in the file. Columns count
// characters.
func (s *source) pos(off int) Pos {
	return s.origPos(s.origOff(off))
}

// trouble finds a complaint about what came out of %ENV in off:end of text.
func (s *source) trouble(off, end int) *edit {
	for i := s.before(off); i < len(s.edits) && s.edits[i].off <= end; i++ {
		if e := &s.edits[i]; e.what != "" && e.end >= off {
			return e
		}
	}
	return nil
}

// before is the index of the first edit that does not end before off.
func (s *source) before(off int) int {
	return sort.Search(len(s.edits), func(i int) bool { return s.edits[i].end >= off })
}

// written is the stretch of orig that off:end of text stands for.
func (s *source) written(off, end int) string {
	from := s.origOff(off)
	to := from
	if end > off {
		to = s.origOff(end-1) + 1
		if i := s.before(end); i < len(s.edits) && s.edits[i].off < end {
			to = s.edits[i].origEnd
		}
	}
	return s.orig[max(0, min(from, len(s.orig))):max(0, min(to, len(s.orig)))]
}

func (s *source) origOff(off int) int {
	i := sort.Search(len(s.edits), func(i int) bool { return s.edits[i].end > off })
	if i < len(s.edits) && off >= s.edits[i].off {
		return s.edits[i].origOff
	}
	if i > 0 {
		return off + s.edits[i-1].origEnd - s.edits[i-1].end
	}
	return off
}

func (s *source) origPos(off int) Pos {
	off = max(0, min(off, len(s.orig)))
	line := sort.SearchInts(s.lines, off+1) - 1
	head := s.orig[s.lines[line]:off]
	if line == 0 {
		head = strings.TrimPrefix(head, byteOrderMark)
	}
	return Pos{File: s.name, Line: line + 1, Col: utf8.RuneCountInString(head) + 1}
}

package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

type complainFunc func(pos Pos, section, what, fix string)

// treeBuilder reads one file into a tree of tables. After a mistake it goes on
// at the next line that looks sound, so that all of them are told at once.
type treeBuilder struct {
	src      *source
	p        unstable.Parser
	base     int // offset in src.text of what p reads
	done     int // offset behind the last expression that was sound
	depth    int // of lists and tables around the value being read
	root     *node
	at       *node // the table that keys go to; nil when its header was wrong
	complain complainFunc
}

func buildTree(src *source, complain complainFunc) *node {
	t := &treeBuilder{src: src, root: newTable(src, "", 0, byHeader), complain: complain}
	t.at = t.root
	for t.base < len(src.text) {
		t.p.Reset(src.text[t.base:])
		for t.p.NextExpression() {
			t.expression(t.p.Expression())
		}
		var bad *unstable.ParserError
		if !errors.As(t.p.Error(), &bad) {
			break
		}
		t.base = t.syntaxError(bad)
	}
	for i := range src.edits {
		t.trouble(&src.edits[i], "")
	}
	return t.root
}

// trouble tells once what is wrong with a %ENV outside strings.
func (t *treeBuilder) trouble(e *edit, section string) {
	if e != nil && e.what != "" && !e.told {
		e.told = true
		t.complain(t.src.origPos(e.origOff), section, e.what, e.fix)
	}
}

func (t *treeBuilder) expression(e *unstable.Node) {
	parts := t.keyParts(e)
	t.done = parts[len(parts)-1].end
	if e.Kind != unstable.KeyValue {
		t.header(parts, e.Kind == unstable.ArrayTable)
		return
	}
	t.done = t.base + int(e.Raw.Offset+e.Raw.Length)
	if t.at != nil {
		t.keyValue(t.at, e)
	}
}

// keyPart is one part of a dotted key.
type keyPart struct {
	name     string
	off, end int
}

func (t *treeBuilder) keyParts(e *unstable.Node) []keyPart {
	var parts []keyPart
	for it := e.Key(); it.Next(); {
		k := it.Node()
		off := t.base + int(k.Raw.Offset)
		parts = append(parts, keyPart{string(k.Data), off, off + int(k.Raw.Length)})
	}
	return parts
}

// header opens the table of [a.b] or adds an element for [[a.b]].
func (t *treeBuilder) header(parts []keyPart, array bool) {
	bracket := bytes.LastIndexByte(t.src.text[:parts[0].off], '[')
	if array {
		bracket--
	}
	at, path := t.root, ""
	t.at = nil
	if t.tooLong("", parts) {
		return
	}
	if t.src.trouble(parts[0].off, parts[len(parts)-1].end) != nil {
		return
	}
	for i, k := range parts {
		last := i == len(parts)-1
		path = join(path, k.name)
		kid := at.kids[k.name]
		switch {
		case kid == nil && last && array:
			kid = &node{kind: listNode, src: t.src, path: path, key: bracket, off: bracket, tables: true}
			at.add(k.name, kid)
		case kid == nil && last:
			kid = newTable(t.src, path, bracket, byHeader)
			at.add(k.name, kid)
		case kid == nil:
			kid = newTable(t.src, path, bracket, byPrefix)
			at.add(k.name, kid)
		case kid.kind == listNode && kid.tables && (!last || array):
		case kid.kind == tableNode && !last && kid.from != byInline:
		case kid.kind == tableNode && last && !array && kid.from == byPrefix:
			kid.from, kid.key, kid.off = byHeader, bracket, bracket
		default:
			t.twice(bracket, path, kid)
			return
		}
		if kid.kind == listNode {
			if last {
				kid.items = append(kid.items, newTable(t.src, path, bracket, byArray))
			}
			kid = kid.items[len(kid.items)-1]
		}
		at = kid
	}
	t.at = at
}

// Bounds of what may be an option, against files made to hurt.
const (
	maxPath    = 1000 // bytes of a dotted name
	maxNesting = 100  // lists and tables within each other
)

// tooLong complains of a name that no option has.
func (t *treeBuilder) tooLong(path string, parts []keyPart) bool {
	n := len(path)
	for _, k := range parts {
		n += 1 + len(k.name)
	}
	if n > maxPath {
		t.complain(t.src.pos(parts[0].off), "", fmt.Sprintf("the name has more than %d letters", maxPath), "write a shorter one")
	}
	return n > maxPath
}

func (t *treeBuilder) twice(off int, path string, first *node) {
	t.complain(t.src.pos(off), "", fmt.Sprintf("[%s] is there twice, first at line %d", path, first.keyPos().Line),
		"put the options together, or give one of them another name")
}

// keyValue adds one option to a table, which may be an inline one.
func (t *treeBuilder) keyValue(table *node, e *unstable.Node) {
	parts := t.keyParts(e)
	at := table
	if wrong := t.src.trouble(parts[0].off, parts[len(parts)-1].end); wrong != nil {
		t.trouble(wrong, table.path)
		return
	}
	if t.tooLong(table.path, parts) {
		return
	}
	for _, k := range parts[:len(parts)-1] {
		kid := at.kids[k.name]
		if kid == nil {
			kid = newTable(t.src, join(at.path, k.name), k.off, byDots)
			at.add(k.name, kid)
		} else if kid.kind != tableNode || kid.from != byDots {
			t.again(k, table, kid)
			return
		}
		at = kid
	}
	k := parts[len(parts)-1]
	value := t.value(e.Value(), skipTrivia(t.src.text, k.end, "="), join(at.path, k.name))
	value.key = k.off
	if first := at.kids[k.name]; first != nil {
		t.again(k, table, first)
		return
	}
	at.add(k.name, value)
}

func (t *treeBuilder) again(k keyPart, table, first *node) {
	t.complain(t.src.pos(k.off), table.path, fmt.Sprintf("%q is given twice, first at line %d", k.name, first.keyPos().Line),
		"keep one of them")
}

// value reads the value that begins at off. The parser tells the places of
// scalars only; those of lists and tables follow from what stands before.
func (t *treeBuilder) value(v *unstable.Node, off int, path string) *node {
	n := &node{src: t.src, key: -1, off: off, end: off + 1, path: path}
	t.depth++
	defer func() { t.depth-- }()
	if t.depth > maxNesting {
		if t.depth == maxNesting+1 {
			t.complain(n.valPos(), "", "lists or tables are nested too deeply", "no option has a value like this")
		}
		n.bad, n.kind = true, stringNode
		return n
	}
	switch v.Kind {
	case unstable.Array:
		n.kind = listNode
		for it := v.Children(); it.Next(); {
			item := t.value(it.Node(), skipTrivia(t.src.text, n.end, ","), path)
			n.items = append(n.items, item)
			n.end = item.end
		}
		n.end = skipTrivia(t.src.text, n.end, ",") + 1
		return n
	case unstable.InlineTable:
		n.kind, n.kids = tableNode, map[string]*node{}
		for it := v.Children(); it.Next(); {
			kv := it.Node()
			n.end = t.base + int(kv.Raw.Offset+kv.Raw.Length)
			t.keyValue(n, kv)
		}
		n.end = skipTrivia(t.src.text, n.end, ",") + 1
		n.seal()
		return n
	case unstable.String:
		n.kind = stringNode
	case unstable.Bool:
		n.kind = boolNode
	case unstable.Integer:
		n.kind = intNode
	case unstable.Float:
		n.kind = floatNode
	default:
		n.kind = timeNode
	}
	n.text = string(v.Data)
	n.end = t.base + int(v.Raw.Offset+v.Raw.Length)
	t.check(n)
	return n
}

// check tells of values that are well formed but mean nothing.
func (t *treeBuilder) check(n *node) {
	section := ""
	if t.at != nil {
		section = t.at.path
	}
	if wrong := t.src.trouble(n.off, n.end); wrong != nil {
		t.trouble(wrong, section)
		n.bad = true
		return
	}
	if _, _, fits := n.whole(); n.kind == intNode && !fits {
		n.bad = true
		t.complain(n.valPos(), section, n.text+" has no place in 64 bits", "write a smaller number")
	}
	if _, ok := n.number(); n.kind == floatNode && !ok {
		n.bad = true
		t.complain(n.valPos(), section, n.text+" has no place in a floating point number", "write a number below 1.8e308")
	}
	if n.kind == timeNode {
		if _, err := n.time(); err != nil {
			n.bad = true
			t.complain(n.valPos(), section, n.text+" is not a date", `write 2006-01-02T15:04:05Z, or put it between double quotes if it is text`)
		}
	}
}

// seal forbids additions to an inline table and to what dotted keys made in it.
func (n *node) seal() {
	n.from = byInline
	for _, kid := range n.kids {
		if kid.kind == tableNode {
			kid.seal()
		}
	}
}

// skipTrivia passes over white space, comments, newlines and the given bytes.
func skipTrivia(b []byte, off int, also string) int {
	for off < len(b) {
		switch c := b[off]; {
		case c == ' ', c == '\t', c == '\n', c == '\r', strings.IndexByte(also, c) >= 0:
			off++
		case c == '#':
			for off < len(b) && b[off] != '\n' {
				off++
			}
		default:
			return off
		}
	}
	return off
}

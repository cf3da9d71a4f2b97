package config

import (
	"strconv"
	"strings"
)

type nodeKind uint8

const (
	tableNode nodeKind = iota
	listNode
	stringNode
	intNode
	floatNode
	boolNode
	timeNode
)

var nodeWords = [...]string{"a table", "a list", "a string", "a whole number", "a number", "true or false", "a date"}

// origin says how a table came to be, which decides what may be added to it.
type origin uint8

const (
	byPrefix origin = iota // as the beginning of a longer header
	byHeader
	byDots   // as the beginning of a dotted key
	byInline // {…}: closed
	byArray  // an element of [[…]]
)

// node is one value of a TOML file, with its places.
type node struct {
	kind nodeKind
	src  *source
	path string // tables: the dotted name that complaints give
	key  int    // offset of the last part of its key, or of the header's bracket; -1 for none
	off  int    // offset of the value
	end  int

	text string // strings: decoded; other scalars: as written
	env  []seg  // strings: what came out of %ENV
	bad  bool   // wrong, and complained about

	keys []string // tables: in the order of the file
	kids map[string]*node
	from origin
	torn bool // a syntax error hides a part of it

	items  []*node // lists
	tables bool    // list made by [[…]]
}

func newTable(src *source, path string, key int, from origin) *node {
	return &node{kind: tableNode, src: src, path: path, key: key, off: key, from: from, kids: map[string]*node{}}
}

// keyPos is the place of the key, valPos that of the value.
func (n *node) keyPos() Pos {
	if n.key < 0 {
		return n.src.pos(n.off)
	}
	return n.src.pos(n.key)
}

func (n *node) valPos() Pos { return n.src.pos(n.off) }

func (n *node) add(name string, kid *node) {
	n.keys = append(n.keys, name)
	n.kids[name] = kid
}

// find follows a dotted path with [i] for elements, as plugin.OptionError gives
// it, as far as it leads; nil when not even its beginning is there.
func (n *node) find(path string) *node {
	var last *node
	for at := n; path != ""; {
		if at.kind == tableNode && at.kids[path] != nil {
			return at.kids[path]
		}
		var part string
		part, path, _ = strings.Cut(path, ".")
		name, index, indexed := strings.Cut(strings.TrimSuffix(part, "]"), "[")
		if at = at.kids[name]; at == nil {
			return last
		}
		if i, err := strconv.Atoi(index); indexed && err == nil && at.kind == listNode && i >= 0 && i < len(at.items) {
			at = at.items[i]
		}
		last = at
	}
	return last
}

// has reports whether a table within n gives an option.
func (n *node) has(table, option string) bool {
	t := n.kids[table]
	return t != nil && t.kids[option] != nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

package jsonflat

import (
	"encoding/binary"

	"github.com/heka-project/heka/internal/keys"
)

// node is a key at its place in the tree.
type node struct {
	field  *keys.Field
	parent *node
	key    string
	next   *node // the key that came after it in the record before
	parts  int   // of its path

	quick      bool   // the key is plain ASCII, so that its bytes need no second look
	text       bool   // texts become its field as they are
	word, mask uint64 // a key of up to eight bytes
}

// at reports whether the key stands at b[i:], a quote behind it.
func (n *node) at(b []byte, i int) bool {
	k := i + len(n.key)
	if k >= len(b) || b[k] != '"' {
		return false
	}
	if n.mask != 0 && i+8 <= len(b) {
		return binary.LittleEndian.Uint64(b[i:])&n.mask == n.word
	}
	return string(b[i:k]) == n.key
}

type nodeKey struct {
	parent *node
	key    string
}

// oddKey reads a key that has escapes or is not ASCII.
func (w *Walker) oddKey(parent *node, from int) (*node, int) {
	end, clean, at := text(w.b, from)
	if end < 0 {
		w.fail(at)
		return nil, -1
	}
	k := w.b[from:end]
	if !clean {
		at := len(w.scratch)
		w.scratch = appendText(w.scratch, k)
		k = w.scratch[at:]
	}
	if n := w.last.next; n != nil && n.parent == parent && n.key == string(k) {
		return n, end
	}
	return w.node(parent, k), end
}

// node finds a key that was not the expected one.
func (w *Walker) node(parent *node, k []byte) *node {
	n := w.nodes[nodeKey{parent, string(k)}]
	if n == nil {
		n = &node{parent: parent, key: string(k), parts: parent.parts + 1}
		w.path = w.path[:0]
		if parent != w.root {
			w.path = append(append(w.path, parent.field.Name...), w.o.Separator...)
		}
		if parent == w.root && len(k) > 1 && k[0] == w.o.Strip && k[0] != 0 {
			k = k[1:]
		}
		w.path = append(w.path, k...)
		n.field = w.table.Field(w.path)
		n.text = n.field.Plain()
		n.quick = plain([]byte(n.key), 0) == len(n.key)
		if k := len(n.key); k > 0 && k <= 8 {
			var b [8]byte
			copy(b[:], n.key)
			n.word, n.mask = binary.LittleEndian.Uint64(b[:]), ^uint64(0)>>(64-8*k)
		}
		w.nodes[nodeKey{parent, n.key}] = n
	}
	w.last.next = n
	return n
}

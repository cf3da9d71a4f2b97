package match

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"strings"
)

// Seeds that make the tables' hashes unpredictable for whoever sends messages.
var seed0, seed1, seed2 = rand.Uint64(), rand.Uint64(), rand.Uint64() | 1

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// textKey is a text in a form that compares with three instructions: its first
// and last eight bytes, which overlap, and its length. Of up to eight bytes, both
// words are the whole text; of up to sixteen, the key still is the text; of a
// longer one the table keeps a copy to compare with.
type textKey struct {
	lo, hi uint64
	n      uint32
}

// keyOf makes the key of a text. See Context.textAt for the quick way.
func keyOf[T string | []byte](s T) textKey {
	n := len(s)
	var lo, hi [8]byte
	copy(lo[:], s)
	copy(hi[:], s[max(n-8, 0):])
	return textKey{binary.LittleEndian.Uint64(lo[:]), binary.LittleEndian.Uint64(hi[:]), uint32(n)}
}

func (k textKey) hash(seed uint64) uint64 {
	return mix(k.lo^seed^uint64(k.n), k.hi^seed1)
}

// textEntry is a text and its class; n is its length + 1, 0 when the entry is free.
type textEntry struct {
	lo, hi uint64
	n      uint32
	class  uint32
}

// textTable maps texts to classes by open addressing. It is never more than a
// quarter full, so that a search is short and ends.
type textTable struct {
	tab   []textEntry // length is a power of two
	long  []string    // the texts over 16 bytes, by place; nil while there is none
	shift uint8       // 64 - log2(len(tab))
	seed  uint64
	used  int

	perfect bool // every text stands where its hash points
}

func newTextTable(bits uint8) textTable {
	return textTable{tab: make([]textEntry, 1<<bits), shift: 64 - bits, seed: rand.Uint64()}
}

// full reports whether the table has to grow. While it is small it is kept
// emptier, so that most texts stand where their hash points.
func (t *textTable) full() bool {
	return 4*t.used >= len(t.tab) || len(t.tab) < 1<<12 && 8*t.used >= len(t.tab)
}

// find returns the class of the text s, whose key is k.
func (t *textTable) find(k textKey, s []byte) (class uint32, ok bool) {
	mask := len(t.tab) - 1
	for h := int(k.hash(t.seed) >> t.shift); ; h++ {
		e := &t.tab[h&mask]
		if e.n == 0 {
			return 0, false
		}
		if e.lo == k.lo && e.hi == k.hi && e.n == k.n+1 && (k.n <= 16 || t.long[h&mask] == string(s)) {
			return e.class, true
		}
	}
}

// put stores a text that is not there, in a table that is not full.
func (t *textTable) put(k textKey, s string, class uint32) {
	mask := len(t.tab) - 1
	at := int(k.hash(t.seed)>>t.shift) & mask
	for t.tab[at].n != 0 {
		at = (at + 1) & mask
		t.perfect = false
	}
	t.used++
	t.tab[at] = textEntry{k.lo, k.hi, k.n + 1, class}
	if k.n > 16 {
		if t.long == nil {
			t.long = make([]string, len(t.tab))
		}
		t.long[at] = strings.Clone(s)
	}
}

// grow returns a table four times as large with the same content.
func (t *textTable) grow() textTable {
	n := newTextTable(64 - t.shift + 2)
	for i, e := range t.tab {
		if e.n != 0 {
			s := ""
			if e.n > 17 {
				s = t.long[i]
			}
			n.put(textKey{e.lo, e.hi, e.n - 1}, s, e.class)
		}
	}
	return n
}

// pairTable maps pairs of numbers to a number, exactly. It grows up to a limit
// and is then full; its owner starts it anew.
type pairTable struct {
	tab  []pairEntry
	used int
}

type pairEntry struct {
	key uint64 // the pair + 1, 0 when free
	val uint32
}

func pair(a, b uint32) uint64 { return uint64(a)<<32 | uint64(b) }

func (t *pairTable) get(key uint64) (uint32, bool) {
	if len(t.tab) == 0 {
		return 0, false
	}
	mask := uint64(len(t.tab) - 1)
	for i := mix(key^seed0, seed2) & mask; ; i = (i + 1) & mask {
		switch e := &t.tab[i]; e.key {
		case key + 1:
			return e.val, true
		case 0:
			return 0, false
		}
	}
}

// put stores a pair that get does not know. Pairs of two largest numbers do not
// occur.
func (t *pairTable) put(key uint64, val uint32) {
	if t.used*2 >= len(t.tab) {
		old := t.tab
		t.tab = make([]pairEntry, max(64, 4*len(old)))
		t.used = 0
		for _, e := range old {
			if e.key != 0 {
				t.put(e.key-1, e.val)
			}
		}
	}
	mask := uint64(len(t.tab) - 1)
	i := mix(key^seed0, seed2) & mask
	for t.tab[i].key != 0 {
		i = (i + 1) & mask
	}
	t.tab[i] = pairEntry{key + 1, val}
	t.used++
}

func (t *pairTable) clear() { *t = pairTable{} }

// rowTable numbers distinct rows of bits. A row that it returned stays as it is
// for ever, also after clear: it lies in a block that nobody writes again.
type rowTable struct {
	words int
	rows  [][]uint64
	tab   []uint32 // open addressing: number + 1
	block []uint64 // room for the next rows
}

// intern returns the number of the row, which it copies when it is new.
func (t *rowTable) intern(row []uint64) (n uint32, isNew bool) {
	if 2*len(t.rows) >= len(t.tab) {
		t.rehash()
	}
	mask := uint64(len(t.tab) - 1)
	i := hashRow(row) & mask
	for t.tab[i] != 0 {
		if n := t.tab[i] - 1; equalRow(t.rows[n], row) {
			return n, false
		}
		i = (i + 1) & mask
	}
	if len(t.block) < t.words {
		t.block = make([]uint64, t.words*min(64, 4+len(t.rows)))
	}
	own := t.block[:t.words:t.words]
	t.block = t.block[t.words:]
	copy(own, row)
	t.rows = append(t.rows, own)
	t.tab[i] = uint32(len(t.rows))
	return uint32(len(t.rows) - 1), true
}

func (t *rowTable) rehash() {
	t.tab = make([]uint32, max(16, 4*len(t.tab)))
	mask := uint64(len(t.tab) - 1)
	for n, row := range t.rows {
		i := hashRow(row) & mask
		for t.tab[i] != 0 {
			i = (i + 1) & mask
		}
		t.tab[i] = uint32(n + 1)
	}
}

// clear forgets all rows and keeps the room for their numbers.
func (t *rowTable) clear() {
	clear(t.tab)
	t.rows = make([][]uint64, 0, cap(t.rows))
}

func hashRow(row []uint64) uint64 {
	h := seed0
	for _, w := range row {
		h = mix(h^w, seed2)
	}
	return h ^ h>>29
}

func equalRow(a, b []uint64) bool {
	for i, w := range a {
		if w != b[i] {
			return false
		}
	}
	return true
}

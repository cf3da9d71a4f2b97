package match

// tupleCache remembers which row the rows of up to seven groups make together. An
// entry stands at one of four places that lie together in one line of the
// processor's cache.
type tupleCache struct {
	tab   []tuple // length is a power of two
	shift uint8
	used  int
}

// tuple is the numbers of the groups' rows, 16 bits each: four in a, the others
// above the low 16 bits of b, which are the id of the row that they make, + 1; 0
// when the entry is free.
type tuple struct{ a, b uint64 }

const tupleRow = 1<<16 - 1

func (t tuple) row() uint32 { return uint32(t.b & tupleRow) }

// Sizes of a tupleCache, as powers of two, and the groups it can tell apart. The
// largest holds all rows that a Context keeps, half full.
const (
	tuplesMin   = 6
	tuplesMax   = 16
	tupleGroups = 7
)

func (t *tupleCache) resize(bits uint8) {
	t.tab = make([]tuple, 1<<bits)
	t.shift = 64 - bits
	t.used = 0
}

func (t *tupleCache) clear() {
	clear(t.tab)
	t.used = 0
}

// tupleOf packs the numbers of rows; the row that they make is left out.
func tupleOf(ids []uint32) (key tuple) {
	for i, id := range ids {
		if i < 4 {
			key.a |= uint64(id) << (16 * i)
		} else {
			key.b |= uint64(id) << (16 * (i - 3))
		}
	}
	return key
}

func (t *tupleCache) place(key tuple) uint64 {
	return mix(key.a^seed0, key.b^seed1) >> (t.shift & 63)
}

// get returns the id + 1 of the row, 0 when it is not known.
func (t *tupleCache) get(key tuple) uint32 {
	at := t.place(key)
	if e := &t.tab[at]; e.a == key.a && e.b&^tupleRow == key.b {
		return e.row()
	}
	for i := uint64(1); i < 4; i++ {
		if e := &t.tab[at^i]; e.a == key.a && e.b&^tupleRow == key.b {
			return e.row()
		}
	}
	return 0
}

// put stores what get did not find, at its first place; what was there moves on,
// and the last one out. The table grows while it fills up.
func (t *tupleCache) put(key tuple, row uint32) {
	if bits := 64 - t.shift; t.used*4 > 1<<bits && bits < tuplesMax {
		t.resize(bits + 2)
	}
	at := t.place(key)
	e := tuple{key.a, key.b | uint64(row+1)}
	for i := uint64(0); i < 4 && e.row() != 0; i++ {
		e, t.tab[at^i] = t.tab[at^i], e
	}
	if e.row() == 0 {
		t.used++
	}
}

package match

// tupleCache remembers which row the rows of up to eight groups make together.
// An entry stands at one of four places that lie together.
type tupleCache struct {
	tab   []tuple // length is a power of two
	shift uint8
	used  int
}

// tuple is the numbers of the groups' rows, 16 bits each, and the id of the row
// that they make, + 1; 0 when the entry is free.
type tuple struct {
	a, b uint64
	row  uint32
}

// Sizes of a tupleCache, as powers of two, and the groups it can tell apart. The
// largest holds all rows that a Context keeps, half full.
const (
	tuplesMin   = 6
	tuplesMax   = 16
	tupleGroups = 8
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

// tupleOf packs the numbers of rows.
func tupleOf(ids []uint32) (key [2]uint64) {
	for i, id := range ids {
		key[i>>2&1] |= uint64(id) << (16 * (i & 3))
	}
	return key
}

func (t *tupleCache) place(key [2]uint64) uint64 {
	return mix(key[0]^seed0, key[1]^seed1) >> (t.shift & 63)
}

// get returns the id + 1 of the row, 0 when it is not known.
func (t *tupleCache) get(key [2]uint64) uint32 {
	at := t.place(key)
	if e := &t.tab[at]; e.a == key[0] && e.b == key[1] {
		return e.row
	}
	for i := uint64(1); i < 4; i++ {
		if e := &t.tab[at^i]; e.a == key[0] && e.b == key[1] {
			return e.row
		}
	}
	return 0
}

// put stores what get did not find, at its first place; what was there moves on,
// and the last one out. The table grows while it fills up.
func (t *tupleCache) put(key [2]uint64, row uint32) {
	if bits := 64 - t.shift; t.used*4 > 1<<bits && bits < tuplesMax {
		t.resize(bits + 2)
	}
	at := t.place(key)
	e := tuple{key[0], key[1], row + 1}
	for i := uint64(0); i < 4 && e.row != 0; i++ {
		e, t.tab[at^i] = t.tab[at^i], e
	}
	if e.row == 0 {
		t.used++
	}
}

package rec

import "encoding/binary"

// alphabet is what Refresh fills a span with, eight bytes at a time: random bits
// under a mask, on a base.
type alphabet struct{ mask, base uint64 }

const ones = 0x0101010101010101

var (
	letters = alphabet{0x0f * ones, 'a' * ones}
	digits  = alphabet{0x07 * ones, '1' * ones}
	noise   = alphabet{0xff * ones, 0}
)

// span is a range of the block that may hold any text of its alphabet.
type span struct {
	off, n int
	a      alphabet
}

// note remembers that everything from offset from on may change.
func (m *maker) note(from int, a alphabet) {
	if n := len(m.Buf) - from; n > 0 {
		m.vary = append(m.vary, span{from, n, a})
	}
}

// Refresh puts new random data into every record, in place: identifiers,
// payloads, numbers. Lengths and everything that routes a record stay.
func (b *Block) Refresh() {
	for _, s := range b.vary {
		p := b.Buf[s.off : s.off+s.n]
		for len(p) >= 8 {
			binary.LittleEndian.PutUint64(p, b.rng.Uint64()&s.a.mask+s.a.base)
			p = p[8:]
		}
		for x := b.rng.Uint64()&s.a.mask + s.a.base; len(p) > 0; x >>= 8 {
			p[0] = byte(x)
			p = p[1:]
		}
	}
}

package journal

import (
	"crypto/sha256"

	"github.com/heka-project/heka/message"
)

// A line counts the bytes of all frames that were ever appended for a consumer, so
// that what is read again after a crash is at the same place again, and nothing
// else ever is. Who sends messages on tells by it what it has sent before.
//
//	run A │ seg 1: 0 … 700 │ seg 2: 700 … 950 │✂ lost in a power cut
//	run B │ seg 3: 820 … 1400                    the same count, another line
//
// What a power cut takes makes room for other messages at the same places. So each
// process draws a number, its run, which stands in the headers of the segments that
// it writes, and goes into the line's name; copies of a folder part ways there, too.
// A consumer that was forgotten and is made anew differs in when it was born.

// lineOf is the consumer's line in segments of that run, zero when the run is.
func (c *Cursor) lineOf(run [16]byte) (line [16]byte) {
	if run == line {
		return line
	}
	b := append([]byte("heka line\x00"), run[:]...)
	b = append(le.AppendUint64(b, c.born), c.name...)
	sum := sha256.Sum256(b)
	return [16]byte(sum[:16])
}

// place is where on its line the record at hand begins. In a segment in which
// damage hides how much was appended no place is sure: the line is zero.
func (c *Cursor) place(t *turn) (line [16]byte, at uint64) {
	if t.hurt == t.p.Segment {
		return line, 0
	}
	return c.line, uint64(t.seen.Bytes)
}

// goesOn reports whether what begins there is next to b.
func goesOn(b *message.Batch, line [16]byte, at uint64) bool {
	return b.Line == line && (line == [16]byte{} || b.LineAt+uint64(b.Size()) == at)
}

package message

import (
	"sync"
	"sync/atomic"
)

// MaxBatch is the largest number of messages in a batch.
const MaxBatch = 4096

// Source is told when a batch and all before it that name the same source have
// been dealt with. Done is called once for each batch, from any goroutine, and
// not always in order.
type Source interface {
	Done(seq uint64)
}

// Row is one distinct answer of the matcher set within a batch.
type Row struct {
	Bits  []uint64 // bit k: route k takes the message; borrowed, never written
	N     uint32   // messages with this row
	Bytes uint32   // and the bytes of their frames
}

// Has reports whether route k takes the row's messages.
func (r *Row) Has(k int) bool {
	return k>>6 < len(r.Bits) && r.Bits[k>>6]>>(k&63)&1 == 1
}

// Batch is a run of framed messages that lie one behind another in a chunk, with
// the matchers' answer for each. Its maker fills it and seals it by the first
// hand-over; from then on nobody writes it. Every holder has a reference and
// drops it once; the last drop tells Source and frees the chunk. Several batches
// may share a chunk.
type Batch struct {
	chunk *Chunk
	buf   []byte   // the chunk's bytes
	offs  []uint32 // n+1 offsets of frames in buf
	rows  []uint16 // index in dict for each message; empty: not matched
	dict  []Row

	// Set by the maker before sealing.

	Src    Source // nil: nobody asks
	Seq    uint64 // this batch's number at Src
	Signer string // verified signer of all messages, "" for none
	Depth  int    // how often these messages were injected
	From   int    // route of the filter that injected them, -1 for none
	Origin string // name of the plugin that made them
	Epoch  uint64 // snapshot of the router that the rows speak of
	Life   string // whose positions Place was told; "" for none
	Since  uint64 // with Life: where in the source the batch before ended
	Till   uint64 // and where this one does

	// Of what a journal hands to a consumer: Line names a count of the bytes of all
	// frames that were ever appended for it, which no restart uses twice, and LineAt
	// is where on it the batch begins. The zero Line is none.

	Line   [16]byte
	LineAt uint64

	places []uint64 // position of the source after each message, or empty

	refs atomic.Int32
}

var batches = sync.Pool{New: func() any { return new(Batch) }}

// NewBatch starts a batch of frames in c from offset lo on. It keeps c and has
// one reference, the maker's.
func NewBatch(c *Chunk, lo int) *Batch {
	c.Keep()
	b := batches.Get().(*Batch)
	b.chunk, b.buf = c, c.Buf
	b.offs = append(b.offs[:0], uint32(lo))
	b.rows = b.rows[:0]
	b.dict = b.dict[:0]
	b.Src, b.Seq, b.Signer, b.Depth, b.From, b.Origin, b.Epoch = nil, 0, "", 0, -1, "", 0
	b.Life, b.Since, b.Till, b.places = "", 0, 0, b.places[:0]
	b.Line, b.LineAt = [16]byte{}, 0
	b.refs.Store(1)
	return b
}

// Add appends the frame that ends at offset end, with its row in the dictionary.
func (b *Batch) Add(end int, row uint16) {
	n := uint32(end) - b.offs[len(b.offs)-1]
	b.offs = append(b.offs, uint32(end))
	b.rows = append(b.rows, row)
	r := &b.dict[row]
	r.N++
	r.Bytes += n
}

// AddRow appends a row to the dictionary and returns its index.
func (b *Batch) AddRow(bits []uint64) uint16 {
	b.dict = append(b.dict, Row{Bits: bits})
	return uint16(len(b.dict) - 1)
}

// Place says that the source stood at pos after the message added last. Either
// all messages are placed or none counts as placed.
func (b *Batch) Place(pos uint64) { b.places = append(b.places, pos) }

// Placed reports whether PlaceOf answers.
func (b *Batch) Placed() bool { return b.Life != "" && len(b.places) == b.Len() }

// PlaceOf returns the position of the source after message i.
func (b *Batch) PlaceOf(i int) uint64 { return b.places[i] }

// Keep adds n references.
func (b *Batch) Keep(n int) { b.refs.Add(int32(n)) }

// Release drops a reference; the batch may not be touched after.
func (b *Batch) Release() {
	n := b.refs.Add(-1)
	if n < 0 {
		panic("bug: batch released more often than kept")
	}
	if n > 0 {
		return
	}
	src, seq, c := b.Src, b.Seq, b.chunk
	b.chunk, b.buf, b.Src = nil, nil, nil
	clear(b.dict)
	batches.Put(b)
	c.Release()
	if src != nil {
		src.Done(seq)
	}
}

// Len is the number of messages.
func (b *Batch) Len() int { return len(b.offs) - 1 }

// Size is the number of bytes of all frames.
func (b *Batch) Size() int { return int(b.offs[len(b.offs)-1] - b.offs[0]) }

// End is the offset in the chunk past the last frame.
func (b *Batch) End() int { return int(b.offs[len(b.offs)-1]) }

// Held is the number of bytes of the chunk that the batch keeps alive.
func (b *Batch) Held() int { return len(b.buf) }

// Frames returns all frames.
func (b *Batch) Frames() []byte { return b.buf[b.offs[0]:b.offs[len(b.offs)-1]] }

// Before is the number of bytes of the frames in front of message i.
func (b *Batch) Before(i int) int { return int(b.offs[i] - b.offs[0]) }

// Frame returns message i with its framing.
func (b *Batch) Frame(i int) []byte { return b.buf[b.offs[i]:b.offs[i+1]] }

// At returns message i without framing.
func (b *Batch) At(i int) []byte {
	return Unframe(b.buf[b.offs[i]:b.offs[i+1]])
}

// Rows returns the distinct answers of the matcher set, with their counts.
func (b *Batch) Rows() []Row { return b.dict }

// RowOf returns the index in Rows of message i.
func (b *Batch) RowOf(i int) int { return int(b.rows[i]) }

// Count adds up what route k takes.
func (b *Batch) Count(k int) (n, bytes int) {
	for i := range b.dict {
		if r := &b.dict[i]; r.Has(k) {
			n += int(r.N)
			bytes += int(r.Bytes)
		}
	}
	return n, bytes
}

// Selection is what one route takes of one batch: the engine fills it, the
// plugin reads it until the call returns.
//
//	for i := in.Next(-1); i >= 0; i = in.Next(i) {
//		v.Parse(in.At(i), nil)
//	}
type Selection struct {
	*Batch
	all     bool
	route   int      // whose bit of the rows counts; -1: the whole batch is selected
	picked  bool     // all and pick are filled in
	pick    []uint64 // bit r: row r of the batch is taken; unused when all
	n       int
	bytes   int
	done    int // messages before this index are dealt with
	refused []Refusal
}

// Refusal is a message that an output will never take, with the reason.
type Refusal struct {
	Index  int
	Reason string
}

// Select fills s with what route k takes of b.
func (s *Selection) Select(b *Batch, k int) {
	n, bytes := b.Count(k)
	s.SelectCounted(b, k, n, bytes)
}

// SelectCounted is Select for who knows that route k takes n messages of that
// many bytes. The rows are looked at only when a message is asked for.
func (s *Selection) SelectCounted(b *Batch, k, n, bytes int) {
	s.Batch, s.route, s.n, s.bytes = b, k, n, bytes
	s.done, s.refused, s.picked, s.all = 0, s.refused[:0], false, false
}

// rowsOf finds out which rows are taken.
func (s *Selection) rowsOf() {
	s.picked = true
	s.all = s.n == s.Batch.Len()
	if s.all {
		return
	}
	words := (len(s.dict) + 63) / 64
	if cap(s.pick) < words {
		s.pick = make([]uint64, words)
	}
	s.pick = s.pick[:words]
	clear(s.pick)
	for i := range s.dict {
		if s.dict[i].Has(s.route) {
			s.pick[i>>6] |= 1 << (i & 63)
		}
	}
}

// SelectAll fills s with the whole of b, from message first on.
func (s *Selection) SelectAll(b *Batch, first int) {
	s.Batch, s.done, s.refused, s.route = b, first, s.refused[:0], -1
	s.n, s.bytes = b.Len()-first, int(b.offs[len(b.offs)-1]-b.offs[first])
	s.all, s.picked = true, true
}

// Len is the number of selected messages, those already done included.
func (s *Selection) Len() int { return s.n }

// Size is the number of bytes of the selected frames.
func (s *Selection) Size() int { return s.bytes }

// Whole reports whether every message of the batch is selected and none is done.
func (s *Selection) Whole() bool { return s.n == s.Batch.Len() && s.done == 0 }

// Next returns the index of the first selected message after i that is not yet
// done, or -1. Start with -1.
func (s *Selection) Next(i int) int {
	i = max(i+1, s.done)
	n := s.Batch.Len()
	if !s.picked {
		s.rowsOf()
	}
	if s.all {
		if i < n {
			return i
		}
		return -1
	}
	for ; i < n; i++ {
		if r := s.rows[i]; s.pick[r>>6]>>(r&63)&1 == 1 {
			return i
		}
	}
	return -1
}

// NextRun returns the bounds [i,j) of the first run of selected messages at or
// after index from, or i = -1.
func (s *Selection) NextRun(from int) (i, j int) {
	i = s.Next(from - 1)
	if i < 0 {
		return -1, -1
	}
	n := s.Batch.Len()
	if s.all {
		return i, n
	}
	for j = i + 1; j < n; j++ {
		if r := s.rows[j]; s.pick[r>>6]>>(r&63)&1 == 0 {
			break
		}
	}
	return i, j
}

// Run returns the frames of messages i to j-1, which lie one behind another.
func (s *Selection) Run(i, j int) []byte { return s.buf[s.offs[i]:s.offs[j]] }

// Done says that all selected messages before index i are dealt with, so that a
// retry starts there.
func (s *Selection) Done(i int) { s.done = max(s.done, i) }

// Left counts the selected messages that are not done.
func (s *Selection) Left() (n, bytes int) {
	if s.done == 0 {
		return s.n, s.bytes
	}
	for i := s.Next(-1); i >= 0; i = s.Next(i) {
		n++
		bytes += int(s.offs[i+1] - s.offs[i])
	}
	return n, bytes
}

// Refuse says that message i will never be taken, and why. It counts as done
// when the output gets past it; the engine keeps it as a dead letter or counts
// the drop.
func (s *Selection) Refuse(i int, reason string) {
	s.refused = append(s.refused, Refusal{i, reason})
}

// Refused lists the messages refused so far.
func (s *Selection) Refused() []Refusal { return s.refused }

// Compact copies what route k takes into c from offset lo on, as a batch of its
// own whose only row is taken by route 0. The caller has made sure of the room
// and owns c past lo. The copy has the maker's marks, but no Src.
func (b *Batch) Compact(k int, c *Chunk, lo int) *Batch {
	n := NewBatch(c, lo)
	n.Signer, n.Depth, n.From, n.Origin, n.Epoch, n.Life = b.Signer, b.Depth, b.From, b.Origin, b.Epoch, b.Life
	n.Since, n.Till = b.Since, b.Till
	n.AddRow(onlyRoute)
	end := lo
	for i, r := range b.rows {
		if b.dict[r].Has(k) {
			end += copy(c.Buf[end:], b.buf[b.offs[i]:b.offs[i+1]])
			n.Add(end, 0)
			if b.Placed() {
				n.Place(b.places[i])
			}
		}
	}
	return n
}

// Part returns messages i to j-1 as a batch of its own in the same chunk, with the
// same rows. It has the maker's marks, but no Src. Its reference is the caller's.
func (b *Batch) Part(i, j int) *Batch {
	n := NewBatch(b.chunk, int(b.offs[i]))
	n.Signer, n.Depth, n.From, n.Origin, n.Epoch = b.Signer, b.Depth, b.From, b.Origin, b.Epoch
	if b.Placed() && i < j {
		n.Life, n.Since, n.Till = b.Life, b.Since, b.Till
		if i > 0 {
			n.Since = b.places[i-1]
		}
		if j < b.Len() {
			n.Till = b.places[j-1]
		}
		n.places = append(n.places, b.places[i:j]...)
	}
	if b.Line != [16]byte{} {
		n.Line, n.LineAt = b.Line, b.LineAt+uint64(b.Before(i))
	}
	for _, r := range b.dict {
		n.AddRow(r.Bits)
	}
	for ; i < j; i++ {
		n.Add(int(b.offs[i+1]), b.rows[i])
	}
	return n
}

var onlyRoute = []uint64{1}

package message

import (
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
)

// Header holds the header fields of a message to be built. Its strings are
// borrowed until Builder.End copies them.
type Header struct {
	Timestamp  int64 // nanoseconds since the Unix epoch
	Type       string
	Logger     string
	Payload    string
	EnvVersion string
	Hostname   string
	Severity   int32
	Pid        int32
}

// ErrTooBig means that a built message is over the size limit. Nothing of it
// was written.
var ErrTooBig = errors.New("message is larger than max_message_size")

// ErrNoRoom means that the destination has no more room and cannot get any.
var ErrNoRoom = errors.New("no room for a message")

// Builder writes framed messages one after another into a buffer:
//
//	b.Begin(&defaults)
//	b.Payload = line
//	b.Int("status", 200, "")
//	err := b.End()
//
// Header fields are set as struct fields in any order, dynamic fields by the
// methods below. Begin forgets a message that was not ended. One goroutine uses
// a Builder; nothing is allocated once its buffers have grown.
type Builder struct {
	Header
	UUID [16]byte

	fields []byte                // encoded dynamic fields of the current message
	seed   []byte                // those that every message begins with
	buf    []byte                // finished frames
	ends   []uint32              // offset in buf past each finished frame
	max    int                   // largest message, 0: no limit
	more   func(need int) []byte // asks for a buffer with that room; nil: buf grows
	shape  shape                 // for Line
	rng    *rand.PCG             // identifiers must not meet; nobody must fail to guess them
}

// NewBuilder returns a builder whose buffer grows as needed. max is the largest
// message it accepts, 0 for no limit.
func NewBuilder(max int) *Builder {
	var seed [16]byte
	crand.Read(seed[:])
	return &Builder{max: max, rng: rand.NewPCG(binary.LittleEndian.Uint64(seed[:8]), binary.LittleEndian.Uint64(seed[8:]))}
}

// Into makes the builder write into buf, from its length up to its capacity.
// When a frame does not fit, more is called with its size: it takes what Take
// returns and gives a new buffer, or nil when there is none.
func (b *Builder) Into(buf []byte, more func(need int) []byte) {
	b.buf, b.more, b.ends = buf, more, b.ends[:0]
}

// Ends holds the offset in Buffer past each message finished since Take.
func (b *Builder) Ends() []uint32 { return b.ends }

// Buffer holds the finished frames.
func (b *Builder) Buffer() []byte { return b.buf }

// Take returns the finished frames and forgets them; the next frame goes behind
// them in the same buffer.
func (b *Builder) Take() (buf []byte, ends []uint32) {
	buf, ends = b.buf, b.ends
	b.ends = b.ends[:0]
	return buf, ends
}

// Truncate takes back the messages finished after the first n of Ends; size is the
// length that Buffer had then. Nothing may have been taken in between.
func (b *Builder) Truncate(n, size int) { b.ends, b.buf = b.ends[:n], b.buf[:size] }

// Reset forgets everything that was built and starts at the buffer's head.
func (b *Builder) Reset() { b.buf, b.ends = b.buf[:0], b.ends[:0] }

// Begin starts a message with the header values of h (nil: all unset) and a new
// random UUID (version 4).
func (b *Builder) Begin(h *Header) {
	if h != nil {
		b.Header = *h
	} else {
		b.Header = Header{Severity: DefaultSeverity}
	}
	b.fields = append(b.fields[:0], b.seed...)
	b.identify(&b.UUID)
}

// identify makes a random identifier of version 4.
func (b *Builder) identify(id *[16]byte) {
	binary.LittleEndian.PutUint64(id[:8], b.rng.Uint64()&^(0xf0<<48)|0x40<<48)
	binary.LittleEndian.PutUint64(id[8:], b.rng.Uint64()&^0xc0|0x80)
}

// BeginFrom starts a message as a copy of v, to be changed before End. It
// borrows v until then.
func (b *Builder) BeginFrom(v *View) {
	b.Header = Header{
		Timestamp: v.Timestamp(), Type: v.Type(), Logger: v.Logger(), Payload: v.Payload(),
		EnvVersion: v.EnvVersion(), Hostname: v.Hostname(), Severity: v.Severity(), Pid: v.Pid(),
	}
	b.UUID = [16]byte{}
	copy(b.UUID[:], v.UUID())
	b.fields = append(b.fields[:0], b.seed...)
	for it := v.Fields(); it.Next(); {
		b.Raw(it.Field().Raw())
	}
}

// BeginCopy starts a message with all that has been set in from since its Begin. It
// borrows the texts of the header until End.
func (b *Builder) BeginCopy(from *Builder) {
	b.Header, b.UUID = from.Header, from.UUID
	b.fields = append(b.fields[:0], from.fields...)
}

// Seed has every message begin with these encoded fields, as Fields returns them,
// until the next Seed; nil for none. A decoder that has others build messages
// marks them so. b borrows them.
func (b *Builder) Seed(fields []byte) { b.seed = fields }

// Fields returns the encoded dynamic fields added so far, which the next change
// overwrites.
func (b *Builder) Fields() []byte { return b.fields }

// Raw adds a dynamic field from its encoded body, as Field.Raw gives it.
func (b *Builder) Raw(body []byte) {
	b.fields = appendBytes(b.fields, NumFields<<3|wireBytes, Borrow(body))
}

// DropFields removes the dynamic fields added so far.
func (b *Builder) DropFields() { b.fields = b.fields[:0] }

// FieldBytes holds the dynamic fields added so far, encoded: what View.Parse reads as a
// message of nothing but fields. Borrowed until the next change.
func (b *Builder) FieldBytes() []byte { return b.fields }

// NFieldBytes is the encoded size of the dynamic fields added so far.
func (b *Builder) NFieldBytes() int { return len(b.fields) }

// open starts a field whose value array takes n encoded bytes, tag and length
// included.
func (b *Builder) open(name string, t ValueType, repr string, n int) {
	body := 1 + varintLen(uint64(len(name))) + len(name) + 2 + n
	if repr != "" {
		body += 1 + varintLen(uint64(len(repr))) + len(repr)
	}
	b.fields = appendVarint(b.fields, NumFields<<3|wireBytes, uint64(body))
	b.fields = appendBytes(b.fields, 1<<3|wireBytes, name)
	b.fields = append(b.fields, 2<<3, byte(t))
	if repr != "" {
		b.fields = appendBytes(b.fields, 3<<3|wireBytes, repr)
	}
}

// String adds a string field with one value. repr may be "".
func (b *Builder) String(name, value, repr string) { b.text(name, value, repr, String) }

// Bytes adds a bytes field with one value.
func (b *Builder) Bytes(name string, value []byte, repr string) {
	b.text(name, Borrow(value), repr, Bytes)
}

func (b *Builder) text(name, value, repr string, t ValueType) {
	b.open(name, t, repr, 1+varintLen(uint64(len(value)))+len(value))
	b.fields = appendBytes(b.fields, (byte(t)+4)<<3|wireBytes, value)
}

// Strings adds a string field with several values.
func (b *Builder) Strings(name string, values []string, repr string) {
	n := 0
	for _, v := range values {
		n += 1 + varintLen(uint64(len(v))) + len(v)
	}
	b.open(name, String, repr, n)
	for _, v := range values {
		b.fields = appendBytes(b.fields, 4<<3|wireBytes, v)
	}
}

// ByteStrings adds a bytes field with several values.
func (b *Builder) ByteStrings(name string, values [][]byte, repr string) {
	n := 0
	for _, v := range values {
		n += 1 + varintLen(uint64(len(v))) + len(v)
	}
	b.open(name, Bytes, repr, n)
	for _, v := range values {
		b.fields = appendBytes(b.fields, 5<<3|wireBytes, Borrow(v))
	}
}

// Int adds an integer field with one value.
func (b *Builder) Int(name string, value int64, repr string) {
	n := varintLen(uint64(value))
	b.open(name, Integer, repr, 2+n)
	b.fields = append(b.fields, 6<<3|wireBytes, byte(n))
	b.fields = binary.AppendUvarint(b.fields, uint64(value))
}

// Ints adds an integer field with several values.
func (b *Builder) Ints(name string, values []int64, repr string) {
	n := 0
	for _, v := range values {
		n += varintLen(uint64(v))
	}
	b.packed(name, Integer, repr, n)
	for _, v := range values {
		b.fields = binary.AppendUvarint(b.fields, uint64(v))
	}
}

// Double adds a double field with one value.
func (b *Builder) Double(name string, value float64, repr string) {
	b.open(name, Double, repr, 10)
	b.fields = append(b.fields, 7<<3|wireBytes, 8)
	b.fields = binary.LittleEndian.AppendUint64(b.fields, math.Float64bits(value))
}

// Doubles adds a double field with several values.
func (b *Builder) Doubles(name string, values []float64, repr string) {
	b.packed(name, Double, repr, 8*len(values))
	for _, v := range values {
		b.fields = binary.LittleEndian.AppendUint64(b.fields, math.Float64bits(v))
	}
}

// Bool adds a bool field with one value.
func (b *Builder) Bool(name string, value bool, repr string) {
	b.open(name, Bool, repr, 3)
	b.fields = append(b.fields, 8<<3|wireBytes, 1, bit(value))
}

// Bools adds a bool field with several values.
func (b *Builder) Bools(name string, values []bool, repr string) {
	b.packed(name, Bool, repr, len(values))
	for _, v := range values {
		b.fields = append(b.fields, bit(v))
	}
}

func bit(v bool) byte {
	if v {
		return 1
	}
	return 0
}

// packed opens a field with one packed array of n bytes.
func (b *Builder) packed(name string, t ValueType, repr string, n int) {
	b.open(name, t, repr, 1+varintLen(uint64(n))+n)
	b.fields = appendVarint(b.fields, (byte(t)+4)<<3|wireBytes, uint64(n))
}

// End encodes the message, with its header fields in the order of their numbers,
// and frames it. ErrTooBig and ErrNoRoom leave the buffer as it was.
func (b *Builder) End() error {
	n := b.size()
	if b.max > 0 && n > b.max {
		return ErrTooBig
	}
	p := b.frame(n)
	if p == nil {
		return ErrNoRoom
	}
	b.encode(p)
	return nil
}

// frame appends the frame of a message of n bytes and returns the room for that,
// nil when there is none.
func (b *Builder) frame(n int) []byte {
	need := headerSize(n) + n
	if cap(b.buf)-len(b.buf) < need {
		if b.more == nil {
			b.buf = slices.Grow(b.buf, need)
		} else if b.buf = b.more(need); cap(b.buf)-len(b.buf) < need {
			return nil
		}
	}
	at := len(b.buf)
	b.buf = b.buf[:at+need]
	b.ends = append(b.ends, uint32(at+need))
	p := b.buf[at:]
	p[0], p[1], p[2] = RecordSeparator, byte(need-n-3), 1<<3
	i := putVarint(p, 3, uint64(n))
	p[i] = UnitSeparator
	return p[i+1:]
}

// size is the encoded size of the message.
func (b *Builder) size() int {
	n := 18 + 1 + timeLen(uint64(b.Timestamp)) + 2 + len(b.fields)
	if uint32(b.Severity) > 127 {
		if b.Severity == NoSeverity {
			n -= 2
		} else {
			n += varintLen(uint64(int64(b.Severity))) - 1
		}
	}
	n += textSize(b.Type) + textSize(b.Logger) + textSize(b.Payload) + textSize(b.EnvVersion) + textSize(b.Hostname)
	if b.Pid != 0 {
		n += 1 + varintLen(uint64(int64(b.Pid)))
	}
	return n
}

func textSize(s string) int {
	switch n := len(s); {
	case n == 0:
		return 0
	case n < 0x80:
		return 2 + n
	default:
		return 1 + varintLen(uint64(n)) + n
	}
}

// encode writes the message without framing into p, which has its exact size.
func (b *Builder) encode(p []byte) {
	p[0], p[1] = NumUUID<<3|wireBytes, 16
	copy(p[2:18], b.UUID[:])
	p[18] = NumTimestamp << 3
	i := putTime(p, 19, uint64(b.Timestamp))
	i = putText(p, i, NumType, b.Type)
	i = putText(p, i, NumLogger, b.Logger)
	if b.Severity != NoSeverity {
		p[i] = NumSeverity << 3
		i = putVarint(p, i+1, uint64(int64(b.Severity)))
	}
	i = putText(p, i, NumPayload, b.Payload)
	i = putText(p, i, NumEnvVersion, b.EnvVersion)
	if b.Pid != 0 {
		p[i] = NumPid << 3
		i = putVarint(p, i+1, uint64(int64(b.Pid)))
	}
	i = putText(p, i, NumHostname, b.Hostname)
	copy(p[i:], b.fields)
}

// putText writes a text header field at p[i:], nothing when it is empty.
func putText(p []byte, i int, num byte, s string) int {
	if s == "" {
		return i
	}
	p[i] = num<<3 | wireBytes
	i = putVarint(p, i+1, uint64(len(s)))
	return i + copy(p[i:], s)
}

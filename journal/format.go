package journal

import (
	"encoding/binary"
	"hash/crc32"
)

// Sizes and marks of the format, see docs/formats/journal.md.
const (
	version    = 1
	headSize   = 64 // segment header and record header alike
	markSize   = 16
	maxMeta    = 8 << 20 // bytes of a record's meta part
	maxFrames  = 1 << 30 // bytes of a record's frames
	maxEntries = 1 << 20 // messages or consumers in a record
	maxID      = 4095    // largest consumer id

	segMagic  = "HEKAJRNL"
	recMagic  = "\xF5JRC"
	markMagic = "\xF5END"

	dropMark = 0x504F5244 // "DROP": a dead letter that was dealt with
)

// Kinds of record.
const (
	kindMessages  = 1
	kindConsumers = 2
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	le         = binary.LittleEndian
)

func crc(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

func crcUpdate(sum uint32, b []byte) uint32 { return crc32.Update(sum, castagnoli, b) }

// segHeader opens a segment file.
type segHeader struct {
	epoch   uint64 // what every record of this use of the file carries
	number  uint64
	base    uint64   // sequence number of the first record
	created int64    // nanoseconds since the Unix epoch
	run     [16]byte // drawn by the process that wrote it, see line.go; zero: unknown
}

func (h *segHeader) encode(b []byte) {
	clear(b[:headSize])
	copy(b, segMagic)
	le.PutUint32(b[8:], version)
	le.PutUint64(b[16:], h.epoch)
	le.PutUint64(b[24:], h.number)
	le.PutUint64(b[32:], h.base)
	le.PutUint64(b[40:], uint64(h.created))
	copy(b[48:], h.run[:])
	le.PutUint32(b[12:], crc(b[16:headSize]))
}

func (h *segHeader) decode(b []byte) bool {
	if len(b) < headSize || string(b[:8]) != segMagic || le.Uint32(b[8:]) != version ||
		le.Uint32(b[12:]) != crc(b[16:headSize]) {
		return false
	}
	h.epoch, h.number, h.base = le.Uint64(b[16:]), le.Uint64(b[24:]), le.Uint64(b[32:])
	h.created = int64(le.Uint64(b[40:]))
	copy(h.run[:], b[48:headSize])
	return true
}

// header opens a record.
type header struct {
	epoch    uint64
	seq      uint64
	time     int64 // nanoseconds since the Unix epoch
	meta     uint32
	frames   uint32
	metaCRC  uint32
	frameCRC uint32
	n        uint32
	kind     uint8
	depth    uint8
	rows     uint16
	words    uint16
	mark     uint32 // not covered by the checksum: set in place
}

func (h *header) size() int64 { return headSize + int64(h.meta) + int64(h.frames) }

func (h *header) encode(b []byte) {
	copy(b, recMagic)
	le.PutUint64(b[8:], h.epoch)
	le.PutUint64(b[16:], h.seq)
	le.PutUint64(b[24:], uint64(h.time))
	le.PutUint32(b[32:], h.meta)
	le.PutUint32(b[36:], h.frames)
	le.PutUint32(b[40:], h.metaCRC)
	le.PutUint32(b[44:], h.frameCRC)
	le.PutUint32(b[48:], h.n)
	b[52], b[53] = h.kind, h.depth
	le.PutUint16(b[54:], h.rows)
	le.PutUint16(b[56:], h.words)
	le.PutUint16(b[58:], 0)
	le.PutUint32(b[60:], h.mark)
	le.PutUint32(b[4:], crc(b[8:60]))
}

// decode reads the header at the head of b, which has at least headSize bytes.
// False means that none of that epoch is there, or that it is damaged.
func (h *header) decode(b []byte, epoch uint64) bool {
	b = b[:headSize]
	if string(b[:4]) != recMagic || le.Uint64(b[8:]) != epoch || le.Uint32(b[4:]) != crc(b[8:60]) {
		return false
	}
	*h = header{
		epoch: epoch, seq: le.Uint64(b[16:]), time: int64(le.Uint64(b[24:])),
		meta: le.Uint32(b[32:]), frames: le.Uint32(b[36:]),
		metaCRC: le.Uint32(b[40:]), frameCRC: le.Uint32(b[44:]),
		n: le.Uint32(b[48:]), kind: b[52], depth: b[53],
		rows: le.Uint16(b[54:]), words: le.Uint16(b[56:]), mark: le.Uint32(b[60:]),
	}
	return h.meta <= maxMeta && h.frames <= maxFrames && h.n <= maxEntries
}

// putMark writes the mark that stands behind the last record of a segment whose
// file goes on with stale bytes.
func putMark(b []byte, epoch uint64) {
	copy(b, markMagic)
	le.PutUint32(b[4:], 0)
	le.PutUint64(b[8:], epoch)
}

func isMark(b []byte, epoch uint64) bool {
	return len(b) >= markSize && string(b[:4]) == markMagic && le.Uint64(b[8:]) == epoch
}

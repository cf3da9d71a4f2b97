package main

import (
	"bytes"
	"encoding/binary"
)

// counter finds records in a stream, read after read.
type counter interface {
	count(b []byte) (records, damaged int)
}

// newCounter returns nil for an unknown kind.
func newCounter(kind string) counter {
	switch kind {
	case "lines":
		return lines{}
	case "heka":
		return &frames{}
	case "bytes":
		return nothing{}
	}
	return nil
}

type nothing struct{}

func (nothing) count([]byte) (int, int) { return 0, 0 }

type lines struct{}

func (lines) count(b []byte) (int, int) { return bytes.Count(b, []byte{'\n'}), 0 }

// frames counts Heka frames: 0x1E, header length, header, 0x1F, message. Bytes
// outside any frame count as damaged.
type frames struct {
	skip int    // bytes of the current message still to come
	head []byte // a header that a read cut in two
}

func (f *frames) count(b []byte) (records, damaged int) {
	if f.skip > 0 {
		k := min(f.skip, len(b))
		f.skip -= k
		b = b[k:]
		if f.skip == 0 {
			records++
		}
	}
	if len(f.head) > 0 {
		b = append(f.head, b...)
		f.head = nil
	}
	for len(b) > 0 {
		if b[0] != 0x1e {
			k := bytes.IndexByte(b, 0x1e)
			if k < 0 {
				k = len(b)
			}
			damaged += k
			b = b[k:]
			continue
		}
		if len(b) < 2 || len(b) < int(b[1])+3 {
			f.head = append([]byte(nil), b...)
			return records, damaged
		}
		h := int(b[1]) + 3
		n, k := uint64(0), 0
		if h > 4 && b[2] == 8 {
			n, k = binary.Uvarint(b[3 : h-1])
		}
		if k <= 0 || n > 1<<31 || b[h-1] != 0x1f {
			damaged++
			b = b[1:]
			continue
		}
		b = b[h:]
		if uint64(len(b)) < n {
			f.skip = int(n) - len(b)
			return records, damaged
		}
		b = b[n:]
		records++
	}
	return records, damaged
}

package main

import (
	"bytes"
	"testing"
	"testing/iotest"

	"github.com/heka-project/heka/message"
)

// FuzzRecords: any bytes are messages and damage that together are all of them,
// however the reads fall.
func FuzzRecords(f *testing.F) {
	d := message.Draft{Header: message.Header{Timestamp: 1, Payload: "one"}}
	one := message.AppendFrame(nil, d.Encode())
	f.Add(one)
	f.Add(append([]byte("junk\x1e"), append(one, one[:len(one)-3]...)...))
	f.Add([]byte{0x1e, 0x02, 0x08, 0xff, 0x01, 0x1f})
	f.Fuzz(func(t *testing.T, stream []byte) {
		read := func(r *records) (sum int64, n int) {
			for r.next() {
				if r.offset()+int64(len(r.raw())) > int64(len(stream)) || !bytes.Equal(stream[r.offset():][:len(r.raw())], r.raw()) {
					t.Fatalf("offset %d is not where the record lies", r.offset())
				}
				sum += int64(len(r.raw()))
				n++
			}
			if r.err != nil {
				t.Fatal(r.err)
			}
			return sum, n
		}
		damage := int64(0)
		count := func(_, n int64) { damage += n }
		sum, n := read(newRecords(bytes.NewReader(stream), 0, 1000, count))
		if sum+damage != int64(len(stream)) {
			t.Fatalf("%d bytes of messages and %d of damage in %d bytes", sum, damage, len(stream))
		}
		if _, m := read(newRecords(iotest.OneByteReader(bytes.NewReader(stream)), 0, 1000, count)); m != n {
			t.Fatalf("%d messages byte by byte, %d at once", m, n)
		}
	})
}

package main

import (
	"errors"
	"io"

	"github.com/heka-project/heka/message"
)

// records reads framed messages from a stream, past any damage.
//
//	for r.next() {
//		use(r.message(), r.raw(), r.offset())
//	}
//	err := r.err
type records struct {
	in      io.Reader
	max     int                // largest message
	damaged func(off, n int64) // told of bytes that belong to no message
	again   func() (more bool) // asked at the end of the stream; nil: it is the end
	err     error              // why next returned false, nil at the end

	buf   []byte
	at    int   // offset in buf of what has not been looked at
	base  int64 // offset in the stream of buf[0]
	frame message.Frame
	skip  int64 // damaged bytes just before at
}

func newRecords(in io.Reader, off int64, max int, damaged func(off, n int64)) *records {
	return &records{in: in, max: max, base: off, damaged: damaged, buf: make([]byte, 0, 64<<10)}
}

// next finds the next message.
func (r *records) next() bool {
	for end := false; ; {
		found := message.NextFrame(r.buf, r.at, r.max, &r.frame)
		r.skip += int64(r.frame.Skipped)
		if found {
			r.tell(r.frame.Begin)
			r.at = r.frame.End
			return true
		}
		r.at += r.frame.Skipped
		if !end && r.fill() {
			continue
		}
		if r.err != nil {
			return false
		}
		if r.at == len(r.buf) {
			r.tell(r.at)
			return false
		}
		// The head of a message that never ended. Its length may be what is damaged:
		// look for whole ones behind it.
		end = true
		r.at++
		r.skip++
	}
}

// tell reports the damage that ends at offset end of buf.
func (r *records) tell(end int) {
	if r.skip > 0 {
		r.damaged(r.base+int64(end)-r.skip, r.skip)
		r.skip = 0
	}
}

// fill reads more. False means that there is no more, or err.
func (r *records) fill() bool {
	if r.at > 0 {
		n := copy(r.buf, r.buf[r.at:])
		r.base += int64(r.at)
		r.buf, r.at = r.buf[:n], 0
	}
	if len(r.buf) == cap(r.buf) {
		r.buf = append(make([]byte, 0, 2*cap(r.buf)), r.buf...)
	}
	for {
		n, err := r.in.Read(r.buf[len(r.buf):cap(r.buf)])
		r.buf = r.buf[:len(r.buf)+n]
		switch {
		case n > 0:
			return true
		case errors.Is(err, io.EOF):
			if r.again == nil || !r.again() {
				return false
			}
		case err != nil:
			r.err = err
			return false
		}
	}
}

// restart forgets what was read: the stream begins anew.
func (r *records) restart() { r.buf, r.at, r.base, r.skip = r.buf[:0], 0, 0, 0 }

// message returns the encoded message that next found, borrowed until the next.
func (r *records) message() []byte { return r.buf[r.frame.Start:r.frame.End] }

// raw returns it with its framing.
func (r *records) raw() []byte { return r.buf[r.frame.Begin:r.frame.End] }

// offset is its place in the stream.
func (r *records) offset() int64 { return r.base + int64(r.frame.Begin) }

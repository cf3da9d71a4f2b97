package gelf

import (
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
)

// What a compressed message can be refused for.
var (
	errInflate = errors.New("GELF message is damaged: it cannot be inflated")
	errBomb    = errors.New("GELF message inflates to more than max_inflated")
)

func isGzip(b []byte) bool { return len(b) > 2 && b[0] == 0x1f && b[1] == 0x8b }

func isZlib(b []byte) bool {
	return len(b) > 2 && b[0]&0x0f == 8 && b[0]>>4 <= 7 && (uint(b[0])<<8|uint(b[1]))%31 == 0
}

func compressed(b []byte) bool { return isGzip(b) || isZlib(b) }

// inflater inflates messages into memory of its own.
type inflater struct {
	max int
	src bytes.Reader
	gz  *gzip.Reader
	zl  io.ReadCloser
	buf []byte
}

// all inflates a message. It lives until the next call.
func (f *inflater) all(b []byte) ([]byte, error) {
	f.src.Reset(b)
	var r io.Reader
	var err error
	switch {
	case !isGzip(b) && f.zl != nil:
		err = f.zl.(zlib.Resetter).Reset(&f.src, nil)
		r = f.zl
	case !isGzip(b):
		f.zl, err = zlib.NewReader(&f.src)
		r = f.zl
	case f.gz != nil:
		err = f.gz.Reset(&f.src)
		r = f.gz
	default:
		f.gz, err = gzip.NewReader(&f.src)
		r = f.gz
	}
	if err != nil {
		f.gz, f.zl = nil, nil
		return nil, errInflate
	}
	if f.buf == nil {
		f.buf = make([]byte, 0, min(8<<10, f.max+1))
	}
	f.buf = f.buf[:0]
	for {
		if len(f.buf) == cap(f.buf) {
			f.buf = append(f.buf, 0)[:len(f.buf)]
		}
		n, err := r.Read(f.buf[len(f.buf):cap(f.buf)])
		f.buf = f.buf[:len(f.buf)+n]
		switch {
		case len(f.buf) > f.max:
			f.buf = nil
			return nil, errBomb
		case err == io.EOF:
			return f.buf, nil
		case err != nil:
			return nil, errInflate
		}
	}
}

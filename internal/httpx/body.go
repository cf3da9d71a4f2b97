// Package httpx holds what the HTTP plugins share: bodies that are read and
// unpacked within one limit, and the pause that a server asks for.
//
//	request or answer ─▶ Content-Encoding ─gzip, zstd, deflate─▶ at most max bytes ─▶ buffer
//
// The limit holds for the bytes that come out, so a small body cannot grow into a
// large one. It knows nothing of messages.
package httpx

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// Why a body is not taken.
var (
	ErrTooLarge = errors.New("body is too large")
	ErrEncoding = errors.New("content encoding is unknown; use gzip, zstd, deflate or identity")
	ErrDamaged  = errors.New("compressed body is damaged")
)

// maxWindow is the most memory that one zstd stream may ask for, as RFC 8878 has it.
const maxWindow = 8 << 20

// AcceptEncoding is what Body understands, as a client says it.
const AcceptEncoding = "gzip, zstd, deflate"

var (
	gzips = sync.Pool{New: func() any { return new(gzip.Reader) }}
	zstds = sync.Pool{New: func() any {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(1<<30))
		if err != nil {
			panic("bug: " + err.Error())
		}
		return d
	}}
)

// Body appends what r holds to dst, unpacked as the Content-Encoding header
// encoding says. More than max bytes is ErrTooLarge; dst then holds max of them.
// grow, where it is not nil, is asked before n bytes more are allocated, and its
// error ends the reading. Other errors are r's, ErrEncoding, or wrap ErrDamaged.
func Body(dst []byte, r io.Reader, encoding string, max int, grow func(n int) error) ([]byte, error) {
	src := &source{r: r}
	var refused error
	fill := func(dst []byte, r io.Reader, max int) ([]byte, error) {
		return fill(dst, r, max, func(n int) error {
			if grow != nil {
				refused = grow(n)
			}
			return refused
		})
	}
	var err error
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return fill(dst, r, max)
	case "gzip", "x-gzip":
		z := gzips.Get().(*gzip.Reader)
		defer gzips.Put(z)
		if err = z.Reset(src); err == nil {
			dst, err = fill(dst, z, max)
		}
	case "zstd":
		z := zstds.Get().(*zstd.Decoder)
		defer zstds.Put(z)
		defer z.Reset(nil)
		if err = z.Reset(src); err == nil {
			dst, err = fill(dst, z, max)
		}
	case "deflate":
		dst, err = inflate(src, func(r io.Reader) ([]byte, error) { return fill(dst, r, max) })
	default:
		return dst, fmt.Errorf("%w (it is %.40q)", ErrEncoding, encoding)
	}
	switch {
	case err == nil || errors.Is(err, ErrTooLarge):
		return dst, err
	case refused != nil:
		return dst, refused
	case src.err != nil && !errors.Is(src.err, io.EOF):
		return dst, src.err // the connection's fault, not the data's
	}
	return dst, fmt.Errorf("%w: %w", ErrDamaged, err)
}

// inflate takes deflate in both of the forms that are sent under that name: with
// the header of zlib, as the standard says, and bare.
func inflate(r io.Reader, fill func(io.Reader) ([]byte, error)) ([]byte, error) {
	b := bufio.NewReader(r)
	var z io.ReadCloser
	head, err := b.Peek(2)
	if err == nil && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		if z, err = zlib.NewReader(b); err != nil {
			return nil, err
		}
	} else {
		z = flate.NewReader(b)
	}
	defer z.Close()
	return fill(z)
}

// source remembers the error of what is read, so that a lost connection can be
// told from bad data.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil {
		s.err = err
	}
	return n, err
}

// fill appends all of r to dst, up to max bytes.
func fill(dst []byte, r io.Reader, max int, grow func(n int) error) ([]byte, error) {
	base := len(dst)
	for {
		if have := len(dst) - base; len(dst) == cap(dst) && have < max {
			more := min(have+512, max-have)
			if err := grow(more); err != nil {
				return dst, err
			}
			dst = append(make([]byte, 0, len(dst)+more), dst...)
		}
		room := min(cap(dst)-len(dst), max-(len(dst)-base))
		if room == 0 { // as much as may be: is there more?
			var one [1]byte
			switch n, err := io.ReadFull(r, one[:]); {
			case n > 0:
				return dst, ErrTooLarge
			case errors.Is(err, io.EOF):
				return dst, nil
			default:
				return dst, err
			}
		}
		n, err := r.Read(dst[len(dst) : len(dst)+room])
		dst = dst[:len(dst)+n]
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return dst, err
		}
	}
}

package file

import (
	"bytes"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// packer packs what is written, each write into a member or frame of its own: the
// file can be read to its end at any time, also after a crash.
type packer struct {
	gzip *gzip.Writer
	zstd *zstd.Encoder
	buf  bytes.Buffer
}

func newPacker(kind string) *packer {
	if kind == "gzip" {
		return &packer{gzip: gzip.NewWriter(nil)}
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic("bug: " + err.Error())
	}
	return &packer{zstd: z}
}

// append appends b, packed.
func (p *packer) append(dst, b []byte) []byte {
	if p.zstd != nil {
		return p.zstd.EncodeAll(b, dst)
	}
	p.buf.Reset()
	p.gzip.Reset(&p.buf)
	p.gzip.Write(b)
	p.gzip.Close()
	return append(dst, p.buf.Bytes()...)
}

package gelf

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/logx"
)

const (
	chunkHead = 12  // magic, id, number, count
	maxChunks = 128 // of a message, as the format says
)

func isChunk(b []byte) bool { return len(b) >= 2 && b[0] == 0x1e && b[1] == 0x0f }

// What a chunk can be refused for.
var (
	errChunkShort = errors.New("GELF chunk is shorter than its header")
	errChunkCount = errors.New("GELF chunk has a number or count that is not in 1 to 128")
	errChunkOther = errors.New("GELF chunk has another count than those before it")
	errChunkBig   = errors.New("GELF message in chunks is larger than max_chunk_bytes")
)

// assembly is a message whose chunks are coming. Their bytes lie in buf in the
// order in which they came.
type assembly struct {
	id    [8]byte
	since time.Time
	count int
	have  int
	buf   []byte
	parts [maxChunks]span
}

type span struct {
	off, n int
	here   bool
}

// chunks puts messages together. list is in the order of their first chunks.
type chunks struct {
	timeout   time.Duration
	most      int
	mostBytes int
	log       func(why string, n int)

	list    []*assembly
	free    []*assembly
	waiting int // messages
	bytes   int // of chunks that wait
	joined  []byte
	gripe   logx.Minute // about what was dropped
	dropped atomic.Int64
}

// add takes a chunk. whole is the message that it completes, which lives until the
// next call.
func (c *chunks) add(b []byte, now time.Time) (whole []byte, err error) {
	c.expire(now)
	if len(b) < chunkHead {
		return nil, errChunkShort
	}
	number, count := int(b[10]), int(b[11])
	if count == 0 || count > maxChunks || number >= count {
		return nil, errChunkCount
	}
	data := b[chunkHead:]
	if len(data) > c.mostBytes {
		return nil, errChunkBig
	}
	a := c.find([8]byte(b[2:10]), count, now)
	if a.count != count {
		return nil, errChunkOther
	}
	p := &a.parts[number]
	if p.here { // the network doubled it
		return nil, nil
	}
	for c.bytes+len(data) > c.mostBytes {
		if c.list[0] == a {
			c.drop(0, now, "too many bytes wait")
			return nil, errChunkBig
		}
		c.drop(0, now, "too many bytes wait")
	}
	*p = span{len(a.buf), len(data), true}
	a.buf = append(a.buf, data...)
	c.bytes += len(data)
	if a.have++; a.have < count {
		return nil, nil
	}
	c.joined = c.joined[:0]
	for _, p := range a.parts[:count] {
		c.joined = append(c.joined, a.buf[p.off:p.off+p.n]...)
	}
	for i := range c.list {
		if c.list[i] == a {
			c.remove(i)
			break
		}
	}
	return c.joined, nil
}

// find returns the message of that id, begun if it is new.
func (c *chunks) find(id [8]byte, count int, now time.Time) *assembly {
	for i := len(c.list) - 1; i >= 0; i-- { // the newest are asked for most
		if c.list[i].id == id {
			return c.list[i]
		}
	}
	if len(c.list) >= c.most {
		c.drop(0, now, "too many messages wait")
	}
	var a *assembly
	if n := len(c.free) - 1; n >= 0 {
		a, c.free = c.free[n], c.free[:n]
	} else {
		a = new(assembly)
	}
	*a = assembly{id: id, since: now, count: count, buf: a.buf[:0]}
	c.list = append(c.list, a)
	c.waiting++
	return a
}

// expire drops messages whose chunks did not come in time.
func (c *chunks) expire(now time.Time) {
	for len(c.list) > 0 && now.Sub(c.list[0].since) > c.timeout {
		c.drop(0, now, "not all chunks came in time")
	}
}

func (c *chunks) drop(i int, now time.Time, why string) {
	c.dropped.Add(1)
	if c.log != nil && c.gripe.Speak(now) > 0 {
		c.log(why, c.list[i].have)
	}
	c.remove(i)
}

func (c *chunks) remove(i int) {
	a := c.list[i]
	c.list = append(c.list[:i], c.list[i+1:]...)
	c.bytes -= len(a.buf)
	c.waiting--
	if len(c.free) < 16 && cap(a.buf) <= 256<<10 {
		c.free = append(c.free, a)
	}
}

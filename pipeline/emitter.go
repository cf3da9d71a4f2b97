package pipeline

import (
	"os"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// emitter takes what a filter injects. It implements plugin.Emitter and belongs
// to the filter's goroutine. It never waits: the filter pauses before it takes
// its next input instead.
type emitter struct {
	maker
	r       *route
	builder *message.Builder
	out     *message.Chunk
	lo      int // offset in out past the last message matched
	size    int // of the next chunk
	header  message.Header
}

func newEmitter(r *route) *emitter {
	e := &emitter{r: r, builder: message.NewBuilder(r.eng.maxMessage), size: message.SmallChunk}
	e.maker = maker{eng: r.eng, origin: r.name, from: r}
	e.header = message.Header{Logger: r.name, Hostname: r.eng.hostname,
		Severity: message.DefaultSeverity, Pid: int32(os.Getpid())}
	e.builder.Into(nil, e.more)
	return e
}

// Begin implements plugin.Emitter.
func (e *emitter) Begin() *message.Builder {
	e.header.Timestamp = e.eng.clock.Now().UnixNano()
	e.builder.Begin(&e.header)
	return e.builder
}

// Inject implements plugin.Emitter.
func (e *emitter) Inject() error {
	if e.depth > e.eng.maxLoops {
		e.r.drops.Add("injected too often", 1)
		return plugin.ErrLoop
	}
	if err := e.builder.End(); err != nil {
		e.r.drops.Add("injected message too big", 1)
		return err
	}
	buf, ends := e.builder.Take()
	end := int(ends[len(ends)-1])
	if e.b == nil {
		e.begin(e.out, e.lo)
	}
	msg := message.Unframe(buf[e.lo:end])
	if !e.parse(msg) {
		panic("bug: builder made a message that does not parse")
	}
	row := e.match()
	if own := e.snap.index(e.r); own >= 0 && e.b.Rows()[row].Has(own) {
		e.publish(nil, 0)
		e.lo = end
		e.r.drops.Add("injected message matches its own filter", 1)
		return plugin.ErrSelf
	}
	if s := e.r.shadow; s != nil {
		e.publish(nil, 0)
		e.lo = end
		s.add(msg)
		e.r.injected.Add(1)
		return nil
	}
	e.b.Add(end, row)
	e.lo = end
	e.r.injected.Add(1)
	if e.b.Len() == message.MaxBatch {
		e.publish(nil, 0)
	}
	return nil
}

// more is the builder's call for room.
func (e *emitter) more(need int) []byte {
	if e.b != nil && e.b.Len() > 0 {
		e.size = message.LargeChunk // a single call fills chunks
	}
	e.publish(nil, 0)
	if e.out != nil {
		e.out.Release()
	}
	size := max(e.size, need)
	if e.out = e.eng.injectPool.TryGet(size); e.out == nil {
		e.out = message.LooseChunk(max(need, message.SmallChunk))
	}
	e.lo = 0
	e.builder.Into(e.out.Buf[:0], e.more)
	return e.builder.Buffer()
}

// send hands over what was injected during the last call of the filter.
func (e *emitter) send() { e.publish(nil, 0) }

// wait returns a channel that is closed once the filter may take more input, nil
// when it may now.
func (e *emitter) wait() <-chan struct{} {
	for len(e.full) > 0 {
		if w := e.full[len(e.full)-1].room(); w != nil {
			return w
		}
		e.full = e.full[:len(e.full)-1]
	}
	return nil
}

// close gives the chunk back.
func (e *emitter) close() {
	e.send()
	if e.out != nil {
		e.out.Release()
		e.out = nil
		e.builder.Into(nil, e.more)
	}
}

var _ plugin.Emitter = (*emitter)(nil)

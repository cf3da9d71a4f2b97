package httplisten

import (
	"errors"
	"sync"

	"github.com/heka-project/heka/internal/feed"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// field is a string field of a request's messages.
type field struct{ name, value string }

// lane is one stream. Whoever took it from Input.lanes uses it; waits may be
// looked at by any goroutine.
type lane struct {
	stream plugin.Stream
	max    int     // bytes of a message
	fields []field // of the request at hand

	mu    sync.Mutex
	done  uint64     // position that is safe; guarded by mu, as is waits
	waits []safeWait // in order of position
}

type safeWait struct {
	pos  uint64
	safe chan struct{} // closed once pos is safe
}

// decorate adds the request's fields to a message.
func (l *lane) decorate(b *message.Builder) {
	for _, f := range l.fields {
		b.String(f.name, f.value, "")
	}
}

var errCut = errors.New("hekad is stopping")

// put hands one request's body on. The channel closes once its messages are safe.
// An error means that not all of it was taken.
func (l *lane) put(fields []field, body []byte) (<-chan struct{}, error) {
	l.fields = fields
	s := l.stream
	want := s.Pos() + uint64(len(body))
	var err error
	if len(body) == 0 {
		want++
		err = s.Record(nil)
	} else if err = feed.Write(s, body, l.max); err == nil {
		err = s.Flush()
	}
	if err == nil && s.Pos() < want {
		err = errCut // the engine ended within
	}
	if err != nil {
		s.Idle()
		return nil, err
	}
	w := safeWait{pos: s.Pos(), safe: make(chan struct{})}
	l.mu.Lock()
	l.waits = append(l.waits, w)
	l.mu.Unlock()
	err = s.Send()
	s.Idle()
	return w.safe, err
}

// acked is the stream's Acked.
func (l *lane) acked(pos uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done = max(l.done, pos)
	n := 0
	for n < len(l.waits) && l.waits[n].pos <= l.done {
		close(l.waits[n].safe)
		n++
	}
	l.waits = append(l.waits[:0], l.waits[n:]...)
}

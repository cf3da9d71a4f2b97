package tcp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Measured sizes: below runSize a copy is cheaper than an entry in writev's list.
const (
	runSize    = 1 << 10
	gatherSize = 256 << 10
	maxVectors = 1024
	tlsSize    = 16 << 10 // most bytes of a TLS record
)

// writer sends selections: long runs of frames as they lie, short ones and what
// is encoded anew through a buffer.
type writer struct {
	gather []byte      // copied bytes that are not written yet, and before them those that vec holds
	from   int         // where the bytes of gather begin that vec does not hold yet
	list   net.Buffers // backing array of vec
	vec    net.Buffers
}

// sink is one call's destination.
type sink struct {
	ctx     context.Context
	conn    net.Conn
	timeout time.Duration
	n       int64
}

// write sends in to conn and returns the bytes written. The selections are
// borrowed until then.
func (w *writer) write(ctx context.Context, conn net.Conn, timeout time.Duration, enc *plugin.Encoding, in []message.Selection) (int64, error) {
	if w.gather == nil {
		w.gather = make([]byte, 0, gatherSize)
		w.list = make(net.Buffers, 0, maxVectors)
	}
	_, secret := conn.(*tls.Conn)
	direct := runSize
	if secret {
		direct = tlsSize
	}
	s := &sink{ctx: ctx, conn: conn, timeout: timeout}
	w.reset()
	for i := range in {
		var err error
		if enc.Frames() {
			err = w.runs(s, &in[i], direct)
		} else {
			err = w.encode(s, &in[i], enc)
		}
		if err != nil {
			return s.n, err
		}
	}
	return s.n, w.flush(s)
}

// reset forgets what an error left behind.
func (w *writer) reset() {
	if w.vec, w.gather, w.from = w.list[:0], w.gather[:0], 0; cap(w.gather) > 4*gatherSize {
		w.gather = make([]byte, 0, gatherSize)
	}
}

// runs sends the frames of a selection as they are.
func (w *writer) runs(s *sink, in *message.Selection, direct int) error {
	for i, j := in.NextRun(0); i >= 0; i, j = in.NextRun(j) {
		b := in.Run(i, j)
		if len(b) < direct {
			if len(w.gather)+len(b) > gatherSize {
				if err := w.flush(s); err != nil {
					return err
				}
			}
			w.gather = append(w.gather, b...)
			continue
		}
		if len(w.vec)+3 > maxVectors { // gathered bytes before b, b, gathered bytes behind it
			if err := w.flush(s); err != nil {
				return err
			}
		}
		w.close()
		w.vec = append(w.vec, b)
	}
	return nil
}

// close puts the gathered bytes into the list.
func (w *writer) close() {
	if w.from < len(w.gather) {
		w.vec = append(w.vec, w.gather[w.from:len(w.gather):len(w.gather)])
		w.from = len(w.gather)
	}
}

// encode sends the messages of a selection through their encoder; what cannot be
// encoded is refused.
func (w *writer) encode(s *sink, in *message.Selection, enc *plugin.Encoding) error {
	for i := in.Next(-1); i >= 0; i = in.Next(i) {
		out, err := enc.Append(w.gather, in.At(i))
		if err != nil {
			// A retry comes by here again.
			if r := in.Refused(); len(r) == 0 || r[len(r)-1].Index < i {
				in.Refuse(i, "encode: "+err.Error())
			}
			continue
		}
		if w.gather = out; len(out) >= gatherSize {
			if err := w.flush(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush writes all that is in the list and in the buffer.
func (w *writer) flush(s *sink) error {
	w.close()
	n := len(w.vec)
	err := s.send(&w.vec)
	clear(w.list[:n]) // borrowed
	w.vec, w.gather, w.from = w.list[:0], w.gather[:0], 0
	return err
}

// send writes v. As long as the peer takes something within the timeout it may
// be as slow as it likes, but for TLS, where a write that timed out ends the
// connection: there each piece has the timeout for itself.
func (s *sink) send(v *net.Buffers) error {
	if t, ok := s.conn.(*tls.Conn); ok {
		return s.sendTLS(t, *v)
	}
	for len(*v) > 0 {
		if err := s.arm(); err != nil {
			return err
		}
		n, err := v.WriteTo(s.conn)
		s.n += n
		if err != nil && !(n > 0 && errors.Is(err, os.ErrDeadlineExceeded) && s.ctx.Err() == nil) {
			return s.explain(err)
		}
	}
	return nil
}

func (s *sink) sendTLS(t *tls.Conn, v net.Buffers) error {
	for _, b := range v {
		for len(b) > 0 {
			if err := s.arm(); err != nil {
				return err
			}
			k := min(len(b), 4*tlsSize)
			n, err := t.Write(b[:k])
			s.n += int64(n)
			if err != nil {
				return s.explain(err)
			}
			b = b[k:]
		}
	}
	return nil
}

// arm sets the deadline of the next write. A context that ends meanwhile sets it
// back, so the context is asked last.
func (s *sink) arm() error {
	var deadline time.Time
	if s.timeout > 0 {
		deadline = time.Now().Add(s.timeout)
	}
	if err := s.conn.SetWriteDeadline(deadline); err != nil {
		return err
	}
	return s.ctx.Err()
}

func (s *sink) explain(err error) error {
	if e := s.ctx.Err(); e != nil {
		return e
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return errors.New("the peer took nothing for write_timeout")
	}
	return err
}

//go:build !unix

package stdin

import (
	"context"
	"os"
)

// reader reads in a goroutine of its own, because this system cannot call a read
// off: at a stop that one stays behind with what it waits for.
type reader struct {
	ctx  context.Context
	got  chan piece
	next chan struct{}
	have *piece
}

type piece struct {
	b   []byte
	err error
}

func newReader(ctx context.Context, f *os.File) (*reader, error) {
	r := &reader{ctx: ctx, got: make(chan piece), next: make(chan struct{})}
	go func() {
		buf := make([]byte, 32<<10)
		for {
			n, err := f.Read(buf)
			select {
			case r.got <- piece{buf[:n], err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
			select {
			case <-r.next:
			case <-ctx.Done():
				return
			}
		}
	}()
	return r, nil
}

func (r *reader) close() {}

func (r *reader) ready() bool { return r.have != nil }

func (r *reader) wait() error {
	select {
	case p := <-r.got:
		r.have = &p
		return nil
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
}

func (r *reader) read(b []byte) (int, error) {
	n := copy(b, r.have.b)
	if r.have.b = r.have.b[n:]; len(r.have.b) > 0 {
		return n, nil
	}
	err := r.have.err
	r.have = nil
	if err == nil {
		select {
		case r.next <- struct{}{}:
		case <-r.ctx.Done():
			err = r.ctx.Err()
		}
	}
	return n, err
}

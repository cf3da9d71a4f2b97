//go:build unix

package stdin

import (
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// reader reads a file of any kind and can be called off while it waits.
type reader struct {
	ctx  context.Context
	file *os.File
	wake [2]*os.File // the end of ctx closes the second
	stop func() bool
}

func newReader(ctx context.Context, f *os.File) (*reader, error) {
	rd, wr, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	r := &reader{ctx: ctx, file: f, wake: [2]*os.File{rd, wr}}
	r.stop = context.AfterFunc(ctx, func() { wr.Close() })
	return r, nil
}

func (r *reader) close() {
	if r.stop() {
		r.wake[1].Close()
	}
	r.wake[0].Close()
}

// poll waits for something to read, or for the end of the context.
func (r *reader) poll(timeout int) (int, error) {
	for {
		fds := []unix.PollFd{{Fd: int32(r.file.Fd()), Events: unix.POLLIN}, {Fd: int32(r.wake[0].Fd()), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, timeout)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		return n, err
	}
}

// ready reports whether there is something to do without waiting.
func (r *reader) ready() bool {
	n, err := r.poll(0)
	return n > 0 || err != nil
}

func (r *reader) wait() error {
	_, err := r.poll(-1)
	return err
}

func (r *reader) read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.file.Read(b)
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}

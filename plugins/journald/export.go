package journald

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The export format, as systemd documents it: an entry is a list of fields and
// ends with an empty line. A field is NAME=value in a line, or, where the value
// holds more than text,
//
//	NAME \n | length, 8 bytes, little endian | value | \n
const (
	maxName  = 64      // bytes of a field's name; journald takes no longer ones
	maxField = 1 << 30 // bytes of a value; a larger length is damage
)

var errDamaged = errors.New("what journalctl writes is not in the export format")

// field is one of an entry.
type field struct {
	name       string
	start, end int // of its value in entry.buf
}

// entry is one entry of the journal. Its parts are valid until the next is read.
type entry struct {
	fields []field
	buf    []byte
	cut    bool // it held more than is kept
	names  map[string]string
	label  [maxName]byte // scratch: the name at hand
}

func (e *entry) value(f *field) []byte { return e.buf[f.start:f.end] }

// get returns the first field of that name.
func (e *entry) get(name string) []byte {
	for i := range e.fields {
		if e.fields[i].name == name {
			return e.value(&e.fields[i])
		}
	}
	return nil
}

// read reads the next entry. Of its values at most max bytes are kept. io.EOF
// comes only between two entries.
func (e *entry) read(r *bufio.Reader, max int) error {
	e.fields, e.buf, e.cut = e.fields[:0], e.buf[:0], false
	for {
		done, err := e.field(r, max)
		switch {
		case errors.Is(err, io.EOF) && len(e.fields) == 0 && !done:
			return io.EOF
		case errors.Is(err, io.EOF):
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		case done && len(e.fields) > 0:
			return nil
		}
	}
}

// field reads one field; done is set at an empty line. The error is io.EOF alone
// when nothing at all was read.
func (e *entry) field(r *bufio.Reader, max int) (done bool, err error) {
	name, delim, err := e.name(r)
	if err != nil {
		return false, err
	}
	if name == "" {
		return true, nil
	}
	f := field{name: name, start: len(e.buf)}
	if delim == '=' {
		err = e.line(r, max)
	} else {
		err = e.binary(r, max)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return false, err
	}
	f.end = len(e.buf)
	e.fields = append(e.fields, f)
	return false, nil
}

// name reads a field's name and what ends it: = or a line's end. "" stands for an
// empty line.
func (e *entry) name(r *bufio.Reader) (string, byte, error) {
	buf := &e.label
	for n := 0; ; n++ {
		c, err := r.ReadByte()
		if err != nil {
			if n > 0 {
				err = io.ErrUnexpectedEOF
			}
			return "", 0, err
		}
		switch {
		case c == '\n' && n == 0:
			return "", c, nil
		case c == '=' && n > 0 || c == '\n':
			return e.intern(buf[:n]), c, nil
		case n == maxName || c < '0' || c > '9' && c < 'A' || c > 'Z' && c != '_':
			return "", 0, fmt.Errorf("%w: a field's name begins with %q", errDamaged, append(buf[:n:n], c))
		}
		buf[n] = c
	}
}

// intern keeps the names that come again and again.
func (e *entry) intern(b []byte) string {
	if s, ok := e.names[string(b)]; ok {
		return s
	}
	if e.names == nil || len(e.names) >= 4096 {
		e.names = map[string]string{}
	}
	s := string(b)
	e.names[s] = s
	return s
}

// keep appends as much of b as there is room for.
func (e *entry) keep(b []byte, max int) {
	if room := max - len(e.buf); len(b) > room {
		b, e.cut = b[:room], true
	}
	e.buf = append(e.buf, b...)
}

// line reads a value up to the line's end.
func (e *entry) line(r *bufio.Reader, max int) error {
	for n := 0; ; {
		b, err := r.ReadSlice('\n')
		n += len(b)
		switch {
		case err == nil:
			e.keep(b[:len(b)-1], max)
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		case n > maxField:
			return fmt.Errorf("%w: a line is longer than 1 GiB", errDamaged)
		}
		e.keep(b, max)
	}
}

// binary reads a value of known length.
func (e *entry) binary(r *bufio.Reader, max int) error {
	head, err := r.Peek(8)
	if err != nil {
		return err
	}
	n := binary.LittleEndian.Uint64(head)
	r.Discard(8)
	if n > maxField {
		return fmt.Errorf("%w: a field of %d bytes", errDamaged, n)
	}
	for left := int(n); left > 0; {
		b, err := r.Peek(min(left, r.Size()))
		if len(b) == 0 {
			return err
		}
		e.keep(b, max)
		left -= len(b)
		r.Discard(len(b))
	}
	c, err := r.ReadByte()
	if err == nil && c != '\n' {
		err = fmt.Errorf("%w: no line end behind a field of %d bytes", errDamaged, n)
	}
	return err
}

package dedupe

import (
	"encoding/binary"
	"errors"
)

// stateVersion is the first byte of a saved state.
const stateVersion = 1

var errState = errors.New("saved state is damaged or of another version")

// SaveState appends what is known, the oldest first:
//
//	version · for each message: digest (16) · first · last · repeats · severity · four times length, text
func (f *Filter) SaveState(dst []byte) ([]byte, error) {
	dst = append(dst, stateVersion)
	f.table.Filter(func(key string, e *entry) bool {
		dst = append(dst, key...)
		dst = binary.AppendVarint(dst, e.first)
		dst = binary.AppendVarint(dst, e.last)
		dst = binary.AppendUvarint(dst, e.repeats)
		dst = binary.AppendVarint(dst, int64(e.severity))
		for _, s := range e.texts {
			dst = binary.AppendUvarint(dst, uint64(len(s)))
			dst = append(dst, s...)
		}
		return false
	})
	return dst, nil
}

// reader takes a state apart.
type reader struct {
	b  []byte
	ok bool
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.ok, r.b = false, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.ok, r.b = false, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) text(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.ok, r.b = false, nil
		return nil
	}
	s := r.b[:n]
	r.b = r.b[n:]
	return s
}

// RestoreState takes it back. Of more messages than there may be, the youngest stay.
func (f *Filter) RestoreState(state []byte) error {
	if len(state) == 0 || state[0] != stateVersion {
		return errState
	}
	r := reader{state[1:], true}
	for r.ok && len(r.b) > 0 {
		key := r.text(16)
		e := entry{first: r.int(), last: r.int(), repeats: r.uint(), severity: int32(r.int())}
		for i := range e.texts {
			n := r.uint()
			if n > maxExcerpt+8 {
				return errState
			}
			e.texts[i] = string(r.text(n))
		}
		if r.ok {
			x, _ := f.table.Get(key)
			*x = e
		}
	}
	if !r.ok {
		return errState
	}
	return nil
}

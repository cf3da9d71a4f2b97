package ratelimit

import (
	"encoding/binary"
	"errors"
	"math"
)

// stateVersion is the first byte of a saved state.
const stateVersion = 1

var errState = errors.New("saved state is damaged or of another version")

// SaveState appends the buckets, the oldest first:
//
//	version · gone · keys of gone · for each key: length, key, tokens, time, held
func (f *Filter) SaveState(dst []byte) ([]byte, error) {
	dst = append(dst, stateVersion)
	dst = binary.AppendUvarint(dst, f.gone)
	dst = binary.AppendUvarint(dst, f.goneOf)
	f.table.Filter(func(key string, b *bucket) bool {
		dst = binary.AppendUvarint(dst, uint64(len(key)))
		dst = append(dst, key...)
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(b.tokens))
		dst = binary.AppendVarint(dst, b.at)
		dst = binary.AppendUvarint(dst, b.held)
		return false
	})
	return dst, nil
}

// RestoreState takes them back. Of more keys than there may be, the youngest stay.
func (f *Filter) RestoreState(state []byte) error {
	if len(state) == 0 || state[0] != stateVersion {
		return errState
	}
	b := state[1:]
	ok := true
	number := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			ok = false
			return 0
		}
		b = b[n:]
		return v
	}
	f.gone, f.goneOf = number(), number()
	for ok && len(b) > 0 {
		n := number()
		if !ok || n > maxKey || uint64(len(b)) < n+8 {
			return errState
		}
		key, tokens := b[:n], math.Float64frombits(binary.LittleEndian.Uint64(b[n:]))
		b = b[n+8:]
		at, k := binary.Varint(b)
		if k <= 0 || !(tokens >= 0) {
			return errState
		}
		b = b[k:]
		held := number()
		if !ok {
			return errState
		}
		x, _ := f.table.Get(key)
		*x = bucket{tokens: min(tokens, f.burst), at: at, held: held}
	}
	if !ok {
		return errState
	}
	return nil
}

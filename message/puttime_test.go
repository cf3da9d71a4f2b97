package message

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

func TestPutTimeIsAVarint(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 100000 {
		x := r.Uint64() >> (i % 64)
		var got [16]byte
		n := putTime(got[:], 1, x) - 1
		want := binary.AppendUvarint(nil, x)
		if string(got[1:1+n]) != string(want) || n != timeLen(x) {
			t.Fatalf("putTime(%d) = %x (timeLen %d), want %x", x, got[1:1+n], timeLen(x), want)
		}
	}
}

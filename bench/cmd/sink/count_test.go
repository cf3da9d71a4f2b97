package main

import (
	"testing"

	"github.com/heka-project/heka/bench/internal/rec"
)

// However the reads fall, the count is the same.
func TestFramesCountedAtAnyChunking(t *testing.T) {
	b, err := rec.Make(rec.Options{Kind: "heka", Size: 300}, 50)
	if err != nil {
		t.Fatal(err)
	}
	stream := append([]byte("junk"), b.Buf...)
	for size := 1; size < 700; size += 13 {
		var f frames
		records, damaged := 0, 0
		for p := stream; len(p) > 0; {
			k := min(size, len(p))
			r, d := f.count(p[:k])
			records, damaged = records+r, damaged+d
			p = p[k:]
		}
		if records != 50 || damaged != 4 {
			t.Fatalf("reads of %d bytes: %d frames, %d damaged; want 50 and 4", size, records, damaged)
		}
	}
}

func FuzzFrames(f *testing.F) {
	b, _ := rec.Make(rec.Options{Kind: "heka", Size: 10}, 2)
	f.Add(b.Buf, 7)
	f.Add([]byte{0x1e, 0, 0x1f, 0x1e, 2, 8, 0xff, 0x1f}, 1)
	f.Fuzz(func(t *testing.T, stream []byte, cut int) {
		var whole, parts frames
		records, _ := whole.count(stream)
		cut = max(0, min(cut, len(stream)))
		first, _ := parts.count(stream[:cut])
		second, _ := parts.count(stream[cut:])
		if whole.skip == 0 && parts.skip == 0 && first+second != records {
			t.Fatalf("cut at %d: %d+%d frames, whole: %d", cut, first, second, records)
		}
	})
}

package journal

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/fsx"
)

type lineAt struct {
	line [16]byte
	at   uint64
}

// TestLinesAreNeverUsedTwice: processes are killed, lose their power, have their
// folder set back to what it was before, or find it damaged; consumers are forgotten
// and made anew. No two messages are ever at one place of a line, and after a kill
// what is read again is where it was.
func TestLinesAreNeverUsedTwice(t *testing.T) {
	again, unsure := 0, 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 4))
		mem := fsx.NewMem()
		old := mem.Clone()
		of, at := map[lineAt]string{}, map[string]lineAt{}
		ids, calm := 0, true // calm: nothing but kills so far
		for life := range 14 {
			var dead atomic.Bool
			fault := &fsx.Fault{FS: mem, Hook: func(fsx.Op) error {
				if dead.Load() {
					return errDead
				}
				return nil
			}}
			o := Options{FS: fault, SegmentSize: 4 << 10, Log: quiet, Pool: testPool, Sync: time.Hour * time.Duration(seed%2)}
			j, err := Open("/j", o)
			if err != nil {
				t.Fatalf("seed %d, life %d: %v", seed, life, err)
			}
			cs := []*Cursor{mustConsumer(t, j, "a", ConsumerOptions{Places: rng.IntN(2) == 0}), mustConsumer(t, j, "b", ConsumerOptions{})}
			for range 4 + rng.IntN(12) {
				k := rng.IntN(len(cs))
				switch rng.IntN(8) {
				case 0, 1, 2, 3:
					var list []string
					for range 1 + rng.IntN(5) {
						list = append(list, fmt.Sprintf("%d %0*d", ids, 1+rng.IntN(400), 0))
						ids++
					}
					put(t, j, cs[k], list...)
				case 4, 5, 6:
					b, pos, err := cs[k].TryNext(context.Background())
					if err != nil {
						t.Fatal(err)
					}
					if b == nil {
						continue
					}
					here := b.LineAt
					for i := range b.Len() {
						p, id := lineAt{b.Line, here}, cs[k].name+string(b.At(i))
						here += uint64(len(b.Frame(i)))
						if p.line == [16]byte{} {
							if unsure++; calm {
								t.Fatalf("seed %d: message %.12s has no line though nothing was damaged", seed, id)
							}
							continue
						}
						if was, ok := of[p]; ok && was != id {
							t.Fatalf("seed %d, life %d: messages %.12s and %.12s are both at %x %d", seed, life, was, id, p.line[:4], p.at)
						}
						if was, ok := at[id]; ok {
							if again++; calm && was != p {
								t.Fatalf("seed %d, life %d: message %.12s was at %x %d and is at %x %d", seed, life, id, was.line[:4], was.at, p.line[:4], p.at)
							}
						}
						of[p], at[id] = id, p
					}
					b.Release()
					if rng.IntN(3) > 0 {
						cs[k].CommitThen(pos, nil, nil)
					}
				case 7:
					if rng.IntN(4) > 0 {
						j.savePass(true)
						continue
					}
					name := cs[k].name
					if err := j.Forget(name); err != nil {
						t.Fatal(err)
					}
					cs[k] = mustConsumer(t, j, name, ConsumerOptions{})
				}
			}
			dead.Store(true)
			how := rng.IntN(10)
			if seed%3 > 0 {
				how = 9
			}
			calm = calm && how >= 4
			switch how {
			case 0:
				mem.Crash(rng)
			case 1: // what was saved elsewhere is put back
				mem.Kill()
				mem, old = old, mem.Clone()
			case 2:
				old = mem.Clone()
				mem.Kill()
			case 3:
				mem.Kill()
				flip(t, mem, rng)
			default:
				mem.Kill()
			}
			j.Close()
		}
	}
	t.Logf("%d messages came again, %d had no line", again, unsure)
	if again == 0 {
		t.Error("nothing ever came again")
	}
}

// flip damages a byte of a segment.
func flip(t *testing.T, mem *fsx.Mem, rng *rand.Rand) {
	segs, err := listSegments(mem, "/j")
	if err != nil || len(segs) == 0 {
		return
	}
	f, err := mem.OpenFile(segs[rng.IntN(len(segs))].path("/j"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, _ := f.Stat()
	if st.Size() == 0 {
		return
	}
	b := []byte{0}
	at := rng.Int64N(st.Size())
	f.ReadAt(b, at)
	b[0] ^= 1 << rng.IntN(8)
	f.WriteAt(b, at)
}

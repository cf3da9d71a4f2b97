package pipeline

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// sumFilter adds up the numbers that its messages begin with.
type sumFilter struct{ n, sum uint64 }

var sumPause atomic.Int64 // ns for each batch: a slow filter spills

func (f *sumFilter) Process(in *message.Selection, _ plugin.Emitter) error {
	var v message.View
	for i := in.Next(-1); i >= 0; i = in.Next(i) {
		v.Parse(in.At(i), nil)
		p := v.Draft().Payload
		k, err := strconv.ParseUint(p[:7], 10, 64)
		if err != nil {
			return err
		}
		f.n++
		f.sum += k
	}
	if d := sumPause.Load(); d > 0 {
		time.Sleep(time.Duration(d))
	}
	return nil
}

func (f *sumFilter) SaveState(b []byte) ([]byte, error) {
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(b, f.n), f.sum), nil
}

func (f *sumFilter) RestoreState(b []byte) error {
	if len(b) != 16 {
		return errors.New("state has the wrong size")
	}
	f.n, f.sum = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	return nil
}

// twiceDecoder gives every fifth record as two messages, so that places lie within
// records too.
type twiceDecoder struct{}

func (twiceDecoder) Decode(in *plugin.Record, out *message.Builder) error {
	n := 1
	if in.Data[6] == '0' || in.Data[6] == '5' {
		n = 2
	}
	for range n {
		in.Begin(out)
		if err := out.End(); err != nil {
			return err
		}
	}
	return nil
}

func init() {
	plugin.RegisterFilter("SumFilter", plugin.About{}, func(none, plugin.Env) (plugin.Filter, error) { return &sumFilter{}, nil })
	plugin.RegisterDecoder("TwiceDecoder", plugin.About{}, func(none, plugin.Env) (plugin.Decoder, error) { return twiceDecoder{}, nil })
}

// exactSeeds is how many histories a test of exactness tries: few, or as many as
// HEKA_EXACT says.
func exactSeeds(few uint64) uint64 {
	if n, err := strconv.ParseUint(os.Getenv("HEKA_EXACT"), 10, 64); err == nil {
		return n
	}
	return few
}

// TestStateIsExactAfterCrashes: a log is read by a daemon that loses its power
// again and again, at random moments; what a filter has added up in the end is what
// one undisturbed run gives. The source's position is saved late, as it is in life.
func TestStateIsExactAfterCrashes(t *testing.T) {
	seeds := exactSeeds(2)
	for _, how := range []string{"memory", "use_buffering", "durable", "spill"} {
		t.Run(how, func(t *testing.T) {
			for seed := range seeds {
				exactAfterCrashes(t, how, seed)
			}
		})
	}
}

func exactAfterCrashes(t *testing.T, how string, seed uint64) {
	const lines = 20000
	rnd := rand.New(rand.NewPCG(seed, 2))
	var log []byte
	var n, sum uint64
	for i := range uint64(lines) {
		log = fmt.Appendf(log, "%s\n", padded(int(i)))
		n, sum = n+1, sum+i
		if i%5 == 0 {
			n, sum = n+1, sum+i
		}
	}
	sumPause.Store(0)
	if how == "spill" {
		sumPause.Store(int64(2 * time.Millisecond))
		defer sumPause.Store(0)
	}
	mem := fsx.NewMem()
	var saved uint64 // position that the source will find
	for life := 0; ; life++ {
		var acked, gone atomic.Uint64
		acked.Store(saved)
		fed := make(chan struct{})
		p := withJournal(newPlan(t), "/data")
		p.plan.Globals.JournalSync = 0 // nothing is acknowledged that a power cut may take
		p.add("TwiceDecoder", "TwiceDecoder", new(none))
		chunks := rand.New(rand.NewPCG(seed, uint64(life)+3))
		p.input("in", "LineSplitter", "TwiceDecoder", func(ctx context.Context, h plugin.Host) error {
			s, err := h.Open(plugin.StreamOptions{Life: "the log", From: saved, Acked: func(pos uint64) {
				if gone.Load() == 0 {
					acked.Store(pos)
				}
			}})
			if err != nil {
				return err
			}
			defer s.Close()
			for at := saved; at < uint64(len(log)); {
				k := min(uint64(1+chunks.IntN(30000)), uint64(len(log))-at)
				if _, err := s.Write(log[at : at+k]); err != nil {
					return nil
				}
				at += k
				if chunks.IntN(3) == 0 {
					s.Send()
				}
			}
			s.Send()
			close(fed)
			<-ctx.Done()
			return nil
		}).Input.Durable = how == "durable"
		f := p.filter("sum", "TRUE", 0, filterConfig{})
		f.Info, f.Config = info(t, "SumFilter"), new(none)
		if how == "spill" {
			f.Route.Overflow, f.Route.QueueSize = config.Spill, 16<<10
		}
		f.Route.UseBuffering = how == "use_buffering"
		spilling(p.output("other", "TRUE", newSink().deliver)) // it would be held up
		r := start(t, p.engineWith(Options{FS: &fsx.Fault{FS: mem, Hook: func(fsx.Op) error {
			if gone.Load() > 0 {
				return errors.New("no power")
			}
			return nil
		}}}))
		if life < 6 {
			select {
			case <-fed:
			case <-time.After(time.Duration(rnd.IntN(40)) * time.Millisecond):
			}
			time.Sleep(time.Duration(rnd.IntN(30)) * time.Millisecond)
			at := acked.Load()
			gone.Store(1)
			mem.Crash(rnd)
			r.cancel()
			r.kill()
			<-r.ended
			if rnd.IntN(2) == 0 {
				saved = at // else the position was not saved in time
			}
			continue
		}
		select {
		case <-fed:
		case <-time.After(20 * time.Second):
			t.Fatal("the log is not read")
		}
		w := r.workers["filter/sum"]
		soon(t, "the filter has all", func() bool { return r.Report().Filters[0].Account.Held == 0 })
		r.cancel()
		if err := <-r.ended; err != nil {
			t.Fatal(err)
		}
		got := w.plugged().(*sumFilter)
		if got.n != n || got.sum != sum {
			t.Errorf("seed %d: after %d crashes the filter has counted %d with sum %d, want %d with %d", seed, life, got.n, got.sum, n, sum)
		}
		if acked.Load() != uint64(len(log)) {
			t.Errorf("seed %d: the source has heard of %d of %d bytes", seed, acked.Load(), len(log))
		}
		return
	}
}

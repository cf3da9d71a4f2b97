package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// nextHop is whom an output sends to: it knows what it has by its place on the line,
// as another hekad does.
type nextHop struct {
	mu     sync.Mutex
	has    map[[16]byte]spans
	got    map[string]int // by message
	again  int            // came again and were known
	noLine int            // came without a place
}

func (h *nextHop) take(b *message.Batch, i int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	end := b.LineAt
	for k := range i + 1 {
		end += uint64(len(b.Frame(k)))
	}
	var v message.View
	v.Parse(b.At(i), nil)
	if b.Line == [16]byte{} {
		h.noLine++
	} else if h.has[b.Line].has(end) {
		h.again++
		return
	} else {
		h.has[b.Line] = h.has[b.Line].add(end-uint64(len(b.Frame(i))), end)
	}
	h.got[v.Draft().Payload]++
}

// TestABufferedOutputIsExactAfterKills: a daemon that follows a log and sends it on by
// a buffered output is killed at random moments. The log is read again, the journal is
// read again; whoever knows the places of what he has got has every line once.
func TestABufferedOutputIsExactAfterKills(t *testing.T) {
	seeds := exactSeeds(3)
	for seed := range seeds {
		lineAfterKills(t, seed)
	}
}

func lineAfterKills(t *testing.T, seed uint64) {
	const lines = 20000
	rnd := rand.New(rand.NewPCG(seed, 5))
	var log []byte
	for i := range lines {
		log = fmt.Appendf(log, "%s\n", padded(i))
	}
	mem := fsx.NewMem()
	hop := &nextHop{has: map[[16]byte]spans{}, got: map[string]int{}}
	var saved uint64
	for life := 0; ; life++ {
		var acked, gone atomic.Uint64
		acked.Store(saved)
		fed := make(chan struct{})
		p := withJournal(newPlan(t), "/data")
		p.plan.Globals.JournalSync = 0
		chunks, breaks := rand.New(rand.NewPCG(seed, uint64(life)+3)), rand.New(rand.NewPCG(seed, uint64(life)+4))
		p.input("in", "LineSplitter", "", func(ctx context.Context, h plugin.Host) error {
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
				s.Send()
			}
			close(fed)
			<-ctx.Done()
			return nil
		})
		out := p.output("out", "TRUE", func(_ context.Context, in []message.Selection) error {
			for k := range in {
				for i := in[k].Next(-1); i >= 0; i = in[k].Next(i) {
					if gone.Load() > 0 {
						return fmt.Errorf("no power; %w", plugin.ErrRetry)
					}
					hop.take(in[k].Batch, i)
					if breaks.IntN(500) == 0 { // what was got and not heard of comes again
						return fmt.Errorf("connection lost; %w", plugin.ErrRetry)
					}
					in[k].Done(i + 1)
				}
			}
			return nil
		})
		out.Route.UseBuffering = true
		out.Route.Buffering.CursorUpdateCount = 50
		out.Route.Retries.Delay, out.Route.Retries.MaxDelay = time.Millisecond, time.Millisecond
		r := start(t, p.engineWith(Options{FS: &fsx.Fault{FS: mem, Hook: func(fsx.Op) error {
			if gone.Load() > 0 {
				return errors.New("no power")
			}
			return nil
		}}}))
		if life < 6 {
			select {
			case <-fed:
			case <-time.After(time.Duration(rnd.IntN(60)) * time.Millisecond):
			}
			at := acked.Load()
			gone.Store(1)
			hop.mu.Lock()
			mem.Kill()
			hop.mu.Unlock()
			r.cancel()
			r.kill()
			<-r.ended
			if rnd.IntN(2) == 0 {
				saved = at
			}
			continue
		}
		select {
		case <-fed:
		case <-time.After(20 * time.Second):
			t.Fatal("the log is not read")
		}
		soon(t, "the output has sent all", func() bool { return r.Report().Outputs[0].Account.Held == 0 })
		a := *r.Report().Outputs[0].Account
		passed := uint64(0)
		for _, d := range a.Drops {
			passed += d.N
		}
		if a.Received != a.Delivered+passed {
			t.Errorf("seed %d: account %+v", seed, a)
		}
		r.cancel()
		if err := <-r.ended; err != nil {
			t.Fatal(err)
		}
		twice, lost := 0, 0
		for i := range lines {
			switch n := hop.got[padded(i)]; {
			case n == 0:
				lost++
			case n > 1:
				twice++
			}
		}
		if twice > 0 || lost > 0 || hop.noLine > 0 {
			t.Errorf("seed %d: after %d kills %d of %d lines are lost, %d came twice, %d had no place", seed, life, lost, lines, twice, hop.noLine)
		}
		t.Logf("seed %d: %d kills, %d lines, %d lost, %d twice; %d were sent again, %d passed over", seed, life, lines, lost, twice, hop.again, passed)
		return
	}
}

package pipeline

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// peer is a sender that gets acknowledgements, with what its receiver remembers of it:
// each knows less than there is to know after it has crashed.
type peer struct {
	data []byte // framed messages
	ends []int  // where each ends

	mu     sync.Mutex
	heard  uint64 // what the sender will go on from
	reach  uint64 // what the receiver has acknowledged
	saved  uint64 // and what of that its file says
	frozen bool   // the receiver has crashed: nothing is acknowledged any more
	rnd    *rand.Rand
}

func (p *peer) acked(pos uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.frozen {
		return
	}
	p.reach = max(p.reach, pos)
	if p.rnd.IntN(3) == 0 {
		p.saved = p.reach
	}
	if p.rnd.IntN(2) == 0 {
		p.heard = max(p.heard, p.reach)
	}
}

// TestSessionsAreExactAfterCrashes: two senders send again what they have no answer
// for, over connection after connection, some of which still are read from when the
// next one comes, to a daemon that loses its power again and again. What a filter has
// added up in the end is what one undisturbed run gives; an output has every message.
func TestSessionsAreExactAfterCrashes(t *testing.T) {
	seeds := exactSeeds(2)
	for _, how := range []string{"memory", "use_buffering", "durable", "spill"} {
		t.Run(how, func(t *testing.T) {
			for seed := range seeds {
				sessionsAfterCrashes(t, how, seed)
			}
		})
	}
}

func sessionsAfterCrashes(t *testing.T, how string, seed uint64) {
	const each = 8000
	rnd := rand.New(rand.NewPCG(seed, 6))
	peers := []*peer{{}, {}}
	var n, sum uint64
	for k, p := range peers {
		p.data, p.rnd = framed(k*each, (k+1)*each), rand.New(rand.NewPCG(seed, uint64(k)+10))
		var f message.Frame
		for i := 0; message.NextFrame(p.data, i, 1<<16, &f); i = f.End {
			p.ends = append(p.ends, f.End)
		}
		for i := k * each; i < (k+1)*each; i++ {
			n, sum = n+1, sum+uint64(i)
		}
	}
	sumPause.Store(0)
	if how == "spill" {
		sumPause.Store(int64(time.Millisecond))
		defer sumPause.Store(0)
	}
	mem := fsx.NewMem()
	var mu sync.Mutex
	got := map[string]int{}
	for life := 0; ; life++ {
		var gone atomic.Bool
		for _, p := range peers {
			p.reach, p.frozen = p.saved, false
		}
		var fed sync.WaitGroup
		fed.Add(len(peers))
		p := withJournal(newPlan(t), "/data")
		p.plan.Globals.JournalSync = 0
		p.add("Framed", "FramedSplitter", new(framingConfig))
		p.add("RawDecoder", "RawDecoder", new(none))
		p.input("in", "Framed", "RawDecoder", func(ctx context.Context, h plugin.Host) error {
			var wg sync.WaitGroup
			defer wg.Wait()
			for k, p := range peers {
				rnd := rand.New(rand.NewPCG(seed, uint64(100*life+k)))
				wg.Go(func() { p.send(ctx, h, "tcp:x/"+strconv.Itoa(k), rnd, &fed) })
			}
			return nil
		}).Input.Durable = how == "durable"
		f := p.filter("sum", "TRUE", 0, filterConfig{})
		f.Info, f.Config = info(t, "SumFilter"), new(none)
		if how == "spill" {
			f.Route.Overflow, f.Route.QueueSize = config.Spill, 16<<10
		}
		f.Route.UseBuffering = how == "use_buffering"
		out := p.output("out", "TRUE", func(_ context.Context, in []message.Selection) error {
			mu.Lock()
			defer mu.Unlock()
			var v message.View
			for k := range in {
				for i := in[k].Next(-1); i >= 0 && !gone.Load(); i = in[k].Next(i) {
					v.Parse(in[k].At(i), nil)
					got[v.Draft().Payload]++
				}
			}
			return nil
		})
		out.Route.UseBuffering, out.Route.Buffering.CursorUpdateCount = true, 50
		r := start(t, p.engineWith(Options{FS: &fsx.Fault{FS: mem, Hook: func(fsx.Op) error {
			if gone.Load() {
				return errors.New("no power")
			}
			return nil
		}}}))
		if life < 6 {
			time.Sleep(time.Duration(rnd.IntN(60)) * time.Millisecond) // the moment of the crash is random
			for _, p := range peers {
				p.mu.Lock()
				p.frozen = true
				p.mu.Unlock()
			}
			mu.Lock()
			gone.Store(true)
			mem.Crash(rnd)
			mu.Unlock()
			r.cancel()
			r.kill()
			<-r.ended
			continue
		}
		fed.Wait()
		w := r.workers["filter/sum"]
		soon(t, "all have all", func() bool {
			return r.Report().Filters[0].Account.Held == 0 && r.Report().Outputs[0].Account.Held == 0
		})
		r.cancel()
		if err := <-r.ended; err != nil {
			t.Fatal(err)
		}
		f2 := w.plugged().(*sumFilter)
		if f2.n != n || f2.sum != sum {
			t.Errorf("seed %d: after %d crashes the filter has counted %d with sum %d, want %d with %d", seed, life, f2.n, f2.sum, n, sum)
		}
		lost, twice := 0, 0
		for i := range len(peers) * each {
			k := got[padded(i)]
			if k == 0 {
				lost++
			}
			twice += max(0, k-1)
		}
		if lost > 0 {
			t.Errorf("seed %d: %d messages did not come out", seed, lost)
		}
		t.Logf("%s, seed %d: %d crashes, %d messages, %d lost, %d counted twice, %d sent on twice", how, seed, life, n, lost, int64(f2.n)-int64(n), twice)
		for _, p := range peers {
			if max(p.heard, p.reach) != uint64(len(p.data)) {
				t.Errorf("seed %d: %d of %d bytes are acknowledged", seed, max(p.heard, p.reach), len(p.data))
			}
		}
		return
	}
}

// send sends all that the receiver has not acknowledged, over connections that break.
// What came over one of them may still be on its way when the next one begins.
func (p *peer) send(ctx context.Context, h plugin.Host, life string, rnd *rand.Rand, fed *sync.WaitGroup) {
	var old []plugin.Stream
	defer func() {
		for _, s := range old {
			s.Close()
		}
	}()
	for ctx.Err() == nil {
		p.mu.Lock()
		from := max(p.heard, p.reach)
		p.mu.Unlock()
		s, err := h.Open(plugin.StreamOptions{Life: life, From: from, Waits: true, Acked: p.acked})
		if err != nil {
			return
		}
		old = append(old, s)
		until := uint64(len(p.data))
		breaks := rnd.IntN(4) > 0
		if left := until - from; breaks && left > 0 {
			until = from + rnd.Uint64N(left)
		}
		for at := from; at < until; {
			k := min(uint64(1+rnd.IntN(20000)), until-at)
			if _, err := s.Write(p.data[at : at+k]); err != nil {
				return
			}
			at += k
			s.Send()
		}
		if until == uint64(len(p.data)) {
			s.Send()
			fed.Done()
			<-ctx.Done()
			return
		}
		if rnd.IntN(2) == 0 {
			s.Close()
			old = old[:len(old)-1]
		}
	}
}

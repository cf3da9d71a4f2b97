package blackbox

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestSoak lets faults rain on two daemons while a log that rotates flows through
// both: kills and stops of either, an upstream that is sick in every way,
// reloads. The account is checked all along; at the end nothing is lost.
func TestSoak(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	r := newRelay(t)
	w := newWriter(t, r.logs)
	c, e := r.startCentre(t), r.startEdge(t)
	counts := map[string]int{}
	checks := 0
	stop, written := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(written)
		own := rand.New(rand.NewPCG(seed, 1))
		for n := 1; ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
			w.write(own.IntN(100))
			if n%100 == 0 {
				w.rotate()
			}
		}
	}()
	var peak int64
	for began := time.Now(); time.Since(began) < soak(t); {
		e.CheckAccountSoon()
		c.CheckAccountSoon()
		peak = max(peak, e.RSS(), c.RSS())
		checks++
		switch k := rng.IntN(10); k {
		case 0:
			counts["kill edge"]++
			e.Kill()
			e = r.startEdge(t)
		case 1:
			counts["kill centre"]++
			c.Kill()
			c = r.startCentre(t)
		case 2:
			counts["stop edge"]++
			if took := e.Stop(); took > 10*time.Second {
				t.Errorf("the stop took %v", took)
			}
			e = r.startEdge(t)
		case 3:
			counts["stop centre"]++
			c.Stop()
			c = r.startCentre(t)
		case 4:
			counts["reload"]++
			if err := e.Post("/reload"); err != nil {
				t.Errorf("reload: %v", err)
			}
		default:
			mode := []string{Dead, Slow, Flap, Silent, Garbage}[k-5]
			counts[mode]++
			r.proxy.Set(t, mode)
			time.Sleep(time.Duration(rng.IntN(500)) * time.Millisecond) // how long a fault lasts is random
			r.proxy.Set(t, Pass)
		}
		time.Sleep(time.Duration(rng.IntN(300)) * time.Millisecond) // so is the quiet time
	}
	close(stop)
	<-written
	all(t, e, w, r.here)
	e.Until("nothing held", func() bool { return e.Metric("outputs", "up", "HeldMessageCount") == 0 })
	dup := all(t, c, w, r.there)
	e.CheckAccount()
	c.CheckAccount()
	faults := 0
	for _, n := range counts {
		faults += n
	}
	t.Logf("%v: %d faults %v, %d lines, 0 lost, %d twice, %d accounts checked, memory at most %d MiB", soak(t), faults, counts, w.n, dup, checks, peak>>20)
}

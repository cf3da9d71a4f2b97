package logstreamer

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// saver saves positions every second, or less often when that takes long. The
// first pauses are shorter, so that a daemon that something ends again and again
// within its first second gets on all the same.
func (in *Input) saver(ctx context.Context) {
	pause := firstSave
	wait := pause
	for {
		in.pause(ctx, wait)
		if ctx.Err() != nil {
			return
		}
		began := time.Now()
		in.saveAll()
		pause = min(2*pause, saveEvery)
		wait = max(pause, 4*time.Since(began))
	}
}

// savers is how many positions are saved at a time: the disk takes many small
// syncs together for about the price of one.
const savers = 32

// saveAll saves the confirmed position of every stream.
func (in *Input) saveAll() {
	list := in.all()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(savers, len(list)) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(list) {
					return
				}
				if err := list[i].save(); err != nil {
					in.warn(err)
				}
			}
		})
	}
	wg.Wait()
}

// settle waits a little for the confirmation of what was read.
func (in *Input) settle() {
	t := in.env.Clock.NewTimer(in.lastWait)
	defer t.Stop()
	for {
		waiting := false
		for _, s := range in.all() {
			waiting = waiting || !s.settled()
		}
		if !waiting {
			return
		}
		select {
		case <-in.acks:
		case <-t.C:
			return
		}
	}
}

// Stop saves what was confirmed since Run returned.
func (in *Input) Stop() error {
	in.saveAll()
	return nil
}

// claims says which input writes which position file, so that two inputs never
// share one.
var claims = struct {
	sync.Mutex
	by map[string]*Input
}{by: map[string]*Input{}}

// claim takes a position file for in; ok is false when another input has it.
func claim(path string, in *Input) (other string, ok bool) {
	claims.Lock()
	defer claims.Unlock()
	if c := claims.by[path]; c != nil && c != in {
		return c.env.Name, false
	}
	claims.by[path] = in
	return "", true
}

func unclaim(path string, in *Input) {
	claims.Lock()
	defer claims.Unlock()
	if claims.by[path] == in {
		delete(claims.by, path)
	}
}

// release gives all position files free.
func (in *Input) release() {
	for _, s := range in.all() {
		unclaim(s.path, in)
	}
}

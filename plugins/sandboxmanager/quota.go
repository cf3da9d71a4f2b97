package sandboxmanager

import (
	"errors"
	"fmt"
	"time"

	"github.com/heka-project/heka/plugin"
)

// busyTicks is for how many timer events in a row max_busy may be passed.
const busyTicks = 3

// quota is what the manager knows of its filters' use from the last look.
type quota struct {
	at   time.Time
	busy map[string]time.Duration // since the start, by filter
	over int                      // looks in a row at which max_busy was passed
}

// watch stops a filter where all of them together are over a quota: the one that
// takes most.
func (f *Filter) watch(now time.Time) {
	list := f.env.Loader.Loaded()
	f.watchMemory(list)
	f.watchBusy(list, now)
}

func (f *Filter) watchMemory(list []plugin.Loaded) {
	limit := int64(f.cfg.MaxMemory)
	if limit <= 0 {
		return
	}
	for {
		sum, most := int64(0), -1
		for i := range list {
			if list[i].State == plugin.StateTerminated {
				continue
			}
			n := list[i].Metric("Memory")
			if sum += n; most < 0 || n > list[most].Metric("Memory") {
				most = i
			}
		}
		if sum <= limit {
			return
		}
		reason := fmt.Sprintf("the filters of %s use %d bytes together, more than max_memory = %s; this one uses most, %d",
			f.env.Name, sum, f.cfg.MaxMemory, list[most].Metric("Memory"))
		f.overrule(list[most].Name, reason)
		list[most].State = plugin.StateTerminated
	}
}

func (f *Filter) watchBusy(list []plugin.Loaded, now time.Time) {
	if f.cfg.MaxBusy <= 0 {
		return
	}
	q := &f.quota
	span := now.Sub(q.at)
	busy := make(map[string]time.Duration, len(list))
	sum, most, top := time.Duration(0), "", time.Duration(-1)
	for _, l := range list {
		busy[l.Name] = l.Busy
		if d := l.Busy - q.busy[l.Name]; l.State != plugin.StateTerminated {
			if sum += max(0, d); d > top {
				most, top = l.Name, d
			}
		}
	}
	first := q.at.IsZero() || span <= 0
	q.at, q.busy = now, busy
	if first || sum.Seconds() <= f.cfg.MaxBusy*span.Seconds() {
		q.over = 0
		return
	}
	if q.over++; q.over < busyTicks {
		return
	}
	q.over = 0
	f.overrule(most, fmt.Sprintf("the filters of %s keep %.2f processor cores busy, more than max_busy = %v; this one keeps most, %.2f",
		f.env.Name, sum.Seconds()/span.Seconds(), f.cfg.MaxBusy, top.Seconds()/span.Seconds()))
}

func (f *Filter) overrule(name, reason string) {
	f.env.Log.Warn("a loaded filter is stopped", "filter", name, "reason", reason)
	if err := f.env.Loader.Terminate(f.ctx, name, reason); err != nil && !errors.Is(err, plugin.ErrBusy) {
		f.env.Log.Error("stop a filter that is over a quota", "filter", name, "err", err)
	}
}

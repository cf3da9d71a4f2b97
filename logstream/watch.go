package logstream

import (
	"sync"
	"time"

	"github.com/heka-project/heka/internal/fsx"
)

// Watcher keeps the listing of a pattern current. Safe for any number of
// goroutines; one lock, held while it scans.
type Watcher struct {
	p  *Pattern
	fs fsx.FS

	mu    sync.Mutex
	now   func() time.Time
	cur   *Listing  // the last one known to be whole
	gen   uint64    // its number
	since time.Time // when a scan first was not whole since then; zero: none was
}

// NewWatcher returns a watcher that has not looked yet. now says what Oldest
// counts from.
func NewWatcher(p *Pattern, fsys fsx.FS, now func() time.Time) *Watcher {
	return &Watcher{p: p, fs: fsys, now: now, cur: &Listing{by: map[string]*Stream{}}}
}

// tick is the coarsest step in which file systems keep the time of a change.
const tick = 20 * time.Millisecond

// maxUnrest is how long listings are taken as not whole because the directories
// keep changing.
const maxUnrest = 5 * time.Second

// Refresh scans again when a directory has changed, or could not be read last time,
// or when force says so. What a scan that could not read all has not found stays
// listed. False
// means that directories are changing just now, so that a file may have been
// missed between its old name and its new one: the listing is left as it was;
// call again some 10 ms later.
func (w *Watcher) Refresh(force bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !force && w.gen > 0 && w.since.IsZero() && !w.cur.partial && !w.changed(w.cur) {
		return true
	}
	start := time.Now() // the real clock: it is compared with the kernel's stamps
	l := w.p.Scan(w.fs, w.now())
	if l.younger(start.Add(-tick)) || len(l.dirs) > 0 && w.changed(l) {
		if w.since.IsZero() {
			w.since = start
		}
		if start.Sub(w.since) < maxUnrest {
			return false
		}
	}
	w.since = time.Time{}
	if l.partial && l.files() < w.cur.files() {
		l = w.cur.keep(l)
	}
	w.cur = l
	w.gen++
	return true
}

// keep is the listing with the problems of a scan that found less, as it could not
// read all.
func (l *Listing) keep(scan *Listing) *Listing {
	kept := *l
	kept.Problems, kept.Closed, kept.partial = scan.Problems, scan.Closed, true
	return &kept
}

func (l *Listing) files() (n int) {
	for _, s := range l.Streams {
		n += len(s.Files)
	}
	return n
}

func (l *Listing) younger(t time.Time) bool {
	for _, d := range l.dirs {
		if d.mod.After(t) && d.mod.Before(t.Add(time.Hour)) {
			return true
		}
	}
	return false
}

// changed reports whether a directory has changed since it was read.
func (w *Watcher) changed(l *Listing) bool {
	for _, d := range l.dirs {
		info, err := w.fs.Stat(d.path)
		if err != nil || !info.ModTime().Equal(d.mod) {
			return true
		}
	}
	return len(l.dirs) == 0
}

// Listing returns the present listing and its number, which grows with each.
func (w *Watcher) Listing() (*Listing, uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cur, w.gen
}

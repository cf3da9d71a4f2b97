package journal

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/internal/kill"
	"github.com/heka-project/heka/message"
)

// ErrClosed is the answer of a journal that is closed or being closed.
var ErrClosed = errors.New("journal is closed")

const (
	defaultSegment = 512 << 20
	minSegment     = 4 << 10
	queueLen       = 64
	saveEvery      = time.Second
)

// Journal is the log of one directory. Safe for any number of goroutines.
type Journal struct {
	dir    string // fixed after Open, as is all up to pool
	fs     fsx.FS
	clock  clock.Clock
	log    *slog.Logger
	o      Options
	secret uint64   // what epochs are made of
	run    [16]byte // what lines are made of
	pool   *message.Pool
	lock   io.Closer

	queue    chan *entry
	entries  sync.Pool
	pokes    chan struct{} // capacity 1: the saver has work
	written  chan struct{} // capacity 1: the syncer has work
	room     chan struct{} // capacity 1: space may have come free
	stopping chan struct{} // closed when Close begins
	stopped  chan struct{} // closed when nothing is appended any more
	writer   writer
	running  sync.WaitGroup // writer
	helpers  sync.WaitGroup // syncer and saver

	appends sync.WaitGroup // calls of Append
	saving  sync.Mutex     // held over one pass of the saver; before Cursor.reading
	saveBuf []byte         // guarded by saving

	squeezed []uint64 // guarded by saving: segments that were emptied before the positions behind them were saved

	mu      sync.Mutex // see Cursor for the order of locks
	closed  bool
	segs    []*segment // oldest first
	act     *segment   // the one that is written to, nil before the first append
	number  uint64     // of the newest segment ever
	coming  uint64     // of the segment that is being made, 0: none
	cursors map[string]*Cursor
	byID    [maxID + 1]*Cursor
	gone    []goneID
	dirty   []*unsynced // sealed files that are not synced yet, oldest first
	failure error       // what the last write said, nil when it went well

	failUntil atomic.Int64 // clock.Passed in ns: before it no write is worth trying; 0 for none
	rolled    atomic.Bool  // a segment was begun since the saver's last pass
	giveUp    atomic.Bool  // the active segment cannot be trusted: begin another
	tally     tally
}

// tally counts over the life of the process.
type tally struct {
	appended, bytes, segments, syncs, saves, writeErrors, damaged, recycled atomic.Int64
}

// goneID is a consumer id that is used again once no record can carry it.
type goneID struct {
	id  int
	seq uint64
}

// unsynced is a file with writes that are not synced.
type unsynced struct {
	f      fsx.File
	sealed bool
}

// Open opens the journal in dir, making it when it is not there. What a crash
// left is put in order: a torn end is cut off. Time and memory do not depend on
// how much the journal holds. No two processes may have one journal open, but
// any may read it, see Reader.
func Open(dir string, o Options) (*Journal, error) {
	j, err := open(dir, o)
	if err != nil {
		return nil, err
	}
	j.running.Add(1)
	go j.write()
	j.helpers.Add(2)
	go j.sync()
	go j.save()
	return j, nil
}

// open is Open without goroutines: tests turn them by hand.
func open(dir string, o Options) (*Journal, error) {
	o.fill()
	j := &Journal{
		dir: dir, fs: o.FS, clock: o.Clock, log: o.Log, o: o, pool: o.Pool,
		queue: make(chan *entry, queueLen), pokes: make(chan struct{}, 1),
		written: make(chan struct{}, 1), room: make(chan struct{}, 1),
		stopping: make(chan struct{}), stopped: make(chan struct{}),
		cursors: map[string]*Cursor{},
	}
	j.entries.New = func() any { return new(entry) }
	j.writer.j = j
	crand.Read(j.run[:])
	if err := j.recover(); err != nil {
		if j.lock != nil {
			j.lock.Close()
		}
		return nil, err
	}
	return j, nil
}

func (o *Options) fill() {
	if o.FS == nil {
		o.FS = fsx.OS{}
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	o.SegmentSize = max(cmp.Or(o.SegmentSize, defaultSegment), minSegment)
	if o.MaxSize > 0 {
		o.SegmentSize = max(min(o.SegmentSize, o.MaxSize/4), minSegment)
	}
	if o.Pool == nil {
		o.Pool = message.NewPool(8 << 20)
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
}

// Close writes and syncs what was appended, saves all cursors and ends. Appends
// that cannot be written get ErrClosed, as do those that come later.
func (j *Journal) Close() error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return ErrClosed
	}
	j.closed = true
	close(j.stopping)
	j.mu.Unlock()
	j.appends.Wait()
	close(j.queue)
	j.running.Wait()
	close(j.stopped)
	j.helpers.Wait()
	kill.Point("journal.close")
	return j.finish()
}

// finish is what Close does after the goroutines have gone.
func (j *Journal) finish() error {
	err := j.writer.seal()
	err = cmp.Or(err, j.syncPass())
	err = cmp.Or(err, j.savePass(true))
	j.mu.Lock()
	all := j.all()
	j.mu.Unlock()
	for _, c := range all {
		c.reading.Lock()
		c.shut()
		c.reading.Unlock()
	}
	if j.lock != nil {
		err = cmp.Or(err, j.lock.Close())
	}
	return err
}

// all lists the cursors in the order of their ids. Called with mu held.
func (j *Journal) all() []*Cursor {
	list := make([]*Cursor, 0, len(j.cursors))
	for _, c := range j.cursors {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *Cursor) int { return a.id - b.id })
	return list
}

// Consumers lists the names of all consumers that the journal keeps a position
// for, opened or not. One that is not opened holds back its segments until it is
// opened or forgotten.
func (j *Journal) Consumers() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var names []string
	for _, c := range j.all() {
		names = append(names, c.name)
	}
	return names
}

// Forget removes a consumer and what waits for it. Its cursor may not be used
// any more.
func (j *Journal) Forget(name string) error {
	j.saving.Lock()
	defer j.saving.Unlock()
	j.mu.Lock()
	c := j.cursors[key(name)]
	if c == nil {
		j.mu.Unlock()
		return nil
	}
	delete(j.cursors, key(name))
	j.byID[c.id] = nil
	j.gone = append(j.gone, goneID{c.id, j.writer.seq.Load()})
	j.mu.Unlock()
	c.reading.Lock()
	c.shut()
	c.reading.Unlock()
	if err := j.fs.Remove(c.path); err != nil {
		return err
	}
	return j.fs.SyncDir(filepath.Dir(c.path))
}

// Summary tells of the journal as a whole.
type Summary struct {
	Segments int
	Size     int64  // bytes of all segment files
	Seq      uint64 // of the newest record
	Failure  error  // what the last write said, nil when it went well

	// Since Open.
	Appended, Bytes int64 // records and their bytes
	Syncs, Saves    int64
	WriteErrors     int64
	Damaged         int64 // bytes that were passed over
	Made, Recycled  int64 // segment files
}

// Summary returns the figures of now.
func (j *Journal) Summary() Summary {
	j.mu.Lock()
	defer j.mu.Unlock()
	t := &j.tally
	return Summary{
		Segments: len(j.segs), Size: j.total(), Seq: j.writer.seq.Load(), Failure: j.failure,
		Appended: t.appended.Load(), Bytes: t.bytes.Load(), Syncs: t.syncs.Load(), Saves: t.saves.Load(),
		WriteErrors: t.writeErrors.Load(), Damaged: t.damaged.Load(), Made: t.segments.Load(), Recycled: t.recycled.Load(),
	}
}

// total is the size of all segment files. Called with mu held.
func (j *Journal) total() (n int64) {
	for _, s := range j.segs {
		n += s.size
	}
	return n
}

func (j *Journal) damaged(n int64) {
	if n > 0 {
		j.tally.damaged.Add(n)
	}
}

// poke tells the saver that there is something to save.
func (j *Journal) poke() { signal(j.pokes) }

// signal sends without waiting on a channel of capacity 1.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// sleep waits for d or until one of the two is sent to.
func (j *Journal) sleep(ctx context.Context, d time.Duration, a, b <-chan struct{}) {
	t := j.clock.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-a:
	case <-b:
	case <-ctx.Done():
	}
}

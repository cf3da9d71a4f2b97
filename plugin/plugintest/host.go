// Package plugintest stands in for the engine, so that a plugin can be tried by
// itself: a Host and Streams for inputs, selections and an Emitter for filters
// and outputs.
//
//	input ──Grab, Commit──▶ Stream ──splitter──▶ Record ──▶ Host.Records
//	                                   Send ──▶ Acked, at once or when told
//
// It keeps the engine's promises and no others: bytes that a plugin may not keep
// are overwritten as soon as the contract allows.
package plugintest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Poison is what borrowed bytes are overwritten with.
const Poison = 0xDB

// Timeout is how long Host.Wait waits before it fails the test.
const Timeout = 30 * time.Second

// Record is what reached the host: a split record, or a built message.
type Record struct {
	Stream  string         // StreamOptions.Name
	Data    string         // the record's bytes; a built message's payload
	Header  message.Header // the stream's default header; a built message's own header
	Message *message.Draft // set for a message from Stream.Builder, and for a record of a stream with Decorate
}

// Host is an engine for one input. Its fields are set before the input runs.
type Host struct {
	// Splitter cuts the streams; nil makes a record of each Commit.
	Splitter plugin.Splitter
	// Incomplete delivers an unfinished record on Flush and Close, as
	// deliver_incomplete_final does.
	Incomplete bool
	// Space is what Grab returns at least; 0 means 64 KiB.
	Space int
	// Max is the largest message; 0 means no limit.
	Max int

	mu      sync.Mutex
	changed chan struct{} // closed and replaced whenever something happens
	records []Record
	streams []*Stream
	dropped int
	hold    bool
	stopped bool
}

// Open starts a stream.
func (h *Host) Open(o plugin.StreamOptions) (plugin.Stream, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return nil, fmt.Errorf("open stream %q: %w", o.Name, plugin.ErrStopped)
	}
	s := &Stream{host: h, opt: o, head: o.Default, builder: message.NewBuilder(h.Max),
		pos: o.From, fed: o.From, sent: o.From, acked: o.From}
	h.streams = append(h.streams, s)
	h.notify()
	return s, nil
}

// notify wakes who waits. Called with mu held.
func (h *Host) notify() {
	if h.changed != nil {
		close(h.changed)
	}
	h.changed = make(chan struct{})
}

// Hold keeps acknowledgements back until Release.
func (h *Host) Hold() { h.set(func() { h.hold = true }) }

// Release gives all acknowledgements that are due, and those to come at once.
func (h *Host) Release() {
	h.set(func() { h.hold = false })
	h.mu.Lock()
	list := append([]*Stream(nil), h.streams...)
	h.mu.Unlock()
	for _, s := range list {
		s.ack()
	}
}

// Stop makes every call on a stream answer ErrStopped.
func (h *Host) Stop() { h.set(func() { h.stopped = true }) }

func (h *Host) set(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
	h.notify()
}

// Records lists what was delivered by Send, in the order of arrival.
func (h *Host) Records() []Record {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Record(nil), h.records...)
}

// Dropped counts the unfinished records that Flush or Close left out.
func (h *Host) Dropped() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dropped
}

// Streams lists the streams that were opened, the closed ones too.
func (h *Host) Streams() []*Stream {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]*Stream(nil), h.streams...)
}

// Wait returns the records once there are n of them.
func (h *Host) Wait(t testing.TB, n int) []Record {
	t.Helper()
	h.Until(t, fmt.Sprintf("%d records", n), func() bool { return len(h.records) >= n })
	return h.Records()
}

// Until waits until ok, which is asked whenever a stream has done something. It
// may use Len and At, and no other method.
func (h *Host) Until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(Timeout)
	defer deadline.Stop()
	for {
		h.mu.Lock()
		if ok() {
			h.mu.Unlock()
			return
		}
		if h.changed == nil {
			h.changed = make(chan struct{})
		}
		c, n := h.changed, len(h.records)
		h.mu.Unlock()
		select {
		case <-c:
		case <-deadline.C:
			t.Fatalf("waited %v for %s; the host has %d records", Timeout, what, n)
		}
	}
}

var errClosed = errors.New("stream is closed")

// Len is the number of records, for use in Until.
func (h *Host) Len() int { return len(h.records) }

// At returns record i, for use in Until.
func (h *Host) At(i int) Record { return h.records[i] }

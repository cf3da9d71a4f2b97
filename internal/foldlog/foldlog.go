// Package foldlog is a slog.Handler that keeps a daemon's log readable when
// something goes wrong a thousand times a second.
//
//	line ──▶ seen in this minute? ──no──▶ next handler
//	              └─yes──▶ count ──end of the minute──▶ same line, folded=N
//
// Lines are the same when level, message and the logger's own attributes are (the
// plugin, say); the attributes of the single line, such as an error's text, may
// differ: the first few of a minute are shown, the last stands for the folded.
package foldlog

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

const (
	window = time.Minute
	burst  = 5    // lines of one kind that are shown in a window
	kinds  = 1024 // kinds that are told apart; more are not folded
)

// Handler folds. Safe for any number of goroutines.
type Handler struct {
	next  slog.Handler
	scope string // attributes and groups of this logger
	*shared
}

// shared is common to a handler and all that were derived from it.
type shared struct {
	mu   sync.Mutex
	seen map[string]*kind // guarded by mu
}

// kind is what is known of one kind of line.
type kind struct {
	since  time.Time // begin of its window
	shown  int
	folded int
	last   slog.Record // the last that was folded
	next   slog.Handler
}

// New makes a handler in front of next.
func New(next slog.Handler) *Handler {
	return &Handler{next: next, shared: &shared{seen: map[string]*kind{}}}
}

// Enabled asks the next handler.
func (h *Handler) Enabled(ctx context.Context, l slog.Level) bool { return h.next.Enabled(ctx, l) }

// Handle shows the line or counts it. The windows are those of the lines' own
// times, so no timer is needed but for the rest: see Flush.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	key := r.Level.String() + "\x00" + r.Message + "\x00" + h.scope
	h.mu.Lock()
	k := h.seen[key]
	if k == nil {
		if len(h.seen) >= kinds {
			h.forget(r.Time)
		}
		if len(h.seen) >= kinds {
			h.mu.Unlock()
			return h.next.Handle(ctx, r)
		}
		k = &kind{since: r.Time, next: h.next}
		h.seen[strings.Clone(key)] = k
	}
	var old slog.Record
	n := 0
	if d := r.Time.Sub(k.since); d >= window || d < 0 {
		old, n = k.last, k.folded
		*k = kind{since: r.Time, next: h.next}
	}
	show := k.shown < burst
	if show {
		k.shown++
	} else {
		k.folded++
		k.last = r.Clone()
	}
	h.mu.Unlock()
	if n > 0 {
		if err := tell(ctx, h.next, old, n); err != nil {
			return err
		}
	}
	if show {
		return h.next.Handle(ctx, r)
	}
	return nil
}

// forget drops the kinds whose window is over and that hold nothing.
func (s *shared) forget(now time.Time) {
	for key, k := range s.seen {
		if k.folded == 0 && now.Sub(k.since) >= window {
			delete(s.seen, key)
		}
	}
}

func tell(ctx context.Context, next slog.Handler, r slog.Record, n int) error {
	r.AddAttrs(slog.Int("folded", n))
	return next.Handle(ctx, r)
}

// FlushBefore shows what was folded in windows that are over by now; with a zero
// time all. Call it now and then.
func (h *Handler) FlushBefore(now time.Time) {
	type entry struct {
		r    slog.Record
		n    int
		next slog.Handler
	}
	var list []entry
	h.mu.Lock()
	for key, k := range h.seen {
		if !now.IsZero() && now.Sub(k.since) < window {
			continue
		}
		if k.folded > 0 {
			list = append(list, entry{k.last, k.folded, k.next})
		}
		delete(h.seen, key)
	}
	h.mu.Unlock()
	for _, e := range list {
		tell(context.Background(), e.next, e.r, e.n)
	}
}

// Flush shows all that is folded.
func (h *Handler) Flush() { h.FlushBefore(time.Time{}) }

// WithAttrs makes a logger with attributes of its own.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	b.WriteString(h.scope)
	for _, a := range attrs {
		b.WriteString(a.String())
		b.WriteByte(0)
	}
	return &Handler{h.next.WithAttrs(attrs), b.String(), h.shared}
}

// WithGroup makes a logger whose attributes stand in a group.
func (h *Handler) WithGroup(name string) slog.Handler {
	return &Handler{h.next.WithGroup(name), h.scope + name + "\x01", h.shared}
}

// Package logx folds repeated log lines: the same line again within a minute is
// counted, not written, and the count stands in the next one that is. Lines that
// differ only in who the peer was, or in a count, are the same: a peer that tries
// again and again, from a new port each time, is told of once a minute.
package logx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"
)

const (
	window   = time.Minute // in which a line is written once
	maxLines = 256         // different lines remembered
)

// New returns a handler that writes text or JSON lines to w from level on.
func New(w io.Writer, level slog.Level, json bool) slog.Handler {
	o := &slog.HandlerOptions{Level: level}
	var next slog.Handler = slog.NewTextHandler(w, o)
	if json {
		next = slog.NewJSONHandler(w, o)
	}
	return &folder{next: next, state: &state{seen: map[string]*line{}}}
}

// ParseLevel reads a level as written in a configuration.
func ParseLevel(s string) (slog.Level, error) {
	var l slog.Level
	if s == "" {
		return l, nil
	}
	if err := l.UnmarshalText([]byte(s)); err != nil {
		return l, fmt.Errorf("%q is no log level; use debug, info, warn or error", s)
	}
	return l, nil
}

// folder is a handler with the attributes that With gave it. All folders of one
// logger share the state.
type folder struct {
	next   slog.Handler
	prefix string // attributes and groups so far, as part of the key
	state  *state
}

type state struct {
	mu   sync.Mutex
	seen map[string]*line // guarded by mu
}

type line struct {
	written time.Time
	folded  int // since written
}

// Enabled implements slog.Handler.
func (f *folder) Enabled(ctx context.Context, l slog.Level) bool { return f.next.Enabled(ctx, l) }

// WithAttrs implements slog.Handler.
func (f *folder) WithAttrs(as []slog.Attr) slog.Handler {
	var b strings.Builder
	b.WriteString(f.prefix)
	for _, a := range as {
		b.WriteString(a.String())
		b.WriteByte(0)
	}
	return &folder{next: f.next.WithAttrs(as), prefix: b.String(), state: f.state}
}

// WithGroup implements slog.Handler.
func (f *folder) WithGroup(name string) slog.Handler {
	return &folder{next: f.next.WithGroup(name), prefix: f.prefix + name + "\x01", state: f.state}
}

// Handle implements slog.Handler.
func (f *folder) Handle(ctx context.Context, r slog.Record) error {
	folded, write := f.state.judge(f.key(&r), r.Time)
	if !write {
		return nil
	}
	if folded > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("repeated", folded))
	}
	return f.next.Handle(ctx, r)
}

// key tells lines apart. Counts and peers change from line to line and are left
// out; so are the addresses in an error of the network.
func (f *folder) key(r *slog.Record) string {
	var b strings.Builder
	b.WriteString(f.prefix)
	b.WriteString(r.Level.String())
	b.WriteString(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "times" || a.Key == "peer" {
			return true
		}
		b.WriteByte(0)
		b.WriteString(a.Key)
		b.WriteByte('=')
		text := a.Value.String()
		if err, ok := a.Value.Any().(error); ok {
			if op := (*net.OpError)(nil); errors.As(err, &op) && op.Err != nil {
				text = op.Op + op.Err.Error()
			}
		}
		b.WriteString(text)
		return true
	})
	return b.String()
}

// judge says whether a line is written now, and how often it was folded before.
func (s *state) judge(key string, now time.Time) (folded int, write bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.seen[key]
	if l != nil && now.Sub(l.written) < window && !now.Before(l.written) {
		l.folded++
		return 0, false
	}
	if l == nil {
		if len(s.seen) >= maxLines {
			s.forget(now)
		}
		l = &line{}
		s.seen[key] = l
	}
	folded = l.folded
	l.written, l.folded = now, 0
	return folded, true
}

// forget drops the lines whose minute is over, or all when none is.
func (s *state) forget(now time.Time) {
	for k, l := range s.seen {
		if now.Sub(l.written) >= window {
			delete(s.seen, k)
		}
	}
	if len(s.seen) >= maxLines {
		clear(s.seen)
	}
}

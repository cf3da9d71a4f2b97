package foldlog_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/foldlog"
)

// lines logs through a folding handler with times of our choice.
type lines struct {
	h   slog.Handler
	now time.Time
}

func (l *lines) log(msg string, attrs ...slog.Attr) {
	r := slog.NewRecord(l.now, slog.LevelWarn, msg, 0)
	r.AddAttrs(attrs...)
	l.h.Handle(context.Background(), r)
}

func TestRepeatedLinesAreFolded(t *testing.T) {
	var out bytes.Buffer
	f := foldlog.New(slog.NewTextHandler(&out, nil))
	l := lines{h: f, now: time.Unix(1e9, 0)}
	for i := range 100 {
		l.log("decode", slog.Int("i", i))
	}
	if got := strings.Count(out.String(), "\n"); got != 5 {
		t.Errorf("%d lines within a minute, want 5:\n%s", got, out.String())
	}
	l.log("another")
	if got := strings.Count(out.String(), "\n"); got != 6 {
		t.Error("a line of another kind was folded")
	}
	out.Reset()
	l.now = l.now.Add(time.Minute)
	l.log("decode", slog.Int("i", 100))
	if got := out.String(); !strings.Contains(got, "i=99 folded=95") || strings.Count(got, "\n") != 2 {
		t.Errorf("the next minute begins with:\n%s", got)
	}
}

func TestFlushShowsTheRest(t *testing.T) {
	var out bytes.Buffer
	f := foldlog.New(slog.NewTextHandler(&out, nil))
	l := lines{h: f.WithAttrs([]slog.Attr{slog.String("plugin", "a")}), now: time.Unix(1e9, 0)}
	other := lines{h: f.WithAttrs([]slog.Attr{slog.String("plugin", "b")}).WithGroup("g"), now: l.now}
	for range 7 {
		l.log("x")
	}
	other.log("x", slog.Int("n", 1))
	out.Reset()
	f.FlushBefore(l.now.Add(time.Second))
	if out.Len() != 0 {
		t.Errorf("flushed before the minute was over:\n%s", out.String())
	}
	f.Flush()
	if got := out.String(); !strings.Contains(got, "plugin=a folded=2") || strings.Count(got, "\n") != 1 {
		t.Errorf("flushed:\n%s", got)
	}
}

func TestKindsAreBounded(t *testing.T) {
	var out bytes.Buffer
	l := lines{h: foldlog.New(slog.NewTextHandler(&out, nil)), now: time.Unix(1e9, 0)}
	for i := range 3000 {
		l.log(fmt.Sprint("line ", i))
	}
	if got := strings.Count(out.String(), "\n"); got != 3000 {
		t.Errorf("%d of 3000 different lines shown", got)
	}
}

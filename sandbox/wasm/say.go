package wasm

import (
	"context"
	"log/slog"
	"strings"
	"time"
)

const (
	maxLine  = 512
	maxLines = 10 // a minute
)

func (in *Instance) setError(a []uint64) {
	b := in.bytes(a[0], a[1])
	in.text, in.hasText = append(in.text[:0], cut(string(b[:min(len(b), maxLine)]))...), true
}

func (in *Instance) log(a []uint64) {
	level := [...]slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}[min(uint32(a[0]), 3)]
	in.say(level, in.bytes(a[1], a[2]))
}

func (in *Instance) now(a []uint64) { a[0] = uint64(in.opts.Now().UnixNano()) }

// lineBudget bounds what a module writes to the log.
type lineBudget struct {
	until   time.Time
	lines   int
	dropped int
}

// say writes a line of the module's to the log.
func (in *Instance) say(level slog.Level, text []byte) {
	l := in.opts.Log
	ctx := context.Background()
	if !l.Enabled(ctx, level) {
		return
	}
	b, now := &in.lines, in.opts.Now()
	if now.After(b.until) {
		if b.dropped > 0 {
			l.Warn("lines of the module were left out of the log", "times", b.dropped)
		}
		*b = lineBudget{until: now.Add(time.Minute)}
	}
	if b.lines++; b.lines > maxLines {
		b.dropped++
		return
	}
	line := strings.TrimRight(strings.ToValidUTF8(string(text[:min(len(text), maxLine)]), "�"), "\r\n")
	l.Log(ctx, level, "the module says", "text", line)
}

// complain tells of a message that the module could not deal with.
func (in *Instance) complain(text string) {
	if n := in.gripe.Speak(in.opts.Now()); n > 0 {
		in.opts.Log.Warn("the module failed on a message", "err", text, "message", in.cur.Describe(), "times", n)
	}
}

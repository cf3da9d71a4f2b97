package pipeline

import (
	"context"
	"path/filepath"
	"time"

	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/message"
)

// letterPatience bounds the wait for one dead letter to be written: a disk that
// hangs must not hang the plugin too.
const letterPatience = 5 * time.Second

// openDeadLetters opens the place for what is refused for good, beside the
// journal.
func (e *Engine) openDeadLetters() error {
	if e.journal == nil || e.letters != nil {
		return nil
	}
	d, err := journal.OpenDeadLetters(filepath.Join(e.plan.Globals.BaseDir, "deadletter"),
		journal.DeadLetterOptions{Options: journal.Options{FS: e.fs, Clock: e.clock, Sync: e.plan.Globals.JournalSync, Log: e.log}})
	e.letters = d
	return err
}

// bury keeps message i of b, which a plugin refused for good, and counts it.
func (r *route) bury(b *message.Batch, i int, reason string, attempts int) {
	if r.eng.letters == nil {
		r.drops.Add("refused", 1)
		return
	}
	ctx, cancel := context.WithTimeout(r.eng.last, letterPatience)
	defer cancel()
	if err := r.eng.letters.Add(ctx, b, i, r.name, reason, attempts); err != nil {
		r.drops.Add("refused, and no dead letter could be kept", 1)
		r.eng.log.Error("keep dead letter", "plugin", r.name, "err", err)
		return
	}
	r.drops.Add("dead letter", 1)
}

// bury keeps a record that no decoder could read.
func (in *input) bury(data []byte, reason string) bool {
	if in.eng.letters == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(in.eng.last, letterPatience)
	defer cancel()
	err := in.eng.letters.AddLetter(ctx, &journal.Letter{Plugin: in.name, Reason: reason, Attempts: 1,
		Origin: in.name, Raw: true, Message: data})
	if err != nil {
		in.log.Error("keep dead letter", "err", err)
	}
	return err == nil
}

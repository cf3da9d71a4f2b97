package pipeline

import (
	"fmt"
	"strings"

	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/plugin"
)

// JournalReport is the state of the journal, the dead letters and every consumer.
type JournalReport struct {
	Summary   journal.Summary
	Consumers []journal.Stats
	Letters   *journal.Stats // nil: none are kept
}

// Journal returns the journal's state, nil where there is none.
func (e *Engine) Journal() *JournalReport {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.journalReport()
}

// journalReport is Journal with mu held.
func (e *Engine) journalReport() *JournalReport {
	if e.journal == nil {
		return nil
	}
	r := &JournalReport{Summary: e.journal.Summary()}
	for _, k := range sorted(e.workers) {
		q := e.workers[k].r.in
		q.mu.Lock()
		c := q.cursor
		q.mu.Unlock()
		if c != nil {
			r.Consumers = append(r.Consumers, c.Stats())
		}
	}
	if e.letters != nil {
		s := e.letters.Account()
		r.Letters = &s
	}
	return r
}

// entries are the journal's part of the report.
func (r *JournalReport) entries() []Entry {
	if r == nil {
		return nil
	}
	var p plugin.Report
	s := &r.Summary
	p.Int("JournalSegments", int64(s.Segments), "count")
	p.Int("JournalSize", s.Size, "B")
	p.Int("JournalRecords", s.Appended, "count")
	p.Int("JournalBytes", s.Bytes, "B")
	p.Int("JournalSyncs", s.Syncs, "count")
	p.Int("JournalSaves", s.Saves, "count")
	p.Int("JournalWriteErrors", s.WriteErrors, "count")
	p.Int("JournalDamaged", s.Damaged, "B")
	if s.Failure != nil {
		p.Text("JournalFailure", s.Failure.Error())
	}
	for i := range r.Consumers {
		c := &r.Consumers[i]
		p.Int("JournalLag."+c.Name, c.Held.Messages, "count")
	}
	list := []Entry{{Name: "Journal", Metrics: p.Metrics}}
	if r.Letters != nil {
		var d plugin.Report
		lost := r.Letters.Dropped.Total()
		d.Int("DeadLetters", r.Letters.Held.Messages, "count")
		d.Int("DeadLetterBytes", r.Letters.Held.Bytes, "B")
		d.Int("DeadLettersKept", r.Letters.In.Messages, "count")
		d.Int("DeadLettersSettled", r.Letters.Acked.Messages, "count")
		d.Int("DeadLettersLost", lost.Messages, "count")
		list = append(list, Entry{Name: "DeadLetters", Metrics: d.Metrics})
	}
	return list
}

// accounts is the book-keeping of every filter and output for people, a line each.
func (r *Report) accounts() string {
	var b strings.Builder
	for _, s := range []section{{"filter", r.Filters}, {"output", r.Outputs}} {
		for _, e := range s.entries {
			a := e.Account
			if a == nil {
				continue
			}
			var dropped uint64
			var why []string
			for _, d := range a.Drops {
				dropped += d.N
				why = append(why, fmt.Sprintf("%d %s", d.N, d.Reason))
			}
			fmt.Fprintf(&b, "%s %s: received %d = delivered %d + held %d + dropped %d", s.name, e.Name, a.Received, a.Delivered, a.Held, dropped)
			if len(why) > 0 {
				fmt.Fprintf(&b, " (%s)", strings.Join(why, ", "))
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

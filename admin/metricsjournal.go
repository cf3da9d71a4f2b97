package admin

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/pipeline"
)

var (
	consumer      = []string{"consumer"}
	jSize         = prometheus.NewDesc("heka_journal_size_bytes", "Disk space of the journal's segments.", nil, nil)
	jSegments     = prometheus.NewDesc("heka_journal_segments", "Segment files of the journal.", nil, nil)
	jRecords      = prometheus.NewDesc("heka_journal_records_total", "Records appended to the journal.", nil, nil)
	jBytes        = prometheus.NewDesc("heka_journal_bytes_total", "Bytes appended to the journal.", nil, nil)
	jSyncs        = prometheus.NewDesc("heka_journal_syncs_total", "Syncs of the journal's files.", nil, nil)
	jSaves        = prometheus.NewDesc("heka_journal_cursor_saves_total", "Positions saved.", nil, nil)
	jErrors       = prometheus.NewDesc("heka_journal_write_errors_total", "Writes and syncs of the journal that failed.", nil, nil)
	jDamaged      = prometheus.NewDesc("heka_journal_damaged_bytes_total", "Bytes of the journal that were damaged and passed over.", nil, nil)
	jFailing      = prometheus.NewDesc("heka_journal_failing", "1 while the journal cannot be written.", nil, nil)
	jLag          = prometheus.NewDesc("heka_journal_lag_messages", "Messages in the journal that a filter or output has not dealt with.", consumer, nil)
	jLagBytes     = prometheus.NewDesc("heka_journal_lag_bytes", "Their bytes.", consumer, nil)
	jDropped      = prometheus.NewDesc("heka_journal_dropped_total", "Messages that the journal gave up, ever, by reason.", []string{"consumer", "reason"}, nil)
	lettersHeld   = prometheus.NewDesc("heka_dead_letters", "Dead letters that wait for somebody.", nil, nil)
	lettersBytes  = prometheus.NewDesc("heka_dead_letter_bytes", "Their bytes.", nil, nil)
	lettersKept   = prometheus.NewDesc("heka_dead_letters_kept_total", "Dead letters that were kept, ever.", nil, nil)
	lettersDealt  = prometheus.NewDesc("heka_dead_letters_settled_total", "Dead letters that were requeued or dropped by somebody, ever.", nil, nil)
	lettersFallen = prometheus.NewDesc("heka_dead_letters_lost_total", "Dead letters that had to make room, ever.", nil, nil)
)

// journalMetrics sends the journal's and the dead letters' figures.
func journalMetrics(ch chan<- prometheus.Metric, r *pipeline.JournalReport) {
	if r == nil {
		return
	}
	one := func(d *prometheus.Desc, t prometheus.ValueType, v int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, t, float64(v), labels...)
	}
	s := &r.Summary
	one(jSize, gauge, s.Size)
	one(jSegments, gauge, int64(s.Segments))
	one(jRecords, counter, s.Appended)
	one(jBytes, counter, s.Bytes)
	one(jSyncs, counter, s.Syncs)
	one(jSaves, counter, s.Saves)
	one(jErrors, counter, s.WriteErrors)
	one(jDamaged, counter, s.Damaged)
	failing := int64(0)
	if s.Failure != nil {
		failing = 1
	}
	one(jFailing, gauge, failing)
	for i := range r.Consumers {
		c := &r.Consumers[i]
		one(jLag, gauge, c.Held.Messages, c.Name)
		one(jLagBytes, gauge, c.Held.Bytes, c.Name)
		for reason, d := range c.Dropped {
			if d.Messages > 0 {
				one(jDropped, counter, d.Messages, c.Name, journal.Reason(reason).String())
			}
		}
	}
	if l := r.Letters; l != nil {
		lost := l.Dropped.Total()
		one(lettersHeld, gauge, l.Held.Messages)
		one(lettersBytes, gauge, l.Held.Bytes)
		one(lettersKept, counter, l.In.Messages)
		one(lettersDealt, counter, l.Acked.Messages)
		one(lettersFallen, counter, lost.Messages)
	}
}

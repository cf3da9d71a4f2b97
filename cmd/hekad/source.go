package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/message"
)

// journalDir finds the folder of a journal, or with sub "deadletter" that of the
// dead letters, in what a user may name: the folder itself or base_dir.
func journalDir(dir, sub string) (string, error) {
	for _, d := range []string{dir, filepath.Join(dir, sub)} {
		if _, err := os.Stat(filepath.Join(d, "journal.id")); err == nil {
			return d, nil
		}
		if list, _ := filepath.Glob(filepath.Join(d, "*.seg")); len(list) > 0 {
			return d, nil
		}
	}
	if _, err := os.Stat(dir); err != nil {
		return "", err
	}
	return "", fmt.Errorf("%s holds no journal; name base_dir, or the folder %s in it", dir, sub)
}

// dirFlags say which journal a command works on.
type dirFlags struct {
	config, dir string
}

// find returns the folder and, where a configuration was read, that.
func (f *dirFlags) find(sub string) (string, *config.Plan, error) {
	if f.dir != "" {
		d, err := journalDir(f.dir, sub)
		return d, nil, err
	}
	plan, err := config.Load(f.config, config.Options{})
	if err != nil {
		return "", nil, exitWith(exitConfig, err)
	}
	d, err := journalDir(plan.Globals.BaseDir, sub)
	if err != nil && !plan.Globals.Journal {
		err = fmt.Errorf("%w; this configuration has journal = false", err)
	}
	return d, plan, err
}

// socketIn is the admin socket in base_dir, which dir is or lies in.
func socketIn(dir string) string {
	for _, d := range []string{dir, filepath.Dir(filepath.Clean(dir))} {
		if _, err := os.Stat(filepath.Join(d, "admin.sock")); err == nil {
			return filepath.Join(d, "admin.sock")
		}
	}
	return filepath.Join(dir, "admin.sock")
}

// timeRange is what --from and --to say.
type timeRange struct {
	from, to string
}

// parse reads both; now is what ages count from.
func (r *timeRange) parse(now time.Time) (from, to time.Time, err error) {
	if from, err = parseTime(r.from, now); err != nil {
		return from, to, exitWith(exitUsage, fmt.Errorf("--from: %w", err))
	}
	if to, err = parseTime(r.to, now); err != nil {
		return from, to, exitWith(exitUsage, fmt.Errorf("--to: %w", err))
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		err = exitWith(exitUsage, errors.New("--from is not before --to: nothing lies between"))
	}
	return from, to, err
}

// parseTime reads a moment: RFC 3339, a date with or without a time of day in
// this machine's zone, or an age such as 2h30m. The zero time stands for "".
func parseTime(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if age, err := time.ParseDuration(strings.TrimPrefix(text, "-")); err == nil {
		return now.Add(-age), nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", time.DateTime, "2006-01-02 15:04", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return t, fmt.Errorf("%q is no time; write 2026-11-25T14:00:00Z, 2026-11-25 14:00, or an age such as 2h", text)
	}
	return t, nil
}

// span limits what is read from a source.
type span struct {
	from, to time.Time // zero: no limit
	consumer string    // of a journal: only what this one takes
	max      int       // bytes of the largest message
	check    bool      // tell of damage in a journal too: it is read twice
	damaged  func(name string, off, n int64)
}

func (s *span) holds(t time.Time) bool {
	return !t.Before(s.from) && (s.to.IsZero() || t.Before(s.to))
}

// each gives the framed messages of one source to yield, in order: a file of
// frames, "-" for in, a segment, or a folder with a journal.
func (s *span) each(name string, in io.Reader, yield func(frame []byte) error) error {
	if name == "-" {
		return s.frames(name, in, yield)
	}
	st, err := os.Stat(name)
	if err != nil {
		return err
	}
	if st.IsDir() {
		dir, err := journalDir(name, "journal")
		if err != nil {
			return err
		}
		return s.journal(dir, 0, yield)
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if segment, err := isSegment(f); err != nil {
		return err
	} else if !segment {
		return s.frames(name, f, yield)
	}
	number, err := segmentNumber(name)
	if err != nil {
		return err
	}
	return s.journal(filepath.Dir(name), number, yield)
}

// isSegment looks at the head of a file and goes back to its start.
func isSegment(f *os.File) (bool, error) {
	head := make([]byte, 8)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return false, nil // a pipe, say
	}
	return journal.IsSegment(head[:n]), nil
}

func segmentNumber(name string) (uint64, error) {
	n, ok := journal.SegmentNumber(filepath.Base(name))
	if !ok {
		return 0, fmt.Errorf("%s is a segment of a journal but not named like one; give it back its name, sixteen hexadecimal digits and .seg", name)
	}
	return n, nil
}

// frames reads a stream of framed messages; their Timestamp counts.
func (s *span) frames(name string, in io.Reader, yield func([]byte) error) error {
	r := newRecords(in, 0, s.max, func(off, n int64) { s.damaged(name, off, n) })
	var v message.View
	for r.next() {
		if !v.Parse(r.message(), nil) || !v.Complete() {
			s.damaged(name, r.offset(), int64(len(r.raw())))
			continue
		}
		if !s.holds(time.Unix(0, v.Timestamp())) {
			continue
		}
		if err := yield(r.raw()); err != nil {
			return err
		}
	}
	if r.err != nil {
		return fmt.Errorf("%s: %w", name, r.err)
	}
	return nil
}

// journal reads a journal, or one segment of it; when a record was written
// counts.
func (s *span) journal(dir string, segment uint64, yield func([]byte) error) error {
	r, err := journal.OpenReader(nil, dir)
	if err != nil {
		return err
	}
	return s.records(r, segment, func(rec *journal.Record, i int) error { return yield(rec.Frame(i)) })
}

// records calls yield for every message of a journal within the span, and tells
// of damage.
func (s *span) records(r *journal.Reader, segment uint64, yield func(rec *journal.Record, i int) error) error {
	if err := s.knows(r); err != nil {
		return err
	}
	for rec, err := range r.Records(journal.Range{From: journal.Pos{Segment: segment}, Since: s.from, Until: s.to}) {
		if err != nil {
			return err
		}
		if segment > 0 && rec.Pos.Segment != segment {
			break
		}
		for i := range rec.Len() {
			if s.consumer != "" && !rec.Takes(i, s.consumer) {
				continue
			}
			if err := yield(rec, i); err != nil {
				return err
			}
		}
	}
	if !s.check {
		return nil
	}
	return s.tell(r, segment)
}

// knows refuses a consumer that the journal has never heard of.
func (s *span) knows(r *journal.Reader) error {
	if s.consumer == "" {
		return nil
	}
	list, err := r.Consumers()
	if err != nil {
		return err
	}
	var names []string
	for _, c := range list {
		if c.Name == s.consumer {
			return nil
		}
		names = append(names, c.Name)
	}
	return exitWith(exitUsage, fmt.Errorf("the journal has no consumer %q; it has %s", s.consumer, orNone(names)))
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// tell reports the damaged stretches of what was read.
func (s *span) tell(r *journal.Reader, segment uint64) error {
	segs, err := r.Segments()
	if err != nil {
		return err
	}
	for i, info := range segs {
		if segment > 0 && info.Number != segment {
			continue
		}
		v, err := r.VerifySegment(info)
		if err != nil {
			return err
		}
		if n := len(v.Damages); i+1 == len(segs) && n > 0 && v.Damages[n-1].Offset+v.Damages[n-1].Size >= info.Size {
			time.Sleep(100 * time.Millisecond) // the end may be a record that is being written
			if v, err = r.VerifySegment(info); err != nil {
				return err
			}
		}
		for _, d := range v.Damages {
			s.damaged(info.Path, d.Offset, d.Size)
		}
	}
	return nil
}

// safe writes bytes of a message so that a terminal takes them for text: control
// characters other than line ends and tabs become \xNN.
func safe(b []byte) string {
	var out bytes.Buffer
	for _, r := range string(bytes.ToValidUTF8(b, []byte("\uFFFD"))) {
		if r == '\n' || r == '\t' || r >= ' ' && r != 0x7f && (r < 0x80 || r > 0x9f) {
			out.WriteRune(r)
		} else {
			fmt.Fprintf(&out, `\x%02x`, r)
		}
	}
	return out.String()
}

// size writes bytes for people.
func size(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	x, unit := float64(n), ""
	for _, unit = range []string{"KiB", "MiB", "GiB", "TiB"} {
		if x /= 1024; x < 1024 {
			break
		}
	}
	return fmt.Sprintf("%.1f %s", x, unit)
}

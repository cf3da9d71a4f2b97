package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/journal"
)

const journalHelp = `Looks at and mends the journal, in which hekad keeps what its outputs have not
delivered yet. The journal is found by the configuration, or by --dir, which names
base_dir or the journal's own folder; --dir BASE_DIR/deadletter is that of the dead
letters.

ls, stat, cat, verify and export only read, and may be used while a daemon runs.
repair and truncate write: they refuse a journal that a daemon has open.`

// journalTool is one run of a journal command.
type journalTool struct {
	t *terminal
	dirFlags
	json bool
}

func (t *terminal) journalCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "journal",
		Short:   "Look at, mend and empty the journal",
		Long:    journalHelp,
		GroupID: groupTools,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(t.journalLs(), t.journalStat(), t.journalCat(), t.journalVerify(), t.journalRepair(), t.journalTruncate(), t.journalExport())
	return c
}

// command makes a sub-command with the flags that all share.
func (j *journalTool) command(use, short, long, example string, run func(c *cobra.Command) error) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Long: long, Example: example, Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return run(c) }}
	configFlag(c, &j.config, "configuration, which tells base_dir")
	c.Flags().StringVar(&j.dir, "dir", "", "base_dir or the journal's folder, instead of --config")
	return c
}

// open finds the journal and reads what its files say.
func (j *journalTool) open() (string, *journal.Reader, error) {
	dir, _, err := j.find("journal")
	if err != nil {
		return dir, nil, err
	}
	r, err := journal.OpenReader(nil, dir)
	return dir, r, err
}

func (t *terminal) journalLs() *cobra.Command {
	j := &journalTool{t: t}
	c := j.command("ls", "List the segments", "Lists the segment files, oldest first: number, size, number of the first record,\nand when it was begun.",
		"  hekad journal ls\n  hekad journal ls --dir /var/cache/hekad --json", func(*cobra.Command) error { return j.ls() })
	c.Flags().BoolVar(&j.json, "json", false, "a JSON array")
	return c
}

type segmentRow struct {
	Segment string    `json:"segment"`
	Size    int64     `json:"size"`
	First   uint64    `json:"first_record"`
	Begun   time.Time `json:"begun"`
	Sound   bool      `json:"header_sound"`
	Path    string    `json:"path"`
}

func (j *journalTool) ls() error {
	_, r, err := j.open()
	if err != nil {
		return err
	}
	segs, err := r.Segments()
	if err != nil {
		return err
	}
	rows := []segmentRow{}
	for _, s := range segs {
		rows = append(rows, segmentRow{fmt.Sprintf("%016x", s.Number), s.Size, s.Base, s.Created.UTC(), s.Sound, s.Path})
	}
	if j.json {
		return j.t.json(rows)
	}
	return j.t.table("SEGMENT\tSIZE\tFIRST\tBEGUN\tPATH", len(rows), func(i int) string {
		s := &rows[i]
		begun := s.Begun.Format(time.RFC3339)
		if !s.Sound {
			begun = "header damaged"
		}
		return fmt.Sprintf("%s\t%s\t%d\t%s\t%s", s.Segment, size(s.Size), s.First, begun, s.Path)
	})
}

func (t *terminal) json(v any) error {
	e := json.NewEncoder(t.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// table prints rows in columns.
func (t *terminal) table(head string, n int, row func(i int) string) error {
	w := tabwriter.NewWriter(t.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, head)
	for i := range n {
		fmt.Fprintln(w, row(i))
	}
	return w.Flush()
}

func (t *terminal) journalStat() *cobra.Command {
	j := &journalTool{t: t}
	var count bool
	c := j.command("stat", "Show how far each consumer is", "Shows what the journal holds and, of each consumer, the saved position, what it\nhas acknowledged and what was dropped for it, and how many bytes of the log lie\nbehind its position, whoever they are for. --count reads them and counts those\nthat are for it.\n\nPositions are saved once a second: while a daemon runs, its report is newer.",
		"  hekad journal stat\n  hekad journal stat --count --json", func(*cobra.Command) error { return j.stat(count) })
	c.Flags().BoolVar(&j.json, "json", false, "a JSON object")
	c.Flags().BoolVar(&count, "count", false, "read the journal and count the messages that wait for each consumer")
	return c
}

type consumerRow struct {
	Name     string           `json:"consumer"`
	Position string           `json:"position"`
	Acked    int64            `json:"acknowledged"`
	Dropped  map[string]int64 `json:"dropped"`
	Behind   int64            `json:"behind_bytes"`
	Waiting  *int64           `json:"waiting,omitempty"`
	Sound    bool             `json:"position_sound"`
}

type journalStat struct {
	Dir       string        `json:"dir"`
	Segments  int           `json:"segments"`
	Size      int64         `json:"size"`
	Consumers []consumerRow `json:"consumers"`
}

func (j *journalTool) stat(count bool) error {
	dir, r, err := j.open()
	if err != nil {
		return err
	}
	segs, err := r.Segments()
	if err != nil {
		return err
	}
	s := journalStat{Dir: dir, Segments: len(segs), Consumers: []consumerRow{}}
	for _, x := range segs {
		s.Size += x.Size
	}
	list, err := r.Consumers()
	if err != nil {
		return err
	}
	for _, k := range list {
		row := consumerRow{Name: k.Name, Position: k.Pos.String(), Acked: k.Acked.Messages, Dropped: map[string]int64{}, Behind: k.Behind, Sound: k.Sound}
		for reason, d := range k.Dropped {
			if d.Messages > 0 {
				row.Dropped[journal.Reason(reason).String()] = d.Messages
			}
		}
		if count {
			n, err := waiting(r, &k)
			if err != nil {
				return err
			}
			row.Waiting = &n
		}
		s.Consumers = append(s.Consumers, row)
	}
	if j.json {
		return j.t.json(s)
	}
	fmt.Fprintf(j.t.out, "%s: %s, %s\n", dir, plural(s.Segments, "segment"), size(s.Size))
	return j.t.table("CONSUMER\tPOSITION\tACKNOWLEDGED\tDROPPED\tBEHIND\tWAITING", len(s.Consumers), func(i int) string {
		c := &s.Consumers[i]
		pos, wait := c.Position, "-"
		if !c.Sound {
			pos = "damaged: begins at the oldest record"
		}
		if c.Waiting != nil {
			wait = fmt.Sprint(*c.Waiting)
		}
		return fmt.Sprintf("%s\t%s\t%d\t%s\t%s\t%s", c.Name, pos, c.Acked, dropText(c.Dropped), size(c.Behind), wait)
	})
}

func dropText(m map[string]int64) string {
	var parts []string
	for reason, n := range m {
		parts = append(parts, fmt.Sprintf("%d %s", n, reason))
	}
	slices.Sort(parts)
	return cmp.Or(strings.Join(parts, ", "), "0")
}

// waiting counts what lies behind a consumer's position for it.
func waiting(r *journal.Reader, c *journal.ConsumerInfo) (n int64, err error) {
	for rec, err := range r.Records(journal.Range{From: c.Pos}) {
		if err != nil {
			return n, err
		}
		for i := range rec.Len() {
			if !rec.Marked && rec.Takes(i, c.Name) {
				n++
			}
		}
	}
	return n, nil
}

func (t *terminal) journalCat() *cobra.Command {
	j := &journalTool{t: t}
	o := catDefaults
	var when timeRange
	var consumer string
	c := j.command("cat", "Print the messages", "Prints the messages in the journal, delivered or not, as hekad cat does. What is\ndamaged is reported on standard error and passed over. --from and --to are times\nat which records were written.",
		"  hekad journal cat --match \"Severity <= 3\" --format json\n  hekad journal cat --consumer output/elastic --from 2h --format count", func(c *cobra.Command) error {
			return j.cat(c.Context(), o, when, consumer)
		})
	f := c.Flags()
	f.StringVar(&o.match, "match", o.match, "message matcher")
	f.StringVar(&o.format, "format", o.format, "txt, json, heka (framed as it is), count, or the name of an encoder")
	f.StringVar(&o.output, "output", o.output, "file to write to, instead of standard output")
	f.StringVar(&consumer, "consumer", "", "only what this consumer takes, such as output/elastic")
	when.add(c)
	return c
}

func (r *timeRange) add(c *cobra.Command) {
	c.Flags().StringVar(&r.from, "from", "", "not before this time: 2026-11-25T14:00:00Z, \"2026-11-25 14:00\", or an age such as 2h")
	c.Flags().StringVar(&r.to, "to", "", "before this time")
}

func (j *journalTool) cat(ctx context.Context, o catOptions, when timeRange, consumer string) error {
	from, to, err := when.parse(time.Now())
	if err != nil {
		return err
	}
	_, r, err := j.open()
	if err != nil {
		return err
	}
	return j.t.print(o, func(c *catter) error {
		s := span{from: from, to: to, consumer: consumer, max: int(o.maxSize), check: true, damaged: c.damaged}
		err := s.records(r, 0, func(rec *journal.Record, i int) error { return cmp.Or(c.framed(rec.Frame(i)), ctx.Err()) })
		if errors.Is(err, context.Canceled) {
			return nil
		}
		return err
	})
}

func (t *terminal) journalVerify() *cobra.Command {
	j := &journalTool{t: t}
	return j.command("verify", "Check every checksum", "Reads everything and tells every damaged stretch. While a daemon writes, the last\nrecord may be told to be torn: it is not finished.\n\nExit codes: 0 sound, 1 damaged.",
		"  hekad journal verify", func(*cobra.Command) error { return j.verify() })
}

func (j *journalTool) verify() error {
	dir, r, err := j.open()
	if err != nil {
		return err
	}
	v, err := r.Verify()
	if err != nil {
		return err
	}
	j.verdict(dir, v)
	if !v.Sound() {
		return fmt.Errorf("%s is damaged; hekad passes damage over by itself, stop it and use hekad journal repair to be rid of it", dir)
	}
	return nil
}

// verdict prints what was found.
func (j *journalTool) verdict(dir string, v *journal.Verdict) {
	for _, d := range v.Damages {
		fmt.Fprintln(j.t.out, d)
	}
	for _, name := range v.Cursors {
		fmt.Fprintf(j.t.out, "position %s: damaged\n", name)
	}
	fmt.Fprintf(j.t.out, "%s: %s, %s, %s, %s, %s\n", dir, plural(v.Segments, "segment"), plural(v.Records, "record"),
		plural(v.Messages, "message"), size(v.Bytes), plural(len(v.Damages)+len(v.Cursors), "damage"))
}

func (t *terminal) journalRepair() *cobra.Command {
	j := &journalTool{t: t}
	return j.command("repair", "Put a damaged journal in order", "Cuts torn ends off, writes damaged headers anew and makes damaged stretches into\nrecords that nobody reads. What is sound is neither changed nor moved. A damaged\nposition stays: its consumer begins at the oldest record.\n\nhekad does not need it: it passes damage over by itself. The daemon must be stopped.",
		"  hekad journal repair", func(*cobra.Command) error { return j.repair() })
}

func (j *journalTool) repair() error {
	dir, _, err := j.find("journal")
	if err != nil {
		return err
	}
	v, err := journal.Repair(nil, dir)
	if err != nil {
		return err
	}
	j.verdict(dir, v)
	if n := len(v.Damages); n > 0 {
		fmt.Fprintf(j.t.out, "repaired %s\n", plural(n, "damage"))
	}
	return nil
}

func (t *terminal) journalTruncate() *cobra.Command {
	j := &journalTool{t: t}
	var o truncateOptions
	c := j.command("truncate", "Give up what waits for a consumer", "Passes over what waits for consumers, counted as skipped, and frees the segments\nthat nobody needs any more, history included. What other consumers wait for stays. --forget removes\nconsumers with their positions, such as those of plugins that the configuration no\nlonger has. The daemon must be stopped.",
		"  hekad journal truncate --consumer output/elastic --before 24h\n  hekad journal truncate --all\n  hekad journal truncate --forget output/old", func(*cobra.Command) error { return j.truncate(&o) })
	f := c.Flags()
	f.StringArrayVar(&o.consumers, "consumer", nil, "consumer whose messages are given up (repeatable)")
	f.BoolVar(&o.all, "all", false, "those of all consumers")
	f.StringVar(&o.before, "before", "", "only what was written before this time, or longer ago than an age such as 24h")
	f.StringArrayVar(&o.forget, "forget", nil, "consumer to remove (repeatable)")
	return c
}

type truncateOptions struct {
	consumers, forget []string
	all               bool
	before            string
}

func (j *journalTool) truncate(o *truncateOptions) error {
	before, err := parseTime(o.before, time.Now())
	if err != nil {
		return exitWith(exitUsage, fmt.Errorf("--before: %w", err))
	}
	if len(o.consumers)+len(o.forget) == 0 && !o.all {
		return exitWith(exitUsage, errors.New("say whose messages are to go: --consumer NAME, --all or --forget NAME; hekad journal stat lists the consumers"))
	}
	dir, _, err := j.find("journal")
	if err != nil {
		return err
	}
	log, err := journal.Open(dir, journal.Options{})
	if err != nil {
		return fmt.Errorf("%w; stop the daemon first", err)
	}
	err = j.skip(log, o, before)
	return errors.Join(err, log.Close())
}

func (j *journalTool) skip(log *journal.Journal, o *truncateOptions, before time.Time) error {
	known := log.Consumers()
	for _, name := range slices.Concat(o.consumers, o.forget) {
		if !slices.Contains(known, name) {
			return exitWith(exitUsage, fmt.Errorf("the journal has no consumer %q; it has %s", name, orNone(known)))
		}
	}
	was := log.Summary().Size
	names := o.consumers
	if o.all {
		names = known
	}
	for _, name := range names {
		c, err := log.Consumer(name, journal.ConsumerOptions{})
		if err != nil {
			return err
		}
		gone, err := c.Skip(before)
		if err != nil {
			return fmt.Errorf("%s: %w; hekad journal verify tells more", name, err)
		}
		fmt.Fprintf(j.t.out, "%s: %s (%s) given up\n", name, plural(int(gone.Messages), "message"), size(gone.Bytes))
	}
	for _, name := range o.forget {
		if err := log.Forget(name); err != nil {
			return err
		}
		fmt.Fprintf(j.t.out, "%s: forgotten\n", name)
	}
	// Nothing is as old as this: it only saves the positions and frees the segments.
	if _, err := log.Truncate(time.Unix(0, 1)); err != nil {
		return err
	}
	fmt.Fprintf(j.t.out, "%s of disk freed\n", size(max(0, was-log.Summary().Size)))
	return nil
}

func (t *terminal) journalExport() *cobra.Command {
	j := &journalTool{t: t}
	var when timeRange
	var consumer, output string
	c := j.command("export", "Copy the messages into a file of frames", "Writes the messages in the journal as a stream of Heka's framing, which hekad cat,\nhekad replay and every Heka input read. --from and --to are times at which records\nwere written.",
		"  hekad journal export --output held.heka --consumer output/elastic\n  hekad journal export --from 2h | hekad replay --admin other.sock -", func(*cobra.Command) error {
			return j.export(when, consumer, output)
		})
	c.Flags().StringVar(&consumer, "consumer", "", "only what this consumer takes, such as output/elastic")
	c.Flags().StringVarP(&output, "output", "o", "", "file to write, instead of standard output")
	when.add(c)
	return c
}

func (j *journalTool) export(when timeRange, consumer, output string) (err error) {
	from, to, err := when.parse(time.Now())
	if err != nil {
		return err
	}
	_, r, err := j.open()
	if err != nil {
		return err
	}
	if err := (&span{consumer: consumer}).knows(r); err != nil {
		return err
	}
	var out io.Writer = j.t.out
	if output != "" {
		f, err := os.OpenFile(output, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		out = f
	}
	w := bufio.NewWriterSize(out, 256<<10)
	n, err := r.Export(w, journal.Range{Since: from, Until: to}, consumer)
	if err = errors.Join(err, w.Flush()); err != nil {
		return err
	}
	fmt.Fprintf(j.t.err, "%s written\n", plural(n, "message"))
	return nil
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/admin"
	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/logx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// withFlags are those of replay --with.
type withFlags struct {
	script, against string
	diff            bool
	section, filter string
	input           string // whose splitter and decoder read the sources
	samples         int
	json            bool
}

func (f *withFlags) add(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&f.script, "with", "", "try this script of a sandbox filter on the messages; nothing is delivered")
	fl.StringVar(&f.against, "against", "", "with --with: run this script beside it, and compare")
	fl.BoolVar(&f.diff, "diff", false, "with --with: show where the two scripts inject different messages; without --against the old script is that of --filter")
	fl.StringVar(&f.section, "section", "", "with --with: file of the filter's section: matcher, ticker_interval, limits, config")
	fl.StringVar(&f.filter, "filter", "", "with --with and --config: take the section of that name")
	fl.StringVar(&f.input, "decode-as", "", "with --with and --config: read the sources as log files, with the splitter and decoder of this input")
	fl.IntVar(&f.samples, "samples", 3, "with --with: how many injected messages, or differences, are shown")
	fl.BoolVar(&f.json, "json", false, "with --with: answer in JSON")
}

// sectionOf finds the filter's section and the globals that hold for it.
func (f *withFlags) sectionOf(r *replayer) (text string, g *config.Globals, err error) {
	// All but what filters inject: a filter may not take its own messages.
	const bare = "[replay]\ntype = \"SandboxFilter\"\nmessage_matcher = \"Type !~ /^heka\\\\.sandbox/\"\n"
	plan, err := f.plan(r)
	if err != nil {
		return "", nil, exitWith(exitConfig, err)
	}
	switch {
	case f.section != "" && f.filter != "":
		return "", nil, exitWith(exitUsage, errors.New("--section and --filter both name the section; use one"))
	case f.section != "":
		b, err := os.ReadFile(f.section)
		return string(b), &plan.Globals, err
	case f.filter == "":
		return bare, &plan.Globals, nil
	}
	sec := plan.Find(plugin.KindFilter, f.filter)
	if sec == nil || r.config == "" {
		return "", nil, exitWith(exitUsage, fmt.Errorf("--config has no filter %q", f.filter))
	}
	return "[" + quoteKey(sec.Name) + "]\n" + sec.Text, &plan.Globals, nil
}

func quoteKey(name string) string { return fmt.Sprintf("%q", name) }

// plan is the configuration, or one that has the defaults.
func (f *withFlags) plan(r *replayer) (*config.Plan, error) {
	if r.config != "" {
		return config.Load(r.config, config.Options{})
	}
	return config.Parse([]config.Source{{Name: "defaults", Text: "[LogOutput]\nmessage_matcher = \"FALSE\"\nencoder = \"PayloadEncoder\"\n[PayloadEncoder]\n"}}, config.Options{})
}

// trialResult is what replay --with found out.
type trialResult struct {
	Read        int                 `json:"read"`
	Elapsed     string              `json:"elapsed"`
	New         *admin.LoadedFilter `json:"new"`
	NewTypes    map[string]uint64   `json:"new_types"`
	Old         *admin.LoadedFilter `json:"old,omitempty"`
	OldTypes    map[string]uint64   `json:"old_types,omitempty"`
	Steps       uint64              `json:"steps,omitempty"`       // in which one of them worked, with --diff
	Different   uint64              `json:"different,omitempty"`   // in which they injected different messages
	Differences []difference        `json:"differences,omitempty"` // the first of them
	Samples     []string            `json:"samples,omitempty"`
}

type difference struct {
	At  string   `json:"at"` // message or timer event
	New []string `json:"new"`
	Old []string `json:"old"`
}

// try runs the script over the sources.
func (r *replayer) try(ctx context.Context, s *span, sources []string) error {
	f := &r.with
	text, g, err := f.sectionOf(r)
	if err != nil {
		return err
	}
	log := slog.New(logx.New(r.t.err, slog.LevelWarn, false))
	fresh, err := newRig(filepath.Base(f.script), text, f.script, g, log)
	if err != nil {
		return err
	}
	defer fresh.close()
	var old *rig
	if f.against != "" || f.diff {
		name := f.against
		if name == "" && f.filter == "" {
			return exitWith(exitUsage, errors.New("--diff compares with a script: name it with --against, or the filter with --filter"))
		}
		if name == "" {
			name = f.filter
		}
		if old, err = newRig("old "+filepath.Base(name), text, f.against, g, log); err != nil {
			return err
		}
		defer old.close()
	}
	x := trialResult{}
	began := time.Now()
	give := func(frame []byte) error {
		r.step(&x, fresh, old, func(q *rig, tell func(string)) { q.give(frame, tell) })
		return nil
	}
	if f.input != "" {
		err = r.tryLogs(ctx, s, sources, give)
	} else {
		err = r.each(ctx, s, sources, give)
	}
	if err != nil {
		return err
	}
	r.step(&x, fresh, old, func(q *rig, tell func(string)) { q.finish(tell) })
	x.Read, x.Elapsed = r.read, time.Since(began).Round(time.Millisecond).String()
	x.New, x.NewTypes = fresh.figures(), fresh.types
	if old != nil {
		x.Old, x.OldTypes = old.figures(), old.types
	}
	if f.json {
		e := json.NewEncoder(r.t.out)
		e.SetIndent("", "  ")
		err = e.Encode(x)
	} else {
		r.tellTrial(&x, fresh, old)
	}
	if err == nil && fresh.ended != nil {
		err = exitWith(exitFailed, fmt.Errorf("%s ended on %s: %s", f.script, fresh.endAt, safe([]byte(fresh.ended.Error()))))
	}
	return err
}

// tryLogs is each for log files.
func (r *replayer) tryLogs(ctx context.Context, s *span, sources []string, yield func(frame []byte) error) error {
	plan, err := r.with.plan(r)
	if err != nil {
		return exitWith(exitConfig, err)
	}
	d, err := newDecoding(plan, r.with.input)
	if err != nil {
		return err
	}
	for _, name := range sources {
		err := d.file(name, r.t.in, func(frame []byte) error {
			if !r.view.Parse(message.Unframe(frame), nil) || !s.holds(time.Unix(0, r.view.Timestamp())) {
				return ctx.Err()
			}
			if r.read++; !r.m.Match(&r.view) {
				return ctx.Err()
			}
			r.matched++
			return errors.Join(yield(frame), ctx.Err())
		})
		if err != nil {
			return err
		}
	}
	if d.failed > 0 {
		fmt.Fprintf(r.t.err, "%d records could not be decoded, such as one with %s\n", d.failed, safe([]byte(d.example)))
	}
	return nil
}

// moment is what a filter injected in one step.
type moment struct {
	at   string
	text []string
}

// step has both filters work on the same piece of data and compares what they
// inject.
func (r *replayer) step(x *trialResult, fresh, old *rig, work func(q *rig, tell func(string))) {
	f := &r.with
	run := func(q *rig) (list []moment) {
		work(q, func(at string) {
			if !f.diff && (q != fresh || len(x.Samples) >= f.samples) {
				return
			}
			m := moment{at: at}
			for _, msg := range q.out.now {
				m.text = append(m.text, describe(msg))
			}
			list = append(list, m)
		})
		return list
	}
	a := run(fresh)
	if old == nil {
		for _, m := range a {
			x.Samples = append(x.Samples, m.text[:min(len(m.text), f.samples-len(x.Samples))]...)
		}
		return
	}
	b := run(old)
	if !f.diff {
		return
	}
	for i := range max(len(a), len(b)) {
		var p, q moment
		if i < len(a) {
			p = a[i]
		}
		if i < len(b) {
			q = b[i]
		}
		x.Steps++
		if strings.Join(p.text, "\x00") == strings.Join(q.text, "\x00") {
			continue
		}
		x.Different++
		if len(x.Differences) < f.samples {
			at := p.at
			if at == "" {
				at = q.at
			}
			x.Differences = append(x.Differences, difference{at, p.text, q.text})
		}
	}
}

// describe writes a message without what differs between any two: identifier and
// process.
func describe(msg []byte) string {
	var v message.View
	if !v.Parse(msg, nil) {
		return ""
	}
	var lines []string
	for line := range strings.SplitSeq(strings.TrimRight(safe(appendText(nil, &v)), "\n"), "\n") {
		if !strings.HasPrefix(line, "UUID: ") && !strings.HasPrefix(line, "Pid: ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func (r *replayer) tellTrial(x *trialResult, fresh, old *rig) {
	w := tabwriter.NewWriter(r.t.out, 0, 8, 2, ' ', 0)
	row := func(name string, of func(l *admin.LoadedFilter, types map[string]uint64) string) {
		fmt.Fprintf(w, "%s\t%s", name, of(x.New, x.NewTypes))
		if x.Old != nil {
			fmt.Fprintf(w, "\t%s", of(x.Old, x.OldTypes))
		}
		fmt.Fprintln(w)
	}
	figure := func(name string, of func(l *admin.LoadedFilter) string) {
		row(name, func(l *admin.LoadedFilter, _ map[string]uint64) string { return of(l) })
	}
	fmt.Fprintf(r.t.out, "%d messages read in %s\n\n", x.Read, x.Elapsed)
	figure("", func(l *admin.LoadedFilter) string { return l.Name })
	figure("messages taken", func(l *admin.LoadedFilter) string { return fmt.Sprint(l.Received) })
	figure("processed", func(l *admin.LoadedFilter) string { return fmt.Sprint(l.Processed) })
	figure("would inject", func(l *admin.LoadedFilter) string { return fmt.Sprint(l.Injected) })
	types := fresh.byType()
	if old != nil {
		for _, t := range old.byType() {
			if fresh.types[t] == 0 {
				types = append(types, t)
			}
		}
	}
	for _, t := range types {
		row("  of type "+safe([]byte(t)), func(_ *admin.LoadedFilter, n map[string]uint64) string { return fmt.Sprint(n[t]) })
	}
	figure("time a message", func(l *admin.LoadedFilter) string {
		return time.Duration(l.BusyNs / int64(max(1, l.Processed))).String()
	})
	figure("memory, most, limit", func(l *admin.LoadedFilter) string { return use(l, size, "Memory", "MaxMemory", "MemoryLimit") })
	figure("instructions, most, limit", func(l *admin.LoadedFilter) string { return use(l, plainCount, "MaxInstructions", "InstructionLimit") })
	figure("output, most, limit", func(l *admin.LoadedFilter) string { return use(l, size, "MaxOutput", "OutputLimit") })
	figure("state at the end", func(l *admin.LoadedFilter) string {
		return strings.TrimSuffix(l.State+": "+safe([]byte(l.Reason)), ": ")
	})
	w.Flush()
	if r.with.diff {
		fmt.Fprintf(r.t.out, "\n%d of %d steps differ\n", x.Different, x.Steps)
	}
	for _, d := range x.Differences {
		fmt.Fprintf(r.t.out, "\n%s\n", d.At)
		for _, side := range []struct {
			mark string
			text []string
		}{{"- ", d.Old}, {"+ ", d.New}} {
			for _, text := range side.text {
				for line := range strings.SplitSeq(text, "\n") {
					fmt.Fprintln(r.t.out, side.mark+line)
				}
			}
		}
	}
	for i, text := range x.Samples {
		fmt.Fprintf(r.t.out, "\nsample %d\n%s\n", i+1, text)
	}
}

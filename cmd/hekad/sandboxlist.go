package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/admin"
	"github.com/heka-project/heka/message"
)

func (t *terminal) sandboxListCommand() *cobra.Command {
	var f controlFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "Show the filters that were loaded into the running daemon",
		Long: `Shows the filters that were loaded into the running daemon: what they did, and
what they use of their limits now and at most.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := f.client()
			if err != nil {
				return err
			}
			a, err := c.Sandboxes()
			if err != nil {
				return err
			}
			if asJSON {
				e := json.NewEncoder(t.out)
				e.SetIndent("", "  ")
				return e.Encode(a)
			}
			return t.listSandboxes(&a)
		},
	}
	f.add(c)
	c.Flags().BoolVar(&asJSON, "json", false, "answer in JSON")
	return c
}

func (t *terminal) listSandboxes(a *admin.Sandboxes) error {
	if len(a.Managers) == 0 {
		fmt.Fprintln(t.out, "there is no sandbox manager; add a section of type SandboxManagerFilter")
	}
	if len(a.Filters) == 0 {
		fmt.Fprintf(t.out, "nothing is loaded; managers: %s\n", orNone(a.Managers))
		return nil
	}
	w := tabwriter.NewWriter(t.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "FILTER\tMANAGER\tSTATE\tSINCE\tTAKEN\tDONE\tHELD\tINJECTED\tDROPPED\tBUSY\tMEMORY/MAX/LIMIT\tINSTRUCTIONS MAX/LIMIT\tOUTPUT MAX/LIMIT")
	for i := range a.Filters {
		l := &a.Filters[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\n", l.Name, l.Manager, l.State, l.Since.Local().Format(time.DateTime),
			l.Received, l.Processed, l.Held, l.Injected, l.Dropped, time.Duration(l.BusyNs).Round(time.Millisecond),
			use(l, size, "Memory", "MaxMemory", "MemoryLimit"), use(l, plainCount, "MaxInstructions", "InstructionLimit"), use(l, size, "MaxOutput", "OutputLimit"))
	}
	w.Flush()
	for _, l := range a.Filters {
		if l.Reason != "" {
			fmt.Fprintf(t.out, "%s: %s\n", l.Name, safe([]byte(l.Reason)))
		}
	}
	return nil
}

func plainCount(n int64) string { return fmt.Sprint(n) }

// use writes figures of a filter side by side; "-" where it does not report them.
func use(l *admin.LoadedFilter, write func(int64) string, names ...string) string {
	var parts []string
	for _, name := range names {
		v, ok := l.Metrics[name].(float64)
		switch {
		case !ok:
			return "-"
		case v == 0 && strings.HasSuffix(name, "Limit"):
			parts = append(parts, "no limit")
		default:
			parts = append(parts, write(int64(v)))
		}
	}
	return strings.Join(parts, " / ")
}

func (t *terminal) shadowCommand() *cobra.Command {
	var f controlFlags
	var manager string
	var d time.Duration
	c := &cobra.Command{
		Use:   "shadow SECTION.toml SCRIPT.lua",
		Short: "Try a filter on live messages without delivering what it injects",
		Long: `Runs a filter beside the live ones for a while: it sees the messages that its
matcher takes, under the limits of its manager, and what it injects is counted and
goes nowhere. It starts without state and leaves none. The end tells what it would
have injected, with a sample, and what it cost.`,
		Example: "  hekad sandbox shadow --for 60s counter.toml counter.lua",
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) != 2 {
			return usageError(c, errors.New("give the file of the section and the file of the script"))
		}
		config, script, err := t.readFilter(args[0], args[1])
		if err != nil {
			return err
		}
		cl, err := f.client()
		if err != nil {
			return err
		}
		trial, err := cl.Shadow(c.Context(), manager, d, admin.FilterText{Config: config, Script: script})
		if err != nil {
			return err
		}
		t.tellTrial(&trial)
		if trial.Filter.State == "terminated" {
			return exitWith(exitFailed, fmt.Errorf("the filter ended: %s", safe([]byte(trial.Filter.Reason))))
		}
		return nil
	}
	f.add(c)
	c.Flags().StringVar(&manager, "manager", "", "sandbox manager whose limits hold (default: the only one)")
	c.Flags().DurationVar(&d, "for", time.Minute, "how long it is tried")
	return c
}

// tellTrial writes what a shadow did.
func (t *terminal) tellTrial(x *admin.Trial) {
	l := &x.Filter
	span := time.Duration(x.ForNs)
	fmt.Fprintf(t.out, "%s, %s after %s\n\n", l.Name, l.State, span.Round(time.Millisecond))
	w := tabwriter.NewWriter(t.out, 0, 8, 2, ' ', 0)
	row := func(name string, of func(l *admin.LoadedFilter) string) {
		fmt.Fprintf(w, "%s\t%s", name, of(l))
		if x.Beside != nil {
			fmt.Fprintf(w, "\t%s", of(x.Beside))
		}
		fmt.Fprintln(w)
	}
	if x.Beside != nil {
		fmt.Fprintln(w, "\ttried\tlive")
	}
	row("messages taken", func(l *admin.LoadedFilter) string { return fmt.Sprint(l.Received) })
	row("processed", func(l *admin.LoadedFilter) string { return fmt.Sprint(l.Processed) })
	row("dropped", func(l *admin.LoadedFilter) string { return fmt.Sprint(l.Dropped) })
	row("injected", func(l *admin.LoadedFilter) string { return fmt.Sprint(l.Injected) })
	row("time a message", func(l *admin.LoadedFilter) string {
		return time.Duration(l.BusyNs / int64(max(1, l.Processed))).String()
	})
	row("processor", func(l *admin.LoadedFilter) string {
		return fmt.Sprintf("%.2f %% of a core", 100*float64(l.BusyNs)/float64(max(1, x.ForNs)))
	})
	row("memory, most, limit", func(l *admin.LoadedFilter) string { return use(l, size, "Memory", "MaxMemory", "MemoryLimit") })
	row("instructions, most, limit", func(l *admin.LoadedFilter) string { return use(l, plainCount, "MaxInstructions", "InstructionLimit") })
	row("output, most, limit", func(l *admin.LoadedFilter) string { return use(l, size, "MaxOutput", "OutputLimit") })
	w.Flush()
	for _, c := range x.Types {
		fmt.Fprintf(t.out, "\nwould inject %d of type %s", c.N, safe([]byte(c.Type)))
	}
	if len(x.Types) > 0 {
		io.WriteString(t.out, "\n")
	}
	var v message.View
	for i, msg := range x.Sample {
		if v.Parse(msg, nil) {
			fmt.Fprintf(t.out, "\nsample %d\n%s", i+1, safe(appendText(nil, &v)))
		}
	}
}

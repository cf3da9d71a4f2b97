package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/admin"
	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/message"
)

const letterHelp = `Looks at the dead letters: messages that an output refused for good, and records
that no decoder could read (with keep_decode_failures), each with its reason. They
wait in base_dir/deadletter until somebody requeues or drops them; when there are
too many the oldest go, counted.

ls and show only read, also while a daemon runs. requeue needs a running daemon.
drop asks it where one runs.`

// letterTool is one run of a deadletter command.
type letterTool struct {
	t *terminal
	dirFlags
	admin, token string
	json         bool
	plugin       string
	all          bool
	reroute      bool
}

func (t *terminal) deadletterCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "deadletter",
		Short:   "Look at, retry and drop what was refused for good",
		Long:    letterHelp,
		GroupID: groupTools,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(t.letterLs(), t.letterShow(), t.letterRequeue(), t.letterDrop())
	return c
}

func (l *letterTool) command(use, short, long, example string, run func(c *cobra.Command, args []string) error) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Long: long, Example: example, RunE: run}
	configFlag(c, &l.config, "configuration, which tells base_dir and the admin socket")
	c.Flags().StringVar(&l.dir, "dir", "", "base_dir or the dead letters' folder, instead of --config")
	return c
}

// control adds the flags of commands that ask the daemon.
func (l *letterTool) control(c *cobra.Command) {
	c.Args = cobra.ArbitraryArgs
	addControl(c, &l.admin, &l.token)
	c.Flags().BoolVar(&l.all, "all", false, "all dead letters")
}

func (t *terminal) letterLs() *cobra.Command {
	l := &letterTool{t: t}
	c := l.command("ls", "List the dead letters", "Lists the dead letters, oldest first.",
		"  hekad deadletter ls\n  hekad deadletter ls --plugin elastic --json | jq -r '.[].reason' | sort | uniq -c", func(*cobra.Command, []string) error { return l.ls() })
	c.Args = noArgs
	c.Flags().BoolVar(&l.json, "json", false, "a JSON array")
	c.Flags().StringVar(&l.plugin, "plugin", "", "only those of this plugin")
	return c
}

type letterRow struct {
	ID       uint64    `json:"id"`
	Time     time.Time `json:"time"`
	Plugin   string    `json:"plugin"`
	Reason   string    `json:"reason"`
	Attempts int       `json:"attempts"`
	Origin   string    `json:"origin"`
	Raw      bool      `json:"raw"`
	Bytes    int       `json:"bytes"`
}

// each calls f for every dead letter; a folder that is not there has none.
func (l *letterTool) each(f func(*journal.Letter) error) error {
	dir, _, err := l.find("deadletter")
	if err != nil {
		return err
	}
	for x, err := range journal.ListDeadLetters(nil, dir) {
		if err == nil {
			err = f(x)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *letterTool) ls() error {
	rows := []letterRow{}
	err := l.each(func(x *journal.Letter) error {
		if l.plugin == "" || l.plugin == x.Plugin {
			rows = append(rows, letterRow{x.ID, x.Time.UTC(), x.Plugin, x.Reason, x.Attempts, x.Origin, x.Raw, len(x.Message)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if l.json {
		return l.t.json(rows)
	}
	return l.t.table("ID\tTIME\tPLUGIN\tATTEMPTS\tBYTES\tREASON", len(rows), func(i int) string {
		r := &rows[i]
		reason := safe([]byte(strings.ReplaceAll(r.Reason, "\n", " ")))
		return fmt.Sprintf("%d\t%s\t%s\t%d\t%d\t%.120s", r.ID, r.Time.Format(time.RFC3339), r.Plugin, r.Attempts, r.Bytes, reason)
	})
}

var errEnough = errors.New("enough")

func (t *terminal) letterShow() *cobra.Command {
	l := &letterTool{t: t}
	c := l.command("show ID", "Show one dead letter whole", "Shows one dead letter: why it is one, and the message or record itself. Control\ncharacters in it are written as \\xNN.",
		"  hekad deadletter show 17", func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError(c, errors.New("give the number of one dead letter"))
			}
			return l.show(args[0])
		})
	return c
}

func (l *letterTool) show(text string) error {
	ids, err := l.ids([]string{text})
	if err != nil {
		return err
	}
	found := false
	err = l.each(func(x *journal.Letter) error {
		if x.ID != ids[0] {
			return nil
		}
		found = true
		fmt.Fprintf(l.t.out, "ID: %d\nTime: %s\nPlugin: %s\nReason: %s\nAttempts: %d\nOrigin: %s\n", x.ID,
			x.Time.UTC().Format(time.RFC3339Nano), safe([]byte(x.Plugin)), safe([]byte(x.Reason)), x.Attempts, safe([]byte(x.Origin)))
		if x.Signer != "" {
			fmt.Fprintf(l.t.out, "Signer: %s\n", safe([]byte(x.Signer)))
		}
		var v message.View
		if x.Raw || !v.Parse(x.Message, nil) {
			fmt.Fprintf(l.t.out, "Record of %d bytes:\n%s\n", len(x.Message), safe(x.Message))
		} else {
			fmt.Fprintf(l.t.out, "Message:\n%s", safe(appendText(nil, &v)))
		}
		return errEnough
	})
	switch {
	case err != nil && !errors.Is(err, errEnough):
		return err
	case !found:
		return fmt.Errorf("show %d: %w; hekad deadletter ls shows those that there are", ids[0], journal.ErrNoLetter)
	}
	return nil
}

// ids reads the numbers of letters.
func (l *letterTool) ids(args []string) (ids []uint64, err error) {
	for _, a := range args {
		id, err := strconv.ParseUint(a, 10, 64)
		if err != nil {
			return nil, exitWith(exitUsage, fmt.Errorf("%q is not the number of a dead letter; hekad deadletter ls shows them", a))
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// which reads what the command line says of letters, for the command and for the
// daemon.
func (l *letterTool) which(c *cobra.Command, args []string) (ids []uint64, query string, err error) {
	if ids, err = l.ids(args); err != nil {
		return nil, "", err
	}
	if (len(ids) == 0) != l.all {
		return nil, "", usageError(c, errors.New("say which dead letters: their numbers, or --all"))
	}
	if l.all {
		return nil, "all=1", nil
	}
	return ids, "id=" + strings.Join(args, ","), nil
}

func (t *terminal) letterRequeue() *cobra.Command {
	l := &letterTool{t: t}
	c := l.command("requeue ID... | --all", "Have dead letters tried again", "Has the running daemon try dead letters again: a message goes to the plugin that\nrefused it, or with --reroute to all whose matcher takes it; a record that could\nnot be decoded goes through its input's decoder. A dead letter goes once it is\ndelivered or lies in the journal; what is refused again becomes a new one.",
		"  hekad deadletter requeue 17 18\n  hekad deadletter requeue --all", nil)
	c.RunE = func(c *cobra.Command, args []string) error { return l.requeue(c, args) }
	l.control(c)
	c.Flags().BoolVar(&l.reroute, "reroute", false, "to every plugin whose matcher takes it, not only the one that refused it")
	return c
}

func (l *letterTool) client() (*admin.Client, error) {
	if l.dir != "" && l.admin == "" {
		return admin.NewClient(socketIn(l.dir), ""), nil
	}
	f := controlFlags{config: l.config, admin: l.admin, token: l.token}
	return f.client()
}

func (l *letterTool) requeue(c *cobra.Command, args []string) error {
	_, query, err := l.which(c, args)
	if err != nil {
		return err
	}
	if l.reroute {
		query += "&reroute=1"
	}
	client, err := l.client()
	if err != nil {
		return err
	}
	r, err := client.Requeue(c.Context(), query)
	fmt.Fprintf(l.t.out, "%s requeued\n", plural(r.Sent, "dead letter"))
	if errors.Is(err, admin.ErrNoDaemon) {
		return fmt.Errorf("requeue needs a running hekad: %w", err)
	}
	if err != nil {
		return err
	}
	if r.Left > 0 {
		return fmt.Errorf("%s stay: %s", plural(r.Left, "dead letter"), r.Because)
	}
	return nil
}

func (t *terminal) letterDrop() *cobra.Command {
	l := &letterTool{t: t}
	c := l.command("drop ID... | --all", "Let dead letters go", "Lets dead letters go for good. Where a daemon runs it does it; else the files are\nwritten by this command.",
		"  hekad deadletter drop 17\n  hekad deadletter drop --all", nil)
	c.RunE = func(c *cobra.Command, args []string) error { return l.drop(c, args) }
	l.control(c)
	return c
}

func (l *letterTool) drop(c *cobra.Command, args []string) error {
	ids, query, err := l.which(c, args)
	if err != nil {
		return err
	}
	client, err := l.client()
	if err != nil {
		return err
	}
	answer, err := client.Post("/deadletter/drop?" + query)
	n := 0
	switch {
	case err == nil:
		n, err = strconv.Atoi(strings.TrimSpace(answer))
	case errors.Is(err, admin.ErrNoDaemon) && l.admin == "":
		n, err = l.dropHere(c.Context(), ids)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(l.t.out, "%s dropped\n", plural(n, "dead letter"))
	if n < len(ids) {
		return fmt.Errorf("%s of the %d: %w; hekad deadletter ls shows those that there are", strconv.Itoa(len(ids)-n), len(ids), journal.ErrNoLetter)
	}
	return nil
}

// dropHere drops letters that no daemon has open.
func (l *letterTool) dropHere(_ context.Context, ids []uint64) (int, error) {
	dir, _, err := l.find("deadletter")
	if err != nil {
		return 0, err
	}
	d, err := journal.OpenDeadLetters(dir, journal.DeadLetterOptions{})
	if err != nil {
		return 0, fmt.Errorf("%w; a daemon runs whose admin socket is elsewhere: give --admin", err)
	}
	slices.Sort(ids)
	n, err := d.Drop(slices.Compact(ids)...)
	return n, errors.Join(err, d.Close())
}

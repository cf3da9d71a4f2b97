package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/admin"
	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/logx"
	"github.com/heka-project/heka/match"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/pipeline"
	"github.com/heka-project/heka/plugin"
)

const replayHelp = `Sends messages through a pipeline again. A SOURCE is a file of framed messages, -
for standard input, a segment of a journal, or a folder: base_dir or a journal's
own. What a journal still holds behind all plugins is set by journal_history in
[hekad].

--admin     into a running daemon, by its admin socket or address: its matchers
            decide who takes the messages, as if an input had brought them
--config    into a pipeline of its own: the filters and outputs of a configuration,
            without its inputs, run until all is delivered, and stop
--with      into one script of a sandbox filter, to see what it would inject and
            what it costs, beside an old one (--against) and with the differences
            (--diff); nothing is delivered, and the clock is that of the data

--from and --to are the times of the messages; of a journal, the times at which
they were written to it. --speed 1x keeps the pauses between the messages' times,
10x a tenth of them.`

const replayExample = `  hekad replay --admin /var/cache/hekad/admin.sock --match "Type == 'nginx.access'" access.heka
  hekad replay --config again.toml --from "2026-11-25 14:00" --to "2026-11-25 15:00" /var/cache/hekad
  hekad replay --with new.lua --section errors.toml --from 1h /var/cache/hekad
  hekad replay --with new.lua --config /etc/hekad --filter errors --diff access.heka`

// replayer is one run of replay.
type replayer struct {
	t             *terminal
	config        string
	admin, token  string
	when          timeRange
	match, speed  string
	consumer      string
	ack           bool
	with          withFlags
	maxSize       uint64
	m             *match.Matcher
	view          message.View
	pace          pace
	read, matched int
}

// addControl adds the flags that name a running daemon.
func addControl(c *cobra.Command, to, token *string) {
	c.Flags().StringVar(to, "admin", "", "admin socket or host:port of the running hekad")
	c.Flags().StringVar(token, "token", os.Getenv("HEKA_ADMIN_TOKEN"), "admin token for host:port (default: HEKA_ADMIN_TOKEN)")
	c.Flags().Lookup("token").DefValue = ""
}

func (t *terminal) replayCommand() *cobra.Command {
	r := &replayer{t: t}
	c := &cobra.Command{
		Use:     "replay SOURCE...",
		Short:   "Send messages through a pipeline again",
		Long:    replayHelp,
		Example: replayExample,
		GroupID: groupTools,
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usageError(c, errors.New("nothing to replay; name a file, a segment, a folder, or - for standard input"))
		}
		if r.with.script != "" {
			if r.admin != "" || r.ack {
				return usageError(c, errors.New("--with delivers nothing: leave --admin and --ack out"))
			}
			return r.run(c.Context(), args)
		}
		if r.with.against != "" || r.with.diff || r.with.section != "" || r.with.filter != "" || r.with.input != "" {
			return usageError(c, errors.New("--against, --diff, --section, --filter and --decode-as need --with"))
		}
		if (r.config == "") == (r.admin == "") {
			return usageError(c, errors.New("say where to: --admin for a running hekad, or --config for a pipeline of its own"))
		}
		return r.run(c.Context(), args)
	}
	f := c.Flags()
	f.StringVarP(&r.config, "config", "c", "", "configuration whose filters and outputs take the messages")
	addControl(c, &r.admin, &r.token)
	f.StringVar(&r.match, "match", "TRUE", "message matcher")
	f.StringVar(&r.speed, "speed", "max", "max, or how many times as fast as it happened: 1x, 10x, 0.5x")
	f.StringVar(&r.consumer, "consumer", "", "of a journal, only what this consumer takes, such as output/elastic")
	f.BoolVar(&r.ack, "ack", false, "end only when the daemon has delivered all or has it in its journal")
	f.Uint64Var(&r.maxSize, "max-message-size", 4<<20, "largest message in bytes")
	r.when.add(c)
	r.with.add(c)
	return c
}

// pace keeps the time between messages. The zero value keeps none.
type pace struct {
	speed float64
	first int64 // Timestamp of the first message
	began time.Time
}

func parseSpeed(text string) (float64, error) {
	if text == "max" {
		return 0, nil
	}
	x, err := strconv.ParseFloat(strings.TrimSuffix(text, "x"), 64)
	if err != nil || !(x > 0 && x <= 1e6) {
		return 0, exitWith(exitUsage, fmt.Errorf("--speed %q is neither max nor a factor such as 1x or 10x", text))
	}
	return x, nil
}

// wait returns when the message's turn has come; false when ctx ended first.
func (p *pace) wait(ctx context.Context, stamp int64) bool {
	if p.speed == 0 {
		return ctx.Err() == nil
	}
	if p.began.IsZero() {
		p.first, p.began = stamp, time.Now()
	}
	due := time.Duration(float64(stamp-p.first) / p.speed)
	if d := due - time.Since(p.began); d > 0 {
		return pause(ctx, d)
	}
	return ctx.Err() == nil
}

func (r *replayer) run(ctx context.Context, sources []string) (err error) {
	if r.m, err = match.Compile(r.match); err != nil {
		return exitWith(exitUsage, fmt.Errorf("--match: %w", err))
	}
	if r.pace.speed, err = parseSpeed(r.speed); err != nil {
		return err
	}
	s := span{consumer: r.consumer, max: int(min(r.maxSize, 1<<30)), damaged: func(name string, off, n int64) {
		fmt.Fprintf(r.t.err, "%s: damaged at offset %d: %d bytes passed over\n", name, off, n)
	}}
	if s.from, s.to, err = r.when.parse(time.Now()); err != nil {
		return err
	}
	if r.with.script != "" {
		return r.try(ctx, &s, sources)
	}
	if r.config != "" {
		return r.fresh(ctx, &s, sources)
	}
	return r.running(ctx, &s, sources)
}

// pour writes what is to be replayed to w.
func (r *replayer) pour(ctx context.Context, s *span, sources []string, w io.Writer, flush func() error) error {
	return r.each(ctx, s, sources, func(frame []byte) error {
		if _, err := w.Write(frame); err != nil {
			return err
		}
		if r.pace.speed > 0 {
			return flush()
		}
		return nil
	})
}

// each calls yield with every frame that is to be replayed, in its time.
func (r *replayer) each(ctx context.Context, s *span, sources []string, yield func(frame []byte) error) error {
	for _, name := range sources {
		err := s.each(name, r.t.in, func(frame []byte) error {
			if !r.view.Parse(message.Unframe(frame), nil) || !r.view.Complete() {
				return nil // told of by who reads it
			}
			r.read++
			if !r.m.Match(&r.view) {
				return nil
			}
			if !r.pace.wait(ctx, r.view.Timestamp()) {
				return ctx.Err()
			}
			r.matched++
			return yield(frame)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *replayer) tell(untaken int) {
	fmt.Fprintf(r.t.err, "Processed: %d, matched: %d messages, %d of them taken by no plugin\n", r.read, r.matched, untaken)
}

// running replays into a daemon.
func (r *replayer) running(ctx context.Context, s *span, sources []string) error {
	pr, pw := io.Pipe()
	poured := make(chan error, 1)
	go func() {
		w := newBlocks(pw)
		err := r.pour(ctx, s, sources, w, w.Flush)
		if err == nil {
			err = w.Flush()
		}
		pw.CloseWithError(err)
		poured <- err
	}()
	a, err := admin.NewClient(r.admin, r.token).Inject(ctx, pr, r.ack)
	pr.CloseWithError(errors.New("hekad takes no more"))
	perr := <-poured
	if err != nil {
		if perr != nil && !errors.Is(perr, io.ErrClosedPipe) && !strings.Contains(perr.Error(), "takes no more") {
			err = perr
		}
		return fmt.Errorf("replay: %w", err)
	}
	r.tell(a.Untaken)
	return nil
}

// blocks gathers frames for a pipe.
type blocks struct {
	w   io.Writer
	buf []byte
}

func newBlocks(w io.Writer) *blocks { return &blocks{w: w, buf: make([]byte, 0, 64<<10)} }

func (b *blocks) Write(p []byte) (int, error) {
	b.buf = append(b.buf, p...)
	if len(b.buf) >= 60<<10 {
		return len(p), b.Flush()
	}
	return len(p), nil
}

func (b *blocks) Flush() error {
	_, err := b.w.Write(b.buf)
	b.buf = b.buf[:0]
	return err
}

// fresh runs a pipeline of its own over the sources.
func (r *replayer) fresh(ctx context.Context, s *span, sources []string) error {
	plan, err := config.Load(r.config, config.Options{})
	if err != nil {
		return exitWith(exitConfig, err)
	}
	g := &plan.Globals
	level, err := logx.ParseLevel(g.LogLevel)
	if err != nil {
		return err
	}
	left := plan.Sections[:0:0]
	for _, sec := range plan.Sections {
		if sec.Info.Kind != plugin.KindInput {
			left = append(left, sec)
		}
	}
	plan.Sections = left
	if err := os.MkdirAll(g.BaseDir, 0o700); err != nil {
		return fmt.Errorf("base_dir: %w; create it for this user, or set base_dir in [hekad]", err)
	}
	limits(g)
	eng, err := pipeline.New(plan, pipeline.Options{Log: slog.New(logx.New(r.t.err, level, g.LogFormat == "json"))})
	if err != nil {
		return err
	}
	runCtx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- eng.Run(runCtx) }()
	untaken, err := r.through(ctx, eng, s, sources, ended)
	stop()
	if rerr, ok := <-ended; ok && rerr != nil {
		err = errors.Join(err, rerr)
	}
	if err == nil {
		r.tell(untaken)
	}
	return err
}

// through feeds the engine and waits until it has delivered all.
func (r *replayer) through(ctx context.Context, eng *pipeline.Engine, s *span, sources []string, ended chan error) (untaken int, err error) {
	over := func() bool { // the engine has ended by itself
		select {
		case err = <-ended:
			close(ended)
			if err == nil {
				err = errors.New("the pipeline has stopped by itself")
			}
			return true
		default:
			return false
		}
	}
	for !eng.Running() {
		if over() || !pause(ctx, time.Millisecond) {
			return 0, errors.Join(err, ctx.Err())
		}
	}
	f, err := eng.Feed(ctx, pipeline.FeedOptions{})
	if err != nil {
		return 0, err
	}
	perr := r.pour(ctx, s, sources, f, f.Flush)
	res, err := f.Close()
	if err = errors.Join(perr, err); err != nil {
		return res.Untaken, err
	}
	for !eng.Drained() {
		if over() || !pause(ctx, 5*time.Millisecond) {
			return res.Untaken, errors.Join(err, ctx.Err())
		}
	}
	return res.Untaken, nil
}

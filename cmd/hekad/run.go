package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/admin"
	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/foldlog"
	"github.com/heka-project/heka/pipeline"
)

const runHelp = `Runs the daemon until SIGINT or SIGTERM, and then stops in order: inputs first,
outputs last, each once it has delivered what it holds. A second signal ends it at
once.

SIGHUP   read the configuration anew, apply what changed, reopen files
SIGUSR1  write a report of every plugin to standard error
SIGUSR2  the same, with what every goroutine is doing

Exit codes: 0 stopped by a signal, 1 could not start or a plugin ended that may
not, 78 the configuration is wrong.`

func (t *terminal) runCommand() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use:     "run",
		Short:   "Run the daemon",
		Long:    runHelp,
		Example: "  hekad run --config /etc/hekad\n  hekad -config /etc/hekad.toml          # as with Heka 0.x",
		GroupID: groupDaemon,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return t.run(c.Context(), path) },
	}
	configFlag(c, &path)
	return c
}

// daemon is a hekad that runs.
type daemon struct {
	t      *terminal
	path   string // of the configuration
	log    *slog.Logger
	engine *pipeline.Engine
	reload sync.Mutex // one reload at a time
}

func (t *terminal) run(ctx context.Context, path string) (err error) {
	plan, err := t.loadConfig(path)
	if err != nil {
		return err
	}
	g := &plan.Globals
	handler, flush := logHandler(t, g)
	defer flush()
	d := &daemon{t: t, path: path, log: slog.New(handler)}
	if g.MaxProcs > 0 {
		runtime.GOMAXPROCS(g.MaxProcs)
	}
	if err := os.MkdirAll(g.BaseDir, 0o750); err != nil {
		return fmt.Errorf("make base_dir: %w; set base_dir in [hekad] to a folder that this user may write", err)
	}
	remove, err := writePID(g.PidFile)
	if err != nil {
		return err
	}
	defer remove()
	stop, err := profile(g.CPUProf, g.MemProf)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()

	d.log.Info("starting", "version", buildVersion(), "config", path)
	d.warn(plan)
	if d.engine, err = pipeline.New(plan, pipeline.Options{Log: d.log}); err != nil {
		return exitWith(exitConfig, err)
	}
	server := admin.New(d.engine, admin.Options{
		Socket: g.Socket(), Address: g.AdminAddress, Token: g.AdminToken, Version: buildVersion(), Reload: d.Reload, Log: d.log,
	})
	if err := server.Start(); err != nil {
		return err
	}
	defer server.Stop()
	defer d.listen()()
	return d.engine.Run(ctx)
}

// logHandler makes the handler of the daemon's own log. Lines that repeat are
// folded; flush writes what is still folded.
func logHandler(t *terminal, g *config.Globals) (h slog.Handler, flush func()) {
	var level slog.Level
	level.UnmarshalText([]byte(g.LogLevel))
	o := &slog.HandlerOptions{Level: level}
	if g.LogFormat == "json" {
		h = slog.NewJSONHandler(t.err, o)
	} else {
		h = slog.NewTextHandler(t.err, o)
	}
	f := foldlog.New(h)
	end, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(10 * time.Second)
		defer tick.Stop()
		for {
			select {
			case now := <-tick.C:
				f.FlushBefore(now)
			case <-end:
				return
			}
		}
	}()
	return f, func() {
		close(end)
		<-done
		f.Flush()
	}
}

// warn logs what works but should be looked at.
func (d *daemon) warn(plan *config.Plan) {
	for _, w := range plan.Warnings {
		d.log.Warn(w.Error())
	}
}

// Reload reads the configuration anew and applies what changed. On an error
// everything runs on as before.
func (d *daemon) Reload() error {
	d.reload.Lock()
	defer d.reload.Unlock()
	plan, err := config.Load(d.path, config.Options{})
	if err == nil {
		d.warn(plan)
		err = d.engine.Reload(plan)
	}
	if err != nil {
		d.log.Error("reload refused, going on as before", "err", err)
		return err
	}
	d.engine.Reopen()
	d.log.Info("reloaded", "config", d.path)
	return nil
}

// report writes the state of every plugin to standard error.
func (d *daemon) report(stacks bool) {
	fmt.Fprint(d.t.err, d.engine.Report().Text())
	if stacks {
		buf := make([]byte, 1<<20)
		d.t.err.Write(buf[:runtime.Stack(buf, true)])
	}
}

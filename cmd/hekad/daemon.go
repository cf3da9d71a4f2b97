package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"

	"github.com/heka-project/heka/admin"
	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/logx"
	"github.com/heka-project/heka/internal/pidfile"
	"github.com/heka-project/heka/pipeline"
)

// daemon is one run of hekad from its configuration to its stop.
type daemon struct {
	path    string    // of the configuration
	version string    // for the admin interface
	stderr  io.Writer // log and reports
	log     *slog.Logger
	engine  *pipeline.Engine
	abort   context.CancelCauseFunc // stops the daemon, which then ends with that error
}

// errAborted is how a daemon ends that SIGUSR2 has stopped.
var errAborted = errors.New("stopped by SIGUSR2; its report and its goroutines are above")

// run loads the configuration and works until the context ends. A configuration
// that is wrong gives config.Errors.
func (d *daemon) run(ctx context.Context) error {
	plan, err := config.Load(d.path, config.Options{})
	if err != nil {
		return err
	}
	g := &plan.Globals
	level, err := logx.ParseLevel(g.LogLevel)
	if err != nil {
		return err
	}
	d.log = slog.New(logx.New(d.stderr, level, g.LogFormat == "json"))
	for _, w := range plan.Warnings {
		d.log.Warn(w.Error())
	}
	if err := os.MkdirAll(g.BaseDir, 0o700); err != nil {
		return fmt.Errorf("base_dir: %w; create it for this user, or set base_dir in [hekad]", err)
	}
	if g.PidFile != "" {
		remove, err := pidfile.Write(g.PidFile)
		if err != nil {
			return err
		}
		defer remove()
	}
	limits(g)
	profile, err := startProfiles(g)
	if err != nil {
		return err
	}
	defer profile()
	if d.engine, err = pipeline.New(plan, pipeline.Options{Log: d.log}); err != nil {
		return err
	}
	adm := admin.New(d.engine, admin.Options{Socket: g.Socket(), Address: g.AdminAddress, Token: g.AdminToken,
		Version: d.version, Config: d.path, Reload: d.reload, Log: d.log})
	if err := adm.Start(); err != nil {
		return err
	}
	defer adm.Stop()
	ctx, d.abort = context.WithCancelCause(ctx)
	defer d.abort(nil)
	defer d.handleSignals()()
	err = d.engine.Run(ctx)
	if errors.Is(context.Cause(ctx), errAborted) {
		err = errors.Join(errAborted, err)
	}
	return err
}

// dump writes what helps to understand a daemon that does not move.
func (d *daemon) dump() {
	io.WriteString(d.stderr, d.engine.Report().Text())
	pprof.Lookup("goroutine").WriteTo(d.stderr, 2)
}

// reload reads the configuration anew and applies the difference, then has files
// and certificates opened anew. With dry it only tells what that would do.
func (d *daemon) reload(dry bool) (*pipeline.Outcome, error) {
	plan, err := config.Load(d.path, config.Options{})
	if dry {
		if err != nil {
			return nil, err
		}
		return d.engine.Preview(plan)
	}
	if err != nil {
		d.log.Error("reload refused; the old configuration runs on", "err", err)
		return nil, err
	}
	o, err := d.engine.Reload(plan)
	if err == nil {
		d.engine.Reopen()
	}
	return o, err
}

// limits gives the process its processors and the collector its limit: the
// messages' budget, a quarter for what surrounds them and room for the program.
func limits(g *config.Globals) {
	if g.MaxProcs > 0 {
		runtime.GOMAXPROCS(g.MaxProcs)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(g.MemoryBudget) + int64(g.MemoryBudget)/4 + 128<<20)
	}
}

// startProfiles begins what cpuprof and memprof ask for; the result ends it.
func startProfiles(g *config.Globals) (end func(), err error) {
	var cpu *os.File
	if g.CPUProf != "" {
		if cpu, err = os.Create(g.CPUProf); err != nil {
			return nil, fmt.Errorf("cpuprof: %w", err)
		}
		if err := pprof.StartCPUProfile(cpu); err != nil {
			return nil, errors.Join(fmt.Errorf("cpuprof: %w", err), cpu.Close())
		}
	}
	return func() {
		if cpu != nil {
			pprof.StopCPUProfile()
			cpu.Close()
		}
		if g.MemProf == "" {
			return
		}
		f, err := os.Create(g.MemProf)
		if err == nil {
			runtime.GC()
			err = errors.Join(pprof.WriteHeapProfile(f), f.Close())
		}
		if err != nil {
			slog.Error("memprof", "err", err)
		}
	}, nil
}

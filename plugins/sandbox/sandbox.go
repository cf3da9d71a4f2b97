// Package sandbox holds the five kinds of plugin that are written in Lua:
// SandboxInput, SandboxDecoder, SandboxFilter, SandboxEncoder and SandboxOutput.
// Decoders, filters and encoders may be WebAssembly modules instead.
//
//	plugin ── box ── machine ── script       sandbox.Sandbox or wasm.Instance
//	           │  terminated: told, started anew while max_restarts lasts, else quarantined
//	           └─ keeper: state in a file, where the engine does not save it with a position
//
// The host of the scripts is the room sandbox; here it becomes a plugin: options,
// life cycle, restarts, saved state, reports.
package sandbox

import (
	_ "embed"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/share"
)

//go:embed README.md
var readme string

//go:embed sandbox.toml
var sample string

func about(doc string) plugin.About {
	return plugin.About{Doc: doc, Sample: sample, Readme: readme}
}

// profileCalls is how many calls are timed each while a profile is taken: ten times
// the samples that the original wants.
const profileCalls = 290

// box is one script as a plugin: made from its options, told of when it ends, made
// anew while it may be. One goroutine uses it, Report apart.
type box struct {
	kind sandbox.Kind
	env  plugin.Env // fixed, as are the two above and below
	cfg  Common
	opts sandbox.Options
	max  int // restarts in a window

	sb       machine     // nil before it is opened and after the stop
	restarts []time.Time // in the window
	ended    bool        // for good
	lastStop *sandbox.Stop

	shown                   atomic.Pointer[machine] // sb, for Report
	restarted, failedBefore atomic.Int64
}

// newBox makes the sandbox and runs the body of its script.
func newBox(kind sandbox.Kind, cfg Common, instructions uint64, callTime time.Duration, restarts uint, env plugin.Env) (*box, error) {
	b, err := newIdleBox(kind, cfg, instructions, callTime, restarts, env)
	if err != nil {
		return nil, err
	}
	return b, b.open()
}

// newIdleBox makes a box without running anything of the script.
func newIdleBox(kind sandbox.Kind, cfg Common, instructions uint64, callTime time.Duration, restarts uint, env plugin.Env) (*box, error) {
	if env.Clock == nil {
		env.Clock = clock.Real{}
	}
	b := &box{kind: kind, env: env, cfg: cfg, max: int(min(restarts, 1<<20))}
	script, err := share.Find(env.ShareDir, cfg.Filename)
	if err != nil {
		return nil, err
	}
	if kind == sandbox.Input || kind == sandbox.Output { // of the others the body runs at once
		if _, err := lua.New(lua.Options{Profile: lua.Sandbox}).Load(script.Chunk, script.Source); err != nil {
			return nil, fmt.Errorf("start script %s: %w", cfg.Filename, err)
		}
	}
	if kind != sandbox.Encoder && kind != sandbox.Output && env.MaxMessageSize > 0 && int64(cfg.OutputLimit) > int64(env.MaxMessageSize) && env.Log != nil {
		env.Log.Warn("output_limit is above max_message_size: a larger payload ends the script all the same; raise max_message_size in [hekad]",
			"output_limit", int64(cfg.OutputLimit), "max_message_size", env.MaxMessageSize)
	}
	b.opts = sandbox.Options{
		Kind: kind, Name: env.Name, Hostname: env.Hostname, Script: script,
		Loader: share.Loader(env.ShareDir, cfg.ModuleDirectory),
		Memory: int64(cfg.MemoryLimit), Instructions: int64(min(instructions, 1<<62)), Output: int(min(cfg.OutputLimit, 1<<40)),
		ProcessInject: env.MaxProcessInject, TimerInject: env.MaxTimerInject,
		Config: cfg.Config, MaxMessage: env.MaxMessageSize, CallTime: callTime, Now: env.Clock.Now, Log: env.Log,
	}
	return b, nil
}

// open runs the body of the script in a new sandbox.
func (b *box) open() error {
	sb, err := b.newMachine()
	if err != nil {
		return fmt.Errorf("start script %s: %w", b.cfg.Filename, err)
	}
	if b.cfg.Profile {
		sb.Profile(profileCalls)
	}
	b.sb = sb
	b.shown.Store(&sb)
	return nil
}

// exit is the end of a plugin whose script was terminated.
type exit struct{ *sandbox.Stop }

func (e *exit) Is(target error) bool { return target == plugin.ErrExit }
func (e *exit) Unwrap() error        { return e.Stop }

// stopped handles the end of a script: it is started anew, and again says so, or
// the error is what the plugin ends with.
func (b *box) stopped(err error) (again bool, _ error) {
	var stop *sandbox.Stop
	if !errors.As(err, &stop) {
		return false, err
	}
	b.lastStop = stop
	if b.ended {
		return false, &exit{stop}
	}
	b.tell(stop)
	if b.budget() {
		if err = b.reopen(); err == nil {
			b.env.Log.Warn("the script is started anew", "restarts", len(b.restarts), "max_restarts", b.max)
			return true, nil
		}
		b.env.Log.Error("the script cannot be started anew", "err", err)
	}
	b.ended = true
	if b.max > 0 {
		b.env.Log.Error("the script is terminated for good: it has used up max_restarts; reload or restart hekad once it is mended", "max_restarts", b.max)
	}
	return false, &exit{stop}
}

// budget takes one of the restarts of the window; false when there is none left.
func (b *box) budget() bool {
	now := b.env.Clock.Now()
	kept := b.restarts[:0]
	for _, t := range b.restarts {
		if now.Sub(t) < b.cfg.RestartWindow {
			kept = append(kept, t)
		}
	}
	b.restarts = kept
	if len(b.restarts) >= b.max {
		return false
	}
	b.restarts = append(b.restarts, now)
	return true
}

// reopen starts the script anew, with the state that it had where it keeps some.
func (b *box) reopen() error {
	old := b.sb
	var state []byte
	if b.cfg.PreserveData {
		var err error
		if state, err = old.SaveState(); err != nil {
			b.env.Log.Warn("the script starts without the state that it had", "err", err)
		}
	}
	if err := b.open(); err != nil {
		b.sb = old
		return err
	}
	b.failedBefore.Add(old.Failures())
	b.restarted.Add(1)
	if state != nil {
		if _, err := b.sb.RestoreState(state); err != nil {
			b.env.Log.Warn("the script starts without the state that it had", "err", err)
		}
	}
	b.close(old)
	return nil
}

func (b *box) close(sb machine) {
	if err := sb.Close(); err != nil {
		b.env.Log.Warn("close script", "err", err)
	}
}

// tell logs the end of a script and sends the message that the original sends.
func (b *box) tell(stop *sandbox.Stop) {
	args := []any{"err", stop.Text}
	add := func(key, v string) {
		if v != "" {
			args = append(args, key, v)
		}
	}
	add("limit", stop.Limit)
	add("where", stop.Where)
	add("message", stop.Message)
	add("traceback", stop.Traceback)
	if b.env.Log != nil {
		b.env.Log.Error("script terminated", args...)
	}
	if b.env.Tell == nil {
		return
	}
	b.env.Tell(func(m *message.Builder) {
		m.Type, m.Payload = "heka.sandbox-terminated", stop.Text
		m.String("plugin", b.env.Name, "")
		for _, f := range []struct{ name, v string }{{"limit", stop.Limit}, {"where", stop.Where}, {"message", stop.Message}} {
			if f.v != "" {
				m.String(f.name, f.v, "")
			}
		}
	})
}

// Report implements plugin.Reporter.
func (b *box) Report(r *plugin.Report) {
	shown := b.shown.Load()
	if shown == nil {
		return
	}
	sb := *shown
	sb.Report(r)
	if b.kind == sandbox.Encoder || b.kind == sandbox.Decoder {
		r.Int("ProcessMessageCount", sb.Calls(), "count")
	}
	if n := b.restarted.Load(); n > 0 {
		r.Int("Restarts", n, "count")
		r.Int("ProcessMessageFailuresBefore", b.failedBefore.Load(), "count")
	}
}

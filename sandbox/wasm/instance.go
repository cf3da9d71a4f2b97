package wasm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/heka-project/heka/internal/logx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/internal/sink"
	"github.com/heka-project/heka/sandbox/internal/usage"
)

const (
	unlimited = 1 << 62       // fuel of a call without a limit
	slowLimit = 1_000_000_000 // from this instruction_limit on calls are watched by the clock too
	hostCost  = 16            // of a call of the host
)

// startFuel is the least fuel of what runs before the first message, and of saving
// and restoring.
var startFuel int64 = 50_000_000

// Options are what an instance is made of. Kind, limits, Config and the rest mean
// what they do for a script; Script.Source is the module.
type Options struct {
	sandbox.Options
	Preserve bool // the state is kept: the module must be able to save it
}

func (o *Options) fill() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Output <= 0 {
		o.Output = sandbox.DefaultOutput
	}
}

// Instance is one module at work.
type Instance struct {
	opts    Options // fixed after New, as are those up to preserved
	eng     *engine
	prog    *program
	mod     api.Module
	mem     api.Memory // nil when the module has none
	fuel    api.MutableGlobal
	depth   api.MutableGlobal
	process api.Function
	timer   api.Function // nil when there is none
	ctx     callContext
	version int32 // of the state
	full    int64 // fuel of a call

	// owned by the goroutine that uses it

	stop  *sandbox.Stop // why it was terminated; nil while it works
	stack [2]uint64
	fault *fault // why the host ended the call
	left  int64  // fuel, while a function of the host works
	cur   current
	names names
	sink  sink.Sink // of the call in progress, nil for none; one of those below
	sinks struct {
		filter  sink.Filter
		decoder sink.Decoder
		encoder sink.Encoder
	}
	inject   int    // messages that the call may still inject; filters
	text     []byte // of set_error
	scratch  [36]byte
	hasText  bool
	next     message.Fields
	nextAt   int
	nextSeen map[string]int32
	draft    *message.Builder
	view     message.View
	raw      message.View
	state    []byte
	saving   bool
	loading  bool
	stderr   []byte
	lines    lineBudget
	gripe    logx.Minute // about messages that the module failed on
	random   *rand.ChaCha8
	linear   linear
	use      usage.Usage
}

// instanceKey finds the instance in the context of a call.
type instanceKey struct{}

// callContext carries the instance to the host's functions.
type callContext struct {
	context.Context
	in *Instance
}

// Value implements context.Context.
func (c *callContext) Value(key any) any {
	if key == (instanceKey{}) {
		return c.in
	}
	return c.Context.Value(key)
}

// New compiles the module, or finds it compiled, and starts an instance of it. An
// error is a *sandbox.Stop, or says what is wrong with the module.
func New(o Options) (*Instance, error) {
	o.fill()
	in := &Instance{opts: o, draft: message.NewBuilder(o.MaxMessage), full: o.Instructions}
	in.eng = &engines[0]
	if o.CallTime > 0 && (o.Instructions <= 0 || o.Instructions > slowLimit) {
		in.eng = &engines[1]
	}
	if in.full <= 0 {
		in.full = unlimited
	}
	in.ctx = callContext{context.Background(), in}
	prog, err := in.eng.program(o.Script.Source)
	if err != nil {
		return nil, err
	}
	in.prog = prog
	if err := in.start(); err != nil {
		in.Close()
		return nil, err
	}
	in.publish()
	return in, nil
}

func (in *Instance) start() error {
	o := &in.opts
	m := in.prog.mod
	if err := m.check(o.Kind, o.Preserve); err != nil {
		return err
	}
	if need := int64(m.pages) * pageSize; o.Memory > 0 && need > o.Memory {
		return fmt.Errorf("module begins with %d bytes of memory, more than memory_limit = %d; raise it, or link the module with less", need, o.Memory)
	}
	in.linear.limit, in.linear.used = o.Memory, &in.use.Memory
	var seed [32]byte
	copy(seed[:], o.Name)
	in.random = rand.NewChaCha8(seed)
	ctx := experimental.WithMemoryAllocator(&in.ctx, &in.linear)
	mod, err := in.eng.rt.InstantiateModule(ctx, in.prog.code, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return in.stopped("start", err)
	}
	in.mod = mod
	if m.has[secMemory] {
		in.mem = mod.Memory()
	}
	in.fuel, _ = mod.ExportedGlobal(fuelExport).(api.MutableGlobal)
	in.depth, _ = mod.ExportedGlobal(depthExport).(api.MutableGlobal)
	if in.fuel == nil || in.depth == nil {
		return errors.New("bug: the module has no meter")
	}
	in.process, in.timer = mod.ExportedFunction(processExport), mod.ExportedFunction(timerExport)
	for _, name := range []string{startName, initExport} {
		if fn := mod.ExportedFunction(name); fn != nil {
			if err := in.run(fn, strings.TrimPrefix(name, ownPrefix), in.longer(), 0); err != nil {
				return err
			}
		}
	}
	if fn := mod.ExportedFunction(versionExport); fn != nil {
		if err := in.run(fn, versionExport, in.longer(), 0); err != nil {
			return err
		}
		in.version = int32(in.stack[0])
	}
	return nil
}

// longer is the fuel of calls that are not about a message.
func (in *Instance) longer() int64 { return max(in.full, startFuel) }

// run calls an exported function. Its result is in stack[0]; an error is a
// *sandbox.Stop.
func (in *Instance) run(fn api.Function, name string, fuel int64, arg uint64) error {
	in.fault, in.linear.refused, in.stderr = nil, false, in.stderr[:0]
	in.fuel.Set(uint64(fuel))
	in.depth.Set(0)
	in.stack[0] = arg
	err := in.enter(fn)
	used := fuel - int64(in.fuel.Get())
	in.use.Used(min(used, fuel))   // what was refused is not used
	if err == nil && used > fuel { // by the last stretch, which no check comes after
		err = errFuel
	}
	if err != nil {
		return in.stopped(name, err)
	}
	return nil
}

var errFuel = errors.New("instruction_limit exceeded")

func (in *Instance) enter(fn api.Function) error {
	if !in.eng.interruptible {
		return fn.CallWithStack(&in.ctx, in.stack[:])
	}
	ctx, cancel := context.WithTimeout(&in.ctx, in.opts.CallTime)
	defer cancel()
	return fn.CallWithStack(ctx, in.stack[:])
}

// call calls process_message: its status and the text beside it.
func (in *Instance) call() (status int, text string, err error) {
	in.hasText = false
	in.nextAt = 0
	if err := in.run(in.process, processExport, in.full, 0); err != nil {
		in.use.Failures.Add(1)
		return 0, "", err
	}
	status = int(int32(in.stack[0]))
	if status == 0 && !in.hasText {
		return 0, "", nil
	}
	if in.hasText {
		text = string(in.text)
	}
	switch {
	case status > 0:
		in.use.Failures.Add(1)
		st := &sandbox.Stop{Text: text}
		if text == "" {
			st.Text = fmt.Sprintf("process_message() returned %d", status)
		}
		return status, text, in.end(st)
	case status < 0 && (status != -2 || in.opts.Kind != sandbox.Encoder):
		in.use.Failures.Add(1)
	}
	return status, text, nil
}

// Timer calls timer_event; an error is a *sandbox.Stop.
func (in *Instance) tick(now time.Time) error {
	if in.timer == nil {
		return in.end(&sandbox.Stop{Text: "timer_event() function was not found"})
	}
	began := time.Now()
	err := in.run(in.timer, timerExport, in.full, uint64(now.UnixNano()))
	in.use.Ticked(time.Since(began))
	in.publish()
	return err
}

// Stopped returns why the instance was terminated, nil while it works.
func (in *Instance) Stopped() *sandbox.Stop { return in.stop }

// Close frees the instance, which is not used afterwards.
func (in *Instance) Close() error {
	if in.mod != nil {
		in.mod.Close(context.Background())
		in.mod = nil
	}
	if in.prog != nil {
		in.eng.release(in.prog)
		in.prog = nil
	}
	return nil
}

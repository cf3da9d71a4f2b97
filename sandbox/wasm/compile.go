package wasm

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

const (
	hostModule  = "heka"
	wasiModule  = "wasi_snapshot_preview1"
	compileTime = 30 * time.Second // longest that a compilation may take
	maxIdle     = 8                // programs that are kept though nobody runs them
	manyWorkers = 256 << 10        // bytes of a module from which on several goroutines compile it
)

// engine compiles and holds programs. There are two: in the second one a call can be
// interrupted at the price of speed, for plugins without an instruction_limit.
type engine struct {
	interruptible bool

	once sync.Once
	rt   wazero.Runtime // fixed after once, as is err
	err  error

	mu       sync.Mutex
	programs map[[32]byte]*program // guarded by mu, as is idle
	idle     []*program            // oldest first
}

var engines = [2]engine{{}, {interruptible: true}}

// program is a module, compiled. Its users are counted under the engine's mu.
type program struct {
	key   [32]byte
	users int

	once sync.Once
	mod  *module // fixed after once, as are those below
	code wazero.CompiledModule
	err  error
}

// open makes the runtime with the host's functions.
func (e *engine) open() {
	ctx := context.Background()
	cfg := wazero.NewRuntimeConfig().WithCoreFeatures(api.CoreFeaturesV2).WithCloseOnContextDone(e.interruptible).WithDebugInfoEnabled(false)
	e.programs = map[[32]byte]*program{}
	e.rt = wazero.NewRuntimeWithConfig(ctx, cfg)
	b := e.rt.NewHostModuleBuilder(hostModule)
	for i := range functions {
		f := &functions[i]
		define(b, f.Name, f.sig, f.fn)
	}
	if _, e.err = b.Instantiate(ctx); e.err != nil {
		return
	}
	b = e.rt.NewHostModuleBuilder(wasiModule)
	for name, f := range wasi {
		define(b, name, f.sig, f.fn)
	}
	_, e.err = b.Instantiate(ctx)
}

func define(b wazero.HostModuleBuilder, name string, sig signature, fn func(*Instance, []uint64)) {
	b.NewFunctionBuilder().WithGoFunction(api.GoFunc(func(ctx context.Context, stack []uint64) {
		in := ctx.Value(instanceKey{}).(*Instance)
		in.left = int64(in.fuel.Get())
		in.charge(hostCost)
		fn(in, stack)
		in.fuel.Set(uint64(in.left))
	}), valueTypes(sig.params), valueTypes(sig.results)).Export(name)
}

func valueTypes(s string) []api.ValueType {
	list := make([]api.ValueType, len(s))
	for i, c := range s {
		list[i] = map[rune]api.ValueType{'i': api.ValueTypeI32, 'I': api.ValueTypeI64, 'f': api.ValueTypeF32, 'F': api.ValueTypeF64}[c]
	}
	return list
}

// program returns the module compiled; release gives it back.
func (e *engine) program(text string) (*program, error) {
	e.once.Do(e.open)
	if e.err != nil {
		return nil, fmt.Errorf("start the WebAssembly runtime: %w", e.err)
	}
	key := sha256.Sum256([]byte(text))
	e.mu.Lock()
	p := e.programs[key]
	if p == nil {
		p = &program{key: key}
		e.programs[key] = p
	}
	if p.users++; p.users == 1 {
		e.wake(p)
	}
	e.mu.Unlock()
	p.once.Do(func() { p.err = p.compile(e, []byte(text)) })
	if p.err != nil {
		e.release(p)
		return nil, p.err
	}
	return p, nil
}

func (e *engine) wake(p *program) {
	for i, q := range e.idle {
		if q == p {
			e.idle = append(e.idle[:i], e.idle[i+1:]...)
			return
		}
	}
}

// release gives a program back. Some stay compiled for who comes next.
func (e *engine) release(p *program) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p.users--; p.users > 0 {
		return
	}
	if p.err == nil {
		if e.idle = append(e.idle, p); len(e.idle) <= maxIdle {
			return
		}
		p = e.idle[0]
		e.idle = append(e.idle[:0], e.idle[1:]...)
	}
	delete(e.programs, p.key)
	if p.code != nil {
		p.code.Close(context.Background())
	}
}

func (p *program) compile(e *engine, text []byte) (err error) {
	defer func() {
		if r := recover(); r != nil { // a fault of the compiler must not end the daemon
			err = fmt.Errorf("compile module: the compiler failed: %v", r)
		}
	}()
	m, err := parse(text)
	if err != nil {
		return err
	}
	metered, err := m.meter()
	if err != nil {
		return err
	}
	m.sec, m.names = [sections][]byte{}, nil
	ctx, cancel := context.WithTimeout(context.Background(), compileTime)
	defer cancel()
	if len(metered) > manyWorkers {
		ctx = experimental.WithCompilationWorkers(ctx, max(2, min(4, runtime.GOMAXPROCS(0))))
	}
	code, err := e.rt.CompileModule(ctx, metered)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("compile module: it takes longer than %s; use a smaller one", compileTime)
	}
	if err != nil {
		return fmt.Errorf("compile module: %w", err)
	}
	p.mod, p.code = m, code
	return nil
}

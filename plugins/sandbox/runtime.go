package sandbox

import (
	"errors"
	"fmt"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/wasm"
)

// machine is what runs a script: *sandbox.Sandbox for Lua, *wasm.Instance for
// WebAssembly. The contracts of the methods are the same.
type machine interface {
	Process(in *message.Selection, out plugin.Emitter) error
	Timer(now time.Time, out plugin.Emitter) error
	Decode(in *plugin.Record, out *message.Builder) error
	Encode(dst []byte, v *message.View) ([]byte, error)
	SaveState() ([]byte, error)
	RestoreState(data []byte) (fresh bool, err error)
	Profile(n int)
	Report(r *plugin.Report)
	Calls() int64
	Failures() int64
	Close() error
}

// scriptWasm is the script_type of modules.
const scriptWasm = "wasm"

// newMachine starts the script.
func (b *box) newMachine() (machine, error) {
	if b.cfg.ScriptType != scriptWasm {
		sb, err := sandbox.New(b.opts)
		if err != nil {
			return nil, err // no machine, rather than one that is a nil pointer
		}
		return sb, nil
	}
	in, err := wasm.New(wasm.Options{Options: b.opts, Preserve: b.cfg.PreserveData})
	if err != nil {
		return nil, err
	}
	return in, nil
}

// lua is the sandbox of kinds that only Lua can be.
func (b *box) lua() *sandbox.Sandbox { return b.sb.(*sandbox.Sandbox) }

// importState takes over what the original preserved, which had only Lua.
func (b *box) importState(text string) (fresh bool, err error) {
	sb, ok := b.sb.(*sandbox.Sandbox)
	if !ok {
		return false, errors.New("it is of a script in Lua, and this one is a WebAssembly module")
	}
	return sb.ImportState(text)
}

// onlyLua refuses modules where there is no ABI for them.
func (c *Common) onlyLua(kind string) error {
	if c.ScriptType == scriptWasm {
		return &plugin.OptionError{Option: "script_type", What: fmt.Sprintf("an %s cannot be a WebAssembly module", kind),
			Fix: `write it in Lua; modules are filters, decoders and encoders`}
	}
	return c.validate()
}

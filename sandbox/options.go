package sandbox

import (
	"log/slog"
	"time"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/sandbox/share"
)

// Kind is what a script is: it decides which functions and libraries it has.
type Kind uint8

// The five kinds.
const (
	Input Kind = iota
	Decoder
	Filter
	Encoder
	Output
)

func (k Kind) String() string {
	return [...]string{"input", "decoder", "filter", "encoder", "output"}[k]
}

// Defaults of the limits.
const (
	DefaultMemory       = 8 << 20 // bytes
	DefaultInstructions = 1_000_000
	DefaultOutput       = 63 << 10 // bytes
)

// freeWork is what library functions may do in each call before it counts as
// instructions: limits that were chosen for the original count only those of Lua
// itself. It takes about a millisecond.
const freeWork = 1 << 16

// Options are what a sandbox is made of.
type Options struct {
	Kind     Kind
	Name     string // the plugin's
	Hostname string // of this machine
	Script   share.Script

	// Loader finds modules: see share.Loader. Nil finds none.
	Loader func(module string) (source, chunk string, err error)

	Memory       int64 // bytes, 0 for no limit
	Instructions int64 // of each call, 0 for no limit
	Output       int   // bytes of the payload buffer and of an encoded message

	ProcessInject int // messages that a filter may inject in a process_message
	TimerInject   int // and in a timer_event

	// Config is what read_config knows: strings, numbers and booleans, others read
	// as nil.
	Config map[string]any

	MaxMessage int // bytes of an encoded message, 0 for no limit

	// CallTime is how long a call may take before it is interrupted, 0 for ever. It is
	// the last resort: instructions stop a script long before.
	CallTime time.Duration

	Now func() time.Time // nil is time.Now
	Log *slog.Logger     // nil discards
}

func (o *Options) fill() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Output <= 0 {
		o.Output = DefaultOutput
	}
}

// profile is the library that the kind has.
func (k Kind) profile() lua.Profile {
	if k == Input || k == Output {
		return lua.SandboxIO
	}
	return lua.Sandbox
}

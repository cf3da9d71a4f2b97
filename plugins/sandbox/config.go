package sandbox

import (
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox/share"
)

// Common are the options of every kind.
type Common struct {
	ScriptType      string         `toml:"script_type" default:"lua" enum:"lua,wasm" doc:"What the script is: lua, or wasm for a WebAssembly module, which filters, decoders and encoders can be."`
	Filename        string         `toml:"filename" required:"true" doc:"The script: an absolute path, or one below share_dir, such as lua_filters/http_status.lua; where there is no such file, the one of that name that comes with hekad."`
	ModuleDirectory string         `toml:"module_directory" doc:"Folders in which require looks for modules, divided by semicolons; default: lua_modules in share_dir. The modules that come with hekad are found after them."`
	PreserveData    bool           `toml:"preserve_data" default:"false" doc:"Keep the script's globals over a restart of the daemon."`
	MemoryLimit     plugin.Size    `toml:"memory_limit" default:"8MiB" doc:"Most memory that the script may hold, in bytes; 0 for no limit. Of a module its linear memory."`
	OutputLimit     plugin.Size    `toml:"output_limit" default:"63KiB" doc:"Most bytes of the payload buffer and of an encoded message."`
	Profile         bool           `toml:"profile" default:"false" doc:"Time every message for a while, then only some again."`
	RestartWindow   time.Duration  `toml:"restart_window" unit:"s" default:"10m" doc:"Time in which max_restarts counts."`
	Config          map[string]any `toml:"config" doc:"Values that the script reads with read_config: strings, numbers and booleans."`
}

func (c *Common) validate() error {
	switch {
	case c.OutputLimit == 0:
		return &plugin.OptionError{Option: "output_limit", What: "output_limit = 0 leaves no room for any output", Fix: "write a number of bytes, such as 64512"}
	case c.MemoryLimit > 1<<40:
		return &plugin.OptionError{Option: "memory_limit", What: "memory_limit is beyond any machine", Fix: "write a number of bytes, such as 8388608, or 0 for no limit"}
	case c.RestartWindow < 0:
		return &plugin.OptionError{Option: "restart_window", What: "restart_window is negative", Fix: `write a time such as "10m"`}
	}
	return nil
}

// Fingerprint implements plugin.Fingerprinter: the script's text, and what the
// folders of its modules hold.
func (c Common) Fingerprint(shareDir string) string {
	h := fnv.New64a()
	if s, err := share.Find(shareDir, c.Filename); err == nil {
		h.Write([]byte(s.Source))
	}
	for _, dir := range share.Directories(shareDir, c.ModuleDirectory) {
		list, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range list {
			if info, err := e.Info(); err == nil && filepath.Ext(e.Name()) == ".lua" {
				fmt.Fprintf(h, "%s %d %d\n", e.Name(), info.Size(), info.ModTime().UnixNano())
			}
		}
	}
	return "files = " + strconv.FormatUint(h.Sum64(), 16) + "\n"
}

// FilterConfig holds the options of SandboxFilter.
type FilterConfig struct {
	Common
	InstructionLimit     uint64        `toml:"instruction_limit" default:"1000000" doc:"Most instructions of a call; work of library functions counts too. 0 for no limit."`
	TimerEventOnShutdown bool          `toml:"timer_event_on_shutdown" default:"false" doc:"Call timer_event once more when the plugin stops."`
	CallTime             time.Duration `toml:"call_time" unit:"s" default:"10s" doc:"Longest time that a call may take by the clock, as a last resort; 0 for ever."`
	MaxRestarts          uint          `toml:"max_restarts" default:"0" doc:"How often a script that was terminated is started anew within restart_window; the message at fault is left out."`
}

// DecoderConfig holds the options of SandboxDecoder.
type DecoderConfig struct {
	Common
	InstructionLimit uint64        `toml:"instruction_limit" default:"1000000" doc:"Most instructions of a call; work of library functions counts too. 0 for no limit."`
	CallTime         time.Duration `toml:"call_time" unit:"s" default:"10s" doc:"Longest time that a call may take by the clock, as a last resort; 0 for ever."`
	MaxRestarts      uint          `toml:"max_restarts" default:"3" doc:"How often a script that was terminated is started anew within restart_window; the record at fault counts as one that cannot be decoded."`
}

// EncoderConfig holds the options of SandboxEncoder.
type EncoderConfig struct {
	Common
	InstructionLimit uint64        `toml:"instruction_limit" default:"1000000" doc:"Most instructions of a call; work of library functions counts too. 0 for no limit."`
	CallTime         time.Duration `toml:"call_time" unit:"s" default:"10s" doc:"Longest time that a call may take by the clock, as a last resort; 0 for ever."`
	MaxRestarts      uint          `toml:"max_restarts" default:"0" doc:"How often a script that was terminated is started anew within restart_window; the message at fault is refused."`
}

// InputConfig holds the options of SandboxInput.
type InputConfig struct {
	Common
	InstructionLimit uint64 `toml:"instruction_limit" default:"0" doc:"Most instructions of a call; 0 for no limit."`
	MaxRestarts      uint   `toml:"max_restarts" default:"0" doc:"How often a script that was terminated is started anew within restart_window."`
}

// OutputConfig holds the options of SandboxOutput.
type OutputConfig struct {
	Common
	InstructionLimit     uint64        `toml:"instruction_limit" default:"0" doc:"Most instructions of a call; 0 for no limit."`
	TimerEventOnShutdown bool          `toml:"timer_event_on_shutdown" default:"false" doc:"Call timer_event once more when the plugin stops."`
	CallTime             time.Duration `toml:"call_time" unit:"s" default:"0s" doc:"Longest time that a call may take by the clock; 0 for ever."`
	MaxRestarts          uint          `toml:"max_restarts" default:"0" doc:"How often a script that was terminated is started anew within restart_window; the message at fault is refused."`
}

// Validate checks the options.
func (c FilterConfig) Validate() error { return c.validate() }

// Validate checks the options.
func (c DecoderConfig) Validate() error { return c.validate() }

// Validate checks the options.
func (c EncoderConfig) Validate() error { return c.validate() }

// Validate checks the options.
func (c InputConfig) Validate() error { return c.onlyLua("input") }

// Validate checks the options.
func (c OutputConfig) Validate() error { return c.onlyLua("output") }

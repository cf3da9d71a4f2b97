package wasm

import (
	"fmt"

	"github.com/heka-project/heka/sandbox"
)

// Function is a function of the host that modules may import from "heka".
type Function struct {
	Name   string
	Kinds  []sandbox.Kind // that have it
	Args   []string       // names of the parameters
	Result string         // what it returns, "" for nothing
	Doc    string         // one sentence

	sig signature
	fn  func(in *Instance, a []uint64)
}

// Signature is the type of the function, such as (i32 i32) → (i32).
func (f *Function) Signature() string { return f.sig.String() }

// What functions of the host return beside lengths. docs/sandbox/wasm.md has them.
const (
	resNone    = -1 // there is no such value
	resType    = -2 // the value is of another type
	resRefused = -3 // what was asked for cannot be done
)

var (
	every   = []sandbox.Kind{sandbox.Filter, sandbox.Decoder, sandbox.Encoder}
	writers = []sandbox.Kind{sandbox.Decoder, sandbox.Encoder}
)

// functions is the ABI.
var functions = []Function{
	{"read_config", every, []string{"name", "name_len", "buf", "buf_len"}, "length, -1", "Gives a value of the plugin's table `config` as text: a string, a number or `true`/`false`.",
		signature{"iiii", "i"}, (*Instance).readConfig},
	{"read_message", every, []string{"name", "name_len", "field_index", "array_index", "buf", "buf_len"}, "length, -1, -2", "Gives a text or bytes of the message at hand: `Type`, `Logger`, `Payload`, `EnvVersion`, `Hostname`, `Uuid` (as text), `Fields[x]`, or `raw`, the encoded message.",
		signature{"iiiiii", "i"}, (*Instance).readMessage},
	{"read_int", every, []string{"name", "name_len", "field_index", "array_index", "out"}, "0, -1, -2", "Writes a number to `out` as i64: `Timestamp` (ns), `Severity`, `Pid` or `Fields[x]`; a double loses its fraction, a boolean is 0 or 1.",
		signature{"iiiii", "i"}, (*Instance).readInt},
	{"read_double", every, []string{"name", "name_len", "field_index", "array_index", "out"}, "0, -1, -2", "Writes a number to `out` as f64; otherwise as read_int.",
		signature{"iiiii", "i"}, (*Instance).readDouble},
	{"next_field", every, []string{"buf", "buf_len", "out"}, "length, -1", "Gives the name of the next field, and writes to `out` three i32: its type (0 string, 1 bytes, 2 integer, 3 double, 4 bool), how many values it has, and its field index. After -1 it begins again.",
		signature{"iii", "i"}, (*Instance).nextField},
	{"write_message", writers, []string{"name", "name_len", "type", "value", "value_len", "repr", "repr_len", "field_index", "array_index"}, "0, -3", "Changes the message at hand. Types: 0 string, 1 bytes, 2 integer (`value` is an i64), 3 double (an f64), 4 bool (one byte), -1 deletes the field, or with array_index > 0 one value of it. A new field has the index one past those of its name.",
		signature{"iiiiiiiii", "i"}, (*Instance).writeMessage},
	{"inject_message", every, []string{"msg", "msg_len"}, "0, -3", "Sends an encoded message (protocol buffers, without a frame); an encoder's is its output. A filter's Type gets `heka.sandbox.` before it.",
		signature{"ii", "i"}, (*Instance).injectMessage},
	{"inject_payload", every, []string{"type", "type_len", "name", "name_len", "text", "text_len"}, "0", "Sends a text as the payload of a message with the fields payload_type and payload_name; a decoder's first changes the message at hand, an encoder's is its output. An empty text sends nothing.",
		signature{"iiiiii", "i"}, (*Instance).injectPayload},
	{"set_error", every, []string{"text", "text_len"}, "", "Gives the reason for the result that process_message is about to return.",
		signature{"ii", ""}, (*Instance).setError},
	{"log", every, []string{"level", "text", "text_len"}, "", "Writes a line to the log of hekad: 0 debug, 1 info, 2 warning, 3 error; at most 512 bytes, and ten lines a minute.",
		signature{"iii", ""}, (*Instance).log},
	{"now", every, nil, "ns", "Gives the time as the plugin's clock has it; in a replay that of the data.",
		signature{"", "I"}, (*Instance).now},
	{"state_write", every, []string{"data", "data_len"}, "", "Appends to the state; in heka_save only.",
		signature{"ii", ""}, (*Instance).stateWrite},
	{"state_read", every, []string{"offset", "buf", "buf_len"}, "length", "Gives the state from the offset on, and returns how many bytes there are from there; in heka_restore only.",
		signature{"iii", "i"}, (*Instance).stateRead},
}

// Export is a function that the host calls.
type Export struct {
	Name string
	Need string // "required", or when it is needed
	Doc  string

	sigs []signature // any of them
}

// Signature is the type of the function.
func (e *Export) Signature() string { return e.sigs[0].String() }

const (
	processExport = "process_message"
	timerExport   = "timer_event"
	saveExport    = "heka_save"
	restoreExport = "heka_restore"
	versionExport = "heka_state_version"
	initExport    = "_initialize"
)

var exports = []Export{
	{processExport, "required", "Is called for each message. Result: 0 it was dealt with; below 0 it was not, which counts as a failure; -2 of an encoder: leave the message out; above 0 the plugin ends for good.", []signature{{"", "i"}}},
	{timerExport, "with ticker_interval; filters", "Is called at every tick with the time in nanoseconds.", []signature{{"I", ""}}},
	{saveExport, "with preserve_data", "Writes the state with state_write. Result: 0, or what means that it could not.", []signature{{"", "i"}}},
	{restoreExport, "with preserve_data", "Reads with state_read the state of so many bytes. Result: 0, or what means that it cannot be used.", []signature{{"i", "i"}}},
	{versionExport, "no", "Returns the version of the state; a state of another one is left out.", []signature{{"", "i"}}},
	{initExport, "no", "Is called first of all; compilers of libraries (reactors) make it.", []signature{{"", ""}}},
}

// findFunction returns the function of that name, nil when there is none.
func findFunction(name string) *Function {
	for i := range functions {
		if functions[i].Name == name {
			return &functions[i]
		}
	}
	return nil
}

// findImport is the type of what a module imports.
func findImport(from, name string) (signature, error) {
	switch from {
	case hostModule:
		if f := findFunction(name); f != nil {
			return f.sig, nil
		}
		return signature{}, fmt.Errorf("module imports heka.%.60s, which is no function of the host; docs/sandbox/wasm.md lists them", name)
	case wasiModule:
		if f, ok := wasi[name]; ok {
			return f.sig, nil
		}
	}
	return signature{}, fmt.Errorf("module imports %.60q of %.60q; there are only the functions of heka and wasi_snapshot_preview1", name, from)
}

// check says what is wrong with a module for a kind.
func (m *module) check(kind sandbox.Kind, preserve bool) error {
	for i := range exports {
		e := &exports[i]
		have, ok := m.function(e.Name)
		switch {
		case ok && have != e.sigs[0]:
			return fmt.Errorf("module exports %s as %s; it must be %s", e.Name, have, e.Signature())
		case ok:
		case e.Name == processExport:
			if _, start := m.function("_start"); start {
				return fmt.Errorf("module is a program: it exports _start and no %s; build it as a library (a reactor)", e.Name)
			}
			return fmt.Errorf("module exports no function %s", e.Name)
		case preserve && (e.Name == saveExport || e.Name == restoreExport):
			return fmt.Errorf("preserve_data is set, and the module exports no function %s; write it, or leave preserve_data out", e.Name)
		}
	}
	for _, name := range m.uses {
		if f := findFunction(name); !f.has(kind) {
			return fmt.Errorf("module imports heka.%s, which is no function for %ss; leave it out", name, kind)
		}
	}
	return nil
}

func (f *Function) has(k sandbox.Kind) bool {
	for _, x := range f.Kinds {
		if x == k {
			return true
		}
	}
	return false
}

package sandbox

import (
	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/message"
)

// Function is a function of the host that scripts may call.
type Function struct {
	Name  string
	Kinds []Kind // that have it
	Args  string // as in a manual
	Doc   string // one sentence

	fn func(*Sandbox, *lua.Call) int
}

var (
	all     = []Kind{Input, Decoder, Filter, Encoder, Output}
	readers = []Kind{Decoder, Filter, Encoder, Output}
	writers = []Kind{Decoder, Encoder}
	makers  = []Kind{Input, Decoder, Filter, Encoder}
	texters = []Kind{Decoder, Filter, Encoder}
)

// functions is the host's part of the API; require comes from the machine.
var functions = []Function{
	{"read_config", all, "(name)", "Returns a value of the plugin's table config: a string, number or boolean, else nil.", (*Sandbox).readConfig},
	{"decode_message", all, "(bytes)", "Returns an encoded message as a table.", (*Sandbox).decodeMessage},
	{"read_message", readers, `(name [, field index [, array index]])`, "Returns a header field, Fields[name] or the encoded message (raw).", (*Sandbox).readMessage},
	{"read_next_field", readers, "()", "Returns type, name, first value, representation and count of the next field, five nils at the end.", (*Sandbox).readNextField},
	{"write_message", writers, `(name, value [, representation [, field index [, array index]]])`, "Changes the message at hand; nil deletes a field.", (*Sandbox).writeMessage},
	{"inject_message", makers, "(table or bytes)", "Sends a new message.", (*Sandbox).injectMessage},
	{"add_to_payload", texters, "(value, …)", "Appends text to the payload buffer.", (*Sandbox).addToPayload},
	{"inject_payload", texters, `([type [, name [, value, …]]])`, "Appends text to the payload buffer, sends it as one payload and empties it.", (*Sandbox).injectPayload},
}

// Functions lists the host's functions.
func Functions() []Function { return functions }

// Has reports whether scripts of the kind have the function.
func (f *Function) Has(k Kind) bool {
	for _, x := range f.Kinds {
		if x == k {
			return true
		}
	}
	return false
}

// openAPI makes the functions of the kind globals.
func (s *Sandbox) openAPI() {
	for i := range functions {
		f := &functions[i]
		if f.Has(s.opts.Kind) {
			fn := f.fn
			s.vm.SetGlobal(f.Name, s.vm.NewFunction(f.Name, func(c *lua.Call) int { return fn(s, c) }))
		}
	}
	s.keys.open(s.vm)
	anchor, _ := s.vm.Metatable("sandbox.names")
	anchor.SetInt(1, s.vm.NewUserdata(&s.names, nil).Value())
}

// keys are the names that the host looks up in tables, as values that compare by
// address with the constants of scripts.
type keys struct {
	process, timer                         lua.Key
	uuid, timestamp, severity, pid, fields lua.Key
	name, value, valueType, representation lua.Key
	texts                                  [5]textKey
}

type textKey struct {
	key lua.Key
	num int
	to  func(*message.Header) *string
}

func (k *keys) open(vm *lua.VM) {
	k.process, k.timer = vm.Key("process_message"), vm.Key("timer_event")
	k.uuid, k.timestamp, k.severity, k.pid = vm.Key("Uuid"), vm.Key("Timestamp"), vm.Key("Severity"), vm.Key("Pid")
	k.fields, k.name, k.value = vm.Key("Fields"), vm.Key("name"), vm.Key("value")
	k.valueType, k.representation = vm.Key("value_type"), vm.Key("representation")
	k.texts = [5]textKey{
		{vm.Key("Type"), message.NumType, func(h *message.Header) *string { return &h.Type }},
		{vm.Key("Logger"), message.NumLogger, func(h *message.Header) *string { return &h.Logger }},
		{vm.Key("Payload"), message.NumPayload, func(h *message.Header) *string { return &h.Payload }},
		{vm.Key("EnvVersion"), message.NumEnvVersion, func(h *message.Header) *string { return &h.EnvVersion }},
		{vm.Key("Hostname"), message.NumHostname, func(h *message.Header) *string { return &h.Hostname }},
	}
}

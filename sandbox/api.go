package sandbox

import (
	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/message"
)

// Function is a function of the host that scripts may call.
type Function struct {
	Name  string
	Kinds []Kind   // that have it
	Args  string   // as in a manual
	Doc   string   // one sentence
	More  []string // further sentences

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
	{"read_config", all, "(name)", "Returns a value of the plugin's table `config`.", []string{
		"Strings, numbers and booleans; nil when there is none, or for a list, a table or a date.",
	}, (*Sandbox).readConfig},
	{"read_message", readers, `(name [, field index [, array index]])`, "Returns a part of the message at hand.", []string{
		"`Type`, `Logger`, `Payload`, `EnvVersion`, `Hostname`: a string, empty when unset. `Uuid`: as text. `Timestamp` (ns), `Severity`, `Pid`: a number, nil when unset.",
		"`Fields[x]`: a string, number or boolean; nil when there is none. The field index tells fields of one name apart, the array index the values of a field; both begin at 0.",
		"`raw`: the encoded message.",
	}, (*Sandbox).readMessage},
	{"read_next_field", readers, "()", "Returns type, name, first value, representation and number of values of the next field.", []string{
		"Types: 0 string, 1 bytes, 2 integer, 3 double, 4 bool. Five nils at the end; then it begins again.",
	}, (*Sandbox).readNextField},
	{"write_message", writers, `(name, value [, representation [, field index [, array index]]])`, "Changes the message at hand; names are those of read_message.", []string{
		"A field takes a string, a number (as double) or a boolean of the type that it has; a new one is made when the index is one past those of the name. nil deletes it, or with an array index the value.",
		"`Timestamp` takes nanoseconds or a date, `Uuid` its text.",
		"What cannot be done raises `write_message() failed`; the log at level debug says why.",
	}, (*Sandbox).writeMessage},
	{"inject_message", makers, "(table or bytes)", "Sends a new message; an encoder's is its output.", []string{
		"Keys of the table: `Uuid` (16 bytes), `Timestamp` (ns), `Type`, `Logger`, `Payload`, `EnvVersion`, `Hostname`, `Severity`, `Pid`, `Fields`; none must be there.",
		"`Fields = {name = value}`, where a value is a string, number, boolean, a list of one of these, an object with a text, or `{value = …, value_type = 0…4, representation = \"…\"}`; or a list of `{name = …, value = …}`, for names that repeat.",
		"value_type 1 makes bytes of strings, 2 integers of numbers.",
		"A string is taken as an encoded message.",
		"Filters: Type gets `heka.sandbox.` before it; at most max_process_inject for a message and max_timer_inject for a timer event.",
	}, (*Sandbox).injectMessage},
	{"add_to_payload", texters, "(value, …)", "Appends text to the payload buffer, which stays until it is injected.", []string{
		"Values: strings, numbers, booleans, nil, and objects with a text, such as a circular buffer.",
	}, (*Sandbox).addToPayload},
	{"inject_payload", texters, `([type [, name [, value, …]]])`, "Appends the values to the payload buffer, sends it and empties it; an encoder's is its output.", []string{
		"The type, `txt` by default, is what a file of it would end in; type and name become the fields payload_type and payload_name. An empty buffer sends nothing.",
	}, (*Sandbox).injectPayload},
	{"decode_message", all, "(bytes)", "Returns an encoded message as a table like that of inject_message.", []string{
		"`Fields` is a list of `{name, value_type, representation, value}`, where value is always a list. What is no message raises an error.",
	}, (*Sandbox).decodeMessage},
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
	header                                 [10]lua.Key // all that inject_message reads, Fields last
}

type textKey struct {
	key lua.Key
	num int
}

func (k *keys) open(vm *lua.VM) {
	k.process, k.timer = vm.Key("process_message"), vm.Key("timer_event")
	k.uuid, k.timestamp, k.severity, k.pid = vm.Key("Uuid"), vm.Key("Timestamp"), vm.Key("Severity"), vm.Key("Pid")
	k.fields, k.name, k.value = vm.Key("Fields"), vm.Key("name"), vm.Key("value")
	k.valueType, k.representation = vm.Key("value_type"), vm.Key("representation")
	k.texts = [5]textKey{
		{vm.Key("Type"), message.NumType},
		{vm.Key("Logger"), message.NumLogger},
		{vm.Key("Payload"), message.NumPayload},
		{vm.Key("EnvVersion"), message.NumEnvVersion},
		{vm.Key("Hostname"), message.NumHostname},
	}
	k.header = [10]lua.Key{k.uuid, k.timestamp, 7: k.severity, 8: k.pid, 9: k.fields}
	for i := range k.texts {
		k.header[2+i] = k.texts[i].key
	}
}

package plugin

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

// Kind is one of the six kinds of plugin.
type Kind uint8

// The kinds, in the order in which data meets them.
const (
	KindInput Kind = iota
	KindSplitter
	KindDecoder
	KindFilter
	KindEncoder
	KindOutput
)

var kindNames = [...]string{"input", "splitter", "decoder", "filter", "encoder", "output"}

func (k Kind) String() string { return kindNames[k] }

// Kinds lists all kinds.
func Kinds() []Kind {
	return []Kind{KindInput, KindSplitter, KindDecoder, KindFilter, KindEncoder, KindOutput}
}

// KindOf tells the kind from the suffix of a type's name.
func KindOf(typ string) (Kind, bool) {
	for _, k := range Kinds() {
		if s := k.String(); strings.HasSuffix(typ, strings.ToUpper(s[:1])+s[1:]) {
			return k, true
		}
	}
	return 0, false
}

// About says what a plugin is and which common options it sets differently.
type About struct {
	Doc    string // one sentence
	Sample string // TOML that runs, embedded from the plugin's folder
	Readme string // the folder's page, embedded

	Splitter     string        // inputs: default splitter, "" for NullSplitter
	Decoder      string        // inputs: default decoder, "" for none
	Matcher      string        // filters, outputs: default message_matcher, "" when it must be given
	Encoder      string        // outputs: default encoder, "" for none
	NeedsEncoder bool          // outputs: an encoder must be given or defaulted
	AutoFraming  bool          // outputs: use_framing is on where the encoder is ProtobufEncoder
	Ticker       time.Duration // default ticker_interval
	Buffering    bool          // filters, outputs: use_buffering is on by default
	CanExit      bool          // default can_exit
	MinBuffer    Size          // splitters: default min_buffer_size, 0 for the common one
	MessageBytes bool          // splitters: default use_message_bytes

	// Defaults of other common options that differ, as the default tags write
	// them, by dotted name: "buffering.max_file_size": "128MiB".
	Defaults map[string]string
}

// Info is a registered plugin type.
type Info struct {
	Name  string
	Kind  Kind
	About About

	config func() any
	make   func(config any, env Env) (any, error)
}

// NewConfig returns a pointer to a zero value of the plugin's config struct.
// Options are its fields with a `toml` tag; `default`, `doc`, `unit` and
// `required` tags say the rest.
func (i *Info) NewConfig() any { return i.config() }

// New makes an instance. config is what NewConfig returned, filled in.
func (i *Info) New(config any, env Env) (any, error) { return i.make(config, env) }

// Validator is a config struct with rules between its options. The error may be
// an *OptionError, so that the complaint points at the option.
type Validator interface {
	Validate() error
}

// OptionError is a complaint about one option.
type OptionError struct {
	Option string // its TOML name, dotted inside sub-tables
	What   string // what is wrong, with the value as written
	Fix    string // what to write instead
}

func (e *OptionError) Error() string { return e.Option + ": " + e.What + "; " + e.Fix }

var registry = map[string]*Info{}

func register[C, P any](kind Kind, name string, about About, make func(C, Env) (P, error)) {
	if got, ok := KindOf(name); !ok || got != kind {
		panic(fmt.Sprintf("bug: %s %q must end in its kind", kind, name))
	}
	if registry[name] != nil {
		panic(fmt.Sprintf("bug: plugin %q is registered twice", name))
	}
	registry[name] = &Info{
		Name: name, Kind: kind, About: about,
		config: func() any { return new(C) },
		make:   func(config any, env Env) (any, error) { return make(*config.(*C), env) },
	}
}

// RegisterInput makes an input type known. Called from init, as are its sisters.
func RegisterInput[C any](name string, about About, make func(C, Env) (Input, error)) {
	register(KindInput, name, about, make)
}

// RegisterSplitter makes a splitter type known.
func RegisterSplitter[C any](name string, about About, make func(C, Env) (Splitter, error)) {
	register(KindSplitter, name, about, make)
}

// RegisterDecoder makes a decoder type known.
func RegisterDecoder[C any](name string, about About, make func(C, Env) (Decoder, error)) {
	register(KindDecoder, name, about, make)
}

// RegisterFilter makes a filter type known.
func RegisterFilter[C any](name string, about About, make func(C, Env) (Filter, error)) {
	register(KindFilter, name, about, make)
}

// RegisterEncoder makes an encoder type known.
func RegisterEncoder[C any](name string, about About, make func(C, Env) (Encoder, error)) {
	register(KindEncoder, name, about, make)
}

// RegisterOutput makes an output type known.
func RegisterOutput[C any](name string, about About, make func(C, Env) (Output, error)) {
	register(KindOutput, name, about, make)
}

// Lookup finds a type by name.
func Lookup(name string) (*Info, bool) {
	i, ok := registry[name]
	return i, ok
}

// All lists the registered types by kind and name.
func All() []*Info {
	list := make([]*Info, 0, len(registry))
	for _, i := range registry {
		list = append(list, i)
	}
	sort.Slice(list, func(a, b int) bool {
		if list[a].Kind != list[b].Kind {
			return list[a].Kind < list[b].Kind
		}
		return list[a].Name < list[b].Name
	})
	return list
}

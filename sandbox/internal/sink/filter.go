package sink

import (
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// typePrefix is before the Type of everything that a filter injects.
const typePrefix = "heka.sandbox."

// Filter sends what a filter injects to the engine.
type Filter struct {
	Out  plugin.Emitter
	Name string // the plugin's

	b    *message.Builder
	host string // as the engine has it
	typ  []byte // scratch
}

// Begin implements Sink.
func (f *Filter) Begin() *message.Builder {
	f.b = f.Out.Begin()
	f.host = f.b.Hostname
	return f.b
}

// End overwrites what a filter may not choose itself.
func (f *Filter) End(uint32) error {
	f.typ = append(append(f.typ[:0], typePrefix...), f.b.Type...)
	f.b.Type, f.b.Logger, f.b.Hostname = message.Borrow(f.typ), f.Name, f.host
	return f.Out.Inject()
}

// Payload implements Sink.
func (f *Filter) Payload(text, typ, name string) error {
	b := f.Out.Begin()
	b.Type, b.Logger = "heka.sandbox-output", f.Name
	putPayload(b, text, typ, name)
	return f.Out.Inject()
}

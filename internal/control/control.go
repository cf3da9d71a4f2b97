// Package control reads and makes the messages that tell a sandbox manager what to
// do, and their Ed25519 signatures.
//
//	Order ──Draft──▶ Sign ──▶ message ──▶ Read ──▶ Order
//	                             └──────▶ Verify ──▶ key that signed it
//
// The form is that of the original, sandbox manager and heka-sbmgr alike, with
// fields that it passes over: docs/formats/control.md.
package control

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/heka-project/heka/message"
)

// Type is the Type of control messages.
const Type = "heka.control.sandbox"

// Names of the fields. The original knows the first three.
const (
	FieldAction    = "action"
	FieldConfig    = "config"
	FieldName      = "name"
	FieldManager   = "manager"
	FieldHost      = "host"
	FieldKey       = "signature_key"
	FieldSignature = "signature"
)

// What a manager can be asked.
const (
	Load    = "load"
	Replace = "replace"
	Pause   = "pause"
	Resume  = "resume"
	Unload  = "unload"
)

// Actions lists them.
func Actions() []string { return []string{Load, Replace, Pause, Resume, Unload} }

const (
	maxName   = 200      // bytes of a filter's or manager's name
	maxConfig = 64 << 10 // bytes of a section
	maxScript = 1 << 20  // bytes of a script
	maxModule = 8 << 20  // bytes of a WebAssembly module
	window    = 5 * time.Second
)

// Window is how far a message's time may be from the receiver's clock; from there
// on it is discarded.
func Window() time.Duration { return window }

// moduleMark is what WebAssembly modules begin with.
const moduleMark = "\x00asm"

// Order is the content of a control message.
type Order struct {
	UUID    [16]byte
	Time    time.Time
	Action  string
	Name    string // of the filter's section; not for load and replace
	Config  string // TOML of the section; load and replace
	Script  string // load and replace; a WebAssembly module is its bytes
	Manager string // the only manager that is meant, "" for any that gets it
	Host    string // the only host that is meant, "" for any
}

// Read takes a message apart. The error says what is wrong with it; an action that
// nobody knows is no error.
func Read(v *message.View) (*Order, error) {
	o := &Order{Time: time.Unix(0, v.Timestamp()), Script: string(v.Bytes(message.NumPayload))}
	copy(o.UUID[:], v.UUID())
	seen := map[string]bool{}
	for it := v.Fields(); it.Next(); {
		f := it.Field()
		name := f.Name()
		into := o.field(name)
		if into == nil {
			continue
		}
		if seen[name] {
			return nil, fmt.Errorf("field %s is given twice; give it once", name)
		}
		if f.Type != message.String && f.Type != message.Bytes || f.Len() != 1 {
			return nil, fmt.Errorf("field %s is not one string", name)
		}
		seen[string([]byte(name))] = true
		*into = string(f.Bytes(0))
	}
	return o, o.Check()
}

func (o *Order) field(name string) *string {
	switch name {
	case FieldAction:
		return &o.Action
	case FieldConfig:
		return &o.Config
	case FieldName:
		return &o.Name
	case FieldManager:
		return &o.Manager
	case FieldHost:
		return &o.Host
	}
	return nil
}

// Check holds the rules between the parts.
func (o *Order) Check() error {
	switch {
	case len(o.Name) > maxName || len(o.Manager) > maxName || len(o.Host) > maxName:
		return fmt.Errorf("a name has more than %d bytes; use a shorter one", maxName)
	case len(o.Config) > maxConfig:
		return fmt.Errorf("the section has %d bytes, more than %d; send only the filter's", len(o.Config), maxConfig)
	case len(o.Script) > maxModule:
		return fmt.Errorf("the module has %d bytes, more than %d; strip it", len(o.Script), maxModule)
	case len(o.Script) > maxScript && !strings.HasPrefix(o.Script, moduleMark):
		return fmt.Errorf("the script has %d bytes, more than %d; move what it shares into modules", len(o.Script), maxScript)
	case !utf8.ValidString(o.Config):
		return fmt.Errorf("the section is not UTF-8")
	}
	switch o.Action {
	case "":
		return fmt.Errorf("there is no action; use one of %v", Actions())
	case Load, Replace:
		if o.Config == "" {
			return fmt.Errorf("%s has no section; give it in the field %s", o.Action, FieldConfig)
		}
	case Pause, Resume, Unload:
		if o.Name == "" {
			return fmt.Errorf("%s names no filter; give its section's name in the field %s", o.Action, FieldName)
		}
	}
	return nil
}

// Draft makes the message.
func (o *Order) Draft(hostname string, pid int) message.Draft {
	d := message.Draft{UUID: o.UUID, Header: message.Header{Timestamp: o.Time.UnixNano(), Type: Type, Logger: "hekad",
		Severity: message.DefaultSeverity, Hostname: hostname, Pid: int32(pid), Payload: o.Script}}
	d.Fields = append(d.Fields, message.NewField(FieldAction, o.Action, ""))
	for _, f := range []struct{ name, value, repr string }{
		{FieldConfig, o.Config, "toml"}, {FieldName, o.Name, ""}, {FieldManager, o.Manager, ""}, {FieldHost, o.Host, ""},
	} {
		if f.value != "" {
			d.Fields = append(d.Fields, message.NewField(f.name, f.value, f.repr))
		}
	}
	return d
}

// Package keys says what becomes of the keys of a record that is made of keys and
// values: a header field, a dynamic field of some type, or nothing.
//
//	key ──Table.Field──▶ *Field (role, type, encoded heads)
//	value ──Table.Text · Int · Double · Bool──▶ Builder
//
// Decoders embed Options in their configuration and keep the Field of a key from
// record to record, so that neither costs anything. A Table belongs to one
// decoder; its counters may be read from any goroutine.
package keys

import (
	"fmt"
	"sort"
	"strings"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
)

// Role is where the value of a key goes.
type Role uint8

// The roles.
const (
	Dynamic Role = iota // a field
	Dropped
	Payload
	UUID
	Type
	Logger
	Hostname
	Severity
	EnvVersion
	Pid
	Timestamp
)

// Kind is the type a key's field has.
type Kind uint8

// The kinds.
const (
	Given Kind = iota // that of the value
	Text
	Integer
	Double
	Bool
)

// Field is what becomes of a key. Read only, but for Seen and Left.
type Field struct {
	Name string
	Role Role
	Kind Kind
	Keep bool // a key below this one is kept: only its own values are dropped

	Seen uint64 // for the decoder's use
	Left int    // likewise

	repr      string
	str, i, d message.FieldHead
}

// Plain reports that a text goes into a field as it is.
func (f *Field) Plain() bool { return f.Role == Dynamic && f.Kind <= Text }

// Nameless is the name of the field of an empty key.
const Nameless = "_"

// Put puts a text into a field of which Plain is true.
func (f *Field) Put(out *message.Builder, v []byte) { out.PutText(&f.str, message.Borrow(v)) }

// Table knows the keys of a decoder.
type Table struct {
	roles      map[string]Role
	keep, drop []string
	sep        string
	types      map[string]kindRepr
	severities map[string]int32
	stamps     stamp.Parser
	guess      *stamp.Guess // for what stamps does not read; nil when that is a guess already

	fields map[string]*Field
	bytes  int

	badTimes, badValues atomic.Int64
}

type kindRepr struct {
	kind Kind
	repr string
}

// New makes the table of valid options. sep stands between the parts of a key's
// path.
func New(o *Options, sep string, now func() time.Time) (*Table, error) {
	if p := o.Check(); p != nil {
		return nil, fmt.Errorf("%s: %s; %s", p.Option, p.What, p.Fix)
	}
	loc, err := stamp.Zone(o.TZ)
	if err != nil {
		return nil, err
	}
	t := &Table{roles: o.roles(), keep: o.KeepFields, drop: o.DropFields, sep: sep, fields: map[string]*Field{}}
	if t.stamps, err = stamp.Compile(o.TimestampFormat, loc, now); err != nil {
		return nil, err
	}
	if _, ok := t.stamps.(*stamp.Guess); !ok {
		t.guess = &stamp.Guess{Loc: loc, Now: now}
	}
	t.types, _ = o.types()
	t.severities = o.SeverityMap
	return t, nil
}

// Most fields and bytes of names that are remembered.
const (
	maxFields = 4096
	maxBytes  = 1 << 20
)

// Trim forgets all fields once they have become too many, and says so: whoever
// keeps some must let go of them. Call it before a record.
func (t *Table) Trim() bool {
	if len(t.fields) <= maxFields && t.bytes <= maxBytes {
		return false
	}
	t.fields, t.bytes = map[string]*Field{}, 0
	return true
}

// Field returns what becomes of a key; the name is borrowed.
func (t *Table) Field(name []byte) *Field {
	if f := t.fields[string(name)]; f != nil {
		return f
	}
	f := t.make(string(name))
	t.fields[string(name)] = f
	t.bytes += len(name)
	return f
}

func (t *Table) make(name string) *Field {
	f := &Field{Name: name, Role: t.roles[name], Keep: true}
	if f.Role == Dynamic && !t.wanted(name) {
		f.Role, f.Keep = Dropped, t.leads(name)
	}
	if name == "" { // fields have names
		f.Name = Nameless
	}
	typ := t.types[name]
	f.Kind, f.repr = typ.kind, typ.repr
	f.str = message.NewFieldHead(f.Name, message.String, f.repr)
	f.i = message.NewFieldHead(f.Name, message.Integer, f.repr)
	f.d = message.NewFieldHead(f.Name, message.Double, f.repr)
	return f
}

// wanted applies keep_fields and drop_fields: a name stands for itself and all
// below it.
func (t *Table) wanted(name string) bool {
	return !t.under(t.drop, name) && (len(t.keep) == 0 || t.under(t.keep, name))
}

func (t *Table) under(list []string, name string) bool {
	for _, s := range list {
		if name == s || strings.HasPrefix(name, s) && strings.HasPrefix(name[len(s):], t.sep) {
			return true
		}
	}
	return false
}

// leads reports whether a key below name is kept or has a role.
func (t *Table) leads(name string) bool {
	if t.under(t.drop, name) {
		return t.hasRole(name)
	}
	for _, s := range t.keep {
		if strings.HasPrefix(s, name) && strings.HasPrefix(s[len(name):], t.sep) {
			return true
		}
	}
	return t.hasRole(name)
}

func (t *Table) hasRole(name string) bool {
	for s := range t.roles {
		if strings.HasPrefix(s, name) && strings.HasPrefix(s[len(name):], t.sep) {
			return true
		}
	}
	return false
}

// BadTimes and BadValues count the times that could not be read and the values
// that did not fit the type or header field they were meant for. They were kept
// as fields of their own type.
func (t *Table) BadTimes() int64  { return t.badTimes.Load() }
func (t *Table) BadValues() int64 { return t.badValues.Load() }

// Names lists the keys with a role, for documentation and tests.
func (t *Table) Names() []string {
	var list []string
	for s := range t.roles {
		list = append(list, s)
	}
	sort.Strings(list)
	return list
}

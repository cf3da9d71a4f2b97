package wasm

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero/api"
)

// Sections of a module.
const (
	secCustom = iota
	secType
	secImport
	secFunction
	secTable
	secMemory
	secGlobal
	secExport
	secStart
	secElement
	secCode
	secData
	secDataCount
	sections
)

const (
	pageSize   = 64 << 10
	maxModule  = 16 << 20 // bytes of a module
	maxTable   = 1 << 16  // elements of a table
	maxGlobals = 1 << 14
)

// signature is the type of a function: a letter for each value, i I f F for i32
// i64 f32 f64, or ? for another.
type signature struct{ params, results string }

func (s signature) String() string {
	return "(" + letters(s.params) + ") → (" + letters(s.results) + ")"
}

func letters(s string) string {
	var b strings.Builder
	for i, c := range s {
		if i > 0 {
			b.WriteByte(' ')
		}
		switch c {
		case 'i':
			b.WriteString("i32")
		case 'I':
			b.WriteString("i64")
		case 'f':
			b.WriteString("f32")
		case 'F':
			b.WriteString("f64")
		default:
			b.WriteString("another type")
		}
	}
	return b.String()
}

// module is what the meter needs of a module.
type module struct {
	sec      [sections][]byte
	has      [sections]bool
	names    []byte // custom section "name", "" for none
	types    []signature
	funcs    []uint32 // types of all functions, imported ones first
	imported int      // functions
	uses     []string // functions of the host
	globals  uint32
	pages    uint32 // memory at the beginning
	squares  int    // what compiling takes, by estimate
	exports  map[string]export
}

type export struct {
	kind  byte
	index uint32
}

// parse takes a module apart and refuses what no plugin may have.
func parse(b []byte) (*module, error) {
	if len(b) > maxModule {
		return nil, fmt.Errorf("module has %d bytes, more than %d; strip it", len(b), maxModule)
	}
	if len(b) < 8 || string(b[:4]) != "\x00asm" {
		return nil, errors.New(`file is no WebAssembly module; one begins with the bytes 00 61 73 6d (a text module is compiled first, a script in Lua has script_type = "lua")`)
	}
	if !bytes.Equal(b[4:8], []byte{1, 0, 0, 0}) {
		return nil, errors.New("module is of another version or a component; build a core module, version 1")
	}
	m := &module{exports: map[string]export{}}
	r := &reader{b: b, at: 8}
	for r.more() {
		id := r.byte()
		body := r.bytes(r.u32())
		switch {
		case r.err != nil:
		case id == secCustom:
			c := &reader{b: body}
			if c.name() == "name" && c.err == nil {
				m.names = body
			}
		case id >= sections:
			return nil, fmt.Errorf("module has a section %d, which is not of WebAssembly 2.0; compile it without exceptions", id)
		case m.has[id]:
			return nil, fmt.Errorf("module is damaged: it has section %d twice", id)
		default:
			m.sec[id], m.has[id] = body, true
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	for _, read := range []func() error{m.readTypes, m.readImports, m.readFunctions, m.readTables, m.readMemory, m.readGlobals, m.readExports} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// each reads a section that is a list.
func (m *module) each(id int, item func(r *reader)) error {
	if !m.has[id] {
		return nil
	}
	r := &reader{b: m.sec[id]}
	for n := r.u32(); n > 0 && r.err == nil; n-- {
		item(r)
	}
	if r.err == nil && r.at != len(r.b) {
		r.fail(errCut)
	}
	return r.err
}

func (m *module) readTypes() error {
	list := func(r *reader) string {
		t := r.bytes(r.u32())
		s := make([]byte, len(t))
		for i, c := range t {
			s[i] = '?'
			if k := bytes.IndexByte([]byte{api.ValueTypeI32, api.ValueTypeI64, api.ValueTypeF32, api.ValueTypeF64}, c); k >= 0 {
				s[i] = "iIfF"[k]
			}
		}
		return string(s)
	}
	return m.each(secType, func(r *reader) {
		if r.byte() != 0x60 {
			r.fail(errors.New("module has types that are not functions; compile it for WebAssembly 2.0"))
		}
		p := list(r)
		m.types = append(m.types, signature{p, list(r)})
	})
}

func (m *module) readImports() error {
	return m.each(secImport, func(r *reader) {
		from, name := r.name(), r.name()
		if kind := r.byte(); kind != 0 && r.err == nil {
			r.fail(fmt.Errorf("module imports %.60q of %.60q, which is no function; it must have a memory and tables of its own", name, from))
		}
		t := r.u32()
		if r.err != nil {
			return
		}
		if int(t) >= len(m.types) {
			r.fail(errCut)
			return
		}
		want, err := findImport(from, name)
		if err != nil {
			r.fail(err)
			return
		}
		if have := m.types[t]; have != want {
			r.fail(fmt.Errorf("module imports %s.%s as %s; it is %s", from, name, have, want))
			return
		}
		m.funcs = append(m.funcs, t)
		m.imported++
		if from == hostModule {
			m.uses = append(m.uses, name)
		}
	})
}

func (m *module) readFunctions() error {
	return m.each(secFunction, func(r *reader) {
		t := r.u32()
		if int(t) >= len(m.types) {
			r.fail(errCut)
		}
		m.funcs = append(m.funcs, t)
	})
}

// readTables bounds what tables may grow to: their memory is not the module's.
func (m *module) readTables() error {
	var out []byte
	n := 0
	err := m.each(secTable, func(r *reader) {
		kind, flags, least, most := r.byte(), r.byte(), r.u32(), uint32(maxTable)
		if flags > 1 {
			r.fail(errors.New("module has a table of an unknown kind; compile it for WebAssembly 2.0"))
		}
		if flags == 1 {
			most = min(most, r.u32())
		}
		if n++; n > 16 {
			r.fail(errors.New("module has more than 16 tables; use fewer"))
		}
		if least > maxTable {
			r.fail(fmt.Errorf("module has a table of %d elements, more than %d; use a smaller one", least, maxTable))
		}
		out = appendU32(appendU32(append(out, kind, 1), least), max(least, most))
	})
	if m.has[secTable] {
		m.sec[secTable] = append(appendU32(nil, uint32(n)), out...)
	}
	return err
}

func (m *module) readMemory() error {
	n := 0
	return m.each(secMemory, func(r *reader) {
		flags := r.byte()
		m.pages = r.u32()
		if flags > 1 {
			r.fail(errors.New("module has a shared or a 64-bit memory; compile it for wasm32 without threads"))
		}
		if flags == 1 {
			r.u32()
		}
		if n++; n > 1 {
			r.fail(errors.New("module has more than one memory; use one"))
		}
	})
}

func (m *module) readGlobals() error {
	return m.each(secGlobal, func(r *reader) {
		r.byte()
		r.byte()
		for r.err == nil {
			if in := r.next(); in.op == opEnd {
				break
			}
		}
		if m.globals++; m.globals > maxGlobals {
			r.fail(fmt.Errorf("module has more than %d globals; use fewer", maxGlobals))
		}
	})
}

func (m *module) readExports() error {
	return m.each(secExport, func(r *reader) {
		name := r.name()
		e := export{r.byte(), r.u32()}
		if strings.HasPrefix(name, ownPrefix) {
			r.fail(fmt.Errorf("module exports %.60q; names that begin with %q are the host's", name, ownPrefix))
		}
		if e.kind == 3 && e.index >= m.globals {
			r.fail(errCut)
		}
		m.exports[name] = e
	})
}

// function is the signature of an exported function.
func (m *module) function(name string) (signature, bool) {
	e, ok := m.exports[name]
	if !ok || e.kind != 0 || int(e.index) >= len(m.funcs) {
		return signature{}, false
	}
	return m.types[m.funcs[e.index]], true
}

package preserve

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/heka-project/heka/lua"
)

// Restore sets the globals that Save has written. Bytes that are damaged, of
// another version, of another shape or too large change nothing. It is called between calls of the
// script, after its body has run.
func Restore(vm *lua.VM, data []byte, opts Options) error {
	if len(data) < len(magic)+12 || string(data[:len(magic)]) != magic {
		return ErrCorrupt
	}
	body, sum := data[:len(data)-4], binary.LittleEndian.Uint32(data[len(data)-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return ErrCorrupt
	}
	r := &reader{vm: vm, opts: opts, b: body[len(magic):]}
	if r.number() != version(vm) {
		return ErrVersion
	}
	if err := r.read(); err != nil {
		return err
	}
	for i := 0; i < len(r.globals); i += 2 {
		if err := shape(vm.Globals().Get(r.globals[i]), r.globals[i+1]); err != nil {
			return fmt.Errorf("%w: global %.60q: %w", ErrShape, r.globals[i].Str(), err)
		}
	}
	for i := 0; i < len(r.globals); i += 2 {
		vm.Globals().Set(r.globals[i], r.globals[i+1])
	}
	return nil
}

// shape asks the object that a script has made whether a saved one may take its
// place.
func shape(made, saved lua.Value) error {
	old, ok := lua.Data[Shaped](made)
	if u := saved.Userdata(); ok && u != nil {
		return old.LuaAccepts(u.Data)
	}
	return nil
}

// reader reads one state. Objects that are mentioned before they are read are
// made empty; a userdata has to be read before the tables that hold it are
// filled, so tables keep their pairs until the end.
type reader struct {
	vm      *lua.VM
	opts    Options
	b       []byte
	globals []lua.Value // key, value, …
	objects []lua.Value
	err     error
}

func (r *reader) read() error {
	globals := r.pairs()
	n := r.count(1)
	tables := make([][]entry, 0, min(n, 1<<16))
	for range n {
		if r.err != nil {
			break
		}
		pairs, v := r.object()
		tables = append(tables, pairs)
		r.objects = append(r.objects, v)
		if r.opts.MaxMemory > 0 && r.vm.Memory() > r.opts.MaxMemory {
			return ErrTooLarge
		}
	}
	if r.err == nil && len(r.b) > 0 {
		r.err = ErrCorrupt
	}
	if r.err != nil {
		return r.err
	}
	for i, pairs := range tables {
		for _, p := range pairs {
			r.objects[i].Table().Set(r.resolve(p.key), r.resolve(p.val))
			if r.err != nil {
				return r.err
			}
		}
		if r.opts.MaxMemory > 0 && r.vm.Memory() > r.opts.MaxMemory {
			return ErrTooLarge
		}
	}
	for _, p := range globals {
		r.globals = append(r.globals, r.resolve(p.key), r.resolve(p.val))
	}
	return r.err
}

// entry is a pair as read: values, or references to objects.
type entry struct{ key, val item }

type item struct {
	v   lua.Value
	ref int // index of an object, or -1
}

func (r *reader) resolve(it item) lua.Value {
	if it.ref < 0 {
		return it.v
	}
	if it.ref >= len(r.objects) {
		r.err = ErrCorrupt
		return lua.False
	}
	return r.objects[it.ref]
}

func (r *reader) fail() { r.err = ErrCorrupt }

// count reads a number of things of at least size bytes each: more than there
// can be is damage, found before anything is made for them.
func (r *reader) count(size int) int {
	n, w := binary.Uvarint(r.b)
	if w <= 0 || n > uint64(len(r.b)-w)/uint64(size) {
		r.fail()
		return 0
	}
	r.b = r.b[w:]
	return int(n)
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *reader) number() float64 {
	if len(r.b) < 8 {
		r.fail()
		return 0
	}
	f := math.Float64frombits(binary.LittleEndian.Uint64(r.b))
	r.b = r.b[8:]
	return f
}

func (r *reader) pairs() []entry {
	n := r.count(2)
	pairs := make([]entry, 0, min(n, 1<<16))
	for range n {
		p := entry{r.item(), r.item()}
		if r.err == nil && p.key.ref < 0 && p.key.v.IsNumber() && p.key.v.Num() != p.key.v.Num() {
			r.fail() // NaN is no key
		}
		if r.err != nil {
			return nil
		}
		pairs = append(pairs, p)
	}
	return pairs
}

func (r *reader) item() item {
	switch r.byte() {
	case tagFalse:
		return item{lua.False, -1}
	case tagTrue:
		return item{lua.True, -1}
	case tagNumber:
		return item{lua.Number(r.number()), -1}
	case tagString:
		return item{r.vm.Intern(r.text()), -1}
	case tagObject:
		n, w := binary.Uvarint(r.b)
		if w <= 0 || n > math.MaxInt32 {
			break
		}
		r.b = r.b[w:]
		return item{lua.Nil, int(n)}
	}
	r.fail()
	return item{lua.False, -1}
}

// text reads the length and the bytes of a string; they are borrowed.
func (r *reader) text() string {
	n := r.count(1)
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *reader) object() ([]entry, lua.Value) {
	switch r.byte() {
	case objTable:
		pairs := r.pairs()
		return pairs, r.vm.NewTable(0, 0).Value()
	case objUserdata:
		if r.byte() != tagString {
			break
		}
		kind := r.text()
		if r.byte() != tagString {
			break
		}
		data := r.text()
		read := r.opts.Readers[kind]
		if r.err != nil || read == nil {
			break
		}
		u, err := read(r.vm, []byte(data))
		if err != nil {
			r.err = fmt.Errorf("%w: a %s: %w", ErrCorrupt, kind, err)
			return nil, lua.Nil
		}
		return nil, u.Value()
	}
	r.fail()
	return nil, lua.Nil
}

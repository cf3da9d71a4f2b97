package preserve

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/heka-project/heka/lua"
)

const magic = "hkls\x01"

const (
	tagFalse = iota
	tagTrue
	tagNumber
	tagString
	tagObject
)

const (
	objTable = iota
	objUserdata
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Save returns the globals of vm. It is called between calls of the script.
func Save(vm *lua.VM) ([]byte, error) {
	s := &saver{vm: vm, ids: make(map[any]int), skip: make(map[*lua.Table]bool)}
	for k, v, ok := vm.Loaded().Next(lua.Nil); ok && !k.IsNil(); k, v, ok = vm.Loaded().Next(k) {
		if t := v.Table(); t != nil {
			s.skip[t] = true
		}
	}
	s.skip[vm.Globals()] = true
	s.b = append(s.b, magic...)
	s.b = binary.LittleEndian.AppendUint64(s.b, math.Float64bits(version(vm)))
	s.pairs(vm.Globals())
	// The count of objects is known when all have been written.
	head := s.b
	s.b = nil
	for i := 0; i < len(s.objects); i++ {
		if err := s.object(s.objects[i]); err != nil {
			return nil, err
		}
	}
	head = binary.AppendUvarint(head, uint64(len(s.objects)))
	head = append(head, s.b...)
	return binary.LittleEndian.AppendUint32(head, crc32.Checksum(head, castagnoli)), nil
}

// saver writes one state.
type saver struct {
	vm      *lua.VM
	b       []byte
	ids     map[any]int // *lua.Table or *lua.Userdata to index
	objects []lua.Value // by index
	skip    map[*lua.Table]bool
}

// keeps reports whether v is of what is saved.
func (s *saver) keeps(v lua.Value) bool {
	switch v.Type() {
	case lua.TypeBool, lua.TypeNumber, lua.TypeString:
		return true
	case lua.TypeTable:
		return v.Table().Meta() == nil && !s.skip[v.Table()]
	case lua.TypeUserdata:
		u := v.Userdata()
		if u == nil {
			return false
		}
		_, ok := u.Data.(Saver)
		return ok
	}
	return false
}

// pairs writes what is kept of a table.
func (s *saver) pairs(t *lua.Table) {
	n := 0
	for k, v, ok := t.Next(lua.Nil); ok && !k.IsNil(); k, v, ok = t.Next(k) {
		if s.keeps(k) && s.keeps(v) {
			n++
		}
	}
	s.b = binary.AppendUvarint(s.b, uint64(n))
	for k, v, ok := t.Next(lua.Nil); ok && !k.IsNil(); k, v, ok = t.Next(k) {
		if s.keeps(k) && s.keeps(v) {
			s.value(k)
			s.value(v)
		}
	}
}

func (s *saver) value(v lua.Value) {
	switch v.Type() {
	case lua.TypeBool:
		if v.Truth() {
			s.b = append(s.b, tagTrue)
		} else {
			s.b = append(s.b, tagFalse)
		}
	case lua.TypeNumber:
		s.b = append(s.b, tagNumber)
		s.b = binary.LittleEndian.AppendUint64(s.b, math.Float64bits(v.Num()))
	case lua.TypeString:
		s.text(v.Str())
	case lua.TypeTable:
		s.mention(v.Table(), v)
	case lua.TypeUserdata:
		s.mention(v.Userdata(), v)
	}
}

func (s *saver) text(t string) {
	s.b = append(s.b, tagString)
	s.b = binary.AppendUvarint(s.b, uint64(len(t)))
	s.b = append(s.b, t...)
}

// mention writes the index of an object, the next one when it is new.
func (s *saver) mention(key any, v lua.Value) {
	id, ok := s.ids[key]
	if !ok {
		id = len(s.objects)
		s.ids[key] = id
		s.objects = append(s.objects, v)
	}
	s.b = append(s.b, tagObject)
	s.b = binary.AppendUvarint(s.b, uint64(id))
}

func (s *saver) object(v lua.Value) error {
	if t := v.Table(); t != nil {
		s.b = append(s.b, objTable)
		s.pairs(t)
		return nil
	}
	kind, data, err := v.Userdata().Data.(Saver).LuaSave()
	if err != nil {
		return fmt.Errorf("save a %s: %w", kind, err)
	}
	s.b = append(s.b, objUserdata)
	s.text(kind)
	s.text(string(data))
	return nil
}

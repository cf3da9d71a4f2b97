package lua

// event names a metamethod.
type event uint8

const (
	eventIndex event = iota // the first 16 are remembered in Table.absent
	eventNewIndex
	eventEq
	eventLen
	eventCall
	eventMode
	eventAdd
	eventSub
	eventMul
	eventDiv
	eventMod
	eventPow
	eventUnm
	eventLt
	eventLe
	eventConcat
	eventToString
	eventMetatable
	eventGC
)

var eventNames = [...]string{
	"__index", "__newindex", "__eq", "__len", "__call", "__mode", "__add", "__sub", "__mul", "__div",
	"__mod", "__pow", "__unm", "__lt", "__le", "__concat", "__tostring", "__metatable", "__gc",
}

// eventKeys are the names as keys, with their hashes.
var eventKeys = func() (keys [len(eventNames)]struct {
	v    Value
	hash uint32
}) {
	for i, s := range eventNames {
		keys[i].v, keys[i].hash = String(s), hashString(s)
	}
	return keys
}()

// event returns the handler that metatable m has for e, or Nil. That there is
// none is remembered until a key is added to m.
func (m *Table) event(e event) Value {
	if m.absent>>e&1 != 0 {
		return Nil
	}
	key := &eventKeys[e]
	v := m.getString(key.v, key.hash)
	if v.bits == tagNil && e < 16 {
		m.absent |= 1 << e
	}
	return v
}

// metatable returns the metatable of any value, or nil.
func (vm *VM) metatable(v Value) *Table {
	switch v.bits {
	case tagTable:
		return (*Table)(v.ref).meta
	case tagUser:
		return (*Userdata)(v.ref).meta
	}
	return vm.metas[v.Type()]
}

// metaOf returns the handler that v has for e, or Nil.
func (vm *VM) metaOf(v Value, e event) Value {
	if m := vm.metatable(v); m != nil {
		return m.event(e)
	}
	return Nil
}

const (
	weakKeys uint8 = 1 << iota
	weakValues
)

// weakness reads __mode.
func weakness(m *Table) (w uint8) {
	if m == nil {
		return 0
	}
	for _, c := range []byte(m.event(eventMode).Str()) {
		switch c {
		case 'k':
			w |= weakKeys
		case 'v':
			w |= weakValues
		}
	}
	return w
}

package lua

import "unsafe"

// A marker finds what a VM still holds. It visits every reachable object once:
// tables, functions and the like carry the number of the count that saw them,
// strings are told apart by where their bytes are.
//
//	roots: globals, registry, metatables, the running coroutine and its parents
//	weak tables: visited last, for what the other objects hold, then cleared
type marker struct {
	vm      *VM
	gray    []Value // seen, contents not visited yet
	weak    []*Table
	strings map[unsafe.Pointer]struct{}
	bytes   int64
	objects int
}

// recount returns the bytes that are reachable and the number of objects. It
// clears from weak tables what nothing else holds.
func (vm *VM) recount() (live int64, objects int) {
	vm.epoch++
	m := &marker{vm: vm, strings: make(map[unsafe.Pointer]struct{})}
	m.push(vm.globals)
	m.push(vm.registry)
	m.push(vm.loaded)
	m.push(vm.preload)
	for _, t := range vm.named {
		m.push(t)
	}
	for _, t := range vm.metas {
		m.push(t)
	}
	m.value(vm.handler)
	m.bytes += vm.keptBytes()
	for _, v := range vm.names {
		m.string(v)
	}
	m.thread(vm.main)
	for th := vm.current; th != nil; th = th.parent {
		m.thread(th)
	}
	m.drain()
	vm.findDying(m)
	m.drain()
	for _, t := range m.weak {
		m.clear(t)
	}
	return m.bytes, m.objects
}

// keptBytes is what the VM keeps for its own use.
func (vm *VM) keptBytes() int64 {
	n := int64(cap(vm.buffer)) + int64(len(vm.names))*nameBytes
	if vm.patterns != nil {
		n += int64(unsafe.Sizeof(*vm.patterns)) + int64(unsafe.Sizeof(matcher{}))
		for i := range vm.patterns {
			if p := vm.patterns[i].pat; p != nil {
				n += p.bytes()
			}
		}
	}
	return n
}

// object counts an object of n bytes and reports whether it is seen first.
func (m *marker) object(epoch *uint32, n int64) bool {
	if *epoch == m.vm.epoch {
		return false
	}
	*epoch = m.vm.epoch
	m.bytes += n
	m.objects++
	return true
}

func (m *marker) seen(v Value) bool {
	switch v.bits {
	case tagTable:
		return (*Table)(v.ref).epoch == m.vm.epoch
	case tagLua:
		return v.closure().epoch == m.vm.epoch
	case tagGo:
		return v.goFunc().epoch == m.vm.epoch
	case tagUser:
		return (*Userdata)(v.ref).epoch == m.vm.epoch
	case tagThread:
		return v.thread().epoch == m.vm.epoch
	}
	return true
}

func (m *marker) value(v Value) {
	if v.bits < tagString || v.bits >= tagTrue {
		return
	}
	if v.bits < tagTable {
		m.string(v)
	} else if v.bits != tagLight && !m.seen(v) {
		m.gray = append(m.gray, v)
	}
}

func (m *marker) push(t *Table) {
	if t != nil {
		m.value(tableValue(t))
	}
}

func (m *marker) string(v Value) {
	n := int(v.bits & lenMask)
	if n <= 1 {
		return
	}
	if _, ok := m.strings[v.ref]; !ok {
		m.strings[v.ref] = struct{}{}
		m.bytes += stringBytes(n)
		m.objects++
	}
}

func (m *marker) drain() {
	for len(m.gray) > 0 {
		v := m.gray[len(m.gray)-1]
		m.gray = m.gray[:len(m.gray)-1]
		switch v.bits {
		case tagTable:
			m.table((*Table)(v.ref))
		case tagLua:
			m.closure(v.closure())
		case tagGo:
			f := v.goFunc()
			if m.object(&f.epoch, goFunctionBytes+int64(len(f.up))*valueBytes) {
				for _, u := range f.up {
					m.value(u)
				}
			}
		case tagUser:
			m.userdata((*Userdata)(v.ref))
		case tagThread:
			m.thread(v.thread())
		}
	}
}

func (m *marker) table(t *Table) {
	if !m.object(&t.epoch, tableBytes+int64(cap(t.arr))*valueBytes) {
		return
	}
	if &t.nodes[0] != &noNodes[0] {
		m.bytes += int64(len(t.nodes)) * nodeBytes
	}
	m.push(t.meta)
	if t.weak != 0 {
		m.weak = append(m.weak, t)
	}
	if t.weak&weakValues == 0 {
		for _, v := range t.arr {
			m.value(v)
		}
	}
	for i := range t.nodes {
		n := &t.nodes[i]
		if n.val.bits == tagNil {
			continue
		}
		if t.weak&weakKeys == 0 || n.key.IsString() {
			m.value(n.key)
		}
		if t.weak&weakValues == 0 || n.val.IsString() {
			m.value(n.val)
		}
	}
}

func (m *marker) closure(c *closure) {
	if !m.object(&c.epoch, closureBytes(len(c.up))) {
		return
	}
	m.push(c.env)
	m.proto(c.proto)
	for _, u := range c.up {
		if m.object(&u.epoch, upvalueBytes) {
			m.value(*u.v)
		}
	}
}

func (m *marker) proto(p *Proto) {
	if !m.object(&p.epoch, p.bytes()) {
		return
	}
	for _, k := range p.consts {
		if k.IsString() {
			m.strings[k.ref] = struct{}{} // counted with the function
		}
	}
	for _, q := range p.protos {
		m.proto(q)
	}
}

func (m *marker) userdata(u *Userdata) {
	if !m.object(&u.epoch, userdataBytes) {
		return
	}
	m.push(u.meta)
	m.push(u.Env)
	if s, ok := u.Data.(Sized); ok {
		m.bytes += int64(s.LuaSize())
	}
	if t, ok := u.Data.(Traced); ok {
		t.LuaTrace(m.value)
	}
}

// thread visits the part of a stack that is in use and wipes the rest.
func (m *marker) thread(th *thread) {
	if !m.object(&th.epoch, threadBytes+int64(cap(th.stack))*valueBytes+int64(cap(th.frames))*frameBytes) {
		return
	}
	m.push(th.globals)
	top := max(th.top, th.scratch())
	for _, v := range th.stack[:min(top, len(th.stack))] {
		m.value(v)
	}
	for i := top; i < len(th.stack); i++ {
		th.stack[i] = Nil
	}
	for u := th.open; u != nil; u = u.next() {
		m.object(&u.epoch, upvalueBytes)
	}
}

// clear removes from a weak table what no other object holds.
func (m *marker) clear(t *Table) {
	if t.weak&weakValues != 0 {
		for i, v := range t.arr {
			if !m.seen(v) {
				t.arr[i] = Nil
			}
		}
	}
	for i := range t.nodes {
		n := &t.nodes[i]
		if t.weak&weakValues != 0 && !m.seen(n.val) || t.weak&weakKeys != 0 && !m.seen(n.key) {
			n.val = Nil
		}
	}
}

func closureBytes(upvalues int) int64 {
	return int64(unsafe.Sizeof(closure{})) + int64(upvalues)*int64(unsafe.Sizeof(uintptr(0)))
}

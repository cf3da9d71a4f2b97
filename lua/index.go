package lua

// maxChain is how many __index or __newindex steps are followed, as MAXTAGLOOP.
const maxChain = 100

// index returns o[k] with metamethods.
func (th *thread) index(o, k Value) Value { return th.indexReg(o, k, -1) }

// indexReg is index for an object in register reg of the running function, or -1:
// the message of an error names it.
func (th *thread) indexReg(o, k Value, reg int) Value {
	if k.bits>>48 == tagString>>48 {
		return th.indexString(o, k, hashString(k.str()), reg)
	}
	for range maxChain {
		var h Value
		if o.bits == tagTable {
			t := (*Table)(o.ref)
			v := t.Get(k)
			if v.bits != tagNil || t.meta == nil {
				return v
			}
			if h = t.meta.event(eventIndex); h.bits == tagNil {
				return v
			}
		} else if h = th.vm.metaOf(o, eventIndex); h.bits == tagNil {
			th.typeError("index", o, reg)
		}
		if h.IsFunction() {
			return th.callMeta(h, o, k)
		}
		o, reg = h, -1
		th.vm.charge(1)
	}
	th.errorf("loop in gettable")
	return Nil
}

// indexString is indexReg for a string key with its hash.
func (th *thread) indexString(o, k Value, hash uint32, reg int) Value {
	for range maxChain {
		var h Value
		if o.bits == tagTable {
			t := (*Table)(o.ref)
			if n := t.findString(k, hash); n != nil && n.val.bits != tagNil {
				return n.val
			}
			if t.meta == nil {
				return Nil
			}
			if h = t.meta.event(eventIndex); h.bits == tagNil {
				return h
			}
		} else if h = th.vm.metaOf(o, eventIndex); h.bits == tagNil {
			th.typeError("index", o, reg)
		}
		if h.IsFunction() {
			return th.callMeta(h, o, k)
		}
		o, reg = h, -1
		th.vm.charge(1)
	}
	th.errorf("loop in gettable")
	return Nil
}

// setIndex does o[k] = v with metamethods.
func (th *thread) setIndex(o, k, v Value) { th.setIndexReg(o, k, v, -1) }

func (th *thread) setIndexReg(o, k, v Value, reg int) {
	if k.bits>>48 == tagString>>48 {
		th.setIndexString(o, k, hashString(k.str()), v, reg)
		return
	}
	for range maxChain {
		var h Value
		if o.bits == tagTable {
			t := (*Table)(o.ref)
			p := t.find(k)
			if p == nil {
				p = t.newKey(k) // before __newindex is looked for
			}
			if p.bits != tagNil || t.meta == nil {
				*p = v
				return
			}
			if h = t.meta.event(eventNewIndex); h.bits == tagNil {
				*p = v
				t.absent = 0
				return
			}
		} else if h = th.vm.metaOf(o, eventNewIndex); h.bits == tagNil {
			th.typeError("index", o, reg)
		}
		if h.IsFunction() {
			th.callMeta3(h, o, k, v)
			return
		}
		o, reg = h, -1
		th.vm.charge(1)
	}
	th.errorf("loop in settable")
}

// setIndexString is setIndexReg for a string key with its hash.
func (th *thread) setIndexString(o, k Value, hash uint32, v Value, reg int) {
	for range maxChain {
		var h Value
		if o.bits == tagTable {
			t := (*Table)(o.ref)
			var p *Value
			if n := t.findString(k, hash); n != nil {
				p = &n.val
			} else {
				p = t.insert(k, hash)
			}
			if p.bits != tagNil || t.meta == nil {
				*p = v
				t.absent = 0
				return
			}
			if h = t.meta.event(eventNewIndex); h.bits == tagNil {
				*p = v
				t.absent = 0
				return
			}
		} else if h = th.vm.metaOf(o, eventNewIndex); h.bits == tagNil {
			th.typeError("index", o, reg)
		}
		if h.IsFunction() {
			th.callMeta3(h, o, k, v)
			return
		}
		o, reg = h, -1
		th.vm.charge(1)
	}
	th.errorf("loop in settable")
}

// callMeta calls a metamethod with two operands and returns its first result.
func (th *thread) callMeta(h, a, b Value) Value {
	slot := th.scratch()
	th.ensure(slot, 3)
	s := th.stack[slot : slot+3]
	s[0], s[1], s[2] = h, a, b
	top := th.top
	th.top = slot + 3
	th.call(slot, 2, 1)
	th.top = top
	return th.stack[slot]
}

// callMeta3 calls a __newindex handler.
func (th *thread) callMeta3(h, a, b, c Value) {
	slot := th.scratch()
	th.ensure(slot, 4)
	s := th.stack[slot : slot+4]
	s[0], s[1], s[2], s[3] = h, a, b, c
	top := th.top
	th.top = slot + 4
	th.call(slot, 3, 0)
	th.top = top
}

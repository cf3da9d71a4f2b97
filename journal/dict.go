package journal

// known is one line of a consumers record: which bit is whose, and what had been
// appended for it up to that record.
//
//	n × ( id 2 │ name length 2 │ messages 8 │ bytes 8 │ name )
type known struct {
	id   int
	name string
	in   Count
}

func appendKnown(b []byte, k known) []byte {
	b = le.AppendUint16(b, uint16(k.id))
	b = le.AppendUint16(b, uint16(len(k.name)))
	b = le.AppendUint64(b, uint64(k.in.Messages))
	b = le.AppendUint64(b, uint64(k.in.Bytes))
	return append(b, k.name...)
}

// parseConsumers reads the meta part of a consumers record; false means that it
// is none. Names are copied.
func parseConsumers(b []byte, h *header) (list []known, ok bool) {
	if h.kind != kindConsumers || h.frames != 0 || h.n > maxID+1 {
		return nil, false
	}
	for range h.n {
		if len(b) < 20 {
			return nil, false
		}
		k := known{id: int(le.Uint16(b)), in: Count{int64(le.Uint64(b[4:])), int64(le.Uint64(b[12:]))}}
		n := int(le.Uint16(b[2:]))
		if b = b[20:]; n > len(b) || k.id > maxID || k.in.Messages < 0 || k.in.Bytes < 0 {
			return nil, false
		}
		k.name, b = string(b[:n]), b[n:]
		list = append(list, k)
	}
	return list, len(b) == 0
}

// inOf finds consumer id in the meta part of a consumers record without
// allocating; false when it is not named there.
func inOf(b []byte, n uint32, id int) (c Count, ok bool) {
	for ; n > 0 && len(b) >= 20; n-- {
		l := int(le.Uint16(b[2:]))
		if int(le.Uint16(b)) == id {
			return Count{int64(le.Uint64(b[4:])), int64(le.Uint64(b[12:]))}, true
		}
		if b = b[20:]; l > len(b) {
			break
		}
		b = b[l:]
	}
	return c, false
}

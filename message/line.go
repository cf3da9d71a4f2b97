package message

// shape is a header encoded once, for messages that differ in nothing but their
// identifier and payload.
type shape struct {
	head []byte // from the identifier to the severity
	tail []byte // what stands behind the payload
}

// Shape prepares messages with the header values of h, whose payload does not
// count. Nothing of h is borrowed.
func (b *Builder) Shape(h *Header) {
	x := Builder{Header: *h}
	x.Payload = ""
	n := x.size()
	s := &b.shape
	if cap(s.head) < n {
		s.head = make([]byte, n)
	}
	s.head = s.head[:n]
	x.encode(s.head)
	x.EnvVersion, x.Hostname, x.Pid = "", "", 0
	k := x.size()
	s.head, s.tail = s.head[:k], s.head[k:]
}

// Line builds one message of the prepared shape: what Begin, a payload and End
// would, in less time. It leaves a message that was begun as it is.
func (b *Builder) Line(payload []byte) error {
	s := &b.shape
	k, n := len(payload), len(s.head)+len(s.tail)
	if k > 0 {
		n += 1 + varintLen(uint64(k)) + k
	}
	if b.max > 0 && n > b.max {
		return ErrTooBig
	}
	p := b.frame(n)
	if p == nil {
		return ErrNoRoom
	}
	i := copy(p, s.head)
	b.identify((*[16]byte)(p[2:]))
	if k > 0 {
		p[i] = NumPayload<<3 | wireBytes
		i = putVarint(p, i+1, uint64(k))
		i += copy(p[i:], payload)
	}
	copy(p[i:], s.tail)
	return nil
}

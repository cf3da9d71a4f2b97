package json

// member is the head of an object's member: its key, quoted and with a colon.
type member struct {
	text string
	pad  [32]byte // text, where it fits, and any bytes behind it
}

func newMember(text []byte) member {
	m := member{text: string(text)}
	copy(m.pad[:], text)
	return m
}

// append appends the text. Fast path: a short one goes in one piece of fixed size,
// of which too much is written over by what follows.
func (m *member) append(dst []byte) []byte {
	n := len(dst)
	if len(m.text) > len(m.pad) || cap(dst)-n < len(m.pad) {
		return append(dst, m.text...)
	}
	*(*[32]byte)(dst[n : n+32]) = m.pad
	return dst[:n+len(m.text)]
}

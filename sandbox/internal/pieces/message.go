package pieces

import "github.com/heka-project/heka/message"

// Message is a message in pieces.
type Message struct {
	message.Header
	UUID   [16]byte
	Fields Fields

	unset uint32 // bit n: header field number n is not there; of timestamp, severity and pid
}

// Begin starts with a record and its default header.
func (m *Message) Begin(h *message.Header, id [16]byte, payload string) {
	m.Header, m.UUID, m.unset = *h, id, 0
	m.Payload = payload
	m.Fields = m.Fields[:0]
	if h.Pid == 0 {
		m.unset = 1 << message.NumPid
	}
}

// Load takes the message v to pieces.
func (m *Message) Load(v *message.View) {
	m.Header, m.UUID, m.unset = headerOf(v), [16]byte{}, 0
	copy(m.UUID[:], v.UUID())
	for _, n := range [...]int{message.NumTimestamp, message.NumSeverity, message.NumPid} {
		if !v.Has(n) {
			m.unset |= 1 << n
		}
	}
	m.Fields = m.Fields[:0]
	m.Fields.AddAll(v)
}

// Has reports whether header field number n, that of timestamp, severity or pid, is
// there.
func (m *Message) Has(n int) bool { return m.unset>>n&1 == 0 }

// Set notes that it is, after it was written.
func (m *Message) Set(n int) { m.unset &^= 1 << n }

// Build writes the message into b, which has it begun or not; the caller ends it.
func (m *Message) Build(b *message.Builder, a *Scratch) {
	b.Header, b.UUID = m.Header, m.UUID
	b.DropFields()
	m.Fields.Build(b, a)
}

// headerOf is the header of an encoded message.
func headerOf(v *message.View) message.Header {
	h := message.Header{Timestamp: v.Timestamp(), Type: v.Type(), Logger: v.Logger(), Payload: v.Payload(),
		EnvVersion: v.EnvVersion(), Hostname: v.Hostname(), Severity: v.Severity(), Pid: v.Pid()}
	if !v.Has(message.NumSeverity) {
		h.Severity = message.NoSeverity
	}
	return h
}

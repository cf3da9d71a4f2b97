package rec

import (
	"encoding/binary"
	"fmt"
	"time"
)

// heka appends one message in Heka's stream framing:
//
//	0x1E | header length | header {1: message length} | 0x1F | message
//
// Types are app.type00 to 31 (the low ones more often), loggers app00 to 19,
// severities 0 to 7, hosts web00 to 39; fields status, method, remote_addr,
// bytes_sent and user_agent, the last two only when the message has room.
func (m *maker) heka(i int, t time.Time) {
	head := pbVarint(nil, 2, uint64(t.UnixNano()))
	head = pbBytes(head, 3, fmt.Appendf(nil, "app.type%02d", int(m.r.ExpFloat64()*6)%32))
	head = pbBytes(head, 4, fmt.Appendf(nil, "app%02d", i%20))
	head = pbVarint(head, 5, uint64(m.r.IntN(8)))

	tail := pbVarint(nil, 8, uint64(1000+m.r.IntN(30000)))
	tail = pbBytes(tail, 9, []byte(m.host()))
	if !m.o.Encoded || m.o.Size >= 200 {
		tail = pbBytes(tail, 10, intField("status", uint64(m.status())))
		tail = pbBytes(tail, 10, textField("method", []string{"GET", "POST", "PUT"}[m.r.IntN(3)]))
		tail = pbBytes(tail, 10, textField("remote_addr", fmt.Sprintf("10.%d.%d.%d", m.r.IntN(256), m.r.IntN(256), m.r.IntN(256))))
	}
	if m.o.Size >= 250 {
		tail = pbBytes(tail, 10, intField("bytes_sent", uint64(m.r.IntN(100000))))
		tail = pbBytes(tail, 10, textField("user_agent", "curl/8.5.0"))
	}

	payload := m.o.Size
	if m.o.Encoded {
		payload -= 18 + len(head) + len(tail) + 1 + varintLen(m.o.Size)
		payload = max(payload, 1)
	}
	n := 18 + len(head) + 1 + varintLen(payload) + payload + len(tail)
	header := pbVarint(nil, 1, uint64(n))
	m.Buf = append(m.Buf, 0x1e, byte(len(header)))
	m.Buf = append(append(m.Buf, header...), 0x1f)
	m.uuid()
	m.Buf = append(m.Buf, head...)
	m.Buf = binary.AppendUvarint(append(m.Buf, 6<<3|2), uint64(payload))
	m.words(payload)
	m.Buf = append(m.Buf, tail...)
}

// uuid appends field 1 with a random identifier of version 4.
func (m *maker) uuid() {
	m.Buf = append(m.Buf, 1<<3|2, 16)
	from := len(m.Buf)
	m.Buf = binary.LittleEndian.AppendUint64(m.Buf, m.r.Uint64())
	m.Buf = binary.LittleEndian.AppendUint64(m.Buf, m.r.Uint64())
	u := m.Buf[from:]
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	m.vary = append(m.vary, span{from, 6, noise}, span{from + 9, 7, noise})
}

func varintLen(x int) int { return len(binary.AppendUvarint(nil, uint64(x))) }

func textField(name, value string) []byte {
	return pbBytes(pbBytes(nil, 1, []byte(name)), 4, []byte(value))
}

func intField(name string, value uint64) []byte {
	f := pbVarint(pbBytes(nil, 1, []byte(name)), 2, 2)
	return pbBytes(f, 6, binary.AppendUvarint(nil, value))
}

func pbVarint(dst []byte, field int, v uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(dst, uint64(field)<<3), v)
}

func pbBytes(dst []byte, field int, v []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(field)<<3|2)
	return append(binary.AppendUvarint(dst, uint64(len(v))), v...)
}

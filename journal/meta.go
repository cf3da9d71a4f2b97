package journal

import "github.com/heka-project/heka/message"

// meta is the decoded meta part of a record of messages. It borrows the bytes
// it was parsed from.
//
//	signer length 2 │ origin length 2 │ token length 4 │ signer │ origin │ token
//	rows × ( messages 4 │ bytes 4 │ words × 8 consumer bits )
//	n × row 2, when there is more than one row
//	n × frame length 4
type meta struct {
	signer, origin string
	token          []byte
	rows           []byte // header.rows × rowSize
	rowSize        int
	nRows          int
	ids            []byte // n × 2, or empty
	lens           []byte // n × 4
	n              int
}

// parse reads b as the meta part of a record with header h; false means that it
// is none.
func (m *meta) parse(b []byte, h *header) bool {
	if len(b) < 8 || h.kind != kindMessages {
		return false
	}
	s, o, t := int(le.Uint16(b)), int(le.Uint16(b[2:])), uint64(le.Uint32(b[4:]))
	m.n, m.nRows, m.rowSize = int(h.n), int(h.rows), 8+8*int(h.words)
	ids := 0
	if m.nRows > 1 {
		ids = 2 * m.n
	}
	if uint64(len(b)) != 8+uint64(s)+uint64(o)+t+uint64(m.nRows*m.rowSize+ids+4*m.n) {
		return false
	}
	b = b[8:]
	m.signer, b = message.Borrow(b[:s]), b[s:]
	m.origin, b = message.Borrow(b[:o]), b[o:]
	m.token, b = b[:t], b[t:]
	m.rows, b = b[:m.nRows*m.rowSize], b[m.nRows*m.rowSize:]
	m.ids, m.lens = b[:ids], b[ids:]
	return m.sound(int64(h.frames))
}

// sound checks that rows and lengths add up.
func (m *meta) sound(frames int64) bool {
	if m.n > 0 && m.nRows == 0 {
		return false
	}
	sum := int64(0)
	for i := range m.n {
		l := le.Uint32(m.lens[4*i:])
		if l < message.FramingOverhead {
			return false
		}
		sum += int64(l)
	}
	for i := 0; i < len(m.ids); i += 2 {
		if int(le.Uint16(m.ids[i:])) >= m.nRows {
			return false
		}
	}
	return sum == frames
}

// life returns the life of the messages' places, where the batch before ended and
// where this one does, and n × distance 4 from there; "" when the token is
// something else.
func (m *meta) life() (life string, since, till uint64, places []byte) {
	t := m.token
	if len(t) < 2 || t[0] != 'L' || len(t) != 2+int(t[1])+16+4*m.n {
		return "", 0, 0, nil
	}
	life, t = message.Borrow(t[2:2+int(t[1])]), t[2+int(t[1]):]
	return life, le.Uint64(t), le.Uint64(t[8:]), t[16:]
}

// has reports whether consumer id takes the messages of row r.
func (m *meta) has(r, id int) bool {
	o := 8 + id>>6<<3
	return o < m.rowSize && le.Uint64(m.rows[r*m.rowSize+o:])>>(id&63)&1 == 1
}

// count adds up what consumer id takes.
func (m *meta) count(id int) (c Count) {
	for r := range m.nRows {
		if m.has(r, id) {
			row := m.rows[r*m.rowSize:]
			c.Messages += int64(le.Uint32(row))
			c.Bytes += int64(le.Uint32(row[4:]))
		}
	}
	return c
}

// row is the row of message i, length the size of its frame.
func (m *meta) row(i int) int {
	if len(m.ids) == 0 {
		return 0
	}
	return int(le.Uint16(m.ids[2*i:]))
}

func (m *meta) length(i int) int { return int(le.Uint32(m.lens[4*i:])) }

// each calls f for every consumer and what it takes.
func (m *meta) each(f func(id int, c Count)) {
	for r := range m.nRows {
		row := m.rows[r*m.rowSize : (r+1)*m.rowSize]
		c := Count{int64(le.Uint32(row)), int64(le.Uint32(row[4:]))}
		for w := 8; w < len(row); w += 8 {
			for i, x := 0, le.Uint64(row[w:]); x != 0; i, x = i+1, x>>1 {
				if x&1 == 1 {
					f((w-8)<<3+i, c)
				}
			}
		}
	}
}

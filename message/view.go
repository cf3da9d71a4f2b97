package message

import (
	"encoding/binary"
	"errors"
)

// Span is a range of bytes in a message.
type Span struct{ Off, Len uint32 }

// ErrDamaged means that bytes are not an encoded message.
var ErrDamaged = errors.New("not an encoded Heka message")

// View reads an encoded message in place. Parse fills it; the accessors borrow
// the message's bytes. A View is reused message after message and holds nothing
// of the one before. It is large: keep one, do not store many.
type View struct {
	b         []byte
	want      *Want
	timestamp int64
	severity  int32
	pid       int32
	have      uint32   // bit n: header field n is present
	str       [10]Span // by field number
	fieldsOff uint32   // offset of the first dynamic field's tag
	nFields   uint32
	haveWant  uint32        // bit i: name i of want is present
	wanted    [MaxWant]Span // first field body of name i, valid by haveWant
}

// Parse finds the header fields of the message b and those dynamic fields that
// want names (nil: none). It does not look inside other dynamic fields. False
// means that b is damaged; the view is then empty.
func (v *View) Parse(b []byte, want *Want) bool {
	if len(b) < 32 || b[0] != NumUUID<<3|wireBytes || b[1] != 16 || b[18] != NumTimestamp<<3 {
		return v.parseAny(b, want)
	}
	return v.parseCanonical(b, want)
}

func (v *View) reset(b []byte, want *Want) {
	v.b, v.want = b, want
	v.timestamp, v.severity, v.pid = 0, DefaultSeverity, 0
	v.have, v.haveWant, v.fieldsOff, v.nFields = 0, 0, 0, 0
	v.str = [10]Span{}
}

// Fast path: fields in the order of their numbers, as every known writer emits
// them; no loop over tags, so the branches predict. Anything else restarts in
// parseAny.
func (v *View) parseCanonical(b []byte, want *Want) bool {
	v.reset(b, want)
	n := len(b)
	v.str[NumUUID] = Span{2, 16}
	have := uint32(1<<NumUUID | 1<<NumTimestamp)
	x, i := timeVarint(b, 19)
	if i < 0 {
		return v.parseAny(b, want)
	}
	v.timestamp = int64(x)
	if i+1 < n && b[i] == NumType<<3|wireBytes && b[i+1] < 0x80 {
		l := int(b[i+1])
		v.str[NumType] = Span{uint32(i + 2), uint32(l)}
		have |= 1 << NumType
		i += 2 + l
	}
	if i+1 < n && b[i] == NumLogger<<3|wireBytes && b[i+1] < 0x80 {
		l := int(b[i+1])
		v.str[NumLogger] = Span{uint32(i + 2), uint32(l)}
		have |= 1 << NumLogger
		i += 2 + l
	}
	if i+1 < n && b[i] == NumSeverity<<3 && b[i+1] < 0x80 {
		v.severity = int32(b[i+1])
		have |= 1 << NumSeverity
		i += 2
	}
	if i+2 < n && b[i] == NumPayload<<3|wireBytes {
		l, j := int(b[i+1]), i+2
		if l >= 0x80 {
			if c := int(b[i+2]); c < 0x80 {
				l, j = l&0x7f|c<<7, i+3
			} else {
				y, k := uvarint(b, i+1)
				if k < 0 || y > uint64(n) {
					return v.parseAny(b, want)
				}
				l, j = int(y), k
			}
		}
		v.str[NumPayload] = Span{uint32(j), uint32(l)}
		have |= 1 << NumPayload
		i = j + l
	}
	if i+1 < n && b[i] == NumEnvVersion<<3|wireBytes && b[i+1] < 0x80 {
		l := int(b[i+1])
		v.str[NumEnvVersion] = Span{uint32(i + 2), uint32(l)}
		have |= 1 << NumEnvVersion
		i += 2 + l
	}
	if i+1 < n && b[i] == NumPid<<3 {
		if i+4 <= n && (b[i+1] < 0x80 || b[i+2] < 0x80 || b[i+3] < 0x80) {
			c0, c1, c2 := uint32(b[i+1]), uint32(b[i+2]), uint32(b[i+3])
			m1 := -(c0 >> 7)      // all ones when a second byte follows
			m2 := m1 & -(c1 >> 7) // and a third
			v.pid = int32(c0&0x7f | (c1&0x7f)<<7&m1 | (c2&0x7f)<<14&m2)
			i += 2 + int(m1&1) + int(m2&1)
		} else {
			y, k := uvarint(b, i+1)
			if k < 0 {
				return v.parseAny(b, want)
			}
			v.pid, i = int32(y), k
		}
		have |= 1 << NumPid
	}
	if i+1 < n && b[i] == NumHostname<<3|wireBytes && b[i+1] < 0x80 {
		l := int(b[i+1])
		v.str[NumHostname] = Span{uint32(i + 2), uint32(l)}
		have |= 1 << NumHostname
		i += 2 + l
	}
	if i < n {
		v.fieldsOff = uint32(i)
	}
	for i+1 < n && b[i] == NumFields<<3|wireBytes {
		l := int(b[i+1])
		i += 2
		if l >= 0x80 {
			y, k := uvarint(b, i-1)
			if k < 0 || y > uint64(n) {
				return v.parseAny(b, want)
			}
			l, i = int(y), k
		}
		if l > n-i {
			return v.parseAny(b, want)
		}
		v.nFields++
		if want != nil {
			if i+8 > n || b[i] != wantName || b[i+1] >= 0x80 {
				v.index(want.find(b[i:i+l]), i, l)
			} else if e, head := want.entry(binary.LittleEndian.Uint64(b[i:])); e.head == head {
				v.index(want.named(int(e.first), b[i:i+l]), i, l)
			}
		}
		i += l
	}
	if i != n {
		return v.parseAny(b, want)
	}
	if v.nFields > 0 {
		have |= 1 << NumFields
	}
	v.have = have
	return true
}

// index notes that the field body b[off:off+n] has name k of want, unless there
// was one before; k is -1 when it has none.
func (v *View) index(k, off, n int) {
	if k >= 0 && v.haveWant>>k&1 == 0 {
		v.haveWant |= 1 << k
		v.wanted[k] = Span{uint32(off), uint32(n)}
	}
}

// Slow path: fields in any order, unknown ones skipped, the last of a repeated
// header field wins, as protobuf says.
func (v *View) parseAny(b []byte, want *Want) bool {
	v.reset(b, want)
	for i := 0; i < len(b); {
		tag := b[i]
		at := i
		switch tag {
		case NumUUID<<3 | wireBytes, NumType<<3 | wireBytes, NumLogger<<3 | wireBytes,
			NumPayload<<3 | wireBytes, NumEnvVersion<<3 | wireBytes, NumHostname<<3 | wireBytes:
			s, j := span(b, i+1)
			if j < 0 {
				return v.fail()
			}
			v.str[tag>>3] = s
			i = j
		case NumTimestamp << 3, NumSeverity << 3, NumPid << 3:
			x, j := uvarint(b, i+1)
			if j < 0 {
				return v.fail()
			}
			switch tag >> 3 {
			case NumTimestamp:
				v.timestamp = int64(x)
			case NumSeverity:
				v.severity = int32(x)
			case NumPid:
				v.pid = int32(x)
			}
			i = j
		case NumFields<<3 | wireBytes:
			s, j := span(b, i+1)
			if j < 0 {
				return v.fail()
			}
			if v.nFields == 0 {
				v.fieldsOff = uint32(at)
			}
			v.nFields++
			if want != nil {
				v.index(want.find(b[s.Off:j]), int(s.Off), int(s.Len))
			}
			i = j
		default:
			// A known field of a wrong wire type is damage; an unknown one is not ours.
			if n := tag >> 3; tag < 0x80 && n >= 1 && n <= NumFields {
				return v.fail()
			}
			if i = skip(b, i); i < 0 {
				return v.fail()
			}
			continue
		}
		v.have |= 1 << (tag >> 3)
	}
	return true
}

func (v *View) fail() bool {
	v.reset(nil, v.want)
	return false
}

// Raw returns the encoded message.
func (v *View) Raw() []byte { return v.b }

// Has reports whether the header field of that number is present.
func (v *View) Has(num int) bool { return v.have>>num&1 == 1 }

// Bytes returns a text or byte header field by its number, nil when it is unset.
func (v *View) Bytes(num int) []byte {
	s := v.str[num]
	return v.b[s.Off : s.Off+s.Len]
}

// Span returns where a text or byte header field lies in Raw, for code that
// reads the bytes around it; zero when it is unset.
func (v *View) Span(num int) Span { return v.str[num] }

// Want returns what Parse was given.
func (v *View) Want() *Want { return v.want }

// Text returns the same as a borrowed string.
func (v *View) Text(num int) string { return Borrow(v.Bytes(num)) }

// UUID returns the raw identifier, 16 bytes in a sound message.
func (v *View) UUID() []byte { return v.Bytes(NumUUID) }

// Timestamp returns nanoseconds since the Unix epoch.
func (v *View) Timestamp() int64 { return v.timestamp }

// Type returns the message's type, borrowed, as do the four below.
func (v *View) Type() string { return v.Text(NumType) }

// Logger returns the data source.
func (v *View) Logger() string { return v.Text(NumLogger) }

// Payload returns the text body.
func (v *View) Payload() string { return v.Text(NumPayload) }

// EnvVersion returns the schema version.
func (v *View) EnvVersion() string { return v.Text(NumEnvVersion) }

// Hostname returns the origin host.
func (v *View) Hostname() string { return v.Text(NumHostname) }

// Severity returns the syslog level, DefaultSeverity when unset.
func (v *View) Severity() int32 { return v.severity }

// Pid returns the process id, 0 when unset.
func (v *View) Pid() int32 { return v.pid }

// NFields is the number of dynamic fields.
func (v *View) NFields() int { return int(v.nFields) }

// Complete reports whether the two fields that the format requires are there.
func (v *View) Complete() bool {
	const required = 1<<NumUUID | 1<<NumTimestamp
	return v.have&required == required
}

package journal

import (
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/heka-project/heka/internal/fsx"
)

const (
	curMagic = "HEKACUR1"
	curHead  = 16
	maxState = 1 << 30 // bytes of a cursor file

	flagState = 1
	flagBorn  = 2
)

// encode appends the content of a cursor file to b, which is empty:
//
//	magic 8 │ crc 4 │ size 4 │ id 2 │ name length 2 │ name
//	segment 8 │ offset 8 │ seq 8 │ seen 16 │ in 16 │ refused 16 │ acked 16
//	reasons 2 │ reasons × 16 │ flags 1 │ born 8 │ hurt 8 │ state
//
// Flags: 1 there is a state, 2 born and hurt are there.
func (s *snapshot) encode(b []byte, id int, name string) []byte {
	b = append(b, curMagic...)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	b = le.AppendUint16(b, uint16(id))
	b = le.AppendUint16(b, uint16(len(name)))
	b = append(b, name...)
	b = le.AppendUint64(b, s.pos.Segment)
	b = le.AppendUint64(b, uint64(s.pos.Offset))
	b = le.AppendUint64(b, s.pos.Seq)
	for _, c := range [...]Count{s.pos.seen, s.in, s.refused, s.ackedOut} {
		b = appendCount(b, c)
	}
	b = le.AppendUint16(b, uint16(nReasons))
	for _, c := range s.settled {
		b = appendCount(b, c)
	}
	flags := byte(flagBorn)
	if s.state != nil {
		flags |= flagState
	}
	b = le.AppendUint64(le.AppendUint64(append(b, flags), s.born), s.hurt)
	b = append(b, s.state...)
	le.PutUint32(b[12:], uint32(len(b)-curHead))
	le.PutUint32(b[8:], crc(b[12:]))
	return b
}

func appendCount(b []byte, c Count) []byte {
	b = le.AppendUint64(b, uint64(c.Messages))
	return le.AppendUint64(b, uint64(c.Bytes))
}

func count(b []byte) Count {
	return Count{int64(le.Uint64(b)), int64(le.Uint64(b[8:]))}
}

// decode reads the content of a cursor file; false means that it is damaged.
func (s *snapshot) decode(b []byte) (id int, name string, ok bool) {
	if len(b) < curHead+4 || string(b[:8]) != curMagic || le.Uint32(b[12:]) != uint32(len(b)-curHead) ||
		le.Uint32(b[8:]) != crc(b[12:]) {
		return 0, "", false
	}
	b = b[curHead:]
	id = int(le.Uint16(b))
	n := int(le.Uint16(b[2:]))
	if b = b[4:]; len(b) < n+24+64+2 {
		return 0, "", false
	}
	name, b = string(b[:n]), b[n:]
	s.pos = Pos{Segment: le.Uint64(b), Offset: int64(le.Uint64(b[8:])), Seq: le.Uint64(b[16:])}
	s.pos.seen, s.in, s.refused, s.ackedOut = count(b[24:]), count(b[40:]), count(b[56:]), count(b[72:])
	s.pos.out = s.ackedOut
	reasons := int(le.Uint16(b[88:]))
	if b = b[90:]; len(b) < 16*reasons+1 || id > maxID || s.pos.Offset < 0 {
		return 0, "", false
	}
	for r := range reasons {
		to := min(r, int(nReasons)-1) // a reason of a newer version
		s.settled[to] = s.settled[to].plus(count(b[16*r:]))
	}
	flags := b[16*reasons]
	b = b[16*reasons+1:]
	if flags&flagBorn != 0 {
		if len(b) < 16 {
			return 0, "", false
		}
		s.born, s.hurt = le.Uint64(b), le.Uint64(b[8:])
		b = b[16:]
	}
	if flags&flagState != 0 {
		s.state = append([]byte{}, b...)
	}
	return id, name, true
}

// writeFile replaces a cursor file, durably.
func writeFile(fsys fsx.FS, path string, b []byte) error {
	return fsx.WriteAtomic(fsys, path, b, 0o600)
}

// key is a consumer's name as part of a file name: reversible, but for long ones.
func key(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	s := b.String()
	if len(s) > 200 {
		h := fnv.New64a()
		h.Write([]byte(name))
		return fmt.Sprintf("%s~%016x", s[:180], h.Sum64())
	}
	return s
}

// unkey is the name that key was made from, or key itself when it is a short form.
func unkey(key string) string {
	var b strings.Builder
	for i := 0; i < len(key); i++ {
		if key[i] == '%' && i+2 < len(key) {
			if c, err := strconv.ParseUint(key[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(key[i])
	}
	return b.String()
}

func cursorDir(dir string) string { return filepath.Join(dir, "cursors") }

// cursorPath names the file. The id is part of the name, so that damage to the
// content never loses it.
func cursorPath(dir, key string, id int) string {
	return filepath.Join(cursorDir(dir), fmt.Sprintf("%s.%03x.cur", key, id))
}

// cursorName takes a file's name apart.
func cursorName(file string) (key string, id int, ok bool) {
	s, ok := strings.CutSuffix(file, ".cur")
	if i := strings.LastIndexByte(s, '.'); ok && i > 0 {
		n, err := strconv.ParseUint(s[i+1:], 16, 16)
		return s[:i], int(n), err == nil && n <= maxID
	}
	return "", 0, false
}

// loaded is a cursor file that was found.
type loaded struct {
	key  string
	id   int
	name string
	s    snapshot
	ok   bool // its content is sound
}

// loadCursors reads all cursor files of a journal. A missing folder has none.
func loadCursors(fsys fsx.FS, dir string) ([]loaded, error) {
	entries, err := fsys.ReadDir(cursorDir(dir))
	if err != nil {
		if os.IsNotExist(err) {
			return nil, nil
		}
		return nil, err
	}
	var list []loaded
	for _, e := range entries {
		l := loaded{}
		var ok bool
		if l.key, l.id, ok = cursorName(e.Name()); !ok {
			continue
		}
		b, err := fsx.ReadFile(fsys, filepath.Join(cursorDir(dir), e.Name()), maxState)
		if err != nil && !os.IsNotExist(err) && !errors.Is(err, syscall.EIO) {
			return nil, err
		}
		id, name, ok := l.s.decode(b)
		if l.ok = ok && id == l.id && key(name) == l.key; l.ok {
			l.name = name
		} else {
			l.name, l.s = unkey(l.key), snapshot{}
		}
		list = append(list, l)
	}
	return list, nil
}

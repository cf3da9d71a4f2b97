package logstream

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/heka-project/heka/internal/fsx"
)

// hashed is the number of bytes before a position that its hash covers.
const hashed = 500

// Hash is the SHA-1 of the 500 bytes before a position, with zeros in front
// where there are fewer.
type Hash [sha1.Size]byte

// Position is a place in a stream: a file and an offset in its content, which
// for a compressed file is the uncompressed one.
type Position struct {
	Seek int64
	File string // path when the position was taken
	ID   FileID // zero: unknown
	Hash Hash
}

// State is what is saved of a stream: where it stands, and which files before
// that were still open for late lines.
type State struct {
	Position
	Late []Position
	// Life names the count of the stream's bytes, and Place is what it shows at
	// Position. It goes on over restarts; a stream that begins anew has another.
	Life  string
	Place uint64
}

// jsonPosition is the form on disk. The first three keys are the original's.
type jsonPosition struct {
	Seek     int64          `json:"seek"`
	FileName string         `json:"file_name"`
	LastHash string         `json:"last_hash"`
	Device   uint64         `json:"device,omitempty"`
	Inode    uint64         `json:"inode,omitempty"`
	Late     []jsonPosition `json:"late,omitempty"`
	Life     string         `json:"life,omitempty"`
	Place    uint64         `json:"place,omitempty"`
}

func (p Position) json() jsonPosition {
	return jsonPosition{p.Seek, p.File, hex.EncodeToString(p.Hash[:]), p.ID.Dev, p.ID.Ino, nil, "", 0}
}

func (j jsonPosition) position() (Position, error) {
	p := Position{Seek: j.Seek, File: j.FileName, ID: FileID{j.Device, j.Inode}}
	h, err := hex.DecodeString(j.LastHash)
	switch {
	case j.Seek < 0:
		return p, fmt.Errorf("seek is %d", j.Seek)
	case err != nil || len(h) != len(p.Hash):
		return p, fmt.Errorf("last_hash is not %d hex digits", 2*len(p.Hash))
	}
	copy(p.Hash[:], h)
	return p, nil
}

// Encode returns the state as it lies on disk.
func (s State) Encode() []byte {
	j := s.Position.json()
	for _, p := range s.Late {
		j.Late = append(j.Late, p.json())
	}
	j.Life, j.Place = s.Life, s.Place
	b, err := json.Marshal(j)
	if err != nil {
		panic("bug: " + err.Error())
	}
	return append(b, '\n')
}

// DecodeState reads what Encode wrote, or what the original wrote.
func DecodeState(b []byte) (State, error) {
	var j jsonPosition
	if err := json.Unmarshal(b, &j); err != nil {
		return State{}, err
	}
	pos, err := j.position()
	if err != nil {
		return State{}, err
	}
	s := State{Position: pos, Life: j.Life, Place: j.Place}
	if len(s.Life) > 64 {
		return State{}, fmt.Errorf("life has %d bytes", len(s.Life))
	}
	for _, l := range j.Late {
		p, err := l.position()
		if err != nil {
			return State{}, fmt.Errorf("late file: %w", err)
		}
		s.Late = append(s.Late, p)
	}
	return s, nil
}

// maxState bounds a position file.
const maxState = 1 << 20

// LoadState reads a position file. A file that is not there is no error and
// gives ok = false.
func LoadState(fsys fsx.FS, name string) (s State, ok bool, err error) {
	b, err := fsx.ReadFile(fsys, name, maxState)
	if errors.Is(err, fs.ErrNotExist) {
		return s, false, nil
	}
	if err == nil {
		s, err = DecodeState(b)
	}
	if err != nil {
		return s, false, fmt.Errorf("read position file %s: %w; the stream starts at its oldest file", name, err)
	}
	return s, true, nil
}

// SaveState replaces a position file.
func SaveState(fsys fsx.FS, name string, s State) error {
	if err := fsx.WriteAtomic(fsys, name, s.Encode(), 0o600); err != nil {
		return fmt.Errorf("save position file: %w", err)
	}
	return nil
}

// StatePath names the position file of a stream in dir. Stream names are made of
// file names, so what would lead out of dir or hide a file is written as %XX.
func StatePath(dir, stream string) string {
	var b strings.Builder
	for i := range len(stream) {
		c := stream[i]
		if c == '/' || c == '\\' || c == '%' || c == ':' || c < ' ' || c == 0x7f || c == '.' && i == 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	name := b.String()
	if name == "" {
		name = "%"
	}
	if strings.HasSuffix(name, ".tmp") {
		name = strings.TrimSuffix(name, "tmp") + "%74mp"
	}
	if len(name) > 200 {
		sum := sha1.Sum([]byte(stream))
		name = name[:150] + "%" + hex.EncodeToString(sum[:])
	}
	return filepath.Join(dir, name)
}

// memory holds the last bytes of what was read from a file, so that positions a
// little way back can be hashed.
type memory struct {
	buf   [2048]byte
	n     int
	total int64 // bytes since the file's beginning
}

func (m *memory) add(b []byte) {
	m.total += int64(len(b))
	if len(b) >= len(m.buf) {
		m.n = copy(m.buf[:], b[len(b)-len(m.buf):])
		return
	}
	if over := m.n + len(b) - len(m.buf); over > 0 {
		copy(m.buf[:], m.buf[over:m.n])
		m.n -= over
	}
	m.n += copy(m.buf[m.n:], b)
}

// hash returns the hash for the position that lies back bytes before the last
// one; false when that is too far.
func (m *memory) hash(back int) (Hash, bool) {
	end := m.n - back
	if end < 0 || end < hashed && m.total > int64(m.n) {
		return Hash{}, false
	}
	var w [hashed]byte
	b := m.buf[max(0, end-hashed):end]
	copy(w[hashed-len(b):], b)
	return sha1.Sum(w[:]), true
}

// last returns the last n bytes, or fewer.
func (m *memory) last(n int) []byte { return m.buf[max(0, m.n-n):m.n] }

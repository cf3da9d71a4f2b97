package tcp

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fair"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/plugin"
)

const (
	maxSession  = 4096 // sessions that a receiver remembers
	sessionSave = time.Second
	maxTable    = 1 << 20 // bytes of the file
)

// sessions is what a receiver remembers of its senders: how far each was
// acknowledged. It is written to a file once a second, so that after a restart too a
// sender is told from where on to go on.
//
// A session is called what its sender likes, so strangers can fill the table: then
// who has the most sessions loses those that were silent for longest.
type sessions struct {
	fs   fsx.FS // fixed, as are the two below
	path string // "": nothing is written
	log  *slog.Logger
	refs int // guarded by tables.mu

	saving sync.Mutex // held while the file is written; before mu

	mu      sync.Mutex
	m       map[[16]byte]*session // guarded by mu, as is all below
	changed bool                  // since the file was written
	gone    int64                 // sessions that were given up
}

type session struct {
	id    [16]byte // fixed, as is owner
	owner string   // see ownerOf
	pos   uint64   // guarded by sessions.mu, as is all below
	used  int64    // unix nanoseconds of the last connection
	now   *acker   // of that
}

// life names the count of the session's bytes to the engine: whoever answers for it
// stands in front.
func (x *session) life() string { return "tcp:" + x.owner + "/" + string(x.id[:]) }

// tables holds the sessions of all inputs by file, so that an input that takes the
// place of another in a reload knows what that one knows.
var tables struct {
	mu sync.Mutex
	m  map[tableKey]*sessions // guarded by mu
}

type tableKey struct {
	fs   fsx.FS
	path string
}

// openSessions returns the sessions of the input of that name. They are to be closed.
func openSessions(env plugin.Env) *sessions {
	if env.BaseDir == "" || env.FS == nil {
		return &sessions{log: env.Log}
	}
	k := tableKey{env.FS, filepath.Join(env.BaseDir, "sessions", url.PathEscape(env.Name))}
	tables.mu.Lock()
	defer tables.mu.Unlock()
	s := tables.m[k]
	if s == nil {
		s = &sessions{fs: env.FS, path: k.path, log: env.Log}
		s.load()
		if tables.m == nil {
			tables.m = map[tableKey]*sessions{}
		}
		tables.m[k] = s
	}
	s.refs++
	return s
}

// close saves what is left to save and lets the sessions go.
func (s *sessions) close() {
	s.save()
	if s.path == "" {
		return
	}
	tables.mu.Lock()
	defer tables.mu.Unlock()
	if s.refs--; s.refs == 0 {
		delete(tables.m, tableKey{s.fs, s.path})
	}
}

// keep saves the sessions as long as ctx lasts.
func (s *sessions) keep(ctx context.Context, c clock.Clock) {
	for s.path != "" {
		t := c.NewTimer(sessionSave)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
			s.save()
		}
	}
}

// join finds a session and how far it has come: at least to pos, where the sender
// goes on. A session that was forgotten, or never known, begins there.
func (s *sessions) join(id [16]byte, owner string, pos uint64, now time.Time) (*session, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = map[[16]byte]*session{}
	}
	x := s.m[id]
	if x == nil {
		if len(s.m) >= maxSession {
			s.forget()
		}
		x = &session{id: id, owner: owner}
		s.m[id] = x
	}
	x.pos = max(x.pos, pos)
	x.used = now.UnixNano()
	s.changed = true
	return x, x.pos
}

// forget drops some sessions, so that there is room for a while. Called with mu held.
func (s *sessions) forget() {
	const room = maxSession - maxSession/16
	has, old := map[string]int{}, make([]*session, 0, len(s.m))
	for _, x := range s.m {
		has[x.owner]++
		old = append(old, x)
	}
	slices.SortFunc(old, func(a, b *session) int {
		if a.used != b.used {
			return int(min(max(a.used-b.used, -1), 1))
		}
		return bytes.Compare(a.id[:], b.id[:])
	})
	share := fair.Share(has, room)
	for _, x := range old {
		if len(s.m) <= room {
			return
		}
		if share == 0 || has[x.owner] > share {
			has[x.owner]--
			delete(s.m, x.id)
			s.gone++
		}
	}
}

// reach moves a session's position forward, and lets its newest connection tell.
func (s *sessions) reach(x *session, pos uint64) {
	s.mu.Lock()
	x.pos = max(x.pos, pos)
	s.changed = true
	a := x.now
	s.mu.Unlock()
	if a != nil {
		select {
		case a.poke <- struct{}{}:
		default:
		}
	}
}

// position is how far a session was acknowledged.
func (s *sessions) position(x *session) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return x.pos
}

// figures are for the report.
func (s *sessions) figures() (n int, gone int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.m), s.gone
}

// ownerOf is a short name of who answers for a session: whom the peer's certificate
// names, where that was verified; else the peer's address, of IPv6 the first half.
func ownerOf(subject []byte, peer net.Addr) string {
	who := subject
	if len(who) == 0 {
		host, _, err := net.SplitHostPort(peer.String())
		ip, perr := netip.ParseAddr(host)
		switch ip = ip.Unmap(); {
		case err != nil || perr != nil:
			who = []byte(peer.Network())
		case ip.Is6():
			p, _ := ip.WithZone("").Prefix(64)
			who = []byte(p.String())
		default:
			who = []byte(ip.String())
		}
	}
	sum := sha256.Sum256(who)
	return hex.EncodeToString(sum[:4])
}

// of is what a session is remembered by: one that was asked for with a verified
// certificate is another than that which anybody else asks for by the same name.
func of(subject []byte, id [16]byte) [16]byte {
	if len(subject) == 0 {
		return id
	}
	sum := sha256.Sum256(append(id[:], subject...))
	return [16]byte(sum[:16])
}

// The file of sessions:
//
//	"HKTS" │ 1 │ count │ ( id 16 │ owner 8 │ position │ used )… │ crc 4    numbers are varints
const tableMagic = "HKTS\x01"

var errTable = errors.New("it is damaged")

// save writes the file, if something has changed.
func (s *sessions) save() {
	s.saving.Lock()
	defer s.saving.Unlock()
	s.mu.Lock()
	if !s.changed || s.path == "" {
		s.mu.Unlock()
		return
	}
	s.changed = false
	b := encodeSessions(s.m)
	s.mu.Unlock()
	err := s.fs.MkdirAll(filepath.Dir(s.path), 0o700)
	if err == nil {
		err = fsx.WriteAtomic(s.fs, s.path, b, 0o600)
	}
	if err != nil {
		s.mu.Lock()
		s.changed = true
		s.mu.Unlock()
		s.log.Warn("sessions cannot be saved: after a crash senders send again what they have sent since", "file", s.path, "error", err)
	}
}

// load reads the file. Without it senders send again what they are not sure of.
func (s *sessions) load() {
	b, err := fsx.ReadFile(s.fs, s.path, maxTable)
	if err == nil {
		s.m, err = decodeSessions(b)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Warn("sessions cannot be read: senders send again what they are not sure of", "file", s.path, "error", err)
	}
}

func encodeSessions(m map[[16]byte]*session) []byte {
	b := binary.AppendUvarint([]byte(tableMagic), uint64(len(m)))
	for _, x := range m {
		b = append(append(b, x.id[:]...), x.owner...)
		b = binary.AppendUvarint(binary.AppendUvarint(b, x.pos), uint64(x.used))
	}
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

func decodeSessions(b []byte) (map[[16]byte]*session, error) {
	n := len(b) - 4
	if n < len(tableMagic) || string(b[:len(tableMagic)]) != tableMagic || binary.LittleEndian.Uint32(b[n:]) != crc32.ChecksumIEEE(b[:n]) {
		return nil, errTable
	}
	b = b[len(tableMagic):n]
	ok := true
	number := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			ok = false
			return 0
		}
		b = b[n:]
		return v
	}
	count := number()
	if count > maxSession {
		return nil, errTable
	}
	m := make(map[[16]byte]*session, count)
	for range count {
		if len(b) < 24 {
			return nil, errTable
		}
		x := &session{id: [16]byte(b[:16]), owner: string(b[16:24])}
		b = b[24:]
		x.pos, x.used = number(), int64(number())
		if _, twice := m[x.id]; !ok || twice || x.pos >= 1<<63 {
			return nil, errTable
		}
		m[x.id] = x
	}
	if !ok || len(b) > 0 {
		return nil, errTable
	}
	return m, nil
}

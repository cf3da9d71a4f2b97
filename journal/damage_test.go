package journal

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/fsx"
)

// extent is where a record lies and what it says.
type extent struct {
	path     string
	off, end int64
	text     string
}

// specimen is a journal with n records of one message, over several segments.
// Nothing of it was read by its one consumer.
func specimen(t testing.TB, n int) (*fsx.Mem, []extent) {
	t.Helper()
	m := fsx.NewMem()
	j, err := open("/j", Options{FS: m, SegmentSize: 4096, Log: quiet, Pool: testPool, Sync: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	c := mustConsumer(t, j, "c", ConsumerOptions{})
	for i := range n {
		b := batchOf(t, fmt.Sprintf("record %d %s", i, strings.Repeat("x", i*37%200)))
		if err := j.Append(canceled, Entry{Batch: b, Takers: []Taker{{Cursor: c}}}); err != nil {
			t.Fatal(err)
		}
		b.Release()
		j.writer.take(<-j.queue)
		if err := j.writer.writeGroup(); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.finish(); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(m, "/j")
	if err != nil {
		t.Fatal(err)
	}
	var list []extent
	for rec, err := range r.Records(Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		size := headSize + int64(rec.m.n*4+8+len(rec.m.rows)) + int64(len(rec.frames))
		list = append(list, extent{segPath("/j", rec.Pos.Segment), rec.Pos.Offset, rec.Pos.Offset + size, string(rec.Message(0))})
	}
	if len(list) != n {
		t.Fatalf("reader sees %d of %d records", len(list), n)
	}
	return m, list
}

// patch changes a file.
func patch(t testing.TB, m *fsx.Mem, path string, f func(fsx.File)) {
	t.Helper()
	file, err := m.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	f(file)
	file.Sync()
	file.Close()
}

// survivors opens the journal and returns everything that its consumer reads,
// having checked that it still takes a new record.
func survivors(t testing.TB, m *fsx.Mem) map[string]int {
	t.Helper()
	j, err := open("/j", Options{FS: m, SegmentSize: 4096, Log: quiet, Pool: testPool, Sync: time.Second})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	c := mustConsumer(t, j, "c", ConsumerOptions{})
	b := batchOf(t, "after")
	if err := j.Append(canceled, Entry{Batch: b, Takers: []Taker{{Cursor: c}}}); err != nil {
		t.Fatal(err)
	}
	b.Release()
	j.writer.take(<-j.queue)
	if err := j.writer.writeGroup(); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, s := range drain(t, c) {
		got[s]++
	}
	account(t, c)
	if got["after"] != 1 || !c.CaughtUp() {
		t.Fatalf("new record came %d times, caught up %v", got["after"], c.CaughtUp())
	}
	if err := j.finish(); err != nil {
		t.Fatal(err)
	}
	return got
}

// TestTornEnd cuts the newest segment at every byte of its last three records:
// what is whole is delivered.
func TestTornEnd(t *testing.T) {
	m, list := specimen(t, 40)
	last := list[len(list)-1]
	for cut := list[len(list)-3].off; cut <= last.end; cut++ {
		c := m.Clone()
		patch(t, c, last.path, func(f fsx.File) { f.Truncate(cut) })
		got := survivors(t, c)
		for _, e := range list {
			if whole := e.path != last.path || e.end <= cut; whole != (got[e.text] == 1) {
				t.Fatalf("cut at %d: %.12q came %d times, whole %v", cut, e.text, got[e.text], whole)
			}
		}
	}
}

// TestEveryBit flips each bit of one record: the others are delivered, and what
// is missing is counted.
func TestEveryBit(t *testing.T) {
	m, list := specimen(t, 30)
	for _, k := range []int{5, len(list) - 1} {
		e := list[k]
		step := int64(3) // all bits: HEKA_EVERY_BIT=1
		if os.Getenv("HEKA_EVERY_BIT") != "" {
			step = 1
		}
		for bit := e.off * 8; bit < e.end*8; bit += step {
			c := m.Clone()
			patch(t, c, e.path, func(f fsx.File) {
				var b [1]byte
				f.ReadAt(b[:], bit/8)
				b[0] ^= 1 << (bit % 8)
				f.WriteAt(b[:], bit/8)
			})
			got := survivors(t, c)
			for i, x := range list {
				inMark := bit/8-e.off >= 60 && bit/8-e.off < 64
				if want := i != k || inMark; want && got[x.text] != 1 {
					t.Fatalf("bit %d of record %d: record %d came %d times", bit-e.off*8, k, i, got[x.text])
				}
			}
		}
	}
}

// TestRandomDamage writes noise over, cuts and lengthens random files: the journal
// opens, never loops, and every record that was not touched is delivered.
func TestRandomDamage(t *testing.T) {
	n := 1000
	if testing.Short() {
		n = 100
	}
	m, list := specimen(t, 60)
	base := uint64(time.Now().UnixNano())
	for k := range n {
		seed := base + uint64(k)
		rng := rand.New(rand.NewPCG(seed, 3))
		c := m.Clone()
		touched := map[string][][2]int64{}
		for range 1 + rng.IntN(4) {
			path := list[rng.IntN(len(list))].path
			switch rng.IntN(8) {
			case 0:
				path = "/j/journal.id"
			case 1:
				path = cursorPath("/j", "c", 0)
			}
			info, err := c.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			from := rng.Int64N(info.Size() + 1)
			to := min(from+1+rng.Int64N(200), info.Size())
			patch(t, c, path, func(f fsx.File) {
				switch rng.IntN(4) {
				case 0:
					f.Truncate(from)
					to = 1 << 40
				case 1:
					f.WriteAt(make([]byte, to-from), from)
				case 2:
					noise := make([]byte, rng.IntN(300))
					for i := range noise {
						noise[i] = byte(rng.Uint32())
					}
					f.WriteAt(noise, from)
					to = from + int64(len(noise))
				default:
					for range 1 + rng.IntN(3) {
						if at := from + rng.Int64N(max(to-from, 1)); at < info.Size() {
							f.WriteAt([]byte{byte(rng.Uint32())}, at)
						}
					}
				}
			})
			touched[path] = append(touched[path], [2]int64{from, to})
		}
		got := survivors(t, c)
		for _, e := range list {
			hit := false
			for _, r := range touched[e.path] {
				hit = hit || r[0] < e.end && e.off < r[1]
			}
			if !hit && got[e.text] == 0 {
				t.Fatalf("seed %d: record %q at %s:%d was not touched and is lost; damage %v", seed, e.text, e.path, e.off, touched)
			}
		}
	}
}

// TestRepair: after Repair the journal is sound, and nothing sound is lost.
func TestRepair(t *testing.T) {
	m, list := specimen(t, 60)
	for _, k := range []int{3, 17, 30} {
		patch(t, m, list[k].path, func(f fsx.File) { f.WriteAt([]byte("damage"), list[k].off+70) })
	}
	patch(t, m, list[20].path, func(f fsx.File) { f.WriteAt([]byte("damage"), 3) })
	patch(t, m, list[40].path, func(f fsx.File) { f.WriteAt([]byte{0, 0, 0, 0, 0}, list[40].off) })
	last := list[len(list)-1]
	patch(t, m, last.path, func(f fsx.File) { f.Truncate(last.end - 3) })
	v, err := Repair(m, "/j")
	if err != nil || len(v.Damages) < 5 {
		t.Fatalf("Repair() = %+v, %v", v, err)
	}
	r, err := OpenReader(m, "/j")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := r.Verify(); err != nil || !v.Sound() {
		t.Errorf("after Repair: %v, %v", v.Damages, err)
	}
	got := survivors(t, m)
	for i, e := range list {
		if i != 3 && i != 17 && i != 30 && i != 40 && i != len(list)-1 && got[e.text] != 1 {
			t.Errorf("record %d came %d times after Repair", i, got[e.text])
		}
	}
}

// FuzzSegment: any bytes as a segment file are read to the end without a panic,
// and what is appended behind is delivered.
func FuzzSegment(f *testing.F) {
	m, list := specimen(f, 8)
	b, err := fsx.ReadFile(m, list[0].path, 1<<20)
	if err != nil {
		f.Fatal(err)
	}
	id, err := fsx.ReadFile(m, "/j/journal.id", 64)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b, id)
	f.Add(b[:200], id)
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, seg, id []byte) {
		m := fsx.NewMem()
		m.MkdirAll("/j", 0o700)
		for path, data := range map[string][]byte{segPath("/j", 1): seg, "/j/journal.id": id} {
			f, err := m.OpenFile(path, os.O_RDWR|os.O_CREATE, 0)
			if err != nil {
				t.Fatal(err)
			}
			f.Write(data)
			f.Close()
		}
		if r, err := OpenReader(m, "/j"); err == nil {
			if _, err := r.Verify(); err != nil {
				t.Fatal(err)
			}
		}
		survivors(t, m)
	})
}

// FuzzCursor: any bytes are refused or mean the same when written again.
func FuzzCursor(f *testing.F) {
	s := snapshot{pos: Pos{Segment: 3, Offset: 77, Seq: 9}, born: 8, hurt: 2, state: []byte("state")}
	f.Add(s.encode(nil, 5, "es_out"))
	b := s.encode(nil, 5, "es_out") // as it was before there were lines
	n := len(b) - len("state") - 17
	f.Add(append(append(b[:n:n], 1), "state"...))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= curHead { // so that the checksum is no obstacle
			le.PutUint32(b[12:], uint32(len(b)-curHead))
			le.PutUint32(b[8:], crc(b[12:]))
		}
		var s, again snapshot
		id, name, ok := s.decode(b)
		if !ok {
			return
		}
		id2, name2, ok := again.decode(s.encode(nil, id, name))
		if !ok || id2 != id || name2 != name || again.pos != s.pos || again.born != s.born || again.hurt != s.hurt || string(again.state) != string(s.state) {
			t.Fatalf("decode(encode(%+v)) = %+v, %v", s, again, ok)
		}
	})
}

// TestStartWithMuch: opening does not depend on what the journal holds. The
// segments are sparse files of half a gigabyte.
func TestStartWithMuch(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, Options{Sync: time.Second})
	c := mustConsumer(t, j, "c", ConsumerOptions{})
	put(t, j, c, "first")
	j.Close()
	one, err := os.ReadFile(segPath(dir, 1))
	if err != nil {
		t.Fatal(err)
	}
	for n := uint64(2); n <= 200; n++ {
		h := segHeader{epoch: j.secret ^ n, number: n, base: n + 10, created: int64(n) * int64(time.Hour)}
		b := append([]byte{}, one...)
		h.encode(b)
		rh := header{epoch: h.epoch, seq: n + 9, kind: kindConsumers, time: h.created}
		rh.metaCRC = crc(nil)
		rh.encode(b[headSize:])
		path := segPath(dir, n)
		if err := os.WriteFile(path, b[:2*headSize], 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, 512<<20); err != nil {
			t.Skip("no sparse files here: ", err)
		}
	}
	start := time.Now()
	j = mustOpen(t, dir, Options{Sync: time.Second})
	took := time.Since(start)
	defer j.Close()
	s := j.Summary()
	t.Logf("%d segments, %d GB, opened in %v", s.Segments, s.Size>>30, took)
	if took > 5*time.Second {
		t.Errorf("opened in %v", took)
	}
	matches, _ := filepath.Glob(filepath.Join(dir, "*.seg"))
	if len(matches) != 200 {
		t.Errorf("%d segments are left", len(matches))
	}
}

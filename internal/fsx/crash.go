package fsx

import (
	"math/rand/v2"
	"sort"
)

const sector = 512 // bytes that reach the disk together

// Crash cuts the power: of every write and every change of names since its last
// sync, rng decides whether it is there, and of a write also which sectors. All
// open files are dead; the file system goes on with what is left. The same
// history and the same rng leave the same files.
func (m *Mem) Crash(rng *rand.Rand) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.age++
	clear(m.locks)
	keep := [...]float64{0, 0.1, 0.5, 0.9, 1}[rng.IntN(5)]
	for _, op := range m.ops {
		if rng.Float64() < keep {
			m.keep(op)
		}
	}
	m.ops = nil
	names := make([]string, 0, len(m.durable))
	for n := range m.durable {
		names = append(names, n)
	}
	sort.Strings(names)
	done := map[*inode]bool{}
	m.live = map[string]*inode{"/": {dir: true}}
	for _, n := range names {
		f := m.durable[n]
		m.live[n] = f
		if !f.dir && !done[f] {
			f.crash(rng, keep)
			done[f] = true
		}
	}
}

// Kill ends the process: nothing is lost, but all open files are dead.
func (m *Mem) Kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.age++
	clear(m.locks)
}

// crash leaves of the file what was synced and a part of what was not.
func (f *inode) crash(rng *rand.Rand, keep float64) {
	data := append([]byte{}, f.synced...)
	for i := range f.writes {
		w := &f.writes[i]
		if rng.Float64() >= keep {
			continue
		}
		if len(w.data) <= sector || rng.IntN(4) > 0 {
			data = w.apply(data)
			continue
		}
		for off := 0; off < len(w.data); off += sector {
			if rng.Float64() < keep {
				part := write{w.off + int64(off), w.data[off:min(off+sector, len(w.data))]}
				data = part.apply(data)
			}
		}
	}
	f.data, f.synced, f.writes = data, append([]byte{}, data...), nil
}

// Clone returns a file system with the same files, all of it synced.
func (m *Mem) Clone() *Mem {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := NewMem()
	for n, f := range m.live {
		g := &inode{dir: f.dir, data: append([]byte{}, f.data...), synced: append([]byte{}, f.data...)}
		c.live[n] = g
		if n != "/" {
			c.durable[n] = g
		}
	}
	return c
}

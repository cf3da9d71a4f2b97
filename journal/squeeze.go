package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// writePosition writes a cursor file. A disk that the journal itself has filled
// has no room even for that, though everything in the oldest segment may be
// dealt with: then that goes first.
func (j *Journal) writePosition(path string, b []byte) error {
	err := writeFile(j.fs, path, b)
	if (errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)) && j.squeeze() {
		err = writeFile(j.fs, path, b)
	}
	return err
}

// squeeze empties the oldest segment when every cursor has acknowledged all of it,
// saved or not. The file stays under another name until the positions are saved,
// so that a crash before that loses nothing and takes nothing for lost. Called
// with saving held.
func (j *Journal) squeeze() bool {
	j.mu.Lock()
	if len(j.segs) < 2 || j.segs[0] == j.act {
		j.mu.Unlock()
		return false
	}
	s := j.segs[0]
	for _, c := range j.cursors {
		c.mu.Lock()
		needs := c.save.pos.Segment <= s.number
		c.mu.Unlock()
		if needs {
			j.mu.Unlock()
			return false
		}
	}
	j.mu.Unlock()
	if err := j.fs.Rename(s.path(j.dir), gonePath(j.dir, s.number)); err != nil {
		return false
	}
	// Else a power cut could leave the old name on the empty file.
	serr := j.fs.SyncDir(j.dir)
	if serr != nil && j.fs.Rename(gonePath(j.dir, s.number), s.path(j.dir)) == nil {
		return false
	}
	j.drop(s)
	j.squeezed = append(j.squeezed, s.number)
	if serr != nil {
		return false
	}
	f, err := j.fs.OpenFile(gonePath(j.dir, s.number), os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	return f.Truncate(0) == nil
}

func gonePath(dir string, number uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%016x.gone", number))
}

// forgetSqueezed removes the emptied files that every saved position has passed.
// Called with saving held.
func (j *Journal) forgetSqueezed() {
	if len(j.squeezed) == 0 {
		return
	}
	j.mu.Lock()
	low := j.needed()
	j.mu.Unlock()
	left := j.squeezed[:0]
	for _, n := range j.squeezed {
		if n >= low || j.fs.Remove(gonePath(j.dir, n)) != nil {
			left = append(left, n)
		}
	}
	j.squeezed = left
}

// findSqueezed lists the emptied files that a crash left.
func (j *Journal) findSqueezed() error {
	entries, err := j.fs.ReadDir(j.dir)
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".gone"); ok {
			if n, ok := segNumber(name + ".seg"); ok {
				j.squeezed = append(j.squeezed, n)
			}
		}
	}
	return err
}

// passSqueezed moves a loaded cursor over segments that were emptied because it
// had acknowledged them, though its saved position does not say so.
func (j *Journal) passSqueezed(c *Cursor) {
	if len(j.squeezed) == 0 || len(j.segs) == 0 {
		return
	}
	n := j.segs[0].number
	if last := slices.Max(j.squeezed); last < c.saved.Segment || last >= n {
		return
	}
	in := j.inAt(n, c.id)
	done := in.minus(c.seen)
	if done.Messages < 0 {
		return
	}
	if done.Messages > 0 && c.save.state != nil {
		j.log.Error("journal had filled the disk when the process ended, so that a state was not saved: it lacks the last messages; give the journal a limit with journal_max_size", "consumer", c.name, "messages", done.Messages)
	}
	c.ackedOut, c.out, c.seen = c.ackedOut.plus(done), c.out.plus(done), in
	c.save.pos = Pos{Segment: n, Offset: headSize, Seq: c.saved.Seq, seen: c.seen, out: c.out}
	c.save.ackedOut, c.dirty = c.ackedOut, true
}

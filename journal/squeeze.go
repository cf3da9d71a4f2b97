package journal

import (
	"errors"
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

// squeeze removes the oldest segment when every cursor has acknowledged all of
// it, saved or not. A crash before the position is saved loses nothing: its
// cursor goes on with the next segment. Called with saving held.
func (j *Journal) squeeze() bool {
	j.mu.Lock()
	if len(j.segs) == 0 || j.segs[0] == j.act {
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
	j.segs = j.segs[1:]
	j.mu.Unlock()
	if err := j.fs.Remove(s.path(j.dir)); err != nil {
		j.log.Warn("journal segment cannot be removed", "segment", s.path(j.dir), "error", err)
		return false
	}
	return true
}

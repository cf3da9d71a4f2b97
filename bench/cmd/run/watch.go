package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// patience is the longest that one run may take.
const patience = 4 * time.Minute

// watch sees a peer work: its output grows, or its processor time does where the
// output is thrown away. last is when it was last seen to.
type watch struct {
	b            *bench
	dir          string
	peer, second *daemon

	begin, last time.Time
	cpu0, cpu   float64 // of the peer at begin and at last
	cpu20, cpu2 float64 // of the receiver behind it
	size        int64
	seen        float64 // processor time when the last work was seen
}

// wait returns once all is fed and nothing has moved for a while.
func (w *watch) wait(fed <-chan error) error {
	settle := w.b.entry.Settle
	if settle == 0 {
		settle = 1.5
	}
	w.seen = w.peer.cpu()
	w.last = time.Now()
	done := false
	for deadline := w.begin.Add(patience); time.Now().Before(deadline); time.Sleep(15 * time.Millisecond) {
		if !done {
			select {
			case err := <-fed:
				if err != nil {
					return err
				}
				done = true
				w.mark()
			default:
			}
		}
		if w.moved() {
			w.mark()
		}
		if w.peer.gone() {
			return errors.New("it ended; it said: " + w.peer.said())
		}
		quiet := time.Since(w.last).Seconds()
		if done && quiet > settle && (quiet > 6*settle || w.complete()) {
			return nil
		}
	}
	return errors.New("not done after " + patience.String())
}

// complete reports whether everything has come out. Some programs rest in the
// middle of their work, so what is not complete is waited for longer.
func (w *watch) complete() bool {
	if w.b.entry.Out == "" || w.b.entry.Frames {
		return true
	}
	n, err := lines(filepath.Join(w.dir, w.b.entry.Out))
	return err == nil && n >= w.b.n()
}

func (w *watch) mark() {
	w.last, w.cpu = time.Now(), w.peer.cpu()
	if w.second != nil {
		w.cpu2 = w.second.cpu()
	}
}

// moved looks for growth. One clock tick of processor time is what an idle daemon
// uses now and then, so it takes more.
func (w *watch) moved() bool {
	if w.b.entry.Out == "" {
		d := w.peer
		if w.b.entry.FromSecond {
			d = w.second
		}
		if c := d.cpu(); c > w.seen+0.02 {
			w.seen = c
			return true
		}
		return false
	}
	n := size(filepath.Join(w.dir, w.b.entry.Out))
	grew := n > w.size
	w.size = max(n, w.size)
	return grew
}

func size(glob string) (n int64) {
	names, _ := filepath.Glob(glob)
	for _, name := range names {
		if st, err := os.Stat(name); err == nil {
			n += st.Size()
		}
	}
	return n
}

// lines counts the newlines in all files.
func lines(glob string) (n int, err error) {
	names, _ := filepath.Glob(glob)
	buf := make([]byte, 1<<20)
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return n, err
		}
		for {
			k, err := f.Read(buf)
			n += bytes.Count(buf[:k], []byte{'\n'})
			if err == io.EOF {
				break
			} else if err != nil {
				f.Close()
				return n, err
			}
		}
		f.Close()
	}
	return n, nil
}

// frames has sink count the Heka frames in a file.
func (b *bench) frames(name string) (int, error) {
	sink, err := b.program("sink")
	if err != nil {
		return 0, err
	}
	out, err := exec.Command(sink, "-count", "heka", "-file", name).Output()
	if err != nil {
		return 0, err
	}
	var c struct{ Records int }
	err = json.Unmarshal(out, &c)
	return c.Records, err
}

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

const (
	killHead  = "| peer | kills | lines | lost | twice | torn |"
	lineSize  = 120              // of the kill test, without the newline
	killLater = 2 * time.Second  // after the first delivery, at most
	killSlow  = 15 * time.Second // a daemon that delivers nothing is killed after this
	calm      = 12 * time.Second // without growth: nothing more comes
)

// killed runs the kill test. A log file grows steadily by numbered lines, N a
// second, whoever lives; the daemon that follows it is killed at a random moment
// within two seconds of its first delivery and started again, many times. At
// the end it may finish, and the lines of its output are held against those of
// the log.
//
//	writer ──▶ in.log ──▶ daemon [queue on disk] ──▶ out
//	                      ✝ kill -9, again and again
func (b *bench) killed() (head, row string, err error) {
	dir, err := os.MkdirTemp(b.work, "kill-"+b.entry.Peer+"-")
	if err != nil {
		return "", "", err
	}
	if b.keep {
		fmt.Fprintln(os.Stderr, "work folder", dir)
	} else {
		defer os.RemoveAll(dir)
	}
	v, err := b.prepare(dir)
	if err != nil {
		return "", "", err
	}
	g, err := grow(v.In, b.n())
	if err != nil {
		return "", "", err
	}
	defer g.end()
	out := filepath.Join(dir, b.entry.Out)
	for i := range b.kills {
		d, err := b.start(b.entry.Cmd, v, fmt.Sprintf("peer%03d", i))
		if err != nil {
			return "", "", err
		}
		had := size(out)
		for begin := time.Now(); size(out) == had && time.Since(begin) < killSlow && !d.gone(); {
			time.Sleep(2 * time.Millisecond)
		}
		time.Sleep(time.Duration(rand.Int64N(int64(killLater))))
		if d.gone() {
			return "", "", errors.New("it ended by itself; it said: " + d.said())
		}
		d.kill()
	}
	n, err := g.end()
	if err != nil {
		return "", "", err
	}
	t, err := b.finish(v, out, n)
	if err != nil {
		return "", "", err
	}
	return killHead, fmt.Sprintf("| %s | %d | %d | %d | %d | %d |", b.entry.Peer, b.kills, n, t.lost, t.twice, t.torn), nil
}

// finish lets the daemon deliver the rest and counts.
func (b *bench) finish(v *vars, out string, n int) (t tally, err error) {
	d, err := b.start(b.entry.Cmd, v, "last")
	if err != nil {
		return t, err
	}
	defer d.stop()
	last, had := time.Now(), size(out)
	for time.Since(last) < calm {
		time.Sleep(200 * time.Millisecond)
		if now := size(out); now != had {
			last, had = time.Now(), now
		} else if time.Since(last) > 3*time.Second {
			if t, err = take(out, n); err != nil || t.lost == 0 {
				break
			}
		}
		if d.gone() {
			return t, errors.New("it ended by itself; it said: " + d.said())
		}
	}
	d.stop()
	return take(out, n)
}

// grower appends numbered lines to a file until end.
type grower struct {
	stop, done chan struct{}
	ended      bool
	n          int
	err        error
}

func grow(path string, rate int) (*grower, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	g := &grower{stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(g.done)
		defer f.Close()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		var buf []byte
		for begin := time.Now(); g.err == nil; {
			buf = buf[:0]
			for due := int(time.Since(begin).Seconds() * float64(rate)); g.n < due && len(buf) < 1<<20; g.n++ {
				buf = append(appendLine(buf, g.n), '\n')
			}
			_, g.err = f.Write(buf)
			select {
			case <-g.stop:
				return
			case <-tick.C:
			}
		}
	}()
	return g, nil
}

// end stops the growth and returns how many lines there are.
func (g *grower) end() (int, error) {
	if !g.ended {
		g.ended = true
		close(g.stop)
		<-g.done
	}
	return g.n, g.err
}

// appendLine renders line i; every byte of it follows from i.
func appendLine(dst []byte, i int) []byte {
	from := len(dst)
	dst = fmt.Appendf(dst, "%09d ", i)
	for k := i; len(dst) < from+lineSize; k++ {
		dst = append(dst, byte('a'+k%26))
	}
	return dst
}

// tally is what an output file lacks and has too much of.
type tally struct{ lost, twice, torn int }

// take holds the lines of a file against lines 0 to n-1. torn counts pieces of
// lines.
func take(path string, n int) (t tally, err error) {
	f, err := os.Open(path)
	if err != nil {
		return t, err
	}
	defer f.Close()
	seen := make([]bool, n)
	t.lost = n
	var want []byte
	for r := bufio.NewReaderSize(f, 1<<20); ; {
		line, err := r.ReadSlice('\n')
		if len(line) > 0 {
			i := -1
			if k := len(line) - (lineSize + 1); k > 0 {
				t.torn++ // a piece that a kill left, and a whole line behind it
				line = line[k:]
			}
			if len(line) == lineSize+1 {
				if k, err := strconv.Atoi(string(line[:9])); err == nil && k >= 0 && k < n {
					if want = append(appendLine(want[:0], k), '\n'); string(want) == string(line) {
						i = k
					}
				}
			}
			switch {
			case i < 0:
				t.torn++
			case seen[i]:
				t.twice++
			default:
				seen[i] = true
				t.lost--
			}
		}
		if err == io.EOF {
			return t, nil
		}
		if err != nil && err != bufio.ErrBufferFull {
			return t, err
		}
	}
}

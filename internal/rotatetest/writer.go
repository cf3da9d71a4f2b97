// Package rotatetest writes numbered lines into log files and rotates them in the
// ways that programs have, so that who reads them can be checked for lines that
// are missing or came twice.
//
//	Writer ─ lines, 20,000 a second ─▶ files of a folder ─▶ what is tried
//	  └─ Style.Rotate between them                             │
//	Count ◀────────────────── the lines that came ─────────────┘
package rotatetest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Rate is how many lines a second are written at most.
const Rate = 20_000

// Writer writes numbered lines and rotates between them. One goroutine uses it.
type Writer struct {
	Dir string
	F   *os.File // the file that is written
	N   int      // lines written
	Gen int      // rotations done

	t    testing.TB
	last time.Time // when the last line was due
}

// NewWriter makes a writer in dir that has not opened a file yet.
func NewWriter(t testing.TB, dir string) *Writer {
	return &Writer{Dir: dir, t: t, last: time.Now()}
}

// Must ends the calling goroutine, and the test with it, when err is not nil.
func (w *Writer) Must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Error(err)
		runtime.Goexit()
	}
}

// Path is the path of a file of the folder.
func (w *Writer) Path(name string) string { return filepath.Join(w.Dir, name) }

// Open opens a file, which it makes where there is none, to append to it.
func (w *Writer) Open(name string) {
	w.open(name, os.O_APPEND)
}

func (w *Writer) open(name string, flag int) {
	f, err := os.OpenFile(w.Path(name), flag|os.O_CREATE|os.O_WRONLY, 0o644)
	w.Must(err)
	w.F = f
}

// Begin opens the first file of a style.
func (w *Writer) Begin(s Style) {
	w.Must(os.MkdirAll(filepath.Dir(w.Path(s.First)), 0o755))
	if s.begin != nil {
		s.begin(w)
		return
	}
	w.Open(s.First)
}

// Line is the next line.
func (w *Writer) Line() string {
	w.N++
	return line(w.N-1) + "\n"
}

// LineSize is the length of a line without its newline.
var LineSize = len(line(0))

func line(i int) string {
	return fmt.Sprintf("%08d some text that makes the line as long as a line of a log often is", i)
}

// Write writes n lines in several writes, at most Rate a second.
func (w *Writer) Write(n int) {
	for n > 0 {
		k := min(n, 50)
		n -= k
		var b strings.Builder
		for range k {
			b.WriteString(w.Line())
		}
		_, err := w.F.WriteString(b.String())
		w.Must(err)
		w.last = w.last.Add(time.Duration(k) * time.Second / Rate)
		time.Sleep(time.Until(w.last))
	}
}

// Rest begins the count of Rate anew, after a pause.
func (w *Writer) Rest() { w.last = time.Now() }

// Count says how often each line came, and gives an error for a text that is
// none, with its newline or without.
func (w *Writer) Count(texts []string) ([]int, error) {
	count := make([]int, w.N)
	for _, text := range texts {
		text = strings.TrimSuffix(text, "\n")
		i, err := strconv.Atoi(text[:min(8, len(text))])
		if err != nil || i >= w.N || text != line(i) {
			return nil, fmt.Errorf("a line that nobody wrote: %.100q", text)
		}
		count[i]++
	}
	return count, nil
}

// Check says which lines are missing or came more than atMost times, "" for none.
// twice is how many lines came too often for exactly once.
func (w *Writer) Check(texts []string, atMost int) (bad string, twice int) {
	count, err := w.Count(texts)
	if err != nil {
		return err.Error(), 0
	}
	var list []string
	from := 0
	for i := 0; i <= len(count); i++ {
		if i < len(count) && count[i] > 1 {
			twice += count[i] - 1
		}
		if i < len(count) && count[i] == count[from] {
			continue
		}
		if from < len(count) && (count[from] == 0 || count[from] > atMost) {
			list = append(list, fmt.Sprintf("lines %d to %d came %d times", from, i-1, count[from]))
		}
		from = i
	}
	if len(list) > 10 {
		list = append(list[:10], "…")
	}
	if list != nil {
		list = append(list, fmt.Sprintf("of %d", len(count)))
	}
	return strings.Join(list, ", "), twice
}

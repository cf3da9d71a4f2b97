package rotatetest

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Style is one way to rotate.
type Style struct {
	Name     string
	Match    string   // of the files, as LogstreamerInput's file_match
	Priority []string // and its priority
	First    string   // file that is written first
	Rotate   func(w *Writer)
	// Hides says that a file cannot be found any more after the next rotation:
	// who reads must be waited for, and must not be down.
	Hides bool

	begin func(w *Writer)
}

const anyNumber = `log(?:\.(?P<N>\d+))?(?:\.gz|\.zst)?`

// Styles are all of them.
var Styles = []Style{
	{"rename, create", anyNumber, []string{"^N"}, "log", func(w *Writer) {
		w.shift("")
		w.Must(os.Rename(w.Path("log"), w.Path("log.1")))
		w.F.Close()
		w.Open("log")
	}, false, nil},
	{"rename, write on, create", anyNumber, []string{"^N"}, "log", func(w *Writer) {
		w.shift("")
		w.Must(os.Rename(w.Path("log"), w.Path("log.1")))
		w.Write(100)
		w.F.Close()
		w.Open("log")
	}, false, nil},
	{"rename, create, old file written on", anyNumber, []string{"^N"}, "log", func(w *Writer) {
		w.shift("")
		w.Must(os.Rename(w.Path("log"), w.Path("log.1")))
		old := w.F
		w.Open("log")
		w.Write(50)
		for range 5 {
			_, err := old.WriteString(w.Line())
			w.Must(err)
			w.Write(50)
		}
		old.Close()
	}, false, nil},
	{"rename out of the pattern", `log`, nil, "log", func(w *Writer) {
		w.Must(os.Rename(w.Path("log"), w.Path("log."+strconv.Itoa(w.Gen))))
		w.Write(50)
		w.F.Close()
		w.Open("log")
	}, true, nil},
	{"copytruncate", anyNumber, []string{"^N"}, "log", func(w *Writer) {
		w.shift("")
		b, err := os.ReadFile(w.Path("log"))
		w.Must(err)
		w.Must(os.WriteFile(w.Path("log.1"), b, 0o644))
		w.Must(w.F.Truncate(0))
	}, false, nil},
	{"copytruncate, compressed", anyNumber, []string{"^N"}, "log", func(w *Writer) {
		w.shift(".gz")
		b, err := os.ReadFile(w.Path("log"))
		w.Must(err)
		w.Must(os.WriteFile(w.Path("log.1"), b, 0o644))
		w.Must(w.F.Truncate(0))
		w.gzip("log.1")
	}, false, nil},
	{"dated", `app-(?P<Y>\d+)-(?P<D>\d+)\.log`, []string{"Y", "D"}, "app-2024-0000.log", func(w *Writer) {
		w.F.Close()
		w.Open(fmt.Sprintf("app-2024-%04d.log", w.Gen+1))
	}, false, nil},
	{"dated folders", `(?P<D>\d+)/app\.log`, []string{"D"}, "0000/app.log", func(w *Writer) {
		w.F.Close()
		w.Must(os.Mkdir(w.Path(fmt.Sprintf("%04d", w.Gen+1)), 0o755))
		w.Open(fmt.Sprintf("%04d/app.log", w.Gen+1))
	}, false, nil},
	{"rename, compress at once", anyNumber, []string{"^N"}, "log", func(w *Writer) {
		w.shift(".gz")
		w.Must(os.Rename(w.Path("log"), w.Path("log.1")))
		w.F.Close()
		w.Open("log")
		w.gzip("log.1")
	}, false, nil},
	{"rename, compress a rotation later", anyNumber, []string{"^N"}, "log", func(w *Writer) {
		w.shift(".gz")
		if _, err := os.Stat(w.Path("log.1")); err == nil {
			w.Must(os.Rename(w.Path("log.1"), w.Path("log.2")))
			w.gzip("log.2")
		}
		w.Must(os.Rename(w.Path("log"), w.Path("log.1")))
		w.F.Close()
		w.Open("log")
	}, false, nil},
	{"two files kept", anyNumber, []string{"^N"}, "log", func(w *Writer) {
		w.Must(os.Rename(w.Path("log"), w.Path("log.1")))
		w.F.Close()
		w.Open("log")
	}, true, nil},
	{"symlink swap", `current`, nil, "current", func(w *Writer) {
		w.F.Close()
		name := fmt.Sprintf("file%d", w.Gen+1)
		w.Open(name)
		w.Must(os.Symlink(name, w.Path("new")))
		w.Must(os.Rename(w.Path("new"), w.Path("current")))
	}, true, func(w *Writer) {
		w.Open("file0")
		w.Must(os.Symlink("file0", w.Path("current")))
	}},
	{"a line in two writes", anyNumber, []string{"^N"}, "log", func(w *Writer) {
		w.shift("")
		w.Must(os.Rename(w.Path("log"), w.Path("log.1")))
		l := w.Line()
		w.F.WriteString(l[:20])
		time.Sleep(30 * time.Millisecond) // so that the reader meets the half line
		w.F.WriteString(l[20:])
		w.F.Close()
		w.Open("log")
	}, false, nil},
	{"no final newline", anyNumber, []string{"^N"}, "log", func(w *Writer) {
		w.shift("")
		l := w.Line()
		w.F.WriteString(l[:len(l)-1])
		w.Must(os.Rename(w.Path("log"), w.Path("log.1")))
		w.F.Close()
		w.Open("log")
	}, false, nil},
	{"empty files between", anyNumber, []string{"^N"}, "log", func(w *Writer) {
		w.F.Close()
		for range 2 {
			w.shift("")
			w.Must(os.Rename(w.Path("log"), w.Path("log.1")))
			w.Open("log")
			w.F.Close()
			w.Gen++
		}
		w.Open("log")
	}, false, nil},
	{"rename, zstd at once", anyNumber, []string{"^N"}, "log", func(w *Writer) {
		w.shift(".zst")
		w.Must(os.Rename(w.Path("log"), w.Path("log.1")))
		w.F.Close()
		w.Open("log")
		w.zstd("log.1")
	}, false, nil},
	{"dated behind a link", `log(?:-(?P<D>\d+))?`, []string{"D"}, "log-0000", func(w *Writer) {
		w.F.Close()
		name := fmt.Sprintf("log-%04d", w.Gen+1)
		w.Open(name)
		w.Must(os.Symlink(name, w.Path("log.new")))
		w.Must(os.Rename(w.Path("log.new"), w.Path("log")))
	}, false, func(w *Writer) {
		w.Open("log-0000")
		w.Must(os.Symlink("log-0000", w.Path("log")))
	}},
	{"inode used again", anyNumber, []string{"^N"}, "log", func(w *Writer) {
		// Many file systems give the inode of the file removed to the next one.
		w.F.Close()
		if w.Gen > 0 {
			w.Must(os.Remove(w.Path("log.1")))
		}
		w.Must(os.Rename(w.Path("log"), w.Path("log.1")))
		w.Open("log")
	}, true, nil},
	{"removed, created", `log`, nil, "log", func(w *Writer) {
		w.Must(os.Remove(w.Path("log")))
		w.Write(50)
		w.F.Close()
		w.Open("log")
	}, true, nil},
	{"truncated, written on at the old offset", anyNumber, []string{"^N"}, "log", func(w *Writer) {
		w.shift("")
		b, err := os.ReadFile(w.Path("log"))
		w.Must(err)
		w.Must(os.WriteFile(w.Path("log.1"), b, 0o644))
		w.Must(w.F.Truncate(0))
	}, false, func(w *Writer) { w.open("log", 0) }},
}

// shift renames log.1 to log.2, and so on, the oldest first.
func (w *Writer) shift(suffix string) {
	for i := w.Gen; i > 0; i-- {
		from := w.Path(fmt.Sprintf("log.%d%s", i, suffix))
		if _, err := os.Stat(from); err == nil {
			w.Must(os.Rename(from, w.Path(fmt.Sprintf("log.%d%s", i+1, suffix))))
		}
	}
}

func (w *Writer) gzip(name string) {
	w.pack(name, ".gz", func(dst io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(dst), nil })
}

func (w *Writer) zstd(name string) {
	w.pack(name, ".zst", func(dst io.Writer) (io.WriteCloser, error) {
		return zstd.NewWriter(dst, zstd.WithEncoderConcurrency(1))
	})
}

// pack compresses a file as the programs do: beside it, then it is removed.
func (w *Writer) pack(name, suffix string, to func(io.Writer) (io.WriteCloser, error)) {
	src, err := os.Open(w.Path(name))
	w.Must(err)
	defer src.Close()
	dst, err := os.Create(w.Path(name + suffix))
	w.Must(err)
	defer dst.Close()
	z, err := to(dst)
	w.Must(err)
	_, err = io.Copy(z, src)
	w.Must(err)
	w.Must(z.Close())
	w.Must(os.Remove(w.Path(name)))
}

package logstream

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/heka-project/heka/internal/fsx"
)

// Explanation is what a configuration finds, for people and programs.
type Explanation struct {
	Directory string            `json:"log_directory"`
	FileMatch string            `json:"file_match"`
	Streams   []ExplainedStream `json:"streams"`
	Problems  []string          `json:"problems,omitempty"`
}

// ExplainedStream is one stream with its files, oldest first.
type ExplainedStream struct {
	Name     string          `json:"name"`
	Files    []ExplainedFile `json:"files"`
	Position string          `json:"position"`       // what the position says: "saved", "none", "lost"
	File     string          `json:"file,omitempty"` // where reading goes on
	Seek     int64           `json:"seek"`
	Problem  string          `json:"problem,omitempty"`
}

// ExplainedFile is one file of a stream.
type ExplainedFile struct {
	Path     string    `json:"path"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	TooOld   bool      `json:"too_old,omitempty"` // passed over for oldest_duration
}

// Explain scans and says which streams there are, of which files, and where each
// would go on, given the position files in journalDir ("": none).
func Explain(p *Pattern, fsys fsx.FS, journalDir string, now time.Time) Explanation {
	l := p.Scan(fsys, now)
	e := Explanation{Directory: p.dir, FileMatch: p.cfg.FileMatch, Streams: []ExplainedStream{}}
	for _, err := range l.Problems {
		e.Problems = append(e.Problems, err.Error())
	}
	for _, dir := range l.Closed {
		e.Problems = append(e.Problems, "directory "+dir+" may not be listed by this user")
	}
	for _, st := range l.Streams {
		x := ExplainedStream{Name: st.Name, Position: "none"}
		if n := len(st.Files); p.cfg.InitialTail && n > 0 {
			x.File, x.Seek = st.Files[n-1].Path, st.Files[n-1].Info.Size()
		}
		for _, f := range st.Files {
			x.Files = append(x.Files, ExplainedFile{f.Path, f.Info.Size(), f.Info.ModTime(), f.Old})
		}
		if x.File == "" {
			x.File = st.first()
		}
		if st.Err != nil {
			x.Problem = st.Err.Error()
		} else if journalDir != "" {
			x.resume(fsys, journalDir, st)
		}
		e.Streams = append(e.Streams, x)
	}
	return e
}

// first is the path of the oldest file that is not passed over, "" for none.
func (st *Stream) first() string {
	for _, f := range st.Files {
		if !f.Old {
			return f.Path
		}
	}
	return ""
}

func (x *ExplainedStream) resume(fsys fsx.FS, dir string, st *Stream) {
	s, ok, err := LoadState(fsys, StatePath(dir, st.Name))
	if ok {
		t, i, lerr := Locate(fsys, st.Files, s.Position)
		err = errors.Join(err, lerr)
		x.Position, x.File, x.Seek = "lost", st.first(), 0
		if t != nil {
			t.Close()
			x.Position, x.File, x.Seek = "saved", st.Files[i].Path, s.Seek
		}
	}
	if err != nil {
		x.Problem = err.Error()
	}
}

// Text is the explanation for a terminal.
func (e Explanation) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Found %d logstream(s) in %s matching %s\n", len(e.Streams), e.Directory, e.FileMatch)
	for _, x := range e.Streams {
		fmt.Fprintf(&b, "\nName: %s\n", printable(x.Name))
		switch {
		case x.File == "":
			fmt.Fprintf(&b, "Position: nothing to read: all files are older than oldest_duration\n")
		case x.Position == "saved":
			fmt.Fprintf(&b, "Position: %s at %d\n", printable(x.File), x.Seek)
		case x.Position == "lost":
			fmt.Fprintf(&b, "Position: the saved one fits no file any more; starts with %s\n", printable(x.File))
		default:
			fmt.Fprintf(&b, "Position: none saved; starts with %s at %d\n", printable(x.File), x.Seek)
		}
		if x.Problem != "" {
			fmt.Fprintf(&b, "Problem: %s\n", printable(x.Problem))
		}
		fmt.Fprintf(&b, "Files (%d, printing oldest to newest):\n", len(x.Files))
		for _, f := range x.Files {
			note := ""
			if f.TooOld {
				note = "  (too old, passed over)"
			}
			fmt.Fprintf(&b, "\t%s  %d bytes  %s%s\n", printable(f.Path), f.Size, f.Modified.UTC().Format(time.RFC3339), note)
		}
	}
	for _, p := range e.Problems {
		fmt.Fprintf(&b, "\nProblem: %s\n", printable(p))
	}
	return b.String()
}

// printable keeps control bytes of file names away from the terminal.
func printable(s string) string {
	q := fmt.Sprintf("%q", s)
	if q = q[1 : len(q)-1]; strings.ContainsAny(s, "\"\\") {
		q = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(q)
	}
	return q
}

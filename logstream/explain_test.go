package logstream

import (
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/fsx"
)

func TestExplain(t *testing.T) {
	r := newRig(t, numbered, "^N")
	journal := t.TempDir()
	r.add("log.1", "old\n")
	r.add("log", "new\n")
	text := func() string { return Explain(r.p, fsx.OS{}, journal, time.Now()).Text() }
	for _, want := range []string{"Found 1 logstream(s) in " + r.dir, "Name: s\n", "starts with " + r.path("log.1") + " at 0\n",
		"Files (2, printing oldest to newest):\n\t" + r.path("log.1") + "  4 bytes"} {
		if got := text(); !strings.Contains(got, want) {
			t.Errorf("before: %s\nlacks %q", got, want)
		}
	}
	r.want("read", "old\nnew\n")
	if err := SaveState(fsx.OS{}, StatePath(journal, "s"), r.state()); err != nil {
		t.Fatal(err)
	}
	r.rename("log.1", "log.2")
	r.rename("log", "log.1")
	e := Explain(r.p, fsx.OS{}, journal, time.Now())
	if x := e.Streams[0]; x.Position != "saved" || x.File != r.path("log.1") || x.Seek != 4 {
		t.Errorf("after a rotation: %+v", x)
	}
	r.truncate("log.1")
	r.truncate("log.2")
	if got := text(); !strings.Contains(got, "fits no file any more; starts with "+r.path("log.2")) {
		t.Errorf("position lost: %s", got)
	}
	r.add("log\x1b[2J.7", "")
	if got := text(); strings.Contains(got, "\x1b") {
		t.Errorf("a file name commands the terminal: %q", got)
	}
}

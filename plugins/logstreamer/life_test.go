package logstreamer

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/logstream"
	"github.com/heka-project/heka/plugin"
)

// begun returns how the stream that the input has opened begins.
func (r *rig) begun() plugin.StreamOptions {
	r.t.Helper()
	list := r.host.Streams()
	if len(list) != 1 {
		r.t.Fatalf("%d streams are open; log:\n%s", len(list), r.log.text())
	}
	return list[0].Options()
}

// crash ends the input as a crash does: nothing more is confirmed.
func (r *rig) crash() {
	r.host.Stop()
	r.stop()
	r.stop = nil
}

// TestLifeGoesOnOverRestarts: what was read is counted on, whatever happened to
// the file's name meanwhile, so that a filter can tell what it has seen.
func TestLifeGoesOnOverRestarts(t *testing.T) {
	r := newRig(t, `log(?:\.(?P<N>\d+))?`, "^N")
	r.add("log", "one\ntwo\n")
	r.run()
	r.want("one\n", "two\n")
	first := r.begun()
	if first.Life == "" || first.From != 0 {
		t.Errorf("a new stream has life %q from %d", first.Life, first.From)
	}
	r.halt()

	r.add("log", "three\n")
	r.run()
	r.want("three\n")
	if o := r.begun(); o.Life != first.Life || o.From != 8 {
		t.Errorf("after a restart life %q from %d, want %q from 8", o.Life, o.From, first.Life)
	}
	r.halt()

	r.must(os.Rename(r.path("log"), r.path("log.1")))
	r.add("log", "four\n")
	r.run()
	r.want("four\n")
	if o := r.begun(); o.Life != first.Life || o.From != 14 {
		t.Errorf("after a rotation while down life %q from %d, want %q from 14", o.Life, o.From, first.Life)
	}
	r.host.Hold()
	r.add("log", "five\n")
	r.want("four\n", "five\n")
	r.crash()

	r.run()
	r.want("five\n")
	if o := r.begun(); o.Life != first.Life || o.From != 19 {
		t.Errorf("after a crash life %q from %d, want %q from 19, the last confirmed", o.Life, o.From, first.Life)
	}
	r.halt()
	s, ok, err := logstream.LoadState(fsx.OS{}, filepath.Join(r.base, "logstreamer", "logs"))
	if !ok || err != nil || s.Life != first.Life || s.Place != 24 || s.Seek != 10 {
		t.Errorf("saved %+v, %v, %v", s, ok, err)
	}
}

// TestLifeBeginsAnewWhenTheFileIsGone: lines come that were never counted, so the
// count is another, and the same again after a crash.
func TestLifeBeginsAnewWhenTheFileIsGone(t *testing.T) {
	r := newRig(t, `log`)
	r.add("log", "one\ntwo\n")
	r.run()
	r.want("one\n", "two\n")
	first := r.begun()
	r.halt()

	r.must(os.Remove(r.path("log")))
	r.add("log", "other\nlines\nthan before\n")
	r.run()
	r.host.Hold()
	r.want("other\n", "lines\n", "than before\n")
	second := r.begun()
	if second.Life == first.Life || second.Life == "" || second.From != 0 {
		t.Errorf("life %q from %d after %q; want another from 0", second.Life, second.From, first.Life)
	}
	r.halt()
	r.add("log", "more\n")
	r.run()
	r.host.Wait(t, 1)
	if o := r.begun(); o.Life != second.Life {
		t.Errorf("life %q from %d after a restart, want %q", o.Life, o.From, second.Life)
	}
	r.halt()

	r.must(os.Remove(r.path("log")))
	r.add("log", "third\n")
	r.run()
	r.want("third\n")
	if o := r.begun(); o.Life == first.Life || o.Life == second.Life || o.From != 0 {
		t.Errorf("life %q from %d when the file is gone again", o.Life, o.From)
	}
}

// TestLifeAfterACrashBeforeTheFirstSave: nothing is saved, and all the same the
// lines that come again have their old places.
func TestLifeAfterACrashBeforeTheFirstSave(t *testing.T) {
	r := newRig(t, `log(?:\.(?P<N>\d+))?`, "^N")
	r.add("log.1", "zero\n")
	r.add("log", "one\n")
	var first plugin.StreamOptions
	for i := range 3 {
		disk := new(fullDisk)
		disk.full.Store(true) // so that nothing is saved
		r.fs = disk
		r.run()
		r.want("zero\n", "one\n")
		switch o := r.begun(); {
		case i == 0:
			first = o
		case o.Life != first.Life || o.From != first.From:
			t.Errorf("start %d: life %q from %d, want %q from %d", i, o.Life, o.From, first.Life, first.From)
		}
		r.crash()
		if i == 1 { // a rotation while down changes names, not what was read
			r.must(os.Rename(r.path("log.1"), r.path("log.2")))
			r.must(os.Rename(r.path("log"), r.path("log.1")))
		}
	}
	other := newRig(t, `log`)
	other.add("log", "one\n")
	other.run()
	other.want("one\n")
	if o := other.begun(); o.Life == first.Life {
		t.Error("two files have one life")
	}
}

// TestLifeOfPositionsOfTheOriginal: a position file without a life gets one, and
// reading goes on.
func TestLifeOfPositionsOfTheOriginal(t *testing.T) {
	r := newRig(t, `log`)
	r.add("log", "one\ntwo\n")
	r.run()
	r.want("one\n", "two\n")
	r.halt()
	name := filepath.Join(r.base, "logstreamer", "logs")
	s, _, err := logstream.LoadState(fsx.OS{}, name)
	r.must(err)
	s.Life, s.Place, s.Late = "", 0, nil
	r.must(logstream.SaveState(fsx.OS{}, name, s))
	r.add("log", "three\n")
	r.run()
	r.want("three\n")
	o := r.begun()
	if o.Life == "" || o.From != 0 {
		t.Errorf("life %q from %d", o.Life, o.From)
	}
	r.crash()
	r.must(logstream.SaveState(fsx.OS{}, name, s))
	r.run()
	r.want("three\n")
	if again := r.begun(); again.Life != o.Life || again.From != 0 {
		t.Errorf("life %q from %d after a crash, want %q from 0", again.Life, again.From, o.Life)
	}
}

package config

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/heka-project/heka/plugin"
)

// scripted is a config whose plugin reads a file.
type scripted struct {
	Filename string `toml:"filename"`
}

var scriptedFiles = map[string]string{}

func (s scripted) Fingerprint(shareDir string) string { return scriptedFiles[shareDir+"/"+s.Filename] }

// A file that a section names is part of its signature, and of those that use it.
func TestFilesAreInTheSignature(t *testing.T) {
	plugin.RegisterDecoder("ScriptedDecoder", plugin.About{Doc: "Reads a file."}, func(scripted, plugin.Env) (plugin.Decoder, error) { return nil, nil })
	load := func() string {
		p, err := Parse([]Source{{Name: "a.toml", Text: "[hekad]\nshare_dir = '/share'\n[in]\ntype = 'FakeInput'\ndecoder = 'd'\n[d]\ntype = 'ScriptedDecoder'\nfilename = 'x.lua'\n"}}, Options{Foreign: func(string) bool { return true }})
		if err != nil {
			t.Fatal(err)
		}
		return p.Find(plugin.KindDecoder, "d").Signature()
	}
	scriptedFiles["/share/x.lua"] = "one"
	first := load()
	if load() != first {
		t.Error("the signature changes by itself")
	}
	scriptedFiles["/share/x.lua"] = "two"
	if load() == first {
		t.Error("the signature stays though the file has changed")
	}
}

// A reload takes over what it can and names what needs a restart.
func TestKeepNamesWhatNeedsARestart(t *testing.T) {
	running := Globals{BaseDir: "old", MaxMessageSize: 64 << 10, ShutdownTimeout: time.Second}
	next := Globals{BaseDir: "new", MaxMessageSize: 1 << 20, ShutdownTimeout: time.Minute}
	if got, want := next.Keep(&running), []string{"base_dir", "max_message_size"}; !slices.Equal(got, want) {
		t.Errorf("Keep = %q, want %q", got, want)
	}
	if want := (Globals{BaseDir: "old", MaxMessageSize: 64 << 10, ShutdownTimeout: time.Minute}); next != want {
		t.Errorf("after Keep: %+v, want %+v", next, want)
	}
}

func parsed(t *testing.T, text string) *Plan {
	t.Helper()
	p, err := Parse([]Source{{Name: "f.toml", Text: text}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What a reload says about [hekad], with secrets hidden, and again at the next one.
func TestTakeOver(t *testing.T) {
	const rest = "[x]\ntype = \"CounterFilter\"\nmessage_matcher = \"TRUE\"\n"
	running := parsed(t, "[hekad]\nadmin_token = \"one\"\nmaxprocs = 2\npoolsize = 5\n"+rest)
	for range 2 {
		next := parsed(t, "[hekad]\nadmin_token = \"two\"\nreport_interval = 5\npoolsize = 7\n"+rest)
		changed, waiting := next.TakeOver(running)
		if got, want := fmt.Sprint(waiting), `[admin_token maxprocs 2 → 0]`; got != want {
			t.Errorf("waiting = %s, want %s", got, want)
		}
		if running.Globals.ReportInterval == 0 {
			if got, want := fmt.Sprint(changed), `[report_interval "0s" → "5s"]`; got != want {
				t.Errorf("changed = %s, want %s", got, want)
			}
		} else if len(changed) > 0 {
			t.Errorf("changed again: %v", changed)
		}
		if next.Globals.MaxProcs != 2 || next.Globals.ReportInterval == 0 {
			t.Errorf("after TakeOver: %+v", next.Globals)
		}
		running = next
	}
}

package config

import (
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

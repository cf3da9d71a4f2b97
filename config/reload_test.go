package config

import (
	"slices"
	"testing"
	"time"
)

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

//go:build unix

package file

import (
	"strings"
	"syscall"
	"testing"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
)

// A pipe that nobody reads would hold the output for ever.
func TestMessagesCannotNameAPipe(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(dir+"/pipe", 0o600); err != nil {
		t.Skip(err)
	}
	m := output(t, config(dir+"/%{Hostname}"), fsx.OS{}, clock.Real{})
	ref := give(t, m, draft("pipe", "", "1"), draft("a", "", "2"))
	if len(ref) != 1 || !strings.Contains(ref[0].Reason, "is no file but a pipe") {
		t.Errorf("refused %v", ref)
	}
	if got := content(t, dir+"/a"); got != "2" {
		t.Errorf("the other: %q", got)
	}
}

package logstreamer

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestFilesThatAreNotAnnounced: where the system does not say that a file was
// written, as on file systems of the network, streams look by themselves.
func TestFilesThatAreNotAnnounced(t *testing.T) {
	r := newRig(t, `log(?:\.(?P<N>\d))?`, "^N")
	var st syscall.Statfs_t
	r.must(syscall.Statfs(r.dir, &st))
	kind := uint32(st.Type)
	if remote[kind] {
		t.Skip("the test's own folder is on such a file system")
	}
	remote[kind] = true
	t.Cleanup(func() {
		r.halt()
		delete(remote, kind)
	})
	r.add("log", "one\n")
	r.run()
	r.want("one\n")
	for range 20 * r.cfg.CheckDataInterval / soon { // until the pauses are as long as they get
		r.in.pause(t.Context(), soon)
	}
	r.in.notify.mu.Lock()
	if n := len(r.in.notify.by); n != 0 {
		t.Errorf("%d files are watched", n)
	}
	r.in.notify.mu.Unlock()
	r.add("log", "two\n")
	r.want("one\n", "two\n")
	r.must(os.Rename(r.path("log"), r.path("log.1")))
	r.add("log", "three\n")
	r.want("one\n", "two\n", "three\n")
	if s := r.log.text(); strings.Contains(s, "WARN") {
		t.Errorf("log:\n%s", s)
	}
}

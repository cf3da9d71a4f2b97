package logstream

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/heka-project/heka/internal/fsx"
)

// FuzzTail: any file reads to an end, plain ones to their own bytes, whatever the
// size of the reads; and a position taken on the way finds its place again.
func FuzzTail(f *testing.F) {
	var z bytes.Buffer
	gz := gzip.NewWriter(&z)
	gz.Write([]byte("some text\n"))
	gz.Close()
	f.Add(z.Bytes(), uint16(3))
	f.Add(z.Bytes()[:z.Len()-3], uint16(300))
	zw, _ := zstd.NewWriter(nil)
	f.Add(zw.EncodeAll([]byte("some text\n"), nil), uint16(1))
	f.Add([]byte("plain\nlines\n"), uint16(5))
	f.Add([]byte("\x1f\x8b\x08"), uint16(5))
	name := filepath.Join(f.TempDir(), "file")
	f.Fuzz(func(t *testing.T, content []byte, step uint16) {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		tail, err := OpenTail(fsx.OS{}, name)
		if err != nil {
			t.Fatal(err)
		}
		defer tail.Close()
		packed := tail.z != nil || tail.err != nil
		var got []byte
		var pos Position
		buf := make([]byte, int(step)+1)
		for len(got) < 1<<20 {
			n, err := tail.Read(buf)
			got = append(got, buf[:n]...)
			if len(got) < 5000 {
				pos, _ = tail.Position(0)
			}
			if n == 0 {
				if err != io.EOF {
					t.Fatalf("Read = %v", err)
				}
				break
			}
		}
		want := content
		if bytes.HasPrefix(want, make([]byte, minHole)) { // a hole is passed over
			want = bytes.TrimLeft(want, "\x00")
		}
		if !packed && !bytes.Equal(got, want) {
			t.Fatalf("read %q, want %q", got, want)
		}
		info, _ := os.Stat(name)
		again, ok, err := openAt(fsx.OS{}, &File{Path: name, Info: info}, pos)
		if tail.err == nil && (!ok || err != nil) {
			t.Fatalf("the position %+v is not found again: %v", pos, err)
		}
		if again != nil {
			again.Close()
		}
	})
}

// FuzzCompile: any pattern is refused or orders any two texts consistently.
func FuzzCompile(f *testing.F) {
	f.Add(`access\.log\.?(?P<N>\d+)?`, "N", "12", "3")
	f.Add(`(?P<MonthName>\w+)`, "^MonthName", "Jan", "feb")
	f.Add(`(`, "", "", "99999999999999999999999")
	f.Fuzz(func(t *testing.T, match, priority, a, b string) {
		p, err := Compile(Config{Name: "s", Directory: "/", FileMatch: match, Priority: []string{priority}})
		if err != nil {
			return
		}
		ra, errA := p.rank(p.order[0].group, a)
		rb, errB := p.rank(p.order[0].group, b)
		if errA == nil && errB == nil && ra.compare(rb) != -rb.compare(ra) {
			t.Fatalf("%q and %q have no order", a, b)
		}
	})
}

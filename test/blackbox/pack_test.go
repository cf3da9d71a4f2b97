package blackbox

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// TestKillLosesNothingOfPackedFiles: FileOutput packs what it writes, or what it has
// finished, while the daemon is killed again and again. Every line can be read.
func TestKillLosesNothingOfPackedFiles(t *testing.T) {
	for _, kind := range []struct{ name, options string }{
		{"zstd", "compression = \"zstd\""},
		{"gzip", "compression = \"gzip\""},
		{"full files", "max_size = \"20KiB\"\ncompress_rotated = \"zstd\""},
	} {
		t.Run(kind.name, func(t *testing.T) {
			seed := uint64(time.Now().UnixNano())
			rng := rand.New(rand.NewPCG(seed, 0))
			t.Logf("seed %d", seed)
			dir := t.TempDir()
			logs, out := filepath.Join(dir, "logs"), filepath.Join(dir, "out")
			os.Mkdir(logs, 0o700)
			config := fmt.Sprintf("[in]\ntype = \"LogstreamerInput\"\nlog_directory = %q\nfile_match = 'app\\.log'\n[PayloadEncoder]\n[file]\ntype = \"FileOutput\"\nmessage_matcher = \"TRUE\"\nencoder = \"PayloadEncoder\"\npath = %q\n%s\n",
				logs, filepath.Join(out, "%{Type}"), kind.options)
			w := newWriter(t, logs)
			n := kills(t)/4 + 1
			for range n {
				d := Start(t, dir, "", config)
				w.write(2000 + rng.IntN(3000))
				d.Until("a delivery", func() bool { return d.Metric("outputs", "file", "ProcessMessageCount") > 0 })
				time.Sleep(time.Duration(rng.IntN(40)) * time.Millisecond) // the moment of the kill is random
				d.Kill()
			}
			d := Start(t, dir, "", config)
			var seen map[string]bool
			var damage error
			d.Until("all lines", func() bool {
				seen, damage = readPacked(out)
				return len(seen) >= w.n
			})
			d.Stop()
			if seen, damage = readPacked(out); damage != nil {
				t.Error(damage)
			}
			for i := range w.n {
				if !seen[w.line(i)] {
					t.Fatalf("line %d is lost", i)
				}
			}
			t.Logf("%d kills, %d lines, 0 lost", n, w.n)
		})
	}
}

// readPacked reads the lines of all files in a folder, however they are packed.
func readPacked(dir string) (seen map[string]bool, damage error) {
	seen = map[string]bool{}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, path := range files {
		if strings.HasSuffix(path, ".tmp") {
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			continue // it has just been packed
		}
		b := bufio.NewReader(f)
		var r io.Reader = b
		switch magic, _ := b.Peek(2); string(magic) {
		case "\x1f\x8b":
			r, err = gzip.NewReader(b)
		case "\x28\xb5":
			var z *zstd.Decoder
			if z, err = zstd.NewReader(b); err == nil {
				defer z.Close()
				r = z
			}
		}
		if err == nil {
			s := bufio.NewScanner(r)
			for s.Scan() {
				seen[s.Text()] = true
			}
			err = s.Err()
		}
		if err != nil {
			damage = fmt.Errorf("%s: %w", path, err)
		}
		f.Close()
	}
	return seen, damage
}

package logstream

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/heka-project/heka/internal/fsx"
)

func TestStateIsTheOriginalsFormat(t *testing.T) {
	content := []byte("short\n")
	var m memory
	m.add(content)
	h, ok := m.hash(0)
	if want := sha1.Sum(append(make([]byte, hashed-len(content)), content...)); !ok || h != Hash(want) {
		t.Errorf("hash of a short file = %x, %v; want %x", h, ok, want)
	}
	s := State{Position: Position{Seek: 6, File: "/var/log/a.log", Hash: h}}
	var got map[string]any
	if err := json.Unmarshal(s.Encode(), &got); err != nil || len(got) != 3 {
		t.Fatalf("Encode = %s, %v", s.Encode(), err)
	}
	if got["seek"] != 6.0 || got["file_name"] != "/var/log/a.log" || got["last_hash"] != hex.EncodeToString(h[:]) {
		t.Errorf("Encode = %s", s.Encode())
	}
	back, err := DecodeState([]byte(`{"seek":6,"file_name":"/var/log/a.log","last_hash":"` + hex.EncodeToString(h[:]) + `"}`))
	if err != nil || back.Position != s.Position {
		t.Errorf("DecodeState = %+v, %v; want %+v", back, err, s)
	}
}

func TestMemoryHashesAnyPlaceNear(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789abcdef\n"), 600)
	for _, step := range []int{1, 7, 499, 500, 501, 2047, 2048, 2049, 5000} {
		var m memory
		for i := 0; i < len(data); i += step {
			end := min(i+step, len(data))
			m.add(data[i:end])
			for _, back := range []int{0, 1, 300, 1500} {
				at := end - back
				if at < 0 {
					continue
				}
				got, ok := m.hash(back)
				w := make([]byte, hashed)
				tail := data[max(0, at-hashed):at]
				copy(w[hashed-len(tail):], tail)
				if !ok || got != Hash(sha1.Sum(w)) {
					t.Fatalf("step %d: hash %d before %d is wrong (ok %v)", step, back, end, ok)
				}
			}
			if _, ok := m.hash(1600); ok && end > len(m.buf) {
				t.Fatalf("step %d: hash 1600 before %d cannot be known", step, end)
			}
		}
	}
}

func TestStatePathStaysInItsFolder(t *testing.T) {
	for stream, want := range map[string]string{
		"nginx":          "nginx",
		"site-a.log":     "site-a.log",
		"":               "%",
		"..":             "%2E.",
		"../../etc/pass": "%2E.%2F..%2Fetc%2Fpass",
		"a\nb":           "a%0Ab",
		"x.tmp":          "x.%74mp",
	} {
		if got := StatePath("/j", stream); got != filepath.Join("/j", want) {
			t.Errorf("StatePath(%q) = %s, want /j/%s", stream, got, want)
		}
	}
	long := StatePath("/j", strings.Repeat("a", 300)+"1")
	if long == StatePath("/j", strings.Repeat("a", 300)+"2") || len(filepath.Base(long)) > 255 {
		t.Errorf("long names clash or are too long: %s", long)
	}
}

func TestLoadState(t *testing.T) {
	name := filepath.Join(t.TempDir(), "s")
	if _, ok, err := LoadState(fsx.OS{}, name); ok || err != nil {
		t.Errorf("no file: %v, %v", ok, err)
	}
	os.WriteFile(name, []byte(`{"seek":1`), 0o600)
	if _, ok, err := LoadState(fsx.OS{}, name); ok || err == nil {
		t.Errorf("damaged file: %v, %v", ok, err)
	}
	want := State{Position: Position{Seek: 3, File: "f", ID: FileID{1, 1 << 63}}, Late: []Position{{Seek: 1, File: "g"}}, Life: "l", Place: 7}
	if err := SaveState(fsx.OS{}, name, want); err != nil {
		t.Fatal(err)
	}
	if got, ok, err := LoadState(fsx.OS{}, name); !ok || err != nil || got.Position != want.Position || got.Life != "l" || got.Place != 7 || got.Late[0] != want.Late[0] {
		t.Errorf("LoadState = %+v, %v, %v", got, ok, err)
	}
}

// FuzzDecodeState: any bytes are a state or an error, and a state survives.
func FuzzDecodeState(f *testing.F) {
	f.Add([]byte(`{"seek":500,"file_name":"/var/log/x","last_hash":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}`))
	f.Add([]byte(`{"seek":-1,"file_name":"","last_hash":"zz","late":[{}]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeState(b)
		if err != nil {
			return
		}
		again, err := DecodeState(s.Encode())
		if err != nil || again.Seek != s.Seek || again.Hash != s.Hash || len(again.Late) != len(s.Late) {
			t.Fatalf("DecodeState(Encode(%+v)) = %+v, %v", s, again, err)
		}
	})
}

// FuzzStatePath: no stream name leads out of the folder, and no two names share
// a file.
func FuzzStatePath(f *testing.F) {
	f.Add("../x", "..%2Fx")
	f.Add("", "%")
	f.Add("x.tmp", "x.%74mp")
	f.Fuzz(func(t *testing.T, a, b string) {
		pa, pb := StatePath("/j", a), StatePath("/j", b)
		if filepath.Dir(pa) != "/j" || len(filepath.Base(pa)) > 250 {
			t.Fatalf("StatePath(%q) = %s", a, pa)
		}
		if a != b && pa == pb {
			t.Fatalf("%q and %q share %s", a, b, pa)
		}
	})
}

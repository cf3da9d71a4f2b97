package httpx

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/zstd"
)

// packed is text in every encoding.
func packed(t testing.TB, text []byte) map[string][]byte {
	t.Helper()
	m := map[string][]byte{"": text, "identity": text}
	put := func(name string, make func(w io.Writer) io.WriteCloser) {
		var b bytes.Buffer
		w := make(&b)
		w.Write(text)
		w.Close()
		m[name] = b.Bytes()
	}
	put("gzip", func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
	put("zstd", func(w io.Writer) io.WriteCloser { e, _ := zstd.NewWriter(w); return e })
	put("deflate", func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
	put("Deflate ", func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 5); return f })
	return m
}

func TestBodyInEveryEncoding(t *testing.T) {
	for _, text := range []string{"", "x", strings.Repeat("hello world\n", 10000)} {
		for enc, b := range packed(t, []byte(text)) {
			for _, max := range []int{len(text), len(text) + 1, 1 << 20} {
				got, err := Body([]byte("head "), iotest.OneByteReader(bytes.NewReader(b)), enc, max, nil)
				if err != nil || string(got) != "head "+text {
					t.Errorf("Body(%d bytes as %q, max %d) = %d bytes, %v", len(text), enc, max, len(got)-5, err)
				}
			}
			if len(text) == 0 {
				continue
			}
			got, err := Body(nil, bytes.NewReader(b), enc, len(text)-1, nil)
			if !errors.Is(err, ErrTooLarge) || len(got) != len(text)-1 {
				t.Errorf("Body(%d bytes as %q, max one less) = %d bytes, %v", len(text), enc, len(got), err)
			}
		}
	}
}

func TestBodyOfWhatCannotBeRead(t *testing.T) {
	lost := errors.New("connection lost")
	for enc, b := range packed(t, bytes.Repeat([]byte("hello"), 1000)) {
		if _, err := Body(nil, io.MultiReader(bytes.NewReader(b[:len(b)/2]), iotest.ErrReader(lost)), enc, 1<<20, nil); !errors.Is(err, lost) {
			t.Errorf("%q, connection lost: %v", enc, err)
		}
		if enc == "" || enc == "identity" {
			continue
		}
		if _, err := Body(nil, bytes.NewReader(b[:len(b)/2]), enc, 1<<20, nil); !errors.Is(err, ErrDamaged) {
			t.Errorf("%q, cut: %v", enc, err)
		}
		if _, err := Body(nil, strings.NewReader("this is no compressed text at all"), enc, 1<<20, nil); !errors.Is(err, ErrDamaged) {
			t.Errorf("%q, no such data: %v", enc, err)
		}
	}
	if _, err := Body(nil, strings.NewReader("x"), "br", 10, nil); !errors.Is(err, ErrEncoding) {
		t.Errorf("br: %v", err)
	}
}

func TestBodyAsksBeforeItGrows(t *testing.T) {
	full := errors.New("full")
	for enc, b := range packed(t, bytes.Repeat([]byte("hello"), 10000)) {
		sum := 0
		got, err := Body(nil, bytes.NewReader(b), enc, 1<<20, func(n int) error { sum += n; return nil })
		if err != nil || sum != cap(got) || sum > 3*len(got) {
			t.Errorf("%q: asked for %d bytes, got %d of %d, %v", enc, sum, len(got), cap(got), err)
		}
		sum = 0
		_, err = Body(nil, bytes.NewReader(b), enc, 1<<20, func(n int) error {
			if sum += n; sum > 9000 {
				return full
			}
			return nil
		})
		if err != full {
			t.Errorf("%q: refused memory is %v", enc, err)
		}
	}
}

// FuzzBody: any bytes in any encoding give an answer, and never more than was
// allowed.
func FuzzBody(f *testing.F) {
	for enc, b := range packed(f, bytes.Repeat([]byte("seed "), 50)) {
		f.Add(enc, b)
	}
	f.Fuzz(func(t *testing.T, enc string, b []byte) {
		got, err := Body(nil, bytes.NewReader(b), enc, 1000, nil)
		if len(got) > 1000 {
			t.Fatalf("%d bytes came out, %v", len(got), err)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "0": 0, "-3": 0, "x": 0, "99999": time.Minute,
		now.Add(9 * time.Second).Format(http.TimeFormat): 9 * time.Second,
		now.Add(-time.Hour).Format(http.TimeFormat):      0,
	} {
		h := http.Header{}
		if text != "" {
			h.Set("Retry-After", text)
		}
		if got := RetryAfter(h, now, time.Minute); got != want {
			t.Errorf("RetryAfter(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestEqual(t *testing.T) {
	if !Equal("a", "a") || Equal("a", "b") || Equal("a", "aa") || Equal("", "x") {
		t.Error("Equal is wrong")
	}
}

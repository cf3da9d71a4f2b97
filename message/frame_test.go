package message

import (
	"bytes"
	"errors"
	"testing"
)

func TestFrameBytes(t *testing.T) {
	for _, tt := range []struct {
		n    int
		want string
	}{
		{5, "1e 02 08 05 1f"}, {127, "1e 02 08 7f 1f"}, {128, "1e 03 08 8001 1f"}, {65536, "1e 04 08 808004 1f"}, {1 << 21, "1e 05 08 80808001 1f"},
	} {
		got := AppendFrame([]byte("x"), make([]byte, tt.n))
		if want := append([]byte("x"), raw(t, tt.want)...); !bytes.HasPrefix(got, want) || len(got) != len(want)+tt.n {
			t.Errorf("AppendFrame of %d bytes begins with %x, want %x", tt.n, got[:10], want)
		}
		var f Frame
		if !NextFrame(got, 1, 1<<22, &f) || f.Begin != 1 || f.End != len(got) || f.End-f.Start != tt.n || f.Signed {
			t.Errorf("NextFrame of %d bytes: %+v", tt.n, f)
		}
		if len(Unframe(got[1:])) != tt.n {
			t.Errorf("Unframe of %d bytes gives %d", tt.n, len(Unframe(got[1:])))
		}
	}
}

func TestNextFrame(t *testing.T) {
	msg := []byte("message")
	good := AppendFrame(nil, msg)
	for _, tt := range []struct {
		name    string
		stream  []byte
		ok      bool
		skipped int
	}{
		{"nothing", nil, false, 0},
		{"good", good, true, 0},
		{"garbage first", append([]byte("noise"), good...), true, 5},
		{"only garbage", []byte("noise"), false, 5},
		{"separator alone", []byte{0x1e}, false, 0},
		{"garbage and separator", []byte("noise\x1e"), false, 5},
		{"header not all there", good[:4], false, 0},
		{"message not all there", good[:len(good)-1], false, 0},
		{"false start", append([]byte{0x1e, 0x02, 8}, good...), true, 3},
		{"empty header", append([]byte{0x1e, 0x00, 0x1f}, good...), true, 3},
		{"no unit separator", append([]byte{0x1e, 0x02, 0x08, 0x07, 0x20}, good...), true, 5},
		{"header damaged", append([]byte{0x1e, 0x02, 0x08, 0x87, 0x1f}, good...), true, 5},
		{"length missing", append([]byte{0x1e, 0x02, 0x28, 0x07, 0x1f}, good...), true, 5},
		{"length of a wrong type", append([]byte{0x1e, 0x02, 0x0a, 0x00, 0x1f}, good...), true, 5},
		{"too long announced", append([]byte{0x1e, 0x04, 0x08, 0x80, 0x80, 0x40, 0x1f}, good...), true, 7},
		{"length that overflows", append([]byte{0x1e, 0x0b, 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x1f}, good...), true, 14},
		{"long form of the length", append(raw(t, "1e 03 08 8700 1f"), msg...), true, 0},
		{"unknown header field", append(raw(t, "1e 04 08 07 10 01 1f"), msg...), true, 0},
	} {
		var f Frame
		ok := NextFrame(tt.stream, 0, 1<<16, &f)
		if ok != tt.ok || f.Skipped != tt.skipped {
			t.Errorf("%s: NextFrame = %v, skipped %d; want %v, %d", tt.name, ok, f.Skipped, tt.ok, tt.skipped)
		}
		if ok && string(tt.stream[f.Start:f.End]) != "message" {
			t.Errorf("%s: message %q", tt.name, tt.stream[f.Start:f.End])
		}
	}
	var f Frame
	if NextFrame(good, 0, len(msg)-1, &f) {
		t.Error("a message over the limit passes")
	}
	if !NextFrame(good, 0, len(msg), &f) {
		t.Error("a message at the limit does not pass")
	}
}

func TestSigned(t *testing.T) {
	msg := []byte("signed message")
	keys := NewKeys(map[string]string{"ops_1": "old", "ops_2": "new", "under_score_7": "x"})
	for _, tt := range []struct {
		name   string
		signer Signer
		err    error
	}{
		{"md5", Signer{"ops", 1, MD5, "old"}, nil},
		{"sha1", Signer{"ops", 2, SHA1, "new"}, nil},
		{"sha256", Signer{"ops", 2, SHA256, "new"}, nil},
		{"underscore", Signer{"under_score", 7, MD5, "x"}, nil},
		{"wrong key", Signer{"ops", 1, SHA1, "new"}, ErrBadDigest},
		{"unknown version", Signer{"ops", 3, SHA1, "new"}, ErrUnknownSigner},
		{"unknown signer", Signer{"dev", 1, SHA1, "new"}, ErrUnknownSigner},
	} {
		b, err := AppendSigned([]byte("noise"), msg, tt.signer)
		if err != nil {
			t.Fatalf("%s: AppendSigned: %v", tt.name, err)
		}
		var f Frame
		if !NextFrame(b, 0, 1000, &f) || f.Skipped != 5 || !f.Signed || string(f.Signer) != tt.signer.Name || f.KeyVersion != tt.signer.Version || f.Hash != tt.signer.Hash {
			t.Errorf("%s: frame %+v", tt.name, f)
		}
		for _, k := range []*Keys{keys, keys.Clone()} {
			name, err := k.Verify(&f, b[f.Start:f.End])
			if !errors.Is(err, tt.err) || (err == nil) != (name == tt.signer.Name) {
				t.Errorf("%s: Verify = %q, %v; want %v", tt.name, name, err, tt.err)
			}
		}
		if tt.err != nil {
			continue
		}
		c := bytes.Clone(b)
		c[f.Start] ^= 1
		if _, err := keys.Verify(&f, c[f.Start:f.End]); err != ErrBadDigest {
			t.Errorf("%s: Verify of a changed message: %v", tt.name, err)
		}
		begin := PlainHeader(b, &f)
		var g Frame
		if !NextFrame(b, begin, 1000, &g) || g.Begin != begin || g.End != f.End || g.Signed || string(b[g.Start:g.End]) != string(msg) {
			t.Errorf("%s: after PlainHeader %+v", tt.name, g)
		}
	}
}

// TestDigest holds a digest made elsewhere.
func TestDigest(t *testing.T) {
	key := Key{key: []byte("key")}
	msg := []byte("The quick brown fox jumps over the lazy dog")
	for h, want := range map[Hash]string{
		MD5: "80070713463e7749b90c2dc24911e275", SHA1: "de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9",
		SHA256: "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
	} {
		if got := key.digest(h, msg); !bytes.Equal(got, raw(t, want)) {
			t.Errorf("%s digest %x, want %s", h, got, want)
		}
	}
}

func TestRefusedSignatures(t *testing.T) {
	keys := NewKeys(map[string]string{"ops_0": "key"})
	for _, tt := range []struct {
		name, header string
		err          error
	}{
		{"signer without digest", "08 01 2203 6f7073", ErrNoDigest},
		{"empty digest", "08 01 2203 6f7073 3200", ErrNoDigest},
		{"digest without signer", "08 01 3201 00", ErrUnknownSigner},
		{"unknown hash", "08 01 1803 2203 6f7073 3201 00", ErrUnknownHash},
		{"hash that would wrap around", "08 01 188002 2203 6f7073 3201 00", ErrUnknownHash},
		{"digest cut off", "08 01 2203 6f7073 3201 00", ErrBadDigest},
	} {
		h := raw(t, tt.header)
		b := append([]byte{RecordSeparator, byte(len(h))}, h...)
		b = append(b, UnitSeparator, 'x')
		var f Frame
		if !NextFrame(b, 0, 100, &f) || !f.Signed {
			t.Errorf("%s: frame %+v", tt.name, f)
			continue
		}
		if name, err := keys.Verify(&f, b[f.Start:f.End]); err != tt.err || name != "" {
			t.Errorf("%s: Verify = %q, %v; want %v", tt.name, name, err, tt.err)
		}
	}
	if _, err := AppendSigned(nil, nil, Signer{Name: string(make([]byte, 250))}); err == nil {
		t.Error("a header over 255 bytes is written")
	}
	if _, err := AppendSigned(nil, nil, Signer{Hash: 9}); err == nil {
		t.Error("an unknown digest is used")
	}
	for s, want := range map[string]Hash{"": MD5, "md5": MD5, "sha1": SHA1, "sha256": SHA256} {
		if got, err := ParseHash(s); err != nil || got != want {
			t.Errorf("ParseHash(%q) = %v, %v", s, got, err)
		}
	}
	if _, err := ParseHash("crc"); err == nil {
		t.Error("ParseHash(crc) succeeds")
	}
}

// FuzzNextFrame: any stream splits without a panic, wherever it is cut; the quick
// way answers like the slow one; what is found frames again to a frame of the
// same message; bytes said to be useless never begin a frame.
func FuzzNextFrame(f *testing.F) {
	good := AppendFrame(nil, []byte("message"))
	signed, _ := AppendSigned(good, []byte("signed"), Signer{"ops", 1, SHA1, "key"})
	f.Add(signed, 0)
	f.Add(append([]byte{0x1e, 0xff, 0x1e, 0x02, 0x08}, signed...), 7)
	f.Add(bytes.Repeat([]byte{0x1e}, 50), 3)
	keys := NewKeys(map[string]string{"ops_1": "key"})
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		const max = 1 << 12
		i := 0
		for {
			var x, y Frame
			ok := NextFrame(b, i, max, &x)
			if slow := nextFrame(b, i, max, &y); slow != ok || ok && (x.Begin != y.Begin || x.Start != y.Start || x.End != y.End || x.Signed != y.Signed) {
				t.Fatalf("at %d: %v %+v, slow %v %+v", i, ok, x, slow, y)
			}
			if x.Skipped < 0 || i+x.Skipped > len(b) {
				t.Fatalf("at %d: skipped %d of %d", i, x.Skipped, len(b)-i)
			}
			if !ok {
				break
			}
			if x.Begin != i+x.Skipped || x.Start <= x.Begin || x.End < x.Start || x.End > len(b) || x.End-x.Start > max {
				t.Fatalf("at %d: %+v", i, x)
			}
			msg := b[x.Start:x.End]
			if again := AppendFrame(nil, msg); !bytes.Equal(Unframe(again), msg) || !bytes.Equal(Unframe(b[x.Begin:x.End]), msg) {
				t.Fatalf("frame %x does not frame again", b[x.Begin:x.End])
			}
			if x.Signed {
				keys.Verify(&x, msg)
				c := bytes.Clone(b)
				begin := PlainHeader(c, &x)
				if !NextFrame(c, begin, max, &y) || y.Begin != begin || y.End != x.End || y.Signed || begin < x.Begin || !bytes.Equal(c[y.Start:y.End], msg) {
					t.Fatalf("PlainHeader of %x: %+v", b[x.Begin:x.End], y)
				}
			}
			i = x.End
		}
		fuzzCut(t, b, cut, max)
	})
}

// fuzzCut: a stream that comes in two pieces gives the same first frame.
func fuzzCut(t *testing.T, b []byte, cut, max int) {
	var whole, part Frame
	if !NextFrame(b, 0, max, &whole) || cut < 0 || cut > len(b) {
		return
	}
	if NextFrame(b[:cut], 0, max, &part) {
		if part.Begin != whole.Begin || part.End != whole.End {
			t.Fatalf("cut at %d: %+v, whole %+v", cut, part, whole)
		}
		return
	}
	if part.Skipped > whole.Begin {
		t.Fatalf("cut at %d: throws away %d bytes, the frame begins at %d", cut, part.Skipped, whole.Begin)
	}
	if !NextFrame(b, part.Skipped, max, &part) || part.Begin != whole.Begin || part.End != whole.End {
		t.Fatalf("cut at %d and gone on: %+v, whole %+v", cut, part, whole)
	}
}

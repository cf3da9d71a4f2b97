package lengthsplit

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/heka-project/heka/internal/splittest"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func TestContract(t *testing.T) { plugintest.Run(t, "LengthSplitter", "") }

func TestSplit(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, tt := range []struct {
		name   string
		cfg    Config
		stream string
		want   []string
		rest   string
	}{
		{"one byte", Config{Size: "1"}, "\x03abc\x01d\x00\x02e", []string{"abc", "d"}, "\x02e"},
		{"two, big", Config{Size: "2"}, "\x00\x03abc\x01\x2c" + long, []string{"abc", long}, ""},
		{"two, little", Config{Size: "2", ByteOrder: "little"}, "\x03\x00abc\x2c\x01" + long, []string{"abc", long}, ""},
		{"four, with itself", Config{Size: "4", IncludesHeader: true}, "\x00\x00\x00\x07abc\x00\x00\x00\x04\x00\x00\x00\x05d", []string{"abc", "d"}, ""},
		{"eight, kept", Config{Size: "8", KeepHeader: true}, "\x00\x00\x00\x00\x00\x00\x00\x03abc", []string{"\x00\x00\x00\x00\x00\x00\x00\x03abc"}, ""},
		{"varint", Config{Size: "varint"}, "\x03abc\xac\x02" + long + "\x00\x80", []string{"abc", long}, "\x80"},
		{"skip", Config{Size: "1", Skip: 2}, "\x03TTabc\x00TT\x01TTd", []string{"abc", "d"}, ""},
		{"a length that cannot be", Config{Size: "4"}, "\x00\x00\x00\x01aGARBAGE\x00\x00\x00\x02bc", []string{"a", "bc"}, ""},
		{"a length shorter than itself", Config{Size: "2", IncludesHeader: true}, "\x00\x01\xff\x00\x03a", []string{"a"}, ""},
		{"a varint that does not end", Config{Size: "varint"}, strings.Repeat("\xff", 20) + "\x03xyz\x01a", []string{"xyz", "a"}, ""},
		{"nothing", Config{Size: "4"}, "\x00\x00", nil, "\x00\x00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := newSplitter(tt.cfg, plugin.Env{MaxMessageSize: 300})
			if err != nil {
				t.Fatal(err)
			}
			got, rest := splittest.Laws(t, s, []byte(tt.stream))
			if !slices.Equal(got, tt.want) || rest != tt.rest {
				t.Errorf("%q splits into %q and %q, want %q and %q", tt.stream, got, rest, tt.want, tt.rest)
			}
		})
	}
}

func TestBadConfig(t *testing.T) {
	for option, c := range map[string]Config{"skip": {Skip: -1}, "size": {Size: "3"}} {
		if _, err := newSplitter(c, plugin.Env{}); err == nil || !strings.HasPrefix(err.Error(), option+": ") {
			t.Errorf("%+v: error %v", c, err)
		}
	}
}

// FuzzSplit: any bytes split alike at any chunking, and what is framed comes back.
func FuzzSplit(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x03abc\x00"), []byte("record"), uint8(2))
	f.Fuzz(func(t *testing.T, stream, record []byte, kind uint8) {
		size := []string{"1", "2", "4", "8", "varint"}[kind%5]
		p, _ := newSplitter(Config{Size: size, ByteOrder: []string{"big", "little"}[kind>>3&1]}, plugin.Env{MaxMessageSize: 200})
		s := p.(*Splitter)
		splittest.Laws(t, s, stream)
		if len(record) == 0 || len(record) > 200 {
			return
		}
		var head []byte
		if size == "varint" {
			head = binary.AppendUvarint(nil, uint64(len(record)))
		} else {
			head = make([]byte, s.size)
			if head[s.size-1] = byte(len(record)); s.little {
				slices.Reverse(head)
			}
		}
		framed := append(head, record...)
		if got, rest := splittest.Laws(t, s, append(framed, framed...)); !slices.Equal(got, []string{string(record), string(record)}) || rest != "" {
			t.Fatalf("%x splits into %q and %q", framed, got, rest)
		}
	})
}

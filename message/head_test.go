package message

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

// A prepared field is encoded as the plain one.
func TestFieldHead(t *testing.T) {
	for _, name := range []string{"a", strings.Repeat("n", 200)} {
		for _, repr := range []string{"", "B"} {
			plain, put := NewBuilder(0), NewBuilder(0)
			text, raw, num, dbl := NewFieldHead(name, String, repr), NewFieldHead(name, Bytes, repr), NewFieldHead(name, Integer, repr), NewFieldHead(name, Double, repr)
			for _, v := range []string{"", "x", strings.Repeat("v", 127), strings.Repeat("v", 128), strings.Repeat("v", 20000)} {
				plain.String(name, v, repr)
				put.PutText(&text, v)
				plain.Bytes(name, []byte(v), repr)
				put.PutText(&raw, v)
			}
			for _, v := range []int64{0, 1, 127, 128, 1 << 40, -1, math.MinInt64} {
				plain.Int(name, v, repr)
				put.PutInt(&num, v)
				plain.Double(name, float64(v), repr)
				put.PutDouble(&dbl, float64(v))
			}
			if !bytes.Equal(plain.fields, put.fields) {
				t.Errorf("fields %q %q differ:\n%x\n%x", name[:1], repr, put.fields, plain.fields)
			}
		}
	}
}

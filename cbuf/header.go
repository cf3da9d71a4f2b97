package cbuf

import "unsafe"

// Aggregation says how a column is combined with the same column of another
// buffer.
type Aggregation uint8

// The aggregations.
const (
	Sum Aggregation = iota
	Min
	Max
	None
)

var aggregations = [...]string{"sum", "min", "max", "none"}

func (a Aggregation) String() string { return aggregations[a] }

// ParseAggregation is the inverse of String.
func ParseAggregation(s string) (Aggregation, bool) {
	for i, name := range aggregations {
		if name == s {
			return Aggregation(i), true
		}
	}
	return 0, false
}

// Header describes a column.
type Header struct {
	Name        string // ≤ 15 letters, digits and _
	Unit        string // ≤ 7 letters, digits, _, / and *
	Aggregation Aggregation
}

const (
	maxName = 15
	maxUnit = 7

	headerBytes = int(unsafe.Sizeof(Header{})) + 2*16
	bufferBytes = int(unsafe.Sizeof(Buffer{}))
)

// CleanName returns what a column's name becomes: cut to 15 bytes, with _ for
// whatever is no letter of ASCII and no digit.
func CleanName(s string) string { return clean(s, maxName, "") }

// CleanUnit returns what a unit becomes: cut to 7 bytes, where / and * may stand
// beside letters and digits.
func CleanUnit(s string) string { return clean(s, maxUnit, "/*") }

func clean(s string, n int, also string) string {
	out := make([]byte, 0, n)
	for i := 0; i < len(s) && i < n; i++ {
		c := s[i]
		if c == 0 {
			break
		}
		ok := c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		for j := range len(also) {
			ok = ok || c == also[j]
		}
		if !ok {
			c = '_'
		}
		out = append(out, c)
	}
	return string(out)
}

package lua

// Character classes of the C locale, which are those of Lua patterns, of the
// lexer and of number texts.
const (
	classSpace = 1 << iota
	classDigit
	classLower
	classUpper
	classHex
	classPunct
	classControl
)

var classes = func() (t [256]uint8) {
	for c := range 128 {
		switch {
		case c == ' ':
			t[c] = classSpace
		case c >= '\t' && c <= '\r':
			t[c] = classSpace | classControl
		case c < ' ' || c == 127:
			t[c] = classControl
		case c >= '0' && c <= '9':
			t[c] = classDigit | classHex
		case c >= 'a' && c <= 'f':
			t[c] = classLower | classHex
		case c >= 'A' && c <= 'F':
			t[c] = classUpper | classHex
		case c >= 'g' && c <= 'z':
			t[c] = classLower
		case c >= 'G' && c <= 'Z':
			t[c] = classUpper
		default:
			t[c] = classPunct
		}
	}
	return t
}()

func isSpace(c byte) bool { return classes[c]&classSpace != 0 }
func isHex(c byte) bool   { return classes[c]&classHex != 0 }

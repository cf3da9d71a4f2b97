package lua

import (
	"math"
	"strconv"
	"strings"
)

// strFormat is string.format: C's printf for one value at a time.
func strFormat(c *Call) int {
	format := c.String(1)
	f := formatter{c: c, b: c.vm.takeBuffer(), arg: 1}
	for {
		i := strings.IndexByte(format, '%')
		if i < 0 {
			f.text(format)
			break
		}
		f.text(format[:i])
		format = format[i+1:]
		if strings.HasPrefix(format, "%") {
			f.text("%")
			format = format[1:]
			continue
		}
		format = f.item(format)
	}
	c.vm.charge(int64(len(f.b)) >> 6)
	c.PushBytes(f.b)
	c.vm.buffer = f.b
	return 1
}

// takeBuffer returns the spare buffer of the VM, empty. Who takes it puts it back;
// a call that fails in between leaves the VM without one.
func (vm *VM) takeBuffer() []byte {
	b := vm.buffer[:0]
	if cap(b) == 0 || cap(b) > 4096 {
		vm.alloc(256)
		b = make([]byte, 0, 256)
	}
	vm.buffer = nil
	return b
}

// formatter builds the result. What grows beyond the first buffer is charged.
type formatter struct {
	c    *Call
	b    []byte
	arg  int
	spec spec
}

// spec is what stands between % and the letter.
type spec struct {
	minus, plus, space, alt, zero bool
	width                         int
	prec                          int // -1 when there is none
}

func (f *formatter) text(s string) {
	if len(s) > cap(f.b)-len(f.b) {
		size := max(2*cap(f.b), len(f.b)+len(s))
		f.c.vm.alloc(int64(size))
		f.b = append(make([]byte, 0, size), f.b...)
	}
	f.b = append(f.b, s...)
}

// item formats one argument and returns the rest of the format.
func (f *formatter) item(format string) string {
	c := f.c
	if f.arg++; f.arg > c.n {
		c.ArgError(f.arg, "no value")
	}
	if strings.HasPrefix(format, "s") { // the most frequent
		if s := c.String(f.arg); len(s) >= 100 {
			f.text(s)
		} else {
			f.text(cString(s))
		}
		return format[1:]
	}
	format = f.parse(format)
	letter := byte(0)
	if format != "" {
		letter = format[0]
	}
	switch letter {
	case 'c':
		f.char(byte(c.Int(f.arg)))
	case 'd', 'i':
		f.integer(int64(c.Int(f.arg)))
	case 'o':
		f.unsigned(f.bits(), 8, "0")
	case 'u':
		f.unsigned(f.bits(), 10, "")
	case 'x':
		f.unsigned(f.bits(), 16, "0x")
	case 'X':
		f.unsigned(f.bits(), -16, "0X")
	case 'e', 'E', 'f', 'g', 'G':
		f.float(letter, c.Number(f.arg))
	case 'q':
		f.quote(c.String(f.arg))
	case 's':
		s := c.String(f.arg)
		f.spec.zero = false
		if f.spec.prec < 0 && len(s) >= 100 {
			f.text(s)
			break
		}
		s = cString(s)
		if f.spec.prec >= 0 && f.spec.prec < len(s) {
			s = s[:f.spec.prec]
		}
		f.pad(s, "")
	default:
		c.Errorf("invalid option '%%%s' to 'format'", cString(string([]byte{letter})))
	}
	return format[1:]
}

// char adds a byte; of a zero byte C sees no more than the blanks before it.
func (f *formatter) char(b byte) {
	f.spec.zero = false
	if b == 0 {
		if !f.spec.minus && f.spec.width > 1 {
			f.text(spaces[:f.spec.width-1])
		}
		return
	}
	f.pad(string([]byte{b}), "")
}

// cString cuts s at its first zero byte, where C sees its end.
func cString(s string) string {
	if i := strings.IndexByte(s, 0); i >= 0 {
		return s[:i]
	}
	return s
}

// parse reads flags, width and precision.
func (f *formatter) parse(s string) string {
	f.spec = spec{prec: -1}
	i := 0
	for ; i < len(s) && strings.IndexByte("-+ #0", s[i]) >= 0; i++ {
		switch s[i] {
		case '-':
			f.spec.minus = true
		case '+':
			f.spec.plus = true
		case ' ':
			f.spec.space = true
		case '#':
			f.spec.alt = true
		case '0':
			f.spec.zero = true
		}
	}
	if i >= 6 {
		f.c.Errorf("invalid format (repeated flags)")
	}
	s, f.spec.width = digits2(s[i:])
	if strings.HasPrefix(s, ".") {
		s, f.spec.prec = digits2(s[1:])
	}
	if s != "" && s[0]-'0' <= 9 {
		f.c.Errorf("invalid format (width or precision too long)")
	}
	return s
}

// digits2 reads up to two digits.
func digits2(s string) (rest string, n int) {
	for i := 0; i < 2 && s != "" && s[0]-'0' <= 9; i++ {
		n = n*10 + int(s[0]-'0')
		s = s[1:]
	}
	return s, n
}

// bits is the argument as C converts it to an unsigned integer.
func (f *formatter) bits() uint64 {
	x := f.c.Number(f.arg)
	if x >= 0x1p63 && x < 0x1p64 {
		return uint64(x)
	}
	return uint64(toInt(x))
}

// pad adds a text of a sign or prefix and a body, filled up to the width.
func (f *formatter) pad(body, prefix string) {
	n := f.spec.width - len(body) - len(prefix)
	switch {
	case n <= 0:
		f.text(prefix)
		f.text(body)
	case f.spec.minus:
		f.text(prefix)
		f.text(body)
		f.text(spaces[:n])
	case f.spec.zero:
		f.text(prefix)
		f.text(zeros[:n])
		f.text(body)
	default:
		f.text(spaces[:n])
		f.text(prefix)
		f.text(body)
	}
}

var (
	spaces = strings.Repeat(" ", 100)
	zeros  = strings.Repeat("0", 100)
)

func (f *formatter) sign(negative bool) string {
	switch {
	case negative:
		return "-"
	case f.spec.plus:
		return "+"
	case f.spec.space:
		return " "
	}
	return ""
}

func (f *formatter) integer(n int64) {
	u := uint64(n)
	if n < 0 {
		u = -u
	}
	var buf [24]byte
	f.digits(strconv.AppendUint(buf[:0], u, 10), u == 0, f.sign(n < 0))
}

func (f *formatter) unsigned(u uint64, base int, prefix string) {
	var buf [24]byte
	upper := base < 0
	b := strconv.AppendUint(buf[:0], u, max(base, -base))
	if upper {
		for i := range b {
			if b[i] >= 'a' {
				b[i] -= 0x20
			}
		}
	}
	if !f.spec.alt || u == 0 {
		prefix = ""
	}
	if f.spec.alt && base == 8 { // the zero of an octal is a digit, not a prefix
		switch {
		case u != 0 && f.spec.prec <= len(b):
			b = append([]byte("0"), b...)
		case f.spec.prec == 0:
			f.spec.prec = 1
		}
		prefix = ""
	}
	f.digits(b, u == 0, prefix)
}

// digits adds an integer, of at least as many digits as the precision says.
func (f *formatter) digits(b []byte, isZero bool, prefix string) {
	if f.spec.prec >= 0 {
		f.spec.zero = false
		if isZero && f.spec.prec == 0 {
			b = b[:0]
		}
		if n := f.spec.prec - len(b); n > 0 {
			f.pad(zeros[:n]+string(b), prefix)
			return
		}
	}
	f.pad(string(b), prefix)
}

func (f *formatter) float(letter byte, x float64) {
	neg := math.Signbit(x)
	prefix := f.sign(neg)
	upper := letter < 'a'
	if x != x || math.IsInf(x, 0) {
		f.spec.zero = false
		body := "inf"
		if x != x {
			body = "nan"
		}
		if upper {
			body = strings.ToUpper(body)
		}
		f.pad(body, prefix)
		return
	}
	prec := f.spec.prec
	if prec < 0 {
		prec = 6
	}
	x = math.Abs(x)
	var buf [512]byte
	var b []byte
	switch letter | 0x20 {
	case 'f':
		b = strconv.AppendFloat(buf[:0], x, 'f', prec, 64)
		if f.spec.alt && prec == 0 {
			b = append(b, '.')
		}
	case 'e':
		b = strconv.AppendFloat(buf[:0], x, 'e', prec, 64)
		if f.spec.alt && prec == 0 {
			b = append(b[:1], append([]byte("."), b[1:]...)...)
		}
	default:
		b = appendG(buf[:0], x, max(prec, 1), f.spec.alt)
	}
	if upper {
		for i := range b {
			if b[i] == 'e' {
				b[i] = 'E'
			}
		}
	}
	f.pad(string(b), prefix)
}

// appendG appends x, not negative, as C's %g does: keep leaves the zeros at the
// end of the fraction, as the flag # asks.
func appendG(b []byte, x float64, prec int, keep bool) []byte {
	if !keep {
		return strconv.AppendFloat(b, x, 'g', prec, 64)
	}
	exp := 0
	if x != 0 {
		e := strconv.AppendFloat(nil, x, 'e', prec-1, 64)
		exp, _ = strconv.Atoi(string(e[strings.IndexByte(string(e), 'e')+1:]))
	}
	if exp < -4 || exp >= prec {
		b = strconv.AppendFloat(b, x, 'e', prec-1, 64)
		if prec == 1 {
			b = append(b[:1], append([]byte("."), b[1:]...)...)
		}
		return b
	}
	b = strconv.AppendFloat(b, x, 'f', prec-1-exp, 64)
	if prec-1-exp == 0 {
		b = append(b, '.')
	}
	return b
}

// quote adds s as Lua source that gives s again.
func (f *formatter) quote(s string) {
	f.c.Work(len(s))
	f.text(`"`)
	for s != "" {
		i := strings.IndexAny(s, "\"\\\n\r\x00")
		if i < 0 {
			f.text(s)
			break
		}
		f.text(s[:i])
		switch s[i] {
		case '\r':
			f.text(`\r`)
		case 0:
			f.text(`\000`)
		default:
			f.text(`\` + s[i:i+1])
		}
		s = s[i+1:]
	}
	f.text(`"`)
}

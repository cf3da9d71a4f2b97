package lua

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestGeneratedLibrary makes random calls of library functions and compares what
// they give with lua5.1: patterns, formats, numbers, the order of tables.
func TestGeneratedLibrary(t *testing.T) {
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	g := &generator{Rand: rand.New(rand.NewPCG(s, 2))}
	var src strings.Builder
	src.WriteString(prelude)
	n := 0
	for range 400 {
		for _, call := range []string{
			fmt.Sprintf("string.%s(%s, %s)", g.pick("find", "match"), g.subject(), g.pattern()),
			fmt.Sprintf("string.find(%s, %s, %d)", g.subject(), g.pattern(), g.IntN(12)-5),
			fmt.Sprintf("string.gsub(%s, %s, %s)", g.subject(), g.pattern(), g.pick("'<%0>'", "'%1'", "''", "string.upper", "{a = 1, b = 'B'}", "'%%'")),
			fmt.Sprintf("(function() local t = {} for a, b in string.gmatch(%s, %s) do t[#t + 1] = a t[#t + 1] = b if #t > 40 then break end end return unpack(t) end)()", g.subject(), g.pattern()),
			fmt.Sprintf("string.format('%s', %s)", g.spec("diouxXc"), g.pick("0", "1", "-1", "65", "123456", "2^31", "-2^40", "3.7")),
			fmt.Sprintf("string.format('%s', %s)", g.spec("eEfgG"), g.float()),
			fmt.Sprintf("string.format('%s', %s)", g.spec("s"), g.subject()),
			fmt.Sprintf("tonumber('%s'), tonumber('%s', %d)", g.numeral(), g.numeral(), 2+g.IntN(35)),
			fmt.Sprintf("%s, -(%s), %s %% %s, %d ^ %d", g.float(), g.float(), g.float(), g.float(), g.IntN(1000)-500, g.IntN(6)), // whole powers: of others C rounds some its own way
			fmt.Sprintf("string.sub(%s, %d, %d), string.byte(%s, %d, %d)", g.subject(), g.IntN(20)-9, g.IntN(20)-9, g.subject(), g.IntN(12)-5, g.IntN(12)-5),
			fmt.Sprintf("os.date('!%%Y-%%m-%%d %%H:%%M:%%S %%j %%U %%W %%V %%G', %d), os.time{year = %d, month = %d, day = %d, hour = %d}", g.Int64N(4e9), 1970+g.IntN(100), g.IntN(30)-5, g.IntN(60)-10, g.IntN(50)-10),
			g.order(),
		} {
			n++
			fmt.Fprintf(&src, "show(%d, pcall(function() return %s end))\n", n, call)
		}
	}
	file := filepath.Join(t.TempDir(), "library.lua")
	if err := os.WriteFile(file, []byte(src.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TZ", "UTC")
	want, got := lua51(t, file), runScript(t, file, Options{})
	g2, w, lines := strings.Split(got, "\n"), strings.Split(want, "\n"), strings.Split(src.String(), "\n")
	for i := range min(len(g2), len(w)) {
		if g2[i] != w[i] {
			number, _, _ := strings.Cut(w[i], " ")
			for _, l := range lines {
				if strings.HasPrefix(l, "show("+number+",") {
					t.Errorf("seed %d: %s\n got %s\nwant %s", s, l, g2[i], w[i])
				}
			}
			if i > 5000 || t.Failed() {
				return
			}
		}
	}
	if len(g2) != len(w) {
		t.Errorf("seed %d: %d lines, want %d: %s", s, len(g2), len(w), g2[len(g2)-1])
	}
}

func (g *generator) subject() string {
	return g.pick("'hello world'", "'aaa'", "''", "'key = value; k2=v2'", "'(a(b)c) [x]'", "'abcabcabc'", "'  lead and trail  '", "'1.5e10 -3 0x1F'", "'a.b-c+d*e'", "'THE (quick) Fox'", "'tab\\there\\nnew'", "'a%b%%c'", "'\\200\\201abc\\0z'")
}

func (g *generator) pattern() string {
	var b strings.Builder
	if g.IntN(6) == 0 {
		b.WriteByte('^')
	}
	open := 0
	for range 1 + g.IntN(5) {
		switch g.IntN(12) {
		case 0:
			b.WriteString("(")
			open++
		case 1:
			if open > 0 {
				b.WriteString(")")
				open--
			}
		case 2:
			b.WriteString(g.pick("()", "%b()", "%f[%w]", "%1", "$"))
		default:
			b.WriteString(g.pick("a", "b", "c", ".", "%a", "%d", "%s", "%w", "%p", "%u", "%l", "%x", "%S", "%W", "%.", "[a-c]", "[^%s]", "[%w_]", "[]x]", "[^]]", "[a%-z]", "[%a-]", " ", "=", "%%", "-"))
			b.WriteString(g.pick("", "", "*", "+", "-", "?"))
		}
	}
	for range open {
		if g.IntN(8) > 0 {
			b.WriteByte(')')
		}
	}
	if g.IntN(8) == 0 {
		b.WriteByte('$')
	}
	if g.IntN(30) == 0 {
		b.WriteString(g.pick("[", "%", "(", ")", "%b", "[^", "[a-", "%f"))
	}
	return "'" + b.String() + "'"
}

func (g *generator) spec(letters string) string {
	var b strings.Builder
	b.WriteByte('%')
	for range g.IntN(3) {
		b.WriteString(g.pick("-", "+", " ", "#", "0"))
	}
	if g.IntN(2) == 0 {
		b.WriteString(strconv.Itoa(g.IntN(25)))
	}
	if g.IntN(2) == 0 {
		b.WriteString("." + g.pick("", "0", "1", "3", "10", "17"))
	}
	b.WriteByte(letters[g.IntN(len(letters))])
	return b.String()
}

func (g *generator) float() string {
	switch g.IntN(5) {
	case 0:
		return g.pick("0", "1", "0.1", "0.5", "2.5", "1e15", "1e16", "123456789", "1e100", "5e-324", "1e-5", "99999.95", "(1/0)", "(-1/0)", "3")
	case 1:
		return strconv.FormatFloat(g.NormFloat64()*1000, 'g', 17, 64)
	case 2:
		return strconv.Itoa(g.IntN(1000000) - 500000)
	case 3:
		return strconv.FormatFloat(g.ExpFloat64(), 'e', g.IntN(17), 64)
	}
	return fmt.Sprintf("%d.%de%d", g.IntN(10), g.IntN(1000), g.IntN(40)-20)
}

func (g *generator) numeral() string {
	var b strings.Builder
	for range 1 + g.IntN(4) {
		b.WriteString(g.pick("0", "1", "7", "12", "9f", "z", "0x", ".", "e", "e5", "-", "+", " ", "x", "A", "1e1", "inf", "nan", "0X1P3", "_"))
	}
	return b.String()
}

// order builds a table by random steps and lists its keys as pairs does, and its
// length.
func (g *generator) order() string {
	var b strings.Builder
	b.WriteString("(function() local t = " + g.pick("{}", "{1, 2, 3}", "{x = 1}", "{1, nil, 3}", "{nil, nil, 3, 4}", "{n = 1, 10, 20}") + " ")
	for range g.IntN(30) {
		key := g.pick(strconv.Itoa(g.IntN(20)), strconv.Itoa(g.IntN(2000)-1000), "'k"+strconv.Itoa(g.IntN(30))+"'", "'"+g.pick("name", "value", "type", "x", "y")+"'", "0.5", "-1.5", "2^40", "true", "#t + 1", "#t")
		fmt.Fprintf(&b, "t[%s] = %s ", key, g.pick("1", "2", "'s'", "nil", "true"))
	}
	b.WriteString("local out = {} for k in pairs(t) do out[#out + 1] = tostring(k) end return #t, table.concat(out, ' '), table.maxn(t) end)()")
	return b.String()
}

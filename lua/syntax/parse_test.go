package syntax

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// text writes an expression with all its brackets.
func text(e Expr) string {
	switch e := e.(type) {
	case *Num:
		return fmt.Sprint(e.Value)
	case *Str:
		return fmt.Sprintf("%q", e.Value)
	case *Name:
		return e.Name
	case *Paren:
		return "<" + text(e.Inner) + ">"
	case *Unary:
		return fmt.Sprintf("(%s %s)", [...]string{Neg: "-", Not: "not", Len: "#"}[e.Op], text(e.X))
	case *Binary:
		ops := [...]string{"+", "-", "*", "/", "%", "^", "..", "==", "~=", "<", "<=", ">", ">=", "and", "or"}
		return fmt.Sprintf("(%s %s %s)", text(e.X), ops[e.Op], text(e.Y))
	case *Index:
		return text(e.Object) + "[" + text(e.Key) + "]"
	case *Call:
		s := text(e.Fn)
		if e.Method != "" {
			s += ":" + e.Method
		}
		var args []string
		for _, a := range e.Args {
			args = append(args, text(a))
		}
		return s + "(" + strings.Join(args, ", ") + ")"
	}
	return fmt.Sprintf("%T", e)
}

func TestExpressions(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"a + b * c", "(a + (b * c))"},
		{"a - b - c", "((a - b) - c)"},
		{"a ^ b ^ c", "(a ^ (b ^ c))"},
		{"a .. b .. c", "(a .. (b .. c))"},
		{"-a ^ b", "(- (a ^ b))"},
		{"a ^ -b", "(a ^ (- b))"},
		{"not a == b", "((not a) == b)"},
		{"a < b and c or d", "(((a < b) and c) or d)"},
		{"a or b and c", "(a or (b and c))"},
		{"a .. b + c == d", "((a .. (b + c)) == d)"},
		{"#a.b:c(1)[d]", `(# a["b"]:c(1)[d])`},
		{"f{}", "f(*syntax.Table)"},
		{"f'x'.y", `f("x")["y"]`},
		{"(a)(b)", "<a>(b)"},
		{"1 + 2 * 3", "7"},
		{"2 ^ 3 ^ 2", "512"},
		{"-2 ^ 2", "-4"},
		{"7 % -3", "-2"},
		{"1 / 0", "(1 / 0)"},
		{"(1 + 2) * 3", "9"},
		{"0x10 + 1e1 + .5", "26.5"},
		{`"a\65\n\\\
b"`, `"aA\n\\\nb"`},
		{"[==[\nx]]]==]", `"x]]"`},
	} {
		fn, err := Parse("return " + tt.src)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.src, err)
			continue
		}
		if got := text(fn.Body.Stmts[0].(*Return).Exprs[0]); got != tt.want {
			t.Errorf("Parse(%q) = %s, want %s", tt.src, got, tt.want)
		}
	}
}

func TestLines(t *testing.T) {
	fn, err := Parse("local a = 1\r\nb = f(\n\rx,\n\n y)\nfunction g()\n\nend -- c\n--[[ long\n]] return 1")
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, s := range fn.Body.Stmts {
		switch s := s.(type) {
		case *Local:
			lines = append(lines, s.Line)
		case *Assign:
			lines = append(lines, s.Line)
			if f, ok := s.Exprs[0].(*Function); ok {
				lines = append(lines, f.Line, f.Last)
			}
		case *Return:
			lines = append(lines, s.Line)
		}
	}
	if got := fmt.Sprint(lines); got != "[1 5 6 6 8 10]" {
		t.Errorf("lines %s", got)
	}
}

func TestNumber(t *testing.T) {
	for _, tt := range []struct {
		text string
		want float64
		ok   bool
	}{
		{"10", 10, true}, {" 0x1F ", 31, true}, {"1e400", math.Inf(1), true}, {"-0x.8p1", -1, true}, {"1e", 0, false},
		{"", 0, false}, {"1 2", 0, false}, {"1\x00rest", 1, true}, {"infinity", math.Inf(1), true}, {"0x", 0, false},
		{strings.Repeat("9", 2000) + "e-1990", 9999999999.999999, true}, {"0." + strings.Repeat("0", 2000) + "1e2001", 1, true},
		{"1" + strings.Repeat("0", 900) + "1e-900", 10, true}, {strings.Repeat("1", 1000) + "x", 0, false},
	} {
		got, ok := Number(tt.text)
		if ok != tt.ok || ok && got != tt.want && math.Abs(got/tt.want-1) > 1e-12 {
			t.Errorf("Number(%.20q) = %v, %v, want %v, %v", tt.text, got, ok, tt.want, tt.ok)
		}
	}
}

// FuzzParse: any source is a tree or an error of one line, without a panic.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"x = 1", "for i = 1, 2 do end", "local function f(...) return ... end", "a.b:c{1, x = 2; [3] = 4}", "--[[x", "'\\", "((((", "x = [==[", "if a then elseif b then else end"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		fn, err := Parse(src)
		if e, ok := err.(*Error); err != nil && (!ok || e.Line < 1 || e.Message == "") || err == nil && fn == nil {
			t.Fatalf("Parse(%q) = %v, %v", src, fn, err)
		}
	})
}

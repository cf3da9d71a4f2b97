package match

import (
	_ "embed"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
)

// sample is the message that testdata/vectors.tsv speaks of.
func sample(t testing.TB) []byte {
	t.Helper()
	id, ok := message.ParseUUID("0a1b2c3d-4e5f-4670-8192-a3b4c5d6e7f8")
	if !ok {
		t.Fatal("ParseUUID refused the sample's identifier")
	}
	f := message.NewField
	d := message.Draft{
		UUID: id,
		Header: message.Header{
			Timestamp: 1500000000000000000, Type: "web.access", Logger: "edge-nginx", Severity: 6,
			Payload: "GET /index.html HTTP/1.1", EnvVersion: "1.2", Pid: 4321,
		},
		Fields: []message.DraftField{
			f("status", 404, ""), f("bytes_sent", 512.5, "B"), f("tags", []string{"red", "green", "blue"}, ""),
			f("cached", false, ""), f("secure", true, ""), f("raw", []byte("abc"), ""),
			f("user", "ann", ""), f("user", []string{"bob", "bobby"}, ""), f("codes", []int64{10, 20}, ""),
			f("numstr", "404", ""), f("upper", "TRUE", ""), f("empty", "", ""), f("path", `C:\logs\a'b"c`, ""),
			f("odd name:x", "v", ""), f("zero", 0, ""), f("neg", -5, ""), f("slash", "a/b", ""),
		},
	}
	return d.Encode()
}

type vector struct{ num, was, want, expr string }

func vectors(t testing.TB) (vs []vector) {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		c := strings.Split(line, "\t")
		if len(c) < 4 || (c[2] == "=") != (len(c) == 4) {
			t.Fatalf("testdata/vectors.tsv: line %q", line)
		}
		if c[2] == "=" {
			c[2] = c[1]
		}
		expr := strings.NewReplacer("<NL>", "\n", "<TAB>", "\t", "<CR>", "\r").Replace(c[3])
		vs = append(vs, vector{c[0], c[1], c[2], expr})
	}
	return vs
}

// verdict compiles and evaluates expr: true, false or error.
func verdict(expr string, v *message.View) string {
	m, err := Compile(expr)
	switch {
	case err != nil:
		return "error"
	case m.Match(v):
		return "true"
	}
	return "false"
}

func TestVectors(t *testing.T) {
	msg := sample(t)
	vs := vectors(t)
	if len(vs) != 251 {
		t.Fatalf("%d vectors, want 251", len(vs))
	}
	wants := []*message.Want{nil, message.NewWant([]string{"status", "user", "tags"}), message.NewWant([]string{"missing", "cached", "raw"})}
	for _, w := range wants {
		var v message.View
		if !v.Parse(msg, w) {
			t.Fatal("sample does not parse")
		}
		for _, x := range vs {
			if got := verdict(x.expr, &v); got != x.want {
				_, err := Compile(x.expr)
				t.Errorf("vector %s: %s = %s, want %s (%v)", x.num, x.expr, got, x.want, err)
			}
		}
	}
}

// TestString: what a matcher's expression writes compiles to the same expression.
func TestString(t *testing.T) {
	for _, x := range vectors(t) {
		m, err := Compile(x.expr)
		if err != nil {
			continue
		}
		if m.String() != x.expr {
			t.Errorf("Compile(%q).String() = %q", x.expr, m.String())
		}
		s := m.Expr().String()
		n, err := Compile(s)
		if err != nil {
			t.Errorf("Compile(%q) writes %q, which does not compile: %v", x.expr, s, err)
		} else if n.Expr().String() != s {
			t.Errorf("Compile(%q) writes %q, which writes %q", x.expr, s, n.Expr().String())
		}
	}
}

func TestFields(t *testing.T) {
	m := MustCompile("Fields[b] == 1 || (Fields[a][1] == 'x' && Type == 'y') || Fields[b] == NIL")
	if got := strings.Join(m.Fields(), " "); got != "a b" {
		t.Errorf("Fields() = %q, want a b", got)
	}
}

//go:embed testdata/complaints.txt
var complaints string

// TestComplaints holds the text of complaints, as a user reads them: a line with
// the expression, then one with the complaint.
func TestComplaints(t *testing.T) {
	if os.Getenv("UPDATE") != "" {
		updateComplaints(t)
		return
	}
	for _, c := range splitComplaints() {
		_, err := Compile(c[0])
		if err == nil {
			t.Errorf("Compile(%q) succeeds, want %q", c[0], c[1])
			continue
		}
		if err.Error() != c[1] {
			t.Errorf("Compile(%q)\n got %s\nwant %s", c[0], err, c[1])
		}
	}
}

func splitComplaints() (cs [][2]string) {
	for _, block := range strings.Split(strings.TrimSpace(complaints), "\n\n") {
		expr, want, _ := strings.Cut(block, "\n")
		cs = append(cs, [2]string{expr, want})
	}
	return cs
}

func updateComplaints(t *testing.T) {
	var b strings.Builder
	for _, c := range splitComplaints() {
		_, err := Compile(c[0])
		b.WriteString(c[0] + "\n")
		if err != nil {
			b.WriteString(err.Error() + "\n")
		}
		b.WriteString("\n")
	}
	if err := os.WriteFile("testdata/complaints.txt", []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEveryErrorHelps: each refused vector says where, what and what to do.
func TestEveryErrorHelps(t *testing.T) {
	for _, x := range vectors(t) {
		_, err := Compile(x.expr)
		if err == nil {
			continue
		}
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("Compile(%q) gives a %T", x.expr, err)
		}
		if e.What == "" || e.Fix == "" || e.Pos < 0 || e.Pos > len(x.expr) {
			t.Errorf("Compile(%q): incomplete complaint %+v", x.expr, e)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"empty", "", "empty"},
		{"blank", " \n\t ", "empty"},
		{"deep", strings.Repeat("(", 100000) + "TRUE" + strings.Repeat(")", 100000), "within each other"},
		{"long", strings.Repeat(" ", MaxSource) + "TRUE", "bytes"},
		{"NUL", "TRUE\x00", "cannot begin"},
		{"number", "Timestamp == 1e999", "too large"},
		{"repeat", "Payload =~ /(a{1000}){1000}/", "repeat"},
	} {
		_, err := Compile(tt.src)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Compile gives %v, want %q in it", tt.name, err, tt.want)
		}
	}
	wide := "Type == 'x'" + strings.Repeat(" || Type == 'x'", 10000)
	if _, err := Compile(wide); err != nil {
		t.Errorf("10,001 tests side by side: %v", err)
	}
}

// TestDocs: every example of docs/matcher.md compiles: a line each, or more where
// the lines that follow are indented.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../docs/matcher.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, block := range strings.Split(string(page), "```matcher\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		for _, src := range strings.Split(strings.ReplaceAll(strings.TrimSpace(block), "\n ", "\r "), "\n") {
			if _, err := Compile(src); err != nil {
				t.Errorf("docs/matcher.md: %q: %v", src, err)
			}
			n++
		}
	}
	if n < 6 {
		t.Errorf("%d examples found", n)
	}
}

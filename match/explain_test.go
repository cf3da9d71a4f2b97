package match

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
)

func TestExplain(t *testing.T) {
	var v message.View
	if !v.Parse(sample(t), nil) {
		t.Fatal("sample does not parse")
	}
	for _, tt := range []struct{ src, want string }{
		{"Type == 'web.access' && (Fields[status] >= 500 || Hostname != '') && Pid == 1", `
no    Type == 'web.access' && (Fields[status] >= 500 || Hostname != '') && Pid == 1
  yes   Type == 'web.access'                     Type is 'web.access'
  no    Fields[status] >= 500 || Hostname != ''
    no  * Fields[status] >= 500                  Fields[status] is 404 (integer)
    no  * Hostname != ''                         Hostname is not set; it counts as empty
  -     Pid == 1                                 not looked at
`},
		{"Fields[Status] == 404", `
no  * Fields[Status] == 404                      Fields[Status] does not exist; what does not exist only equals NIL; there is "status"
`},
		{"Fields[numstr] == 404", `
no  * Fields[numstr] == 404                      Fields[numstr] is '404' (string); a text is never compared with a number; quote the number
`},
		{"Fields[cached] == 'x'", `
yes * Fields[cached] == 'x'                      Fields[cached] is false (bool); a bool compared with anything but TRUE and FALSE is true when the value is false
`},
		{"Fields[tags][0][7] == NIL", `
yes * Fields[tags][0][7] == NIL                  Fields[tags][0][7] does not exist: the field has 3 values
`},
		{"TRUE", "\nyes * TRUE\n"},
		{"Type == 'a\x1b[31m'", `
no  * Type == 'a\x1b[31m'                        Type is 'web.access'
`},
	} {
		if got := "\n" + Explain(MustCompile(tt.src), &v).String(); got != tt.want {
			t.Errorf("Explain(%q):\ngot%swant%s", tt.src, got, tt.want)
		}
	}
}

// TestExplainAgrees: the explanation comes to the matcher's answer, and shows no
// control characters.
func TestExplainAgrees(t *testing.T) {
	r := &source{Rand: rand.New(rand.NewPCG(1, 2)), payloads: true}
	for range 2000 {
		m := MustCompile(r.matcher(3))
		d := r.draft()
		var v message.View
		if !v.Parse(d.Encode(), nil) {
			t.Fatal("message does not parse")
		}
		x := Explain(m, &v)
		if x.Result != m.Match(&v) {
			t.Fatalf("Explain(%s) comes to %v, Match to %v on %+v\n%s", m, x.Result, m.Match(&v), d, x)
		}
		if s := x.String(); strings.ContainsFunc(s, func(c rune) bool { return c < ' ' && c != '\n' }) || strings.Count(s, "*") == 0 {
			t.Fatalf("Explain(%s) writes %q", m, s)
		}
	}
}

package match

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/heka-project/heka/message"
)

// source draws random matchers and messages from one small vocabulary, so that
// they meet.
type source struct {
	*rand.Rand
	payloads bool // also patterns on Payload
}

var (
	texts    = []string{"", "a", "ab", "abc", "abd", "b", "TRUE", "FALSE", "web.access", "web.error", "web.access.log.of.a.long.name", "web.access.log.of.a.long.namf", "nginx", "é", "\xff", "0", "404", "x y"}
	numbers  = []string{"0", "1", "2", "3", "4", "6", "7", "404", "404.5", "-1", "1e3", "500", "-0.5"}
	names    = []string{"status", "tag", "b", "d", "raw", "long.field.name.of.a.field", "x", "Payload"}
	patterns = []string{"^web", "access$", "^abc$", "b", "", "^$", "(?i)WEB", "a|b", "^(a|w)", "[0-9]+", `\.`, "e.*r", "^a.c", "é", "x y$", `\bweb\b`, "(web|nginx).*(log|x)"}
	headers  = []Operand{Type, Logger, EnvVersion, Hostname, Payload, UUID}
)

func pick[T any](r *source, from []T) T { return from[r.IntN(len(from))] }

func (r *source) matcher(depth int) string {
	if depth > 0 {
		switch r.IntN(8) {
		case 0, 1, 2:
			return r.matcher(depth-1) + " && " + r.matcher(depth-1)
		case 3, 4:
			return "(" + r.matcher(depth-1) + " || " + r.matcher(depth-1) + ")"
		case 5:
			return "(" + r.matcher(depth-1) + " && " + r.matcher(depth-1) + ")"
		}
	}
	switch n := r.IntN(20); {
	case n == 0:
		return pick(r, []string{"TRUE", "FALSE"})
	case n < 10:
		o := pick(r, headers)
		if !r.payloads && (o == Payload || o == UUID) {
			o = Type
		}
		return o.String() + r.textTest()
	case n < 12:
		return pick(r, []string{"Severity", "Pid", "Timestamp"}) + r.numberTest()
	}
	f := "Fields[" + pick(r, names) + "]"
	if r.IntN(3) == 0 {
		f += fmt.Sprintf("[%d][%d]", r.IntN(3), r.IntN(3))
	}
	switch r.IntN(6) {
	case 0:
		return f + " == " + pick(r, []string{"TRUE", "FALSE"})
	case 1:
		return f + pick(r, []string{" == NIL", " != NIL"})
	case 2, 3:
		return f + r.numberTest()
	}
	return f + r.textTest()
}

func (r *source) textTest() string {
	if r.IntN(3) == 0 {
		return pick(r, []string{" =~ ", " !~ "}) + "/" + strings.ReplaceAll(pick(r, patterns), "/", `\/`) + "/"
	}
	return " " + Op(r.IntN(6)).String() + " " + quote(pick(r, texts))
}

func (r *source) numberTest() string {
	return " " + Op(r.IntN(6)).String() + " " + pick(r, numbers)
}

func (r *source) draft() message.Draft {
	d := message.Draft{Header: message.Header{
		Timestamp: int64(r.IntN(8)), Type: pick(r, texts), Logger: pick(r, texts), EnvVersion: pick(r, texts), Hostname: pick(r, texts),
		Severity: int32(r.IntN(9)), Pid: int32(r.IntN(1200) - 2),
		Payload: strings.Join([]string{pick(r, texts), pick(r, texts), pick(r, texts)}, " ")[:],
	}}
	for i := range d.UUID {
		d.UUID[i] = byte(r.Uint32())
	}
	for range r.IntN(7) {
		d.Fields = append(d.Fields, message.NewField(pick(r, names), r.value(), pick(r, []string{"", "B"})))
	}
	return d
}

func (r *source) value() any {
	switch r.IntN(12) {
	case 0, 1, 2:
		return pick(r, texts)
	case 3:
		return []string{pick(r, texts), pick(r, texts)}
	case 4:
		return []byte(pick(r, texts))
	case 5, 6:
		return pick(r, []int64{0, 1, 3, 404, 500, -1, 1000, math.MaxInt64})
	case 7:
		return []int64{int64(r.IntN(8)), 404}
	case 8:
		return pick(r, []float64{0, 404.5, -0.5, math.NaN(), math.Inf(1), 1000})
	case 9:
		return []string{}
	case 10:
		return []bool{r.IntN(2) == 0, true}
	}
	return r.IntN(2) == 0
}

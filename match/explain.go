package match

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/heka-project/heka/message"
)

// Explanation tells why a matcher takes a message or not: the expression as a
// tree, with the values found.
type Explanation struct {
	Expr    string         // this part, in canonical form
	Looked  bool           // it was evaluated; after short circuit it is not
	Result  bool           // and came out true
	Decides bool           // the answer of the whole hangs on this part
	Found   string         // what the message holds, for a test
	Note    string         // why that is the answer, where it may surprise
	Parts   []*Explanation // of && and ||
}

// Explain evaluates m for the viewed message and keeps a record.
func Explain(m *Matcher, v *message.View) *Explanation {
	x := explain(m.expr, v, true)
	x.decide()
	return x
}

func explain(e Expr, v *message.View, look bool) *Explanation {
	x := &Explanation{Expr: e.String(), Looked: look}
	var parts []Expr
	stop := false // the answer of a part that ends the evaluation
	switch e := e.(type) {
	case And:
		parts = e
	case Or:
		parts, stop = e, true
	case *Test:
		if look {
			x.Result = e.Match(v)
			x.Found, x.Note = e.found(v)
		}
		return x
	case Const:
		x.Result = look && bool(e)
		return x
	}
	x.Result = look && !stop
	for _, p := range parts {
		k := explain(p, v, look)
		x.Parts = append(x.Parts, k)
		if look && k.Result == stop {
			x.Result, look = stop, false
		}
	}
	return x
}

// decide marks the parts that the answer of x, which decides, hangs on.
func (x *Explanation) decide() {
	x.Decides = true
	for _, k := range x.Parts {
		if k.Looked && k.Result == x.Result {
			k.decide()
		}
	}
}

// String writes a line for the whole and one for each part:
//
//	no      Type == 'a' && Fields[status] >= 500
//	  yes     Type == 'a'               Type is 'a'
//	  no    * Fields[status] >= 500     Fields[status] is 404 (integer)
//
// A star marks the tests that decided.
func (x *Explanation) String() string {
	var b strings.Builder
	x.write(&b, "")
	return b.String()
}

func (x *Explanation) write(b *strings.Builder, indent string) {
	answer, star := "-", " "
	if x.Looked {
		answer = map[bool]string{true: "yes", false: "no"}[x.Result]
	}
	if x.Decides && len(x.Parts) == 0 {
		star = "*"
	}
	line := fmt.Sprintf("%s%-3s %s %s", indent, answer, star, visible(x.Expr))
	switch {
	case !x.Looked:
		line = fmt.Sprintf("%-48s not looked at", line)
	case x.Found != "":
		line = fmt.Sprintf("%-48s %s", line, x.Found)
	}
	b.WriteString(line)
	if x.Note != "" {
		b.WriteString("; " + x.Note)
	}
	b.WriteByte('\n')
	for _, k := range x.Parts {
		k.write(b, indent+"  ")
	}
}

// visible escapes what a terminal would act on.
func visible(s string) string {
	q := strconv.Quote(s)
	return strings.ReplaceAll(strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`), `\\`, `\`)
}

// found tells what the message holds for the test, and what of the language
// makes an answer that may surprise.
func (t *Test) found(v *message.View) (found, note string) {
	left := visible(t.operand()) + " is "
	switch {
	case t.Operand == Field:
		return t.foundField(v)
	case t.Operand == Timestamp:
		return left + strconv.FormatInt(v.Timestamp(), 10), ""
	case t.Operand == Severity && !v.Has(message.NumSeverity):
		return left + "7", "the value of a message without severity"
	case t.Operand == Severity:
		return left + strconv.Itoa(int(v.Severity())), ""
	case t.Operand == Pid:
		return left + strconv.Itoa(int(v.Pid())), ""
	case t.Operand == UUID:
		return left + shown(message.AppendUUID(nil, v.UUID())), ""
	case !v.Has(int(t.Operand)):
		return left + "not set", "it counts as empty"
	}
	return left + shown(v.Bytes(int(t.Operand))), ""
}

func (t *Test) foundField(v *message.View) (found, note string) {
	name := visible(t.operand())
	var f message.Field
	if !v.Field(t.Name, t.Nth, &f) {
		if t.Kind != Nil {
			note = "what does not exist only equals NIL"
		}
		if near := nearField(v, t.Name); near != "" {
			note = strings.TrimPrefix(note+"; there is "+strconv.Quote(near), "; ")
		}
		return name + " does not exist", note
	}
	if t.Value >= f.Len() {
		if t.Kind != Nil {
			note = "what does not exist only equals NIL"
		}
		return fmt.Sprintf("%s does not exist: the field has %d values", name, f.Len()), note
	}
	found = fmt.Sprintf("%s is %s (%s)", name, value(&f, t.Value), f.Type)
	number := f.Type == message.Integer || f.Type == message.Double
	switch {
	case t.Kind == Nil:
	case f.Type == message.Bool && t.Kind != Truth:
		note = "a bool compared with anything but TRUE and FALSE is true when the value is false"
	case number && t.Kind != Number:
		note = "a number is only compared with numbers"
	case f.Type <= message.Bytes && t.Kind == Number:
		note = "a text is never compared with a number; quote the number"
	}
	return found, note
}

// value writes value k of f.
func value(f *message.Field, k int) string {
	switch f.Type {
	case message.Integer:
		return strconv.FormatInt(f.Int(k), 10)
	case message.Double:
		return strconv.FormatFloat(f.Double(k), 'g', -1, 64)
	case message.Bool:
		return strconv.FormatBool(f.Bool(k))
	}
	return shown(f.Bytes(k))
}

// shown quotes a text of a message, cut where it is long.
func shown(b []byte) string {
	const most = 80
	if len(b) <= most {
		return "'" + visible(string(b)) + "'"
	}
	return fmt.Sprintf("'%s…' (%d bytes)", visible(string(b[:most])), len(b))
}

// nearField returns a field of the message whose name is almost the one asked
// for.
func nearField(v *message.View, name string) string {
	for it := v.Fields(); it.Next(); {
		n := it.Field().Name()
		if n != name && (strings.EqualFold(n, name) || strings.TrimSpace(name) == n || distance(n, name) == 1 && len(n) > 3) {
			return strings.Clone(n)
		}
	}
	return ""
}

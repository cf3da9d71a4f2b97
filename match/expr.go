package match

import (
	"math"
	"strconv"
	"strings"

	"github.com/heka-project/heka/message"
)

// Expr is a node of an expression: And, Or, Const or *Test.
type Expr interface {
	// Match evaluates the node, left to right with short circuit.
	Match(v *message.View) bool
	// String writes the node in canonical form; Compile reads it back.
	String() string
}

// And is true when all of its two or more parts are.
type And []Expr

// Or is true when one of its two or more parts is.
type Or []Expr

// Const is TRUE or FALSE.
type Const bool

// Operand is what a Test reads. Headers have the number of their protobuf field.
type Operand uint8

// The operands.
const (
	UUID       Operand = message.NumUUID
	Timestamp  Operand = message.NumTimestamp
	Type       Operand = message.NumType
	Logger     Operand = message.NumLogger
	Severity   Operand = message.NumSeverity
	Payload    Operand = message.NumPayload
	EnvVersion Operand = message.NumEnvVersion
	Pid        Operand = message.NumPid
	Hostname   Operand = message.NumHostname
	Field      Operand = message.NumFields // Fields[name][nth][value]
)

var operandNames = [...]string{
	UUID: "Uuid", Timestamp: "Timestamp", Type: "Type", Logger: "Logger", Severity: "Severity",
	Payload: "Payload", EnvVersion: "EnvVersion", Pid: "Pid", Hostname: "Hostname", Field: "Fields",
}

func (o Operand) String() string { return operandNames[o] }

// Numeric reports whether the operand is a header that holds a number.
func (o Operand) Numeric() bool { return o == Timestamp || o == Severity || o == Pid }

// Op is a comparison.
type Op uint8

// The comparisons.
const (
	Equal Op = iota
	NotEqual
	Less
	LessEqual
	Greater
	GreaterEqual
	Matches    // =~
	NotMatches // !~
)

var opNames = [...]string{"==", "!=", "<", "<=", ">", ">=", "=~", "!~"}

func (o Op) String() string { return opNames[o] }

// Kind is the kind of literal that a Test compares with.
type Kind uint8

// The kinds of literal.
const (
	Text    Kind = iota // 'x'
	Number              // 4.2
	Pattern             // /x/
	Truth               // TRUE or FALSE
	Nil                 // NIL: existence
)

// Test is one comparison: an operand, an operator and a literal.
type Test struct {
	Operand Operand
	Name    string // of the field, when Operand is Field
	Nth     int    // which field of that name, from 0
	Value   int    // which value in it, from 0
	Op      Op
	Kind    Kind
	Text    string  // literal of kind Text; source of a Pattern
	Number  float64 // literal of kind Number
	Truth   bool    // literal of kind Truth

	Pos, End int // bytes of the source that hold the test

	pattern *pattern // of kind Pattern
}

// Walk calls f for each test of e, from left to right.
func Walk(e Expr, f func(*Test)) {
	switch e := e.(type) {
	case And:
		for _, x := range e {
			Walk(x, f)
		}
	case Or:
		for _, x := range e {
			Walk(x, f)
		}
	case *Test:
		f(e)
	}
}

func (e Const) String() string {
	if e {
		return "TRUE"
	}
	return "FALSE"
}

func (e And) String() string { return join(e, " && ") }
func (e Or) String() string  { return join(e, " || ") }

func join(parts []Expr, sep string) string {
	var b strings.Builder
	for i, x := range parts {
		if i > 0 {
			b.WriteString(sep)
		}
		switch x.(type) {
		case And, Or:
			b.WriteString("(" + x.String() + ")")
		default:
			b.WriteString(x.String())
		}
	}
	return b.String()
}

func (t *Test) String() string { return t.operand() + " " + t.Op.String() + " " + t.literal() }

// operand writes the left side, with the indexes that are not zero.
func (t *Test) operand() string {
	if t.Operand != Field {
		return t.Operand.String()
	}
	s := "Fields[" + t.Name + "]"
	if t.Nth > 0 || t.Value > 0 {
		s += "[" + strconv.Itoa(t.Nth) + "]"
	}
	if t.Value > 0 {
		s += "[" + strconv.Itoa(t.Value) + "]"
	}
	return s
}

func (t *Test) literal() string {
	switch t.Kind {
	case Text:
		return quote(t.Text)
	case Number:
		if math.Abs(t.Number) < 1e19 && t.Number == math.Trunc(t.Number) { // time stamps too
			return strconv.FormatFloat(t.Number, 'f', 0, 64)
		}
		return strconv.FormatFloat(t.Number, 'g', -1, 64)
	case Pattern:
		return "/" + strings.ReplaceAll(t.Text, "/", `\/`) + "/"
	case Truth:
		return Const(t.Truth).String()
	}
	return "NIL"
}

// quote writes a string literal in the quotes that need fewer escapes.
func quote(s string) string {
	q := "'"
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		q = `"`
	}
	return q + strings.ReplaceAll(s, q, `\`+q) + q
}

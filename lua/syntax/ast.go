// Package syntax reads Lua 5.1: text in, tree out. It knows nothing of values or
// of running; the compiler of package lua and the reader of preserved state walk
// the tree.
//
//	text ──scanner──▶ tokens ──Parse──▶ *Function ─┬─ Block of statements
//	                                              └─ expressions inside them
//
// Messages and the lines they name are those of the C implementation. Depth of
// nesting is bounded, so that no source can exhaust the stack of the reader.
package syntax

// Block is a sequence of statements with a scope of its own.
type Block struct {
	Stmts []Stmt
	End   int // line of what ends it
}

// Function is a function body; the main chunk is one with variable arguments.
type Function struct {
	Params     []string
	Vararg     bool // takes "..."
	UsesVararg bool // and names it: then there is no table "arg"
	Body       *Block
	Line, Last int // of "function" and "end"; 0 for the main chunk
}

// Stmt is a statement.
type Stmt interface{ stmt() }

// The statements.
type (
	// Local is "local names = exprs".
	Local struct {
		Names []string
		Exprs []Expr
		Line  int
	}
	// Assign is "targets = exprs"; a target is a *Name or an *Index.
	Assign struct {
		Targets, Exprs []Expr
		Line           int // of the last token
	}
	// CallStmt is a call as a statement.
	CallStmt struct{ Call *Call }
	// Do is "do … end".
	Do struct{ Body *Block }
	// While is "while cond do … end".
	While struct {
		Cond Expr
		Body *Block
		Line int
	}
	// Repeat is "repeat … until cond"; the condition sees the block's locals.
	Repeat struct {
		Body *Block
		Cond Expr
		Line int
	}
	// If is "if … then … elseif … else … end"; Else may be nil.
	If struct {
		Conds  []Expr
		Blocks []*Block
		Else   *Block
		Line   int
	}
	// NumFor is "for name = start, limit, step do … end"; Step may be nil.
	NumFor struct {
		Name               string
		Start, Limit, Step Expr
		Body               *Block
		Line               int
	}
	// GenFor is "for names in exprs do … end".
	GenFor struct {
		Names []string
		Exprs []Expr
		Body  *Block
		Line  int
	}
	// LocalFunc is "local function name …".
	LocalFunc struct {
		Name string
		Func *Function
	}
	// Return is "return exprs".
	Return struct {
		Exprs []Expr
		Line  int
	}
	// Break is "break".
	Break struct{ Line int }
)

func (*Local) stmt()     {}
func (*Assign) stmt()    {}
func (*CallStmt) stmt()  {}
func (*Do) stmt()        {}
func (*While) stmt()     {}
func (*Repeat) stmt()    {}
func (*If) stmt()        {}
func (*NumFor) stmt()    {}
func (*GenFor) stmt()    {}
func (*LocalFunc) stmt() {}
func (*Return) stmt()    {}
func (*Break) stmt()     {}

// Expr is an expression.
type Expr interface{ expr() }

// The expressions.
type (
	// Nil is "nil".
	Nil struct{}
	// Bool is "true" or "false".
	Bool struct{ Value bool }
	// Num is a number.
	Num struct{ Value float64 }
	// Str is a string.
	Str struct{ Value string }
	// Dots is "...".
	Dots struct{ Line int }
	// Name is a variable.
	Name struct {
		Name string
		Line int
	}
	// Index is "object[key]" or "object.key".
	Index struct {
		Object, Key Expr
		Line        int
	}
	// Call is "fn(args)", or "fn:method(args)" when Method is not "".
	Call struct {
		Fn     Expr
		Method string
		Args   []Expr
		Line   int // of the opening of the arguments
	}
	// Paren is an expression in brackets: one value of several.
	Paren struct{ Inner Expr }
	// Unary is "-x", "not x" or "#x".
	Unary struct {
		Op   Op
		X    Expr
		Line int
	}
	// Binary is "x op y".
	Binary struct {
		Op   Op
		X, Y Expr
		Line int
	}
	// Table is a table constructor. Items with a nil Key are counted up.
	Table struct {
		Items []Item
		Line  int
	}
)

// Item is one field of a table constructor.
type Item struct {
	Key, Value Expr
	Line       int
}

func (*Nil) expr()      {}
func (*Bool) expr()     {}
func (*Num) expr()      {}
func (*Str) expr()      {}
func (*Dots) expr()     {}
func (*Name) expr()     {}
func (*Index) expr()    {}
func (*Call) expr()     {}
func (*Paren) expr()    {}
func (*Unary) expr()    {}
func (*Binary) expr()   {}
func (*Table) expr()    {}
func (*Function) expr() {}

// Op is an operator.
type Op uint8

// The operators.
const (
	Add Op = iota
	Sub
	Mul
	Div
	Mod
	Pow
	Concat
	Eq
	Ne
	Lt
	Le
	Gt
	Ge
	And
	Or
	Neg
	Not
	Len
)

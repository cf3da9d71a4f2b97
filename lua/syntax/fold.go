package syntax

import "math"

// unary makes an operation, or the number it comes to.
func unary(op Op, x Expr, line int) Expr {
	if n, ok := x.(*Num); ok && op == Neg {
		return &Num{-n.Value}
	}
	return &Unary{op, x, line}
}

// binaryExpr makes an operation, or the number it comes to. As in C Lua,
// divisions by zero and results that are no number are left to run time.
func binaryExpr(op Op, x, y Expr, line int) Expr {
	if a, ok := x.(*Num); ok && op <= Pow {
		if b, ok := y.(*Num); ok && (b.Value != 0 || op != Div && op != Mod) {
			if v := arith(op, a.Value, b.Value); v == v {
				return &Num{v}
			}
		}
	}
	return &Binary{op, x, y, line}
}

func arith(op Op, a, b float64) float64 {
	switch op {
	case Add:
		return a + b
	case Sub:
		return a - b
	case Mul:
		return a * b
	case Div:
		return a / b
	case Mod:
		return a - math.Floor(a/b)*b
	}
	return Power(a, b)
}

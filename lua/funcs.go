package lua

// Arg is a Go type that a typed function takes or gives.
type Arg interface {
	string | float64 | int | bool | Value | *Table
}

// Func1, Func2 and Func3 make Lua functions of typed Go functions: arguments are
// checked and converted as Call.String and the like do, an error is raised with
// the position of the caller. No reflection is used and, but for what the result
// itself is made of, nothing allocated. What the function does is not charged: for
// work that grows with its arguments write a Func.
//
//	vm.SetGlobal("hypot", vm.NewFunction("hypot", lua.Func2(math.Hypot)))
func Func1[A, R Arg](f func(A) R) Func {
	return func(c *Call) int {
		push(c, f(get[A](c, 1)))
		return 1
	}
}

// Func2 is Func1 for two arguments.
func Func2[A, B, R Arg](f func(A, B) R) Func {
	return func(c *Call) int {
		push(c, f(get[A](c, 1), get[B](c, 2)))
		return 1
	}
}

// Func3 is Func1 for three arguments.
func Func3[A, B, C, R Arg](f func(A, B, C) R) Func {
	return func(c *Call) int {
		push(c, f(get[A](c, 1), get[B](c, 2), get[C](c, 3)))
		return 1
	}
}

// Func1E is Func1 for a function that may fail.
func Func1E[A, R Arg](f func(A) (R, error)) Func {
	return func(c *Call) int {
		r, err := f(get[A](c, 1))
		raiseGo(c, err)
		push(c, r)
		return 1
	}
}

// Func2E is Func2 for a function that may fail.
func Func2E[A, B, R Arg](f func(A, B) (R, error)) Func {
	return func(c *Call) int {
		r, err := f(get[A](c, 1), get[B](c, 2))
		raiseGo(c, err)
		push(c, r)
		return 1
	}
}

func raiseGo(c *Call, err error) {
	if err != nil {
		c.Errorf("%s", err.Error())
	}
}

// get returns argument i as a T.
func get[T Arg](c *Call, i int) (v T) {
	switch p := any(&v).(type) {
	case *string:
		*p = c.String(i)
	case *float64:
		*p = c.Number(i)
	case *int:
		*p = c.Int(i)
	case *bool:
		*p = c.Bool(i)
	case *Value:
		*p = c.Arg(i)
	case **Table:
		*p = c.Table(i)
	}
	return v
}

// push adds v as a result.
func push[T Arg](c *Call, v T) {
	switch p := any(&v).(type) {
	case *string:
		c.PushString(*p)
	case *float64:
		c.PushNumber(*p)
	case *int:
		c.PushInt(*p)
	case *bool:
		c.PushBool(*p)
	case *Value:
		c.Push(*p)
	case **Table:
		if *p == nil {
			c.PushNil()
		} else {
			c.Push((*p).Value())
		}
	}
}

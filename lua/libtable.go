package lua

var tableEntries = []entry{
	{name: "concat", fn: tableConcat, in: inAll},
	{name: "foreach", fn: tableForeach, in: inAll},
	{name: "foreachi", fn: tableForeachi, in: inAll},
	{name: "getn", fn: tableGetn, in: inAll},
	{name: "insert", fn: tableInsert, in: inAll},
	{name: "maxn", fn: tableMaxn, in: inAll},
	{name: "remove", fn: tableRemove, in: inAll},
	{name: "setn", fn: tableSetn, in: inAll},
	{name: "sort", fn: tableSort, in: inAll},
}

func tableGetn(c *Call) int {
	c.PushInt(c.Table(1).Len())
	return 1
}

func tableSetn(c *Call) int {
	c.Table(1)
	c.Errorf("'setn' is obsolete")
	return 0
}

func tableMaxn(c *Call) int {
	t := c.Table(1)
	c.Work(len(t.arr) + len(t.nodes))
	best := 0.0
	for i := len(t.arr); i > 0; i-- {
		if t.arr[i-1].bits != tagNil {
			best = float64(i)
			break
		}
	}
	for i := range t.nodes {
		if n := &t.nodes[i]; n.val.bits != tagNil && n.key.IsNumber() && n.key.num() > best {
			best = n.key.num()
		}
	}
	c.PushNumber(best)
	return 1
}

func tableInsert(c *Call) int {
	t := c.Table(1)
	n := t.Len() + 1
	switch c.n {
	case 2:
		t.SetInt(n, c.Arg(2))
	case 3:
		pos := c.int32(2)
		if pos > n {
			n = pos
		}
		c.Work(4 * (n - pos))
		if pos >= 1 && n <= len(t.arr) {
			copy(t.arr[pos:n], t.arr[pos-1:n-1])
		} else {
			for i := n; i > pos; i-- {
				t.SetInt(i, t.GetInt(i-1))
			}
		}
		t.SetInt(pos, c.Arg(3))
	default:
		c.Errorf("wrong number of arguments to 'insert'")
	}
	return 0
}

func tableRemove(c *Call) int {
	t := c.Table(1)
	n := t.Len()
	pos := c.optInt32(2, n)
	if pos < 1 || pos > n {
		return 0
	}
	c.Push(t.GetInt(pos))
	c.Work(4 * (n - pos))
	if n <= len(t.arr) {
		copy(t.arr[pos-1:n-1], t.arr[pos:n])
	} else {
		for i := pos; i < n; i++ {
			t.SetInt(i, t.GetInt(i+1))
		}
	}
	t.SetInt(n, Nil)
	return 1
}

func tableConcat(c *Call) int {
	t := c.Table(1)
	sep := c.OptString(2, "")
	i, j := c.optInt32(3, 1), 0
	if c.Arg(4).IsNil() {
		j = t.Len()
	} else {
		j = c.int32(4)
	}
	if i > j {
		c.Push(String(""))
		return 1
	}
	// The length first: it is charged before anything is joined.
	size := 0
	for at := i; at <= j; at++ {
		v := t.GetInt(at)
		switch {
		case v.IsString():
			size += len(v.str())
		case v.IsNumber():
			size += 24
		default:
			c.Errorf("invalid value (%s) at index %d in table for 'concat'", v.Type(), at)
		}
		if (at-i)&1023 == 1023 {
			c.Charge(128)
		}
	}
	size += len(sep) * (j - i)
	c.Work(size >> 2)
	c.AllocString(size)
	b := make([]byte, 0, size)
	for at := i; at <= j; at++ {
		b = appendText(b, t.GetInt(at))
		if at < j {
			b = append(b, sep...)
		}
	}
	if cap(b)-len(b) > 64 {
		b = append([]byte(nil), b...)
	}
	c.Push(stringOf(b))
	return 1
}

func tableForeach(c *Call) int {
	t, fn := c.Table(1), c.Func(2)
	k := Nil
	for {
		next, v, ok := t.Next(k)
		if !ok {
			c.Errorf("invalid key to 'next'")
		}
		if next.bits == tagNil {
			return 0
		}
		c.Charge(4)
		if r := c.Invoke1(fn, next, v); r.bits != tagNil {
			c.Push(r)
			return 1
		}
		k = next
	}
}

func tableForeachi(c *Call) int {
	t, fn := c.Table(1), c.Func(2)
	n := t.Len()
	for i := 1; i <= n; i++ {
		c.Charge(4)
		if r := c.Invoke1(fn, Int(i), t.GetInt(i)); r.bits != tagNil {
			c.Push(r)
			return 1
		}
	}
	return 0
}

package lua

// tableSort sorts in place by quicksort with the middle of three as pivot. An
// order function that contradicts itself is found out or does no harm.
func tableSort(c *Call) int {
	t := c.Table(1)
	n := t.Len()
	s := sorter{c: c, t: t, less: Nil}
	if !c.Arg(2).IsNil() {
		s.less = c.Func(2)
	}
	s.sort(1, n)
	return 0
}

// sorter sorts t[1…n]. Comparisons are charged one by one, before they are made;
// those that call Lua are charged by what runs there too.
type sorter struct {
	c    *Call
	t    *Table
	less Value
}

func (s *sorter) get(i int) Value { return s.t.GetInt(i) }

func (s *sorter) swap(i, j int) {
	a, b := s.get(i), s.get(j)
	s.t.SetInt(i, b)
	s.t.SetInt(j, a)
}

// before reports whether a comes before b.
func (s *sorter) before(a, b Value) bool {
	s.c.vm.charge(2)
	if s.less.bits != tagNil {
		return s.c.Invoke1(s.less, a, b).Truth()
	}
	if a.bits < tagString && b.bits < tagString {
		return a.num() < b.num()
	}
	return (*thread)(s.c).less(a, b)
}

func (s *sorter) sort(lo, hi int) {
	for lo < hi {
		// Order the ends and the middle.
		if s.before(s.get(hi), s.get(lo)) {
			s.swap(lo, hi)
		}
		if hi-lo == 1 {
			return
		}
		mid := int(uint(lo+hi) / 2)
		if s.before(s.get(mid), s.get(lo)) {
			s.swap(mid, lo)
		} else if s.before(s.get(hi), s.get(mid)) {
			s.swap(mid, hi)
		}
		if hi-lo == 2 {
			return
		}
		pivot := s.get(mid)
		s.swap(mid, hi-1)
		i, j := lo, hi-1
		for {
			for i++; s.before(s.get(i), pivot); i++ {
				if i > hi {
					s.c.Errorf("invalid order function for sorting")
				}
			}
			for j--; s.before(pivot, s.get(j)); j-- {
				if j < lo {
					s.c.Errorf("invalid order function for sorting")
				}
			}
			if j < i {
				break
			}
			s.swap(i, j)
		}
		s.swap(hi-1, i)
		// The smaller part by recursion, the larger by the loop.
		if i-lo < hi-i {
			s.sort(lo, i-1)
			lo = i + 1
		} else {
			s.sort(i+1, hi)
			hi = i - 1
		}
	}
}

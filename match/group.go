package match

import "slices"

// Bounds on tables, in cells.
const (
	maxDense  = 1 << 16 // a group's table of all combinations of classes
	maxCells  = 1 << 16 // a group's tree, where there are more combinations
	joinDense = 1 << 12 // a table of groups that are put together
)

// group is matchers that are decided by the same slots.
type group struct {
	slots   []int32
	members []member
	first   int // first word of a row that the members have bits in
	words   int
}

// member is a matcher of a group.
type member struct {
	id   int32
	node node
	code []step // when nothing residual is in it
}

// step tests one answer and goes on at t or f; below zero are yes and no.
type step struct{ slot, bit, t, f int32 }

const (
	codeTrue  = -1
	codeFalse = -2
)

// group sorts the matchers into groups. One group is best while the combinations
// of all classes fit a table; otherwise there is one for each set of slots.
func (s *Set) group(nodes []node) {
	by := map[string]int{}
	for i := range nodes {
		n := nodes[i]
		if n.kind <= nodeTrue {
			if n.kind == nodeTrue {
				s.always[i>>6] |= 1 << (i & 63)
			}
			continue
		}
		seen := make([]bool, len(s.slots))
		n.each(nodeTest, func(n *node) { seen[n.slot] = true })
		var slots []int32
		key := make([]byte, 0, 8)
		for k, yes := range seen {
			if yes {
				slots = append(slots, int32(k))
				key = append(key, byte(k), byte(k>>8), byte(k>>16))
			}
		}
		g, ok := by[string(key)]
		if !ok {
			g = len(s.groups)
			by[string(key)] = g
			s.groups = append(s.groups, group{slots: slots})
		}
		m := member{id: int32(i), node: n}
		if !n.residual() {
			n.emit(&m.code, codeTrue, codeFalse)
			slices.Reverse(m.code)
			for k := range m.code {
				c := &m.code[k]
				c.t, c.f = turn(c.t, len(m.code)), turn(c.f, len(m.code))
			}
		}
		s.groups[g].members = append(s.groups[g].members, m)
	}
	s.mergeGroups()
	for i := range s.groups {
		g := &s.groups[i]
		slices.SortFunc(g.members, func(a, b member) int { return int(a.id - b.id) })
		g.first = int(g.members[0].id >> 6)
		g.words = int(g.members[len(g.members)-1].id>>6) - g.first + 1
	}
}

// turn maps an index of code that was written backwards.
func turn(i int32, n int) int32 {
	if i < 0 {
		return i
	}
	return int32(n) - 1 - i
}

// room is the number of classes that tables have place for, some of them still
// to be found.
func (s *slot) room() int {
	n := len(s.rows)
	if len(s.others.patterns) > 0 {
		n += n/2 + 4
	}
	return n
}

// cells is the size of a table over slots, at most a little over maxDense.
func (s *Set) cells(slots []int32) int {
	n := 1
	for _, k := range slots {
		n = min(n*s.slots[k].room(), maxDense+1)
	}
	return n
}

// mergeGroups puts groups together, as each costs a look-up: all of them when one
// table holds everything, else the smallest as long as their table stays small.
func (s *Set) mergeGroups() {
	all := make([]int32, len(s.slots))
	for i := range all {
		all[i] = int32(i)
	}
	if s.cells(all) <= maxDense {
		for len(s.groups) > 1 {
			s.merge(0, len(s.groups)-1)
		}
		return
	}
	s.packGroups()
	for len(s.groups) <= 64 {
		a, b, best := -1, -1, joinDense+1
		for i := range s.groups {
			for j := i + 1; j < len(s.groups); j++ {
				if n := s.cells(union(s.groups[i].slots, s.groups[j].slots)); n < best {
					a, b, best = i, j, n
				}
			}
		}
		if a < 0 {
			return
		}
		s.merge(a, b)
	}
}

// packGroups brings many groups down to a number that can be compared in pairs,
// or as near to it as small tables allow: each goes to the first of the last few
// that has room.
func (s *Set) packGroups() {
	const pairs, look = 32, 32
	if len(s.groups) <= pairs {
		return
	}
	slices.SortStableFunc(s.groups, func(a, b group) int { return slices.Compare(a.slots, b.slots) })
	var out []group
next:
	for _, g := range s.groups {
		for i := max(len(out)-look, 0); i < len(out); i++ {
			if u := union(out[i].slots, g.slots); s.cells(u) <= joinDense {
				out[i].slots = u
				out[i].members = append(out[i].members, g.members...)
				continue next
			}
		}
		out = append(out, g)
	}
	s.groups = out
}

// merge puts group b into group a, a < b.
func (s *Set) merge(a, b int) {
	x, y := &s.groups[a], &s.groups[b]
	x.slots = union(x.slots, y.slots)
	x.members = append(x.members, y.members...)
	s.groups = slices.Delete(s.groups, b, b+1)
}

// union merges two sorted lists.
func union(a, b []int32) []int32 {
	out := append(append([]int32{}, a...), b...)
	slices.Sort(out)
	return slices.Compact(out)
}

// residual reports whether a residual test is in n.
func (n *node) residual() bool {
	if n.kind == nodeRest {
		return true
	}
	for i := range n.kids {
		if n.kids[i].residual() {
			return true
		}
	}
	return false
}

// emit writes n behind code so that it goes to t or f, and returns where it
// begins. What is written first is run last.
func (n *node) emit(code *[]step, t, f int32) int32 {
	switch n.kind {
	case nodeAnd:
		for i := len(n.kids) - 1; i >= 0; i-- {
			t = n.kids[i].emit(code, t, f)
		}
		return t
	case nodeOr:
		for i := len(n.kids) - 1; i >= 0; i-- {
			f = n.kids[i].emit(code, t, f)
		}
		return f
	}
	*code = append(*code, step{n.slot, n.bit, t, f})
	return int32(len(*code) - 1)
}

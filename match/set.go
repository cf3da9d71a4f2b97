package match

import "github.com/heka-project/heka/message"

// RowID names a row of a Context.

type RowID uint32

// Set is all matchers of a router.
type Set struct{ ms []*Matcher }

// Context is one reader's way into a Set.
type Context struct {
	s    *Set
	rows [][]uint64
	ids  map[string]RowID
}

// NewSet joins matchers.
func NewSet(ms []*Matcher) *Set { return &Set{ms} }

// Want names the fields to index.
func (s *Set) Want() *message.Want { return nil }

// NewContext returns a context for one goroutine.
func (s *Set) NewContext() *Context { return &Context{s: s, ids: map[string]RowID{}} }

// Row returns the bits of a row.
func (c *Context) Row(id RowID) []uint64 { return c.rows[id] }

// Match returns the row of a view.
func (c *Context) Match(v *message.View) RowID {
	row := make([]uint64, (len(c.s.ms)+63)/64)
	b := make([]byte, len(c.s.ms))
	for i, m := range c.s.ms {
		if m.Match(v) {
			row[i>>6] |= 1 << (i & 63)
			b[i] = 1
		}
	}
	if id, ok := c.ids[string(b)]; ok {
		return id
	}
	c.rows = append(c.rows, row)
	c.ids[string(b)] = RowID(len(c.rows) - 1)
	return RowID(len(c.rows) - 1)
}

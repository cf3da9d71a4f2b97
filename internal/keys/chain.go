package keys

// Chain finds the fields of a record's keys, which nearly always are those of the
// record before, in its order: every key remembers which came after it, so that
// looking one up is comparing it with that. Call Begin before each record.
type Chain struct {
	t     *Table
	root  link
	last  *link
	links map[string]*link
}

type link struct {
	name  string
	field *Field
	next  *link
}

// NewChain makes a chain of a table's fields.
func NewChain(t *Table) *Chain {
	c := &Chain{t: t, links: map[string]*link{}}
	c.last = &c.root
	return c
}

// Begin starts a record.
func (c *Chain) Begin() {
	if c.t.Trim() {
		c.links, c.root = map[string]*link{}, link{}
	}
	c.last = &c.root
}

// Next returns the field of the record's next key.
func (c *Chain) Next(name []byte) *Field {
	n := c.last.next
	if n == nil || n.name != string(name) {
		n = c.find(name)
	}
	c.last = n
	return n.field
}

func (c *Chain) find(name []byte) *link {
	n := c.links[string(name)]
	if n == nil {
		n = &link{name: string(name), field: c.t.Field(name)}
		c.links[n.name] = n
	}
	c.last.next = n
	return n
}

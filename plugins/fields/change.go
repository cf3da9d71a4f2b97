package fields

import (
	"strings"
	"sync/atomic"

	"github.com/heka-project/heka/message"
)

// changer applies rules to messages. One goroutine uses it.
type changer struct {
	r      *rules
	plans  map[string]*plan // by name, of the names met
	digest digest
	text   []byte // redacted texts of the message at hand
	texts  []string
	ints   []int64
	floats []float64
	bools  []bool
	raws   [][]byte

	failures atomic.Uint64 // values that could not be converted or moved
}

// plan is what is done with fields of one name.
type plan struct {
	drop, as bool // as: it stays as it is
	redact   *redactor
	convert  conversion
	converts bool
	name     string // what it is called henceforth
	header   int    // where it goes instead, 0 for nowhere
}

// maxPlans bounds the names that are kept: names without end cost no more.
const maxPlans = 4096

func newChanger(r *rules) *changer { return &changer{r: r, plans: map[string]*plan{}} }

// plan finds out what is done with a name.
func (c *changer) plan(name string) *plan {
	if p := c.plans[name]; p != nil {
		return p
	}
	r := c.r
	p := &plan{name: strings.Clone(name)}
	p.drop = named(r.drop, name) || len(r.keep) > 0 && !named(r.keep, name)
	p.redact = r.redact[name]
	for _, w := range r.wild {
		if p.redact == nil && strings.HasPrefix(name, w[:len(w)-1]) {
			p.redact = r.redact[w]
		}
	}
	p.convert, p.converts = r.convert[name]
	if to := r.rename[name]; to != "" {
		p.name, p.header = to, headers[to]
	}
	p.as = p.redact == nil && !p.converts && p.name == name
	if len(c.plans) < maxPlans {
		c.plans[p.nameOf(name)] = p
	}
	return p
}

// nameOf returns a copy of name that may be kept.
func (p *plan) nameOf(name string) string {
	if p.name == name {
		return p.name
	}
	return strings.Clone(name)
}

// apply changes the message begun in b. from is the message whose fields it has,
// nil when it has none.
func (c *changer) apply(b *message.Builder, from *message.View) {
	c.text = c.text[:0]
	for i := range c.r.headers {
		c.header(b, &c.r.headers[i])
	}
	if from != nil && from.NFields() > 0 {
		b.DropFields()
		for it := from.Fields(); it.Next(); {
			f := it.Field()
			switch p := c.plan(f.Name()); {
			case p.drop:
			case p.as:
				b.Raw(f.Raw())
			default:
				c.field(b, p, f)
			}
		}
	}
	for i := range c.r.set {
		c.r.set[i].write(b)
	}
}

func (c *changer) header(b *message.Builder, h *headerRule) {
	s := headerText(b, h.num)
	switch {
	case h.drop:
		*s = ""
	case *s != "":
		n := len(c.text)
		c.text = h.redact.append(c.text, *s, &c.digest)
		*s = message.Borrow(c.text[n:])
	}
}

func headerText(b *message.Builder, num int) *string {
	switch num {
	case message.NumType:
		return &b.Type
	case message.NumLogger:
		return &b.Logger
	case message.NumPayload:
		return &b.Payload
	case message.NumEnvVersion:
		return &b.EnvVersion
	}
	return &b.Hostname
}

func (s *setting) write(b *message.Builder) {
	switch s.header {
	case 0:
		b.PutText(&s.head, s.text)
	case message.NumSeverity:
		b.Severity = s.number
	case message.NumPid:
		b.Pid = s.number
	default:
		*headerText(b, s.header) = s.text
	}
}

// field writes f as its plan says.
func (c *changer) field(b *message.Builder, p *plan, f *message.Field) {
	typ, repr := f.Type, f.Representation()
	if p.redact != nil {
		c.texts = c.texts[:0]
		for i := range f.Len() {
			n := len(c.text)
			c.text = appendText(c.text, f, i)
			s := message.Borrow(c.text[n:])
			n = len(c.text)
			c.text = p.redact.append(c.text, s, &c.digest)
			c.texts = append(c.texts, message.Borrow(c.text[n:]))
		}
		typ, repr = message.String, "" // what is hidden is no number of bytes, and no address
		if !p.converts && p.header == 0 {
			b.Strings(p.name, c.texts, repr)
			return
		}
	}
	v := values{f: f, texts: c.texts, redacted: p.redact != nil, typ: typ}
	if p.header != 0 && v.len() > 0 {
		if c.move(b, p.header, &v) {
			return
		}
		c.failures.Add(1)
		p = &plan{name: strings.Clone(f.Name())}
	}
	to, was := typ, repr
	if p.converts {
		to = p.convert.to
		if p.convert.set {
			repr = p.convert.repr
		}
	}
	if !c.write(b, p.name, repr, &v, to) {
		c.failures.Add(1)
		c.write(b, p.name, was, &v, typ)
	}
}

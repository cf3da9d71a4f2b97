package match

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
)

func bit(row []uint64, i int) bool { return row[i>>6]>>(i&63)&1 == 1 }

// bare is the message without the type of fields that hold texts, which some
// writers leave out.
func bare(msg []byte) []byte {
	var v message.View
	v.Parse(msg, nil)
	b := message.NewBuilder(0)
	b.BeginFrom(&v)
	b.DropFields()
	for it := v.Fields(); ; {
		name, body, ok := it.NextRaw()
		if !ok {
			break
		}
		if at := 2 + len(name); len(body) > at+1 && body[at] == 2<<3 && body[at+1] == byte(message.String) {
			body = append(append([]byte{}, body[:at]...), body[at+2:]...)
		}
		b.Raw(body)
	}
	b.End()
	return message.Unframe(b.Buffer())
}

// TestSetAgrees: on random matchers and messages the set answers like each
// matcher alone, and that like the naive evaluator.
func TestSetAgrees(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rounds := 15
	if testing.Short() {
		rounds = 10
	}
	for round := range rounds {
		agree(t, seed+uint64(round), 200)
	}
}

func agree(t *testing.T, seed uint64, messages int) {
	t.Helper()
	r := &source{Rand: rand.New(rand.NewPCG(seed, 0))}
	r.payloads = r.IntN(2) == 0
	n := []int{1, 3, 20, 64, 65, 130, 300}[r.IntN(7)]
	ms := make([]*Matcher, n)
	depth := r.IntN(4)
	for i := range ms {
		ms[i] = MustCompile(r.matcher(depth))
	}
	set := NewSet(ms)
	ctx := set.NewContext()
	if r.IntN(2) == 0 { // forget all the time
		ctx = set.newContext(limits{rows: 1 + r.IntN(9), groupRows: 2 + r.IntN(9), cells: len(set.slots) + r.IntN(9), classes: 1 + r.IntN(5)})
	}
	for k := range messages {
		d := r.draft()
		msg := d.Encode()
		if k%4 == 3 {
			msg = bare(msg)
		}
		var v message.View
		w := set.Want()
		if k%16 == 15 {
			w = pick(r, []*message.Want{nil, message.NewWant([]string{"tag", "x", "status"})})
		}
		if !v.Parse(msg, w) {
			t.Fatalf("seed %d: message %d does not parse", seed, k)
		}
		row := ctx.Row(ctx.Match(&v))
		for i, m := range ms {
			got, one, want := bit(row, i), m.Match(&v), naive(m.Expr(), &d)
			if got != want || one != want {
				t.Fatalf("seed %d, %d matchers, message %d: %s on %+v: set %v, alone %v, naive %v", seed, n, k, m, d, got, one, want)
			}
		}
	}
}

// TestSetVectors: the set of all vectors answers like the table.
func TestSetVectors(t *testing.T) {
	var ms []*Matcher
	var want []vector
	for _, x := range vectors(t) {
		if m, err := Compile(x.expr); err == nil {
			ms = append(ms, m)
			want = append(want, x)
		}
	}
	set := NewSet(ms)
	ctx := set.NewContext()
	var v message.View
	if !v.Parse(sample(t), set.Want()) {
		t.Fatal("sample does not parse")
	}
	for range 2 { // cold, then warm
		row := ctx.Row(ctx.Match(&v))
		for i, x := range want {
			if got := fmt.Sprint(bit(row, i)); got != x.want {
				t.Errorf("vector %s: %s = %s, want %s", x.num, x.expr, got, x.want)
			}
		}
	}
}

func TestSetOfNothing(t *testing.T) {
	for _, src := range []string{"", "TRUE", "FALSE", "TRUE;FALSE;TRUE"} {
		var ms []*Matcher
		want := ""
		for _, s := range strings.FieldsFunc(src, func(c rune) bool { return c == ';' }) {
			ms = append(ms, MustCompile(s))
			want += s[:1]
		}
		set := NewSet(ms)
		ctx := set.NewContext()
		var v message.View
		v.Parse(sample(t), set.Want())
		row := ctx.Row(ctx.Match(&v))
		got := ""
		for i := range ms {
			got += map[bool]string{true: "T", false: "F"}[bit(row, i)]
		}
		if got != want || set.Len() != len(ms) {
			t.Errorf("set of %q answers %q", src, got)
		}
	}
}

// TestManyContexts: contexts of one set work at the same time.
func TestManyContexts(t *testing.T) {
	set := NewSet(benchMatchers(50, true))
	buf, ends := benchMessages(300, 5, 64<<10)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			c := set.NewContext()
			var v message.View
			at := 0
			for _, end := range ends {
				v.Parse(buf[at:end], set.Want())
				row := c.Row(c.Match(&v))
				for i, m := range set.matchers {
					if bit(row, i) != m.Match(&v) {
						t.Errorf("%s: set %v", m, bit(row, i))
					}
				}
				at = end
			}
		})
	}
	wg.Wait()
}

// TestUnlikeMatchers: a thousand matchers that have nothing in common compile in
// a moment and answer right.
func TestUnlikeMatchers(t *testing.T) {
	var srcs []string
	for i := range 1000 {
		srcs = append(srcs, fmt.Sprintf("Fields[f%d] == 'x' && Type == 't%d' && (Logger =~ /%d$/ || Fields[g%d] > %d)", i, i, i%10, i%300, i))
	}
	ms := mustCompile(srcs...)
	start := time.Now()
	c := NewSet(ms).NewContext()
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("NewSet and NewContext took %v", d)
	}
	for i := range 50 {
		d := message.Draft{Header: message.Header{Type: fmt.Sprintf("t%d", i), Logger: fmt.Sprint(i % 3 * i)}}
		d.Fields = append(d.Fields, message.NewField(fmt.Sprintf("f%d", i), "x", ""), message.NewField(fmt.Sprintf("g%d", i), 2*i%70, ""))
		matchDraft(t, c, &d)
	}
}

package match

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
)

// matchDraft matches one message and checks the row against each matcher alone.
func matchDraft(t *testing.T, c *Context, d *message.Draft) RowID {
	t.Helper()
	var v message.View
	if !v.Parse(d.Encode(), c.Set().Want()) {
		t.Fatal("message does not parse")
	}
	id := c.Match(&v)
	row := c.Row(id)
	for i, m := range c.set.matchers {
		if bit(row, i) != m.Match(&v) {
			t.Fatalf("%s: set %v on %+v", m, bit(row, i), d)
		}
	}
	return id
}

func mustCompile(srcs ...string) (ms []*Matcher) {
	for _, s := range srcs {
		ms = append(ms, MustCompile(s))
	}
	return ms
}

// TestEpochs: ids begin anew when there are too many rows; rows that were handed
// out stay as they were; Begin makes room for a batch.
func TestEpochs(t *testing.T) {
	var srcs []string
	for i := range 8 {
		srcs = append(srcs, fmt.Sprintf("Fields[f] =~ /%c/", 'a'+i), fmt.Sprintf("Fields[g] =~ /%c/", 'a'+i))
	}
	set := NewSet(mustCompile(srcs...))
	c := set.NewContext()
	r := rand.New(rand.NewPCG(5, 5))
	text := func() string {
		var b strings.Builder
		for i := range 8 {
			if r.IntN(2) == 0 {
				b.WriteByte(byte('a' + i))
			}
		}
		return b.String()
	}
	type kept struct{ row, copy []uint64 }
	var rows []kept
	var v message.View
	b := message.NewBuilder(0)
	epoch := c.Epoch()
	for i := range 3 * MaxRows / 2 {
		if i%message.MaxBatch == 0 {
			c.Begin()
			epoch = c.Epoch()
		}
		b.Reset()
		b.Begin(nil)
		b.String("f", text(), "")
		b.String("g", text(), "")
		b.End()
		v.Parse(message.Unframe(b.Buffer()), set.Want())
		id := c.Match(&v)
		if c.Epoch() != epoch {
			t.Fatalf("the epoch changes within a batch, at message %d", i)
		}
		if id >= MaxRows {
			t.Fatalf("id %d", id)
		}
		row := c.Row(id)
		if i%97 == 0 {
			for k, m := range set.matchers {
				if bit(row, k) != m.Match(&v) {
					t.Fatalf("%s: set %v on %q", m, bit(row, k), v.Raw())
				}
			}
			rows = append(rows, kept{row, append([]uint64{}, row...)})
		}
	}
	if epoch == 0 {
		t.Error("no new epoch")
	}
	for i, k := range rows {
		if fmt.Sprint(k.row) != fmt.Sprint(k.copy) {
			t.Fatalf("row %d changed", i)
		}
	}
}

// TestHostileValues: values that never come again cost time, not memory, and
// never a wrong answer.
func TestHostileValues(t *testing.T) {
	set := NewSet(mustCompile("Hostname =~ /x.*7$/", "Hostname < 'm' && Type =~ /9/", "Fields[id] =~ /(?i)AB|cd/ || Logger == 'a'", "Type == 'fixed'", "Fields[id][1] != NIL"))
	c := set.NewContext()
	for i := range 60000 {
		d := message.Draft{Header: message.Header{Type: "fixed", Hostname: fmt.Sprintf("host-%x.example", uint32(i)*2654435761)}}
		d.Fields = append(d.Fields, message.NewField("id", strings.Repeat(fmt.Sprint(i), 1+i%60), ""))
		if i%1000 < 10 {
			matchDraft(t, c, &d)
			continue
		}
		var v message.View
		v.Parse(d.Encode(), set.Want())
		c.Match(&v)
	}
	for i := range c.slots {
		st := &c.slots[i]
		if len(st.text.tab) > 1<<memoMax {
			t.Errorf("slot %s %s keeps %d places", st.operand, st.name, len(st.text.tab))
		}
		if st.operand == Hostname && !st.off {
			t.Errorf("the memo of %s is still on", st.operand)
		}
	}
	// Once values repeat, the memo comes back.
	for i := range memoPause + 10000 {
		d := message.Draft{Header: message.Header{Hostname: fmt.Sprintf("host-%d", i%10)}}
		var v message.View
		v.Parse(d.Encode(), set.Want())
		c.Match(&v)
	}
	for i := range c.slots {
		if st := &c.slots[i]; st.operand == Hostname && (st.off || st.text.used != 10) {
			t.Errorf("the memo of %s: off %v, %d texts", st.operand, st.off, st.text.used)
		}
	}
}

// TestManyClasses: more classes than a slot keeps, which only many patterns
// together make.
func TestManyClasses(t *testing.T) {
	var srcs []string
	for i := range 14 {
		srcs = append(srcs, fmt.Sprintf("Type =~ /%c/ && Severity < 5", 'a'+i))
	}
	c := NewSet(mustCompile(append(srcs, "Logger =~ /b|c/ || Type =~ /[ab]c/")...)).NewContext()
	for i := range 1 << 14 {
		var b strings.Builder
		for k := range 14 {
			if i>>k&1 == 1 {
				b.WriteByte(byte('a' + k))
			}
		}
		d := message.Draft{Header: message.Header{Type: b.String(), Severity: int32(i % 8), Logger: "abc"[i%3:][:1]}}
		if i%37 == 0 || i > 1<<14-50 {
			matchDraft(t, c, &d)
			continue
		}
		var v message.View
		v.Parse(d.Encode(), nil)
		c.Match(&v)
	}
	for i := range c.slots {
		if st := &c.slots[i]; len(st.classes) > len(st.rows)+maxClasses {
			t.Errorf("%d classes of %s", len(st.classes), st.operand)
		}
	}
	for i := range c.groups {
		if g := &c.groups[i]; len(g.rows) > MaxRows || len(g.dense) > maxDense || g.tree.used > maxCells {
			t.Errorf("group of %d rows, %d and %d cells", len(g.rows), len(g.dense), g.tree.used)
		}
	}
}

// TestManyNames: more fields than a view indexes, later occurrences, long names.
func TestManyNames(t *testing.T) {
	var srcs []string
	long := strings.Repeat("n", 150)
	for i := range 90 {
		srcs = append(srcs, fmt.Sprintf("Fields[f%d] > %d", i, i%7), fmt.Sprintf("Fields[f%d][1] == 'x' || Fields[%s%d][2][1] != NIL", i, long, i))
	}
	all := ""
	for i := range 90 {
		all += fmt.Sprintf(" || Fields[f%d] == 3", i)
	}
	srcs = append(srcs, all[4:])
	c := NewSet(mustCompile(srcs...)).NewContext()
	r := rand.New(rand.NewPCG(8, 8))
	for range 400 {
		var d message.Draft
		for range r.IntN(60) {
			name := fmt.Sprintf("f%d", r.IntN(90))
			if r.IntN(3) == 0 {
				name = fmt.Sprintf("%s%d", long, r.IntN(3))
			}
			d.Fields = append(d.Fields, message.NewField(name, []any{r.IntN(9), "x", []string{"a", "b"}, true}[r.IntN(4)], ""))
		}
		matchDraft(t, c, &d)
	}
}

// TestLargePayload: 64 KiB of payload cost under 50 ms, whatever the patterns.
func TestLargePayload(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	payloads := []string{strings.Repeat("a", 64<<10), strings.Repeat("x=1 é ", 64<<10/7), strings.Repeat("\xff", 64<<10), strings.Repeat("ab", 32<<10) + "c"}
	for _, ps := range [][]string{
		{"(a*)*b", "(a|aa)+$", "(x+x+)+y", "(?i)error|timeout", "[a-z]+=[0-9.]+:9090", `\bfoo\b.*bar`, ".*.*.*=.*"},
		{"(a|b)*a(a|b){14}c", "(?i)x.{12}y"},
		{"(.*)a{30}b{30}(.*)c", `(?s)^(.|\n)*é{3}$`},
	} {
		var srcs []string
		for _, p := range ps {
			srcs = append(srcs, "Payload =~ /"+p+"/")
		}
		set := NewSet(mustCompile(srcs...))
		for _, p := range payloads {
			c := set.NewContext()
			d := message.Draft{Header: message.Header{Payload: p}}
			var v message.View
			v.Parse(d.Encode(), nil)
			best := time.Hour
			for range 3 { // the machine may be busy: the thread's own time counts
				start := cpuTime()
				c.Match(&v)
				best = min(best, cpuTime()-start)
			}
			if best > 50*time.Millisecond {
				t.Errorf("%q on %q… took %v", ps, p[:10], best)
			}
		}
	}
}

// TestNoAllocation: nothing is allocated once values repeat.
func TestNoAllocation(t *testing.T) {
	for _, n := range []int{1, 20, 300} {
		set := NewSet(benchMatchers(n, true))
		c := set.NewContext()
		buf, ends := benchMessages(300, 5, 64<<10)
		var v message.View
		run := func() {
			at := 0
			for _, end := range ends {
				v.Parse(buf[at:end], set.Want())
				c.Match(&v)
				at = end
			}
		}
		run()
		if got := testing.AllocsPerRun(5, run); got != 0 {
			t.Errorf("%d matchers: %v allocations for %d messages", n, got, len(ends))
		}
	}
}

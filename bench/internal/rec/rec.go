// Package rec renders benchmark records in blocks that a generator sends again
// and again, so that making load costs little beside carrying it.
//
//	Make(kind, options, n) ──▶ Block{Buf, End} ──Prefix(k)──▶ socket or file
//	                             └─ Refresh: new random data in place
//
// The same options always give the same block. It knows nothing of Heka's own
// packages: the yardstick and what it measures share no code.
package rec

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Block is a run of rendered records that lie one behind another.
type Block struct {
	Buf  []byte
	End  []int // End[i] is the offset just past record i
	Text bool  // records are lines and end in a newline

	vary []span
	rng  *rand.PCG
}

// Span returns the bytes of records i to j-1.
func (b *Block) Span(i, j int) []byte {
	from := 0
	if i > 0 {
		from = b.End[i-1]
	}
	return b.Buf[from:b.End[j-1]]
}

// Options say what Make renders.
type Options struct {
	Kind    string
	Size    int  // bytes of a line without its newline, or of the payload; 0 for the kind's own
	Encoded bool // heka: Size is that of the encoded message instead of the payload
}

// Kinds lists what Make renders.
const Kinds = "line, json, rfc5424, nginx, heka, statsd"

// epoch is the time of every block's first record.
var epoch = time.Date(2026, 3, 14, 9, 26, 53, 589793000, time.UTC)

// maker renders one record behind what is in the block.
type maker struct {
	Block
	r *rand.Rand
	o Options
}

// Make renders count records.
func Make(o Options, count int) (*Block, error) {
	render, ok := renderers[o.Kind]
	if !ok {
		return nil, fmt.Errorf("no kind %q of record; use one of %s", o.Kind, Kinds)
	}
	if o.Size == 0 {
		o.Size = render.size
	}
	m := &maker{o: o, r: rand.New(rand.NewPCG(4711, uint64(o.Size)))}
	m.Text = o.Kind != "heka"
	m.rng = rand.NewPCG(271828, uint64(count))
	for i := range count {
		render.one(m, i, epoch.Add(time.Duration(i)*1371*time.Microsecond))
		m.End = append(m.End, len(m.Buf))
	}
	return &m.Block, nil
}

// Fill renders as many records as make about total bytes, at most limit.
func Fill(o Options, total, limit int) (*Block, error) {
	probe, err := Make(o, 200)
	if err != nil {
		return nil, err
	}
	n := max(total/(len(probe.Buf)/200), 20)
	n -= n % 20 // every one of the twenty applications as often as the others
	return Make(o, max(1, min(n, limit)))
}

var vocabulary = strings.Fields(`request served upstream cache miss hit timeout retry session token
	account payment order cart search index shard replica leader follower commit flush
	compaction latency budget quota limit accepted rejected queued drained closed opened
	handshake cipher certificate renewed expired backend frontend gateway region`)

// words appends n bytes of words and remembers that Refresh may change them.
func (m *maker) words(n int) {
	from := len(m.Buf)
	for len(m.Buf) < from+n {
		m.Buf = append(m.Buf, vocabulary[m.r.IntN(len(vocabulary))]...)
		m.Buf = append(m.Buf, ' ')
	}
	m.Buf = m.Buf[:from+max(n, 0)]
	m.note(from, letters)
}

func (m *maker) word() string { return vocabulary[m.r.IntN(len(vocabulary))] }

func (m *maker) host() string { return fmt.Sprintf("web%02d.example.com", m.r.IntN(40)) }

package pipeline

// places knows for the messages that a builder has finished where in their source
// they end, so that a filter that keeps state tells what it has seen before. A
// record's only message ends where the record does; of several all but the last
// lie one byte behind another from its start on. So however the source is read
// again, the same message has the same place.
//
//	record 100–140 gives 1 message      140
//	record 140–200 gives 3 messages     141 142 200
type places struct {
	on   bool
	list []placed // records that gave messages since the last collect
	at   int      // of list: the record that of looks at
	half int      // messages of the unfinished record that were collected before
}

// placed is a record: the builder had finished n messages when it ended.
type placed struct {
	n          int
	start, end uint64
}

// record notes that a record, or bytes of none, ended when the builder had
// finished n messages.
func (p *places) record(n int, start, end uint64) {
	before := 0
	if k := len(p.list); k > 0 {
		before = p.list[k-1].n
	}
	if n > before {
		p.list = append(p.list, placed{n, start, end})
	} else if len(p.list) == 0 {
		p.half = 0
	}
}

// of returns the place of message i. now is the stream's position, where a record
// begins that has not ended.
func (p *places) of(i int, now uint64) uint64 {
	for p.at < len(p.list) && p.list[p.at].n <= i {
		p.at++
		p.half = 0
	}
	first := 0
	if p.at > 0 {
		first = p.list[p.at-1].n
	}
	k := uint64(i - first + 1 + p.half)
	if p.at == len(p.list) {
		return now + k
	}
	r := p.list[p.at]
	if i == r.n-1 {
		return r.end
	}
	return min(r.start+k, r.end-1)
}

// taken forgets what was collected: n messages.
func (p *places) taken(n int) {
	before := 0
	if k := len(p.list); k > 0 {
		before = p.list[k-1].n
		p.half = 0
	}
	p.half += n - before
	p.list, p.at = p.list[:0], 0
}

package tcp

import "github.com/heka-project/heka/message"

// place is where messages are in a session. What comes from the journal has the
// session and the position that the journal gives it, the same after each restart;
// the rest is counted by the output itself, as long as it lives.
//
//	batches   │ line A, 700 │ line A, 950 │ line B, 0 │ none  │
//	stretches │ A 700 ────────────────────▶ B 0 ──────▶ own ──▶   a connection each
type place struct {
	session [16]byte
	pos     uint64
}

// stretch returns where the first message that is left is, and how many selections
// go on from there without a gap.
func (o *Output) stretch(in []message.Selection) (first place, n int) {
	first = o.own
	var next place // where the selection at hand must begin to go on
	for k := range in {
		s := &in[k]
		i := s.Next(-1)
		if i < 0 {
			continue // all of it is done
		}
		at := o.own
		if s.Line != [16]byte{} && s.Len() == s.Batch.Len() {
			at = place{s.Line, s.LineAt + uint64(s.Before(i))}
		}
		switch {
		case next == place{}:
			first = at
		case at.session == o.own.session && next.session == at.session:
			at = next
		case at != next:
			return first, k
		}
		_, b := s.Left()
		next = place{at.session, at.pos + uint64(b)}
	}
	return first, len(in)
}

// keep notes how far the output's own count has come.
func (o *Output) keep(at place) {
	if at.session == o.own.session {
		o.own = at
	}
}

// skip marks as done what lies before pos, when the first message that is left
// begins at position at; it returns where what is left begins then.
func skip(in []message.Selection, at, pos uint64) uint64 {
	for k := range in {
		s := &in[k]
		for i := s.Next(-1); i >= 0; i = s.Next(i) {
			end := at + uint64(len(s.Frame(i)))
			if end > pos {
				return at
			}
			at = end
			s.Done(i + 1)
		}
	}
	return at
}

// size is the number of bytes of the frames that are left.
func size(in []message.Selection) (n uint64) {
	for k := range in {
		_, b := in[k].Left()
		n += uint64(b)
	}
	return n
}

// left counts the messages that are left.
func left(in []message.Selection) (n int) {
	for k := range in {
		k, _ := in[k].Left()
		n += k
	}
	return n
}

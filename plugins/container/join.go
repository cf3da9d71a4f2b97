package container

import (
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// line is what a record of the container runtime says.
type line struct {
	ns     int64
	stderr bool
	text   []byte
	final  bool   // the program's line ends here
	attrs  []byte // Docker's attrs object, or nil
}

// held is the beginning of a line that goes on in the next record of its stream.
type held struct {
	open  bool
	text  []byte
	ns    int64
	since int64 // when it came, by the record's header
}

// joiner makes messages of lines, putting those together that the runtime cut.
// stdout and stderr come in turns, so each has what it holds.
type joiner struct {
	typ     string
	join    bool
	sources bool
	max     int           // bytes held of one line
	patient time.Duration // how long they are
	now     func() time.Time

	held   [2]held
	source source
	name   []byte // of the attribute being written
	value  []byte // its value
}

var (
	streamHead  = message.NewFieldHead("stream", message.String, "")
	streamNames = [2]string{"stdout", "stderr"}
)

// add takes a line.
func (j *joiner) add(in *plugin.Record, out *message.Builder, l *line) error {
	k := 0
	if l.stderr {
		k = 1
	}
	if j.Holding() {
		if err := j.expire(in, out); err != nil {
			return err
		}
	}
	h := &j.held[k]
	if l.final && !h.open || !j.join {
		return j.put(in, out, k, l.ns, l.text, l.attrs, !l.final)
	}
	if h.open && len(h.text)+len(l.text) > j.max {
		if err := j.release(k, in, out); err != nil {
			return err
		}
	}
	if !h.open {
		h.open, h.text, h.ns, h.since = true, h.text[:0], l.ns, j.time(in)
	}
	h.text = append(h.text, l.text...)
	if !l.final {
		return nil
	}
	h.open = false
	return j.put(in, out, k, h.ns, h.text, l.attrs, false)
}

// time is when a record came.
func (j *joiner) time(in *plugin.Record) int64 {
	if in.Default != nil && in.Default.Timestamp != 0 {
		return in.Default.Timestamp
	}
	return j.now().UnixNano()
}

// expire gives up waiting for what does not come.
func (j *joiner) expire(in *plugin.Record, out *message.Builder) error {
	now := j.time(in)
	for k := range j.held {
		if h := &j.held[k]; h.open && now-h.since > int64(j.patient) {
			if err := j.release(k, in, out); err != nil {
				return err
			}
		}
	}
	return nil
}

// release makes a message of what is held.
func (j *joiner) release(k int, in *plugin.Record, out *message.Builder) error {
	h := &j.held[k]
	h.open = false
	bare := plugin.Record{Default: in.Default, Decorate: in.Decorate} // Base is another record's
	return j.put(&bare, out, k, h.ns, h.text, nil, true)
}

// Holding reports whether a line was begun and not ended.
func (j *joiner) Holding() bool { return j.held[0].open || j.held[1].open }

// Finish gives out lines that were begun and not ended.
func (j *joiner) Finish(in *plugin.Record, out *message.Builder) error {
	for k := range j.held {
		if j.held[k].open {
			if err := j.release(k, in, out); err != nil {
				return err
			}
		}
	}
	return nil
}

// put makes a message.
func (j *joiner) put(in *plugin.Record, out *message.Builder, k int, ns int64, text, attrs []byte, partial bool) error {
	in.Begin(out)
	if j.typ != "" {
		out.Type = j.typ
	}
	out.Timestamp = ns
	out.Payload = message.Borrow(text)
	out.PutText(&streamHead, streamNames[k])
	if partial {
		out.Bool("partial", true, "")
	}
	if j.sources {
		j.source.put(out, out.Logger)
	}
	if attrs != nil {
		j.attributes(attrs, out)
	}
	return out.End()
}

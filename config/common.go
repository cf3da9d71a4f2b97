package config

import (
	"fmt"
	"maps"

	"github.com/heka-project/heka/plugin"
)

// commonDefaults are the defaults of common options that a type sets in its
// About, by dotted name.
func commonDefaults(info *plugin.Info) map[string]string {
	a := info.About
	m := map[string]string{}
	text := func(name, v string) {
		if v != "" {
			m[name] = v
		}
	}
	yes := func(name string, v bool) {
		if v {
			m[name] = "true"
		}
	}
	switch info.Kind {
	case plugin.KindInput:
		text("splitter", a.Splitter)
		text("decoder", a.Decoder)
	case plugin.KindSplitter:
		yes("use_message_bytes", a.MessageBytes)
		if a.MinBuffer > 0 {
			m["min_buffer_size"] = a.MinBuffer.String()
		}
	case plugin.KindFilter, plugin.KindOutput:
		text("message_matcher", a.Matcher)
		text("encoder", a.Encoder)
		yes("use_buffering", a.Buffering)
	}
	yes("can_exit", a.CanExit)
	if a.Ticker > 0 {
		m["ticker_interval"] = a.Ticker.String()
	}
	maps.Copy(m, a.Defaults)
	return m
}

// common returns a new struct of the options that all plugins of a kind share,
// nil for none.
func common(kind plugin.Kind) any {
	switch kind {
	case plugin.KindInput:
		return new(InputOptions)
	case plugin.KindSplitter:
		return new(SplitterOptions)
	case plugin.KindFilter, plugin.KindOutput:
		return new(RouteOptions)
	}
	return nil
}

// place is where an option stands, or the header of the section that lacks it.
func place(n *node, option string) Pos {
	if at := n.find(option); at != nil {
		return at.valPos()
	}
	return n.keyPos()
}

// route holds the rules of filters and outputs.
func (l *loader) route(d *decoder, s *draft) {
	r, n, g := &s.Route, s.node, &l.plan.Globals
	if r.Matcher == "" && n.kids["message_matcher"] == nil && !n.torn {
		d.error(n.keyPos(), s.Name, `needs the option "message_matcher"`,
			`add message_matcher = "TRUE" for everything, or a condition such as "Type == 'nginx.access'"`)
	}
	if r.Matcher != "" || n.kids["message_matcher"] != nil {
		l.matcher(d, s)
	}
	if s.Info.Kind == plugin.KindOutput && s.Info.About.NeedsEncoder && r.Encoder == "" && !n.torn {
		d.error(place(n, "encoder"), s.Name, `needs the option "encoder"`, `add encoder = "…" with the name of an encoder section, such as "PayloadEncoder"`)
	}
	retries(d, n, s.Name, &r.Retries)
	if !l.globalsSound {
		return // the rest measures itself by what [hekad] says
	}
	b := &r.Buffering
	if b.MaxFileSize == 0 {
		b.MaxFileSize = 512 << 20
	}
	if b.MaxFileSize < g.maxRecord() {
		d.error(place(n, "buffering.max_file_size"), s.Name+".buffering",
			fmt.Sprintf("max_file_size = %s is smaller than one record", b.MaxFileSize), fmt.Sprintf("write at least %d", g.maxRecord()))
	}
	if b.MaxBufferSize > 0 && b.MaxBufferSize < g.maxRecord() {
		d.error(place(n, "buffering.max_buffer_size"), s.Name+".buffering",
			fmt.Sprintf("max_buffer_size = %s is smaller than one record", b.MaxBufferSize), fmt.Sprintf("write at least %d, or 0 for no limit", g.maxRecord()))
	}
	if r.QueueSize < g.maxRecord() && !d.failed {
		d.error(place(n, "queue_size"), s.Name, fmt.Sprintf("queue_size = %s is smaller than one record", r.QueueSize),
			fmt.Sprintf("write at least %d", g.maxRecord()))
	}
	if !g.Journal {
		withoutJournal(d, s)
	}
}

// withoutJournal gives up what needs one, where the user did not ask for it.
func withoutJournal(d *decoder, s *draft) {
	r, n := &s.Route, s.node
	if r.UseBuffering && n.kids["use_buffering"] != nil {
		d.error(place(n, "use_buffering"), s.Name, "use_buffering = true needs the journal, and [hekad] has journal = false",
			"remove one of them")
	}
	if r.Overflow == Spill && n.kids["overflow"] != nil {
		d.error(place(n, "overflow"), s.Name, `overflow = "spill" needs the journal, and [hekad] has journal = false`,
			`write "block" or "drop", or remove journal = false`)
	}
	r.UseBuffering = false
	if r.Overflow == Spill {
		r.Overflow = Block
	}
}

// input holds the rules of inputs.
func (l *loader) input(d *decoder, s *draft) {
	retries(d, s.node, s.Name, &s.Input.Retries)
	if s.Input.Splitter == "" {
		s.Input.Splitter = "NullSplitter"
	}
	if s.Input.Durable && l.globalsSound && !l.plan.Globals.Journal {
		d.error(place(s.node, "durable"), s.Name, "durable = true needs the journal, and [hekad] has journal = false", "remove one of them")
	}
}

func retries(d *decoder, n *node, section string, r *Retries) {
	if d.failed {
		return
	}
	switch {
	case r.Max < -1:
		d.error(place(n, "retries.max_retries"), section+".retries", fmt.Sprintf("max_retries = %d is below -1", r.Max), "write -1 for ever, 0 for never, or a count")
	case r.Delay > r.MaxDelay && !n.has("retries", "max_delay"):
		r.MaxDelay = r.Delay
	case r.Delay > r.MaxDelay:
		d.error(place(n, "retries.delay"), section+".retries", fmt.Sprintf("delay = %s is longer than max_delay = %s", r.Delay, r.MaxDelay), "make max_delay the longer one")
	}
}

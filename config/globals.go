package config

import (
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// minBudget is the smallest memory_budget, as a multiple of max_message_size.
const minBudget = 16

// globals fills the [hekad] section.
func (l *loader) globals(tops []top) {
	n := newTable(newSource(Source{}), "hekad", 0, byHeader)
	given := false
	for _, t := range tops {
		if t.name == "hekad" {
			n, given = t.node, true
		}
	}
	g := &l.plan.Globals
	d := &decoder{complain: l.complain, warn: l.warn}
	d.table(n, []target{targetOf(g)}, n.keyPos(), "hekad", "")
	if t := n.kids["type"]; t != nil {
		d.error(t.keyPos(), "hekad", `has no option "type"`, "a plugin needs a section of another name")
	}
	if !d.failed && given {
		if err := g.Validate(); err != nil {
			d.blame(n, err, n.keyPos(), "hekad", "hekad")
		}
	}
	l.globalsSound = !d.failed
	l.plan.Text = canonicalText(d.lines)
	if g.Hostname == "" {
		g.Hostname, _ = os.Hostname()
	}
	if g.MaxMessageLoops == 0 {
		g.MaxMessageLoops = 1
	}
}

// Validate holds the rules between the options of [hekad].
func (g *Globals) Validate() error {
	bad := func(option, fix, what string, args ...any) error {
		return &plugin.OptionError{Option: option, What: fmt.Sprintf(what, args...), Fix: fix}
	}
	switch {
	case g.MaxMessageSize <= 1024:
		return bad("max_message_size", "write more than 1024", "max_message_size = %d is too small", g.MaxMessageSize)
	case g.MaxMessageSize > 1<<30:
		return bad("max_message_size", `write at most "1GiB"`, "max_message_size = %s is too large", g.MaxMessageSize)
	case g.MemoryBudget < minBudget*g.MaxMessageSize:
		return bad("memory_budget", fmt.Sprintf("write at least %q", (minBudget*g.MaxMessageSize).String()),
			"memory_budget = %s holds too few messages of max_message_size = %s", g.MemoryBudget, g.MaxMessageSize)
	case g.MaxProcs < 0:
		return bad("maxprocs", "write 0 for all cores, or their number", "maxprocs = %d is negative", g.MaxProcs)
	case g.SampleDenominator <= 0:
		return bad("sample_denominator", "leave it out; it has no effect", "sample_denominator = %d is not above 0", g.SampleDenominator)
	case g.BaseDir == "":
		return bad("base_dir", "name a folder that hekad may write to", "base_dir is empty")
	}
	if _, _, err := net.SplitHostPort(g.AdminAddress); g.AdminAddress != "" && err != nil {
		return bad("admin_address", `write host:port, such as "127.0.0.1:4353", or "" for none`, "admin_address = %q is not an address", g.AdminAddress)
	}
	return nil
}

// maxRecord is the size of the largest message with its framing.
func (g *Globals) maxRecord() plugin.Size {
	return g.MaxMessageSize + message.MaxHeaderSize + message.FramingOverhead
}

// Socket is the path of the admin socket, "" for none.
func (g *Globals) Socket() string {
	switch g.AdminSocket {
	case "off":
		return ""
	case "":
		return filepath.Join(g.BaseDir, "admin.sock")
	}
	return g.AdminSocket
}

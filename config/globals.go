package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/heka-project/heka/internal/netx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// minBudget is the smallest memory_budget, as a multiple of max_message_size.
const minBudget = 16

// maxMessageSize is the largest max_message_size.
const maxMessageSize plugin.Size = 1 << 30

// globals fills the [hekad] section.
func (l *loader) globals(tops []top) *decoder {
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
	if given && !n.torn {
		d.blame(n, g.Validate(), n.keyPos(), "hekad", "hekad")
	}
	l.globalsSound = !d.failed
	l.plan.Text = canonicalText(d.lines)
	if g.Hostname == "" {
		g.Hostname, _ = os.Hostname()
	}
	if g.MaxMessageLoops == 0 {
		g.MaxMessageLoops = 1
	}
	return d
}

// Validate holds the rules between the options of [hekad], all that are broken.
func (g *Globals) Validate() error {
	var all []error
	rule := func(broken bool, option, fix, what string, args ...any) {
		if broken {
			all = append(all, &plugin.OptionError{Option: option, What: fmt.Sprintf(what, args...), Fix: fix})
		}
	}
	rule(g.MaxMessageSize <= 1024, "max_message_size", "write more than 1024", "max_message_size = %d is too small", g.MaxMessageSize)
	rule(g.MaxMessageSize > maxMessageSize, "max_message_size", `write at most "1GiB"`, "max_message_size = %s is too large", g.MaxMessageSize)
	least := minBudget * g.MaxMessageSize
	rule(g.MemoryBudget < least && g.MaxMessageSize <= maxMessageSize, "memory_budget", fmt.Sprintf("write at least %q", least.String()),
		"memory_budget = %s holds too few messages of max_message_size = %s", g.MemoryBudget, g.MaxMessageSize)
	rule(g.MaxProcs < 0, "maxprocs", "write 0 for all cores, or their number", "maxprocs = %d is negative", g.MaxProcs)
	rule(g.SampleDenominator <= 0, "sample_denominator", "leave it out; it has no effect", "sample_denominator = %d is not above 0", g.SampleDenominator)
	rule(g.BaseDir == "", "base_dir", "name a folder that hekad may write to", "base_dir is empty")
	if g.AdminAddress != "" {
		err := netx.CheckAddress("tcp", g.AdminAddress)
		rule(err != nil, "admin_address", `write host:port, such as "127.0.0.1:4353", or "" for none`, "admin_address = %q %v", g.AdminAddress, err)
	}
	return errors.Join(all...)
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

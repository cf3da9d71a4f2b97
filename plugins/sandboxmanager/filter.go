// Package sandboxmanager loads, replaces, pauses and unloads sandbox filters in the
// running daemon, as signed messages or the admin interface ask it to.
//
//	control message ─▶ signer ─▶ clock ─▶ signature ─▶ seen before? ─▶ act ─▶ Loader
//	admin interface ──────────────────────────────────────────────────▶ │
//	                                                                    └─▶ files of the filter
//
// A manager is a tenant: its filters are named after it, run under its limits and
// count against its quotas; its signers act on them and on no others. The files
// that it keeps bring its filters back after a restart.
package sandboxmanager

import (
	"context"
	"crypto/ed25519"
	_ "embed"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/control"
	"github.com/heka-project/heka/internal/logx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed sandboxmanager.toml
var sample string

//go:embed README.md
var readme string

func init() {
	plugin.RegisterFilter("SandboxManagerFilter", plugin.About{
		Doc:     "Loads and unloads sandbox filters while hekad runs, as signed messages ask for it.",
		Sample:  sample,
		Readme:  readme,
		Matcher: "Type == '" + control.Type + "'",
		Ticker:  time.Second,
	}, newFilter)
}

// Config holds the options of SandboxManagerFilter.
type Config struct {
	MaxFilters       int               `toml:"max_filters" default:"100" doc:"Most filters that may run at once; 0 lets nothing be loaded."`
	WorkingDirectory string            `toml:"working_directory" default:"sbxmgrs" doc:"Folder of the loaded scripts and their sections, under base_dir. Managers may share it."`
	ModuleDirectory  string            `toml:"module_directory" doc:"Folders, with ; between them, in which loaded scripts find their modules; default: lua_modules in share_dir."`
	MemoryLimit      plugin.Size       `toml:"memory_limit" default:"8MiB" doc:"Memory of each loaded filter; 0 for no limit."`
	InstructionLimit uint64            `toml:"instruction_limit" default:"1000000" doc:"Instructions of each call of a loaded filter; 0 for no limit."`
	OutputLimit      plugin.Size       `toml:"output_limit" default:"63KiB" doc:"Size of one output of a loaded filter."`
	MaxMemory        plugin.Size       `toml:"max_memory" default:"0" doc:"Memory of all loaded filters together; over it the largest is stopped. 0 for no limit."`
	MaxBusy          float64           `toml:"max_busy" default:"0" doc:"Processor cores that all loaded filters together may keep busy, such as 0.5; over it for three timer events the busiest is stopped. 0 for no limit."`
	Keys             map[string]string `toml:"keys" doc:"Public Ed25519 keys by name. Where there are any, only messages signed with one of them are obeyed."`
}

// Validate implements plugin.Validator.
func (c *Config) Validate() error {
	switch {
	case c.MaxFilters < 0:
		return &plugin.OptionError{Option: "max_filters", What: fmt.Sprintf("max_filters = %d is below 0", c.MaxFilters), Fix: "write how many filters may run at once"}
	case c.MaxBusy < 0:
		return &plugin.OptionError{Option: "max_busy", What: fmt.Sprintf("max_busy = %v is below 0", c.MaxBusy), Fix: "write a share of processor cores, such as 0.5"}
	case c.WorkingDirectory == "":
		return &plugin.OptionError{Option: "working_directory", What: "working_directory is empty", Fix: `write a folder, or leave it out for "sbxmgrs"`}
	}
	for name, text := range c.Keys {
		if _, err := control.ParsePublic(text); err != nil {
			return &plugin.OptionError{Option: "keys." + name, What: "is no public key: " + err.Error(), Fix: `write "ed25519:…" as hekad sandbox keygen tells it`}
		}
	}
	return nil
}

// filterType is what may be loaded.
const filterType = "SandboxFilter"

// Filter is SandboxManagerFilter. Its fields belong to its goroutine, counts apart.
type Filter struct {
	cfg    Config
	env    plugin.Env
	keys   map[string]ed25519.PublicKey
	dir    string
	prefix string // of its filters' names and files, hyphen included

	ctx        context.Context // ends when the instance must let go
	seen       *seen
	view       message.View
	notices    []string        // failures to be told at the next chance
	unsynced   map[string]bool // files that a power cut could take
	quota      quota
	busy, idle time.Duration // when the work at hand began, and when the last ended, in time passed
	gripes     map[string]*logx.Minute

	obeyed, refused, ignored atomic.Int64
}

func newFilter(c Config, env plugin.Env) (plugin.Filter, error) {
	f := &Filter{cfg: c, env: env, keys: map[string]ed25519.PublicKey{}, unsynced: map[string]bool{}, dir: c.WorkingDirectory, ctx: context.Background(),
		prefix: normal(env.Name) + "-", gripes: map[string]*logx.Minute{}}
	if !filepath.IsAbs(f.dir) {
		f.dir = filepath.Join(env.BaseDir, f.dir)
	}
	if dir, err := filepath.Abs(f.dir); err == nil { // a relative script would be looked for in share_dir
		f.dir = dir
	}
	for name, text := range c.Keys {
		key, err := control.ParsePublic(text)
		if err != nil {
			return nil, fmt.Errorf("keys.%s: %w", name, err)
		}
		f.keys[name] = key
	}
	f.seen = newSeen(env, filepath.Join(f.dir, normal(env.Name)+".seen"))
	return f, nil
}

var odd = regexp.MustCompile(`\W`)

// normal makes a name fit for a file's: everything but letters, digits and _
// becomes _.
func normal(name string) string { return odd.ReplaceAllString(name, "_") }

// full is the name of a filter in the daemon.
func (f *Filter) full(section string) string { return f.prefix + normal(section) }

// Start implements plugin.Starter.
func (f *Filter) Start(ctx context.Context) error {
	f.ctx = ctx
	if f.env.Loader == nil {
		return errors.New("this hekad cannot load filters")
	}
	if err := f.env.FS.MkdirAll(f.dir, 0o700); err != nil {
		return fmt.Errorf("working_directory: %w; make it, or name another", err)
	}
	return nil
}

// Stop implements plugin.Stopper.
func (f *Filter) Stop() error { return errors.Join(f.sync(), f.seen.close()) }

// Process obeys the control messages that are to be obeyed.
func (f *Filter) Process(in *message.Selection, out plugin.Emitter) error {
	f.tellNotices(out)
	f.atWork()
	defer func() { f.idle = f.env.Clock.Passed() }()
	for i := in.Next(-1); i >= 0; i = in.Next(i) {
		if !f.view.Parse(in.At(i), nil) {
			continue
		}
		if err := f.control(&f.view, in.Signer, out); err != nil {
			return err
		}
		in.Done(i + 1)
	}
	return nil
}

// control deals with one message. An error wraps plugin.ErrRetry: the message has
// had no effect and is to be offered again.
func (f *Filter) control(v *message.View, signer string, out plugin.Emitter) error {
	o, key, err := f.admit(v)
	switch {
	case errors.Is(err, errNotMine):
		f.ignored.Add(1)
		return nil
	case err != nil:
		f.refuse(err, signer)
		return nil
	case !known(o.Action):
		f.ignored.Add(1)
		return nil
	}
	now := f.env.Clock.Now()
	if err := f.seen.add(o.UUID, now); err != nil {
		f.refuse(err, signer)
		return nil
	}
	by := who(signer, key)
	err = f.act(o)
	if errors.Is(err, plugin.ErrBusy) {
		f.seen.forget(o.UUID)
		return fmt.Errorf("%s: %w: %w", o.Action, err, plugin.ErrRetry)
	}
	f.audit(o, by, err)
	if err != nil && !errors.Is(err, errFull) {
		f.tell(out, err.Error())
	}
	return nil
}

func known(action string) bool {
	for _, a := range control.Actions() {
		if a == action {
			return true
		}
	}
	return false
}

// who names the sender in the audit log.
func who(signer, key string) string {
	var parts []string
	if signer != "" {
		parts = append(parts, "signer "+signer)
	}
	if key != "" {
		parts = append(parts, "key "+key)
	}
	if parts == nil {
		return "anyone"
	}
	return strings.Join(parts, ", ")
}

// Manage implements plugin.Manager: the admin interface has asked who it is.
func (f *Filter) Manage(p *plugin.Order, out plugin.Emitter) error {
	if f.env.Loader == nil {
		return errors.New("this hekad cannot load filters")
	}
	o := &control.Order{Action: p.Action, Name: p.Name, Config: p.Config, Script: p.Script, Time: f.env.Clock.Now()}
	err := o.Check()
	if err == nil && !known(o.Action) {
		err = fmt.Errorf("there is no action %q; use one of %v", o.Action, control.Actions())
	}
	if err == nil {
		err = f.act(o)
	}
	f.audit(o, p.By, err)
	return err
}

// tell injects the message about something that could not be done.
func (f *Filter) tell(out plugin.Emitter, text string) {
	b := out.Begin()
	b.Type, b.Logger, b.Payload = "heka.sandbox-terminated", "hekad", text
	b.String("plugin", f.env.Name, "")
	if err := out.Inject(); err != nil {
		f.env.Log.Warn("tell of a failure", "err", err)
	}
}

func (f *Filter) tellNotices(out plugin.Emitter) {
	for _, text := range f.notices {
		f.tell(out, text)
	}
	f.notices = f.notices[:0]
}

// Tick implements plugin.Ticked: quotas are looked after.
func (f *Filter) Tick(now time.Time, out plugin.Emitter) error {
	f.tellNotices(out)
	if f.env.Loader != nil {
		f.watch(now)
	}
	if err := errors.Join(f.sync(), f.seen.sync()); err != nil {
		return fmt.Errorf("keep what is loaded: %w; see working_directory", err)
	}
	return nil
}

// Report implements plugin.Reporter.
func (f *Filter) Report(r *plugin.Report) {
	if f.env.Loader != nil {
		var running, memory int64
		for _, l := range f.env.Loader.Loaded() {
			if l.State != plugin.StateTerminated {
				running++
				memory += l.Metric("Memory")
			}
		}
		r.Int("RunningFilters", running, "count")
		r.Int("MaxFilters", int64(f.cfg.MaxFilters), "count")
		r.Int("Memory", memory, "B")
	}
	r.Int("ObeyedMessageCount", f.obeyed.Load(), "count")
	r.Int("RefusedMessageCount", f.refused.Load(), "count")
	r.Int("IgnoredMessageCount", f.ignored.Load(), "count")
}

var (
	_ plugin.Manager  = (*Filter)(nil)
	_ plugin.Starter  = (*Filter)(nil)
	_ plugin.Stopper  = (*Filter)(nil)
	_ plugin.Ticked   = (*Filter)(nil)
	_ plugin.Reporter = (*Filter)(nil)
)
